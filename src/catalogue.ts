/** What the registries describe, joined with what the library holds: behind `list`, `info`, and every dataset argument. */
import { existsSync } from 'node:fs';
import { asDiskError, MeddsError } from './errors.js';
import type { DatasetStatus } from './library/inventory.js';
import { loadRegistry, type RegistrySet } from './registry/load.js';
import { type KnownOverlap, overlapsOf } from './registry/overlaps.js';
import type { Dataset } from './registry/schema.js';
import { type Query, searchDatasets } from './registry/search.js';
import type { Settings } from './settings.js';

export type OnWarning = (message: string) => void;

/** A dataset and how much of it is here; without `status`, nothing is. */
export interface Listed {
  dataset: Dataset;
  status?: DatasetStatus;
}

/** A dataset with what only all registries together say of it. */
export interface Described extends Listed {
  overlaps: KnownOverlap[];
  /** Registries whose entry of this id another one replaces. */
  shadows: string[];
}

export interface Found {
  listed: Listed[];
  /** Datasets that the registries describe in all. */
  total: number;
}

/** What one command has read already. */
const opened = new WeakMap<Settings, Promise<RegistrySet>>();

/** The registries that the settings name; for the same settings they are read once. @throws UsageError, NetworkError, DiskError */
export function openRegistry(settings: Settings, onWarning?: OnWarning): Promise<RegistrySet> {
  const before = opened.get(settings);
  if (before !== undefined) return before;
  const registry = readRegistry(settings, onWarning);
  opened.set(settings, registry);
  return registry;
}

function readRegistry(settings: Settings, onWarning: OnWarning | undefined): Promise<RegistrySet> {
  return loadRegistry({
    registries: settings.registries.value,
    ...(onWarning === undefined ? {} : { onWarning }),
    fetchText: async (url) => {
      const { cachedText } = await import('./registry/cache.js');
      const { folder, offline } = settings;
      return cachedText(url, { folder, offline: offline.value, ...(onWarning === undefined ? {} : { onWarning }) });
    },
  });
}

/** @throws UsageError, NetworkError, DiskError (a registry cannot be read) */
export async function findDatasets(
  query: Omit<Query, 'here'>,
  settings: Settings,
  onWarning: OnWarning = () => undefined,
): Promise<Found> {
  const registry = await openRegistry(settings, onWarning);
  const statuses = await libraryById(settings.home.value, onWarning);
  const here = new Set([...statuses].filter(([, { state }]) => state !== 'missing').map(([id]) => id));
  const listed = searchDatasets(registry.datasets, { ...query, here }).map((dataset) => join(dataset, statuses));
  return { listed, total: registry.datasets.length };
}

/** By id or alias. @throws NotFoundError (with what may have been meant), UsageError, NetworkError, DiskError */
export async function findDataset(typed: string, settings: Settings, onWarning?: OnWarning): Promise<Described> {
  const [registry, { requireDataset }] = await Promise.all([
    openRegistry(settings, onWarning),
    import('./registry/suggest.js'),
  ]);
  const dataset = requireDataset(registry, typed);
  return {
    ...join(dataset, await libraryById(settings.home.value, onWarning)),
    overlaps: overlapsOf(dataset, registry.datasets),
    shadows: registry.shadowed.filter(({ id }) => id === dataset.id).map(({ registry: place }) => place),
  };
}

function join(dataset: Dataset, statuses: ReadonlyMap<string, DatasetStatus>): Listed {
  const status = statuses.get(dataset.id);
  return status === undefined || status.state === 'missing' ? { dataset } : { dataset, status };
}

/** A library that cannot be read is no reason to hide what the registries say. */
async function libraryById(home: string, onWarning: OnWarning = () => undefined): Promise<Map<string, DatasetStatus>> {
  if (!existsSync(home)) return new Map();
  const [{ libraryStatus }, { layoutOf }] = await Promise.all([
    import('./library/inventory.js'),
    import('./library/layout.js'),
  ]);
  try {
    return new Map((await libraryStatus(layoutOf(home))).map((status) => [status.id, status]));
  } catch (thrown) {
    const error = asDiskError(thrown);
    if (!(error instanceof MeddsError)) throw error;
    onWarning(`what is here is not known: ${error.message}`);
    return new Map();
  }
}
