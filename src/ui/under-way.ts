/** Runs long work with progress shown and Ctrl-C heeded. */
import { Flags } from '@oclif/core';
import { InterruptedError } from '../errors.js';
import { datasetStatus } from '../library/inventory.js';
import { layoutOf } from '../library/layout.js';
import type { OnProgress } from '../progress.js';
import type { Settings } from '../settings.js';
import { formatBytes } from './format.js';
import { GO_ON, Interrupt } from './interrupt.js';
import { startProgress } from './progress.js';

/** What a function of the API is called with by a command. */
export interface Context {
  onProgress: OnProgress;
  signal: AbortSignal;
}

export const progressFlag = Flags.string({
  description: 'how progress is shown, on stderr',
  options: ['auto', 'bar', 'plain', 'json', 'none'],
  helpValue: 'STYLE',
});

/** @throws what `work` throws; an interruption says what was kept and how to go on */
export async function underWay<T>(
  id: string,
  settings: Settings,
  flags: { quiet: boolean },
  work: (context: Context) => Promise<T>,
): Promise<T> {
  const style = settings.progress.value;
  const progress = await startProgress(flags.quiet && style !== 'json' ? 'none' : style, process.stderr);
  const interrupt = new Interrupt();
  try {
    return await work({ onProgress: progress.on, signal: interrupt.signal });
  } catch (error) {
    if (error instanceof InterruptedError) throw await explained(error, id, settings);
    throw error;
  } finally {
    progress.stop();
    interrupt.dispose();
  }
}

async function explained(error: InterruptedError, id: string, settings: Settings): Promise<InterruptedError> {
  const status = await datasetStatus(layoutOf(settings.home.value), id).catch(() => undefined);
  const { bytes, size } = status?.download ?? {};
  const of = size === undefined ? '' : ` of ${formatBytes(size)}`;
  const kept = bytes === undefined || bytes === 0 ? '' : `; ${formatBytes(bytes)}${of} are here and kept`;
  return new InterruptedError(`Interrupted${kept}`, { dataset: id, hint: GO_ON, cause: error });
}
