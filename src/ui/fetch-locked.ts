/** `medds fetch --locked`: one dataset of the lock file after the other, each with its progress. */
import { type FetchOptions, knownOverlaps, LOCK_FILE } from '../index.js';
import { fetchLockedDataset, lockedDatasets } from '../locking.js';
import { pipelineOptions } from '../options.js';
import type { FetchResult } from '../outcome.js';
import type { Settings } from '../settings.js';
import { showFetchResult } from './fetch-result.js';
import { printJson } from './output.js';
import { underWay } from './under-way.js';

type Options = Pick<FetchOptions, 'force' | 'wait' | 'onWarning'> & { settings: Settings; file: string };

/** @param typed undefined means all */
export async function fetchAllLocked(
  typed: string | undefined,
  options: Options,
  flags: { json: boolean; quiet: boolean },
): Promise<void> {
  const { settings, file = LOCK_FILE } = options;
  const wanted = typed === undefined ? undefined : [typed];
  const results: FetchResult[] = [];
  for (const locked of await lockedDatasets(wanted, file, settings, options.onWarning)) {
    const { dataset } = locked;
    const result = await underWay(dataset.id, settings, flags, (context) =>
      fetchLockedDataset(locked, pipelineOptions({ ...options, ...context })),
    );
    if (!flags.json || typed !== undefined) {
      await showFetchResult(dataset, result, flags, await knownOverlaps(dataset, { settings }));
    }
    results.push(result);
  }
  if (flags.json && typed === undefined) printJson({ version: 1, datasets: results });
}
