/** Numbers as people read them. */
import { inUnits } from '../byte-units.js';

export { formatBytes } from '../byte-units.js';

/** `88 MB/s`; steadier than a size, because it changes all the time. */
export function formatRate(bytesPerSecond: number): string {
  return `${inUnits(bytesPerSecond, (value, unit) => (unit === 0 || value >= 9.95 ? 0 : 1))}/s`;
}

/** `45 s`, `4 min`, `1 h 20 min`, `2 d 3 h`. */
export function formatDuration(seconds: number): string {
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

const STEPS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
];

/** `3 days ago`; the date itself when that is more than a month ago or lies ahead. */
export function formatRelative(date: Date, now = new Date()): string {
  const seconds = (now.getTime() - date.getTime()) / 1000;
  if (seconds < -60 || seconds > 31 * 86_400) return date.toISOString().slice(0, 10);
  const step = STEPS.find(([size]) => seconds >= size);
  if (step === undefined) return 'just now';
  const count = Math.floor(seconds / step[0]);
  return `${count} ${step[1]}${count === 1 ? '' : 's'} ago`;
}

/** `1,782` */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 file`, `1,782 files` */
export function formatMany(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
