/** Progress for logs: a line every few seconds, and one for everything worth telling. */
import { printable } from '../printable.js';
import type { ProgressEvent } from '../progress.js';
import { formatBytes, formatDuration, formatRate } from './format.js';
import { headline, type ProgressDisplay } from './progress.js';
import { Tally } from './tally.js';

/** Milliseconds between two lines. */
const PERIOD = 5000;

export function plainProgress(stream: NodeJS.WritableStream): ProgressDisplay {
  const tally = new Tally();
  let timer: NodeJS.Timeout | undefined;
  const say = (text: string) => stream.write(`${text}\n`);
  return {
    on(event: ProgressEvent) {
      if (event.event === 'note') say(printable(event.message));
      else if (event.event === 'warning') say(`Warning: ${printable(event.message)}`);
      else if (event.event === 'plan') {
        tally.begin(event);
        for (const line of headline(event)) say(line);
        timer = setInterval(() => say(totalLine(tally)), PERIOD).unref();
      } else {
        const { file, entered } = tally.update(event);
        if (entered && TOLD.has(file.state)) {
          const detail = event.detail === undefined ? '' : `: ${printable(event.detail)}`;
          say(`${printable(file.file)} ${file.state} at ${formatBytes(file.done)}${detail}`);
        }
      }
    },
    stop() {
      clearInterval(timer);
    },
  };
}

/** States that a reader of a log wants to know of; the others come and go with every file. */
const TOLD = new Set(['resuming', 'retrying', 'restarting']);

/** `34%, 22.1 of 66.3 GB, 179 MB/s, 4 min left, 3 of 16 files` */
export function totalLine(tally: Tally): string {
  const { plan, received, finished, rate, secondsLeft } = tally;
  const size = plan?.size;
  const percent = size === undefined || size === 0 ? '' : `${Math.floor((received / size) * 100)}%, `;
  const of = size === undefined ? '' : ` of ${formatBytes(size)}`;
  const speed = rate.perSecond === undefined ? '' : `, ${formatRate(rate.perSecond)}`;
  const left = secondsLeft === undefined ? '' : `, ${formatDuration(secondsLeft)} left`;
  const unpacking = [...tally.active.values()].filter(({ state }) => state === 'unpacking').length;
  const busy = unpacking === 0 ? '' : `, ${unpacking} unpacking`;
  return `${percent}${formatBytes(received)}${of}${speed}${left}, ${finished} of ${plan?.files ?? finished} files${busy}`;
}
