/** Which display of progress is used, and what all of them share. All of it goes to stderr: stdout is for results. */
import { printable } from '../printable.js';
import type { OnProgress } from '../progress.js';
import { formatBytes } from './format.js';
import type { PlanEvent } from './tally.js';

export interface ProgressDisplay {
  on: OnProgress;
  /** Ends the display; what was shown of bars is cleared. */
  stop(): void;
}

export type ProgressStyle = 'auto' | 'bar' | 'plain' | 'json' | 'none';

export async function startProgress(style: ProgressStyle, stream: NodeJS.WriteStream): Promise<ProgressDisplay> {
  const canDraw = stream.isTTY === true && process.env.TERM !== 'dumb';
  const chosen = style === 'auto' ? (canDraw ? 'bar' : 'plain') : style;
  if (chosen === 'bar' && canDraw) return (await import('./progress-bars.js')).barProgress(stream);
  if (chosen === 'json') return (await import('./progress-json.js')).jsonProgress(stream);
  if (chosen === 'none') return { on: () => undefined, stop: () => undefined };
  return (await import('./progress-plain.js')).plainProgress(stream);
}

/** `LUNA16 · CC-BY-4.0 · Zenodo 3723295 + 4121926 · 66.3 GB in 16 files, 44.1 GB to go · peak disk 128 GB of 1.2 TB free` */
export function headline(plan: PlanEvent): string[] {
  const { name, license, source, files, size, peakDisk, freeDisk, home } = plan;
  const have = plan.have + plan.parts;
  const count = `${files} file${files === 1 ? '' : 's'}`;
  const amount = size === undefined ? count : `${formatBytes(size)} in ${count}`;
  const left = have > 0 && size !== undefined ? `, ${formatBytes(size - have)} to go` : '';
  const free = freeDisk === undefined ? '' : ` of ${formatBytes(freeDisk)} free`;
  const disk = peakDisk === undefined ? '' : `needs at least ${formatBytes(peakDisk)} of disk${free}`;
  const parts = [name, license, source, `${amount}${left}`, disk].filter((part) => part !== undefined && part !== '');
  return [printable(parts.join(' · ')), `Into ${printable(home)}`];
}
