/** One line of the progress display: of a file, or of all together. Never wider than the terminal. */
import stringWidth from 'string-width';
import { printable } from '../printable.js';
import { formatBytes, formatDuration, formatRate } from './format.js';
import { truncate } from './measure.js';
import type { FileProgress, Tally } from './tally.js';

/** Columns of a bar, least and most. */
const BAR = { least: 6, most: 20 };
/** Columns of a name, where the terminal has room, and where it has not. */
const NAME = { wide: 24, narrow: 14, roomy: 80 };
/** `812 kB/3.2 MB` */
const AMOUNT = 13;
/** `99.9 MB/s` */
const RATE = 9;
/** What the words at the end need to tell most: `resumed at 0.3 GB`. */
const WORDS = 17;

/**
 * `subset3.zip  ████████████░░░░░░░░  61%  4.2/6.9 GB     88 MB/s  unpacking`. On a narrow terminal the bar shrinks first; then the
 * state takes the place of the speed.
 * @param names all names that are shown, so that the bars stand below each other
 * @param columns of the terminal
 */
export function progressLine(
  row: FileProgress | 'total',
  tally: Tally,
  names: Iterable<string>,
  columns: number,
): string {
  // The last column stays free: some terminals wrap when it is written.
  const room = columns - 1;
  const file = row === 'total' ? undefined : row;
  const done = file?.done ?? tally.received;
  const size = file === undefined ? tally.plan?.size : file.size;
  const part = size === undefined ? 0 : Math.min(1, done / Math.max(1, size));
  const percent = size === undefined ? '' : `${Math.floor(part * 100)}%`;

  const widest = Math.max(...[...names].map((name) => stringWidth(printable(name))));
  const name = Math.min(widest, columns < NAME.roomy ? NAME.narrow : NAME.wide);
  const figures = ` ${percent.padStart(4)}  ${amountText(done, size).padEnd(AMOUNT)}`;
  const end = 2 + RATE + 2;
  const bar = Math.max(BAR.least, Math.min(BAR.most, room - name - 2 - figures.length - end - WORDS));

  const begin = `${pad(file?.file ?? 'total', name)}  ${drawn(part, bar)}${figures}`;
  const left = room - stringWidth(begin);
  return truncate(begin + ending(file, tally, left).trimEnd(), room, stringWidth).trimEnd();
}

function drawn(part: number, width: number): string {
  const filled = Math.round(part * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}

/** `2.0/3.2 MB`, `812 kB/3.2 MB` */
function amountText(done: number, size: number | undefined): string {
  if (size === undefined) return formatBytes(done);
  const [value = '', unit] = formatBytes(done).split(' ');
  const of = formatBytes(size);
  return of.endsWith(` ${unit}`) ? `${value}/${of}` : `${value} ${unit}/${of}`;
}

/** Speed and state, or as much of them as there is room for. */
function ending(file: FileProgress | undefined, tally: Tally, room: number): string {
  const speed = (file?.rate ?? tally.rate).perSecond;
  const words = file === undefined ? totalWords(tally) : stateWords(file);
  const moving = file === undefined || file.state === 'downloading' || file.state === 'resuming';
  const rate = `  ${(moving && speed !== undefined ? formatRate(speed) : '').padStart(RATE)}`;
  const fitting = words.map((text) => `${rate}  ${text}`).find((text) => text.length <= room);
  if (fitting !== undefined) return fitting;
  const brief = words.find((text) => text.length + 2 <= room && text !== '');
  return moving || brief === undefined ? rate : `  ${brief}`;
}

/** What is said of the whole: everything, or less. */
function totalWords(tally: Tally): string[] {
  const left = tally.secondsLeft;
  const time = left === undefined ? undefined : `${formatDuration(left)} left`;
  const files = `${tally.finished} of ${tally.plan?.files ?? 0} files`;
  return time === undefined ? [files] : [`${time}, ${files}`, time];
}

function stateWords({ state, before }: FileProgress): string[] {
  if (state === 'resuming') return [`resumed at ${formatBytes(before)}`, 'resumed'];
  return state === 'downloading' ? [''] : [state];
}

/** A name's beginning and end, which tell archives of a set apart. */
function pad(name: string, width: number): string {
  const text = printable(name);
  const wide = stringWidth(text);
  if (wide <= width) return text + ' '.repeat(width - wide);
  const characters = [...text];
  const half = Math.floor((width - 1) / 2);
  const short = `${characters.slice(0, half).join('')}…${characters.slice(-half).join('')}`;
  return short + ' '.repeat(Math.max(0, width - stringWidth(short)));
}
