/** What maintainers of registries ask: is the text right, and do the sources still offer what it says? */
import { openRegistry } from './catalogue.js';
import { defined, type FetchOptions, pipelineOptions, settingsOf } from './options.js';
import type { Review } from './registry/review.js';
import type { CheckOptions, SourceCheck } from './registry-check.js';

/** What is wrong with a registry, and what it lacks. @param place path or URL @throws UsageError, NetworkError, DiskError */
export async function reviewRegistry(place: string, options: { offline?: boolean } = {}): Promise<Review> {
  return (await import('./registry/review.js')).reviewRegistryFile(place, options);
}

/**
 * Asks the sources of datasets what they offer, without their data, and says what has changed since the registry was written.
 * @param ids undefined means every dataset of the registries @param options.maxAge milliseconds that an earlier answer counts; default a day
 */
export async function checkRegistry(
  ids: readonly string[] | undefined,
  options: FetchOptions & Partial<Pick<CheckOptions, 'methods' | 'maxAge' | 'onChecked'>> = {},
): Promise<SourceCheck[]> {
  const settings = settingsOf(options);
  const registry = await openRegistry(settings, options.onWarning);
  const { requireDataset } = await import('./registry/suggest.js');
  const datasets = ids?.map((id) => requireDataset(registry, id)) ?? registry.datasets;
  const { methods, maxAge = 24 * 60 * 60 * 1000, onChecked } = options;
  const asking = { ...pipelineOptions({ ...options, settings }), tries: 2, maxAge, ...defined({ methods, onChecked }) };
  return (await import('./registry-check.js')).checkSources(datasets, asking);
}
