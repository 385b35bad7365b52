/** Progress on a terminal: a bar for each file under way and one for all together, fitted to the terminal's width at every redraw. */
import { MultiBar, type Options, type Params, type SingleBar } from 'cli-progress';
import stringWidth from 'string-width';
import { printable } from '../printable.js';
import type { ProgressEvent } from '../progress.js';
import { formatBytes, formatDuration, formatRate } from './format.js';
import { headline, type ProgressDisplay } from './progress.js';
import { type FileProgress, Tally } from './tally.js';

const NAME = 24;
const BAR = 20;

export function barProgress(stream: NodeJS.WriteStream): ProgressDisplay {
  const tally = new Tally();
  const bars = new Map<string, SingleBar>();
  let total: SingleBar | undefined;
  const container = new MultiBar({
    stream,
    format: (options, params, payload) => clip(line(options, params, payload as Row, tally), stream.columns),
    barsize: BAR,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    hideCursor: true,
    clearOnComplete: true,
    emptyOnZero: true,
    forceRedraw: true,
    fps: 8,
    // Signals are ours: the lines below the bars say what was kept.
    gracefulExit: false,
  });
  const say = (text: string) => {
    if (total === undefined) stream.write(`${text}\n`);
    else container.log(`${text}\n`);
  };
  return {
    on(event: ProgressEvent) {
      if (event.event === 'note') say(printable(event.message));
      else if (event.event === 'warning') say(`Warning: ${printable(event.message)}`);
      else if (event.event === 'plan') {
        tally.begin(event);
        for (const text of headline(event)) say(text);
        total = container.create(Math.max(1, event.size ?? 1), event.have, { row: 'total' } satisfies Row);
      } else {
        const { file, entered } = tally.update(event);
        if (entered && (file.state === 'restarting' || file.state === 'retrying') && event.detail !== undefined) {
          say(`${printable(file.file)}: ${printable(event.detail)}`);
        }
        if (file.state === 'done') remove(file.file);
        else draw(file);
        total?.update(Math.min(tally.received, total.getTotal()));
      }
    },
    stop() {
      container.stop();
    },
  };

  function draw(file: FileProgress): void {
    let bar = bars.get(file.file);
    if (bar === undefined) {
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

interface Row {
  row: FileProgress | 'total';
}

function line(options: Options, params: Params, { row }: Row, tally: Tally): string {
  const width = options.barsize ?? BAR;
  const filled = Math.round(params.progress * width);
  const bar =
    (options.barCompleteString ?? '').slice(0, filled) + (options.barIncompleteString ?? '').slice(0, width - filled);
  const file = row === 'total' ? undefined : row;
  const done = file?.done ?? tally.received;
  const size = file === undefined ? tally.plan?.size : file.size;
  const percent =
    size === undefined ? '    ' : `${Math.floor(Math.min(1, done / Math.max(1, size)) * 100)}%`.padStart(4);
  const amount = size === undefined ? formatBytes(done) : `${formatBytes(done)} of ${formatBytes(size)}`;
  const speed = (file?.rate ?? tally.rate).perSecond;
  const shown = speed === undefined || file?.state === 'retrying' ? '' : formatRate(speed);
  const words = file === undefined ? totalWords(tally) : stateWords(file);
  return `${pad(file?.file ?? 'total', NAME)} ${bar} ${percent}  ${amount.padEnd(20)} ${shown.padStart(9)}  ${words}`;
}

function totalWords(tally: Tally): string {
  const left = tally.secondsLeft;
  const time = left === undefined ? '' : `${formatDuration(left)} left`;
  const files = `${tally.finished} of ${tally.plan?.files ?? 0} files`;
  return time === '' ? files : `${time}, ${files}`;
}

function stateWords({ state, before }: FileProgress): string {
  if (state === 'resuming') return `resumed at ${formatBytes(before)}`;
  return state === 'downloading' ? '' : state;
}

/** A name's beginning and end, which tell archives of a set apart. */
function pad(name: string, width: number): string {
  const text = printable(name);
  const wide = stringWidth(text);
  if (wide <= width) return text + ' '.repeat(width - wide);
  const characters = [...text];
  const half = Math.floor((width - 1) / 2);
  return `${characters.slice(0, half).join('')}…${characters.slice(-half).join('')}`.padEnd(width);
}

/** A line longer than the terminal would wrap, and the redraw would leave its rest behind. */
function clip(text: string, columns = 80): string {
  return [...text]
    .slice(0, columns - 1)
    .join('')
    .trimEnd();
}
