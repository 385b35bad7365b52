/** `medds doctor`: whether datasets could be fetched now, and what they need of the user. */
import { openRegistry } from './catalogue.js';
import { fetchable } from './dataset-argument.js';
import { type Options, pipelineOptions, settingsOf } from './options.js';
import type { Readiness } from './readiness.js';
import type { Check } from './system-check.js';

/** What was found of this machine, and of each dataset that was asked for. */
export interface Examination {
  system: Check[];
  datasets: Readiness[];
}

/**
 * Whether datasets could be fetched now, and what they need of the user; no data is asked for.
 * @param typed ids, aliases or locators; undefined means every dataset of the registries
 */
export async function examine(
  typed: readonly string[] | undefined,
  options: Options & { signal?: AbortSignal } = {},
): Promise<Examination> {
  const settings = settingsOf(options);
  const env = options.env ?? process.env;
  const [{ checkClock, checkSystem }, { readinessOf }, { HostClocks }] = await Promise.all([
    import('./system-check.js'),
    import('./readiness.js'),
    import('./clock.js'),
  ]);
  const datasets =
    typed === undefined
      ? (await openRegistry(settings, options.onWarning)).datasets
      : await Promise.all(typed.map((one) => fetchable(one, settings, options)));
  // Whoever asks whether a host answers does not want to wait for it long.
  const asking = { ...pipelineOptions({ ...options, settings }), tries: 2 };
  const clocks = new HostClocks();
  const readiness = await readinessOf(datasets, asking, clocks);
  return { system: [...(await checkSystem(settings, env)), ...checkClock(clocks.ahead)], datasets: readiness };
}
