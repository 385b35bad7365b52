/** `medds lock` and `medds diff`, and fetching what is locked: what data a study used, and having just that again. */
import path from 'node:path';
import { type OnWarning, openRegistry } from './catalogue.js';
import { idInLibrary } from './dataset-argument.js';
import { asDiskError, IncompleteError, NotFoundError } from './errors.js';
import { type FetchOptions, sourceContext, startEngine } from './fetch.js';
import { libraryStatus } from './library/inventory.js';
import { type Layout, layoutOf } from './library/layout.js';
import { type Comparison, compareLibrary, compareUpstream } from './lockfile/compare.js';
import { fetchLocked, isOnlyLocked, lockedEntry } from './lockfile/fetch-locked.js';
import { type LockedDataset, type LockFile, readLock, readLockIfAny } from './lockfile/form.js';
import { lockedOf } from './lockfile/of-library.js';
import { writeLock } from './lockfile/text.js';
import type { FetchResult } from './outcome.js';
import type { Dataset } from './registry/schema.js';
import type { Settings } from './settings.js';

export interface Locked {
  /** Absolute path of the lock file. */
  file: string;
  /** Datasets that were written anew. */
  ids: string[];
  lock: LockFile;
}

/**
 * What is in the library, as a lock file has it.
 * @param ids ids or aliases; undefined means all that are complete here
 * @throws IncompleteError (one is not complete here), NotFoundError, IntegrityError, DiskError
 */
export async function lockOf(
  ids: readonly string[] | undefined,
  settings: Settings,
  onWarning?: OnWarning,
): Promise<LockFile> {
  const layout = layoutOf(settings.home.value);
  const wanted = ids === undefined ? await completeIds(layout) : await inLibrary(ids, settings);
  const registry = await openRegistry(settings, onWarning);
  const datasets: Record<string, LockedDataset> = {};
  for (const id of wanted) datasets[id] = await lockedOf(layout, id, registry.get(id));
  return { version: 1, datasets };
}

/** Writes them into a lock file. With `ids`, what else it holds stays. @throws as `lockOf`; UsageError for a file that is no lock */
export async function lockLibrary(
  ids: readonly string[] | undefined,
  file: string,
  settings: Settings,
  onWarning?: OnWarning,
): Promise<Locked> {
  const before = ids === undefined ? undefined : await readLockIfAny(file);
  const fresh = await lockOf(ids, settings, onWarning);
  const lock: LockFile = { version: 1, datasets: { ...before?.datasets, ...fresh.datasets } };
  try {
    await writeLock(file, lock);
  } catch (error) {
    throw asDiskError(error, { file, hint: 'Correct its permissions, or name another with --lock-file.' });
  }
  return { file: path.resolve(file), ids: Object.keys(fresh.datasets), lock };
}

export interface LockedSource {
  dataset: Dataset;
  locked: LockedDataset;
  /** As `isOnlyLocked`. */
  lockFile: boolean;
}

/** The locked datasets that are meant, each with its only source. @throws NotFoundError, UsageError, DiskError */
export async function lockedDatasets(
  ids: readonly string[] | undefined,
  file: string,
  settings: Settings,
  onWarning?: OnWarning,
): Promise<LockedSource[]> {
  const { datasets } = await readLock(file);
  const registry = await openRegistry(settings, onWarning);
  return (ids ?? Object.keys(datasets)).map((typed) => {
    const id = datasets[typed] === undefined ? (registry.get(typed)?.id ?? typed) : typed;
    const locked = datasets[id];
    if (locked === undefined) throw notLocked(id, file, datasets);
    const known = registry.get(id);
    return { dataset: lockedEntry(id, locked, known), locked, lockFile: isOnlyLocked(locked, known) };
  });
}

/** @throws as `fetchLocked` */
export function fetchLockedDataset(
  { dataset, locked, lockFile }: LockedSource,
  options: FetchOptions,
): Promise<FetchResult> {
  return fetchLocked(dataset, locked, { ...options, lockFile });
}

/**
 * How lock file, library and sources differ. Without a lock file, what is here is held against its source.
 * @param ids undefined means all that are locked, or here
 * @throws NotFoundError, UsageError, IntegrityError, DiskError, InterruptedError
 */
export async function compareAll(
  ids: readonly string[] | undefined,
  file: string | undefined,
  settings: Settings,
  options: FetchOptions & { upstream: boolean },
  onWarning?: OnWarning,
): Promise<Comparison[]> {
  const layout = layoutOf(settings.home.value);
  const lock = file === undefined ? undefined : await readLock(file);
  const registry = await openRegistry(settings, onWarning);
  const wanted = ids ?? (lock === undefined ? await completeIds(layout) : Object.keys(lock.datasets));
  const found: Comparison[] = [];
  for (const typed of wanted) {
    const id = lock?.datasets[typed] === undefined ? (registry.get(typed)?.id ?? typed) : typed;
    const locked = lock?.datasets[id];
    const known = registry.get(id);
    if (lock !== undefined && locked === undefined) throw notLocked(id, file as string, lock.datasets);
    const here = await lockedOf(layout, id, known).catch((error) => {
      if (error instanceof IncompleteError && locked !== undefined) return undefined;
      throw error;
    });
    const recorded = (locked ?? here) as LockedDataset;
    found.push({
      id,
      against: locked === undefined ? 'library' : 'lock',
      library: libraryState(locked, here),
      upstream: options.upstream
        ? await askUpstream(id, recorded, known, { ...options, lockFile: locked !== undefined })
        : { state: 'not-asked' },
    });
  }
  return found;
}

function libraryState(locked: LockedDataset | undefined, here: LockedDataset | undefined): Comparison['library'] {
  if (locked === undefined) return { state: 'not-compared' };
  return here === undefined ? { state: 'missing' } : compareLibrary(locked, here);
}

async function askUpstream(
  id: string,
  recorded: LockedDataset,
  known: Dataset | undefined,
  options: FetchOptions,
): Promise<Comparison['upstream']> {
  const hasSource = known?.sources.some((one) => (one.name ?? one.method) === recorded.source.name) === true;
  const dataset = hasSource ? (known as Dataset) : lockedEntry(id, recorded, known);
  const engine = startEngine(dataset, {
    ...options,
    lockFile: options.lockFile === true && !hasSource && isOnlyLocked(recorded, known),
  });
  try {
    const signal = options.signal ?? new AbortController().signal;
    return await compareUpstream(recorded, dataset, sourceContext(dataset, options, engine, signal));
  } finally {
    await engine.close();
  }
}

async function completeIds(layout: Layout): Promise<string[]> {
  const here = (await libraryStatus(layout)).filter(({ files, state }) => files !== undefined && state !== 'missing');
  if (here.length > 0) return here.map(({ id }) => id);
  throw new IncompleteError('Nothing is complete here', { hint: 'Run: medds fetch ID' });
}

async function inLibrary(ids: readonly string[], settings: Settings): Promise<string[]> {
  const found = new Set<string>();
  for (const typed of ids) found.add(await idInLibrary(typed, settings));
  return [...found];
}

function notLocked(id: string, file: string, datasets: LockFile['datasets']): NotFoundError {
  const known = Object.keys(datasets).join(', ') || 'nothing';
  return new NotFoundError(`${id} is not in ${file}`, {
    dataset: id,
    hint: `It holds ${known}. medds lock ${id} adds it.`,
  });
}
