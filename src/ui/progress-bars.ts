/** Progress on a terminal: a bar for each file under way and one for all together, fitted to the terminal's width at every redraw. */
import { clearScreenDown } from 'node:readline';
import { MultiBar, type SingleBar } from 'cli-progress';
import stringWidth from 'string-width';
import { printable } from '../printable.js';
import type { ProgressEvent } from '../progress.js';
import { headline, type ProgressDisplay } from './progress.js';
import { progressLine } from './progress-line.js';
import { type FileProgress, Tally } from './tally.js';
import { terminalOf, textWidth } from './terminal.js';
import { wrap } from './wrap.js';

/** The cursor shown, long lines wrapped. */
const AS_BEFORE = '\u001b[?25h\u001b[?7h';
/** The contrary, as bars need it. */
const FOR_BARS = '\u001b[?25l\u001b[?7l';

/** Rows of a terminal that does not tell. */
const ROWS = 24;

export function barProgress(stream: NodeJS.WriteStream): ProgressDisplay {
  const tally = new Tally();
  const bars = new Map<string, SingleBar>();
  let total: SingleBar | undefined;
  const container = new MultiBar({
    stream,
    format: (_options, _params, payload) =>
      progressLine((payload as Row).row, tally, [...bars.keys(), 'total'], stream.columns),
    hideCursor: true,
    clearOnComplete: true,
    emptyOnZero: true,
    forceRedraw: true,
    fps: 8,
    // Signals are ours: the lines below the bars say what was kept.
    gracefulExit: false,
  });
  // A second Ctrl-C ends the process without a word to us.
  const restore = () => stream.write(AS_BEFORE);
  process.once('exit', restore);
  let said = false;
  const say = (text: string) => {
    const lines = `${wrap(printable(text), textWidth(terminalOf(stream)), stringWidth).join('\n')}\n`;
    if (!container.isActive) stream.write(lines);
    else container.log(lines);
    said = container.isActive;
  };
  /** Bars that there is room for, beside that of the whole: what has left the screen at its top cannot be drawn over. */
  const room = () => Math.max(1, (stream.rows ?? ROWS) - 3);
  const resume = suspendable(stream, () => bars.size + 1);
  const onResize = () => {
    for (const name of [...bars.keys()].slice(room())) remove(name);
  };
  stream.on('resize', onResize);
  container.on('redraw-pre', () => {
    // What is said goes over the old bars, which must not show through.
    if (said) clearScreenDown(stream);
    said = false;
  });
  return {
    on(event: ProgressEvent) {
      if (event.event === 'note') say(event.message);
      else if (event.event === 'warning') say(`Warning: ${event.message}`);
      else if (event.event === 'plan') {
        tally.begin(event);
        for (const text of headline(event)) say(text);
        total = container.create(Math.max(1, event.size ?? 1), event.have, { row: 'total' } satisfies Row);
      } else {
        const { file, entered } = tally.update(event);
        if (entered && (file.state === 'restarting' || file.state === 'retrying') && event.detail !== undefined) {
          say(`${file.file}: ${event.detail}`);
        }
        if (file.state === 'done') remove(file.file);
        else draw(file);
        total?.update(Math.min(tally.received, total.getTotal()));
      }
    },
    stop() {
      if (said) container.update();
      container.stop();
      resume();
      stream.off('resize', onResize);
      process.off('exit', restore);
    },
  };

  function draw(file: FileProgress): void {
    let bar = bars.get(file.file);
    if (bar === undefined) {
      if (bars.size >= room()) return;
      bar = container.create(Math.max(1, file.size ?? 1), 0, { row: file } satisfies Row);
      bars.set(file.file, bar);
      moveTotalDown();
    }
    bar.setTotal(Math.max(1, file.size ?? file.done));
    bar.update(Math.min(file.done, bar.getTotal()));
  }

  function remove(name: string): void {
    const bar = bars.get(name);
    if (bar === undefined) return;
    container.remove(bar);
    bars.delete(name);
  }

  /** The bar of the whole stays the last. */
  function moveTotalDown(): void {
    if (total === undefined) return;
    container.remove(total);
    const size = tally.plan?.size;
    total = container.create(Math.max(1, size ?? 1), tally.received, { row: 'total' } satisfies Row);
  }
}

/**
 * Gives the terminal back as it was while the process is stopped (Ctrl-Z), and draws below what was shown meanwhile.
 * @param lines that bars take now
 * @returns ends it
 */
function suspendable(stream: NodeJS.WriteStream, lines: () => number): () => void {
  if (process.platform === 'win32') return () => undefined;
  const stop = () => {
    stream.write(AS_BEFORE);
    process.kill(process.pid, 'SIGSTOP');
  };
  const goOn = () => stream.write(`${FOR_BARS}${'\n'.repeat(lines())}`);
  process.on('SIGTSTP', stop).on('SIGCONT', goOn);
  return () => process.off('SIGTSTP', stop).off('SIGCONT', goOn);
}

interface Row {
  row: FileProgress | 'total';
}
