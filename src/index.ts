/**
 * medds as a library: everything that the commands do, without the command line. Settings come from the options, then from the
 * environment and the settings file, as they do for the commands. Failures are the classes of ./errors.ts.
 */
import { type Found, findDatasets, type Listed, openRegistry } from './catalogue.js';
import type { Citation } from './citing.js';
import { fetchable, idInLibrary } from './dataset-argument.js';
import type { FileList } from './files.js';
import { type CleanItem, type CleanOptions, clean, planClean } from './library/clean.js';
import type { KeptImages } from './library/image-facts.js';
import { type DatasetStatus, datasetStatus as statusOf, libraryStatus as statusOfAll } from './library/inventory.js';
import { layoutOf } from './library/layout.js';
import { readManifest } from './library/manifest.js';
import { type Removed, removeDataset as removeFrom } from './library/remove.js';
import type { VerifyResult } from './library/verify.js';
import { locateDataset } from './locate.js';
import type { Comparison } from './lockfile/compare.js';
import type { LockFile } from './lockfile/form.js';
import { LOCK_FILE } from './lockfile/name.js';
import type { Locked } from './locking.js';
import {
  defined,
  type FetchOptions,
  type ImportOptions,
  type Options,
  pipelineOptions,
  settingsOf,
} from './options.js';
import type { FetchResult } from './outcome.js';
import type { Overlapping } from './overlap.js';
import type { OnProgress } from './progress.js';
import type { CitationForm } from './registry/cite.js';
import type { KnownOverlap } from './registry/overlaps.js';
import type { Dataset } from './registry/schema.js';
import type { Query } from './registry/search.js';
import type { Repaired } from './repair.js';
import type { Settings } from './settings.js';

export * from './errors.js';
export { type Examination, examine } from './examining.js';
export type { FileList, ListedFile, UnlistedArchive } from './files.js';
export type { Comparison } from './lockfile/compare.js';
export type { LockedDataset, LockFile } from './lockfile/form.js';
export { LOCK_FILE } from './lockfile/name.js';
export { checkRegistry, reviewRegistry } from './maintaining.js';
export type { FetchOptions, ImportOptions, Options } from './options.js';
export type { Overlapping } from './overlap.js';
export type { FileState, OnProgress, ProgressEvent } from './progress.js';
export type { KnownOverlap } from './registry/overlaps.js';
export type { Review } from './registry/review.js';
export type { SourceCheck } from './registry-check.js';
export type { Selection } from './selection.js';
export { logIn, loginOf, logOut } from './signing-in.js';
export { VERSION } from './version.js';
export type { CleanItem, Dataset, DatasetStatus, FetchResult, Found, Listed, Query, Removed, Repaired, VerifyResult };

export interface VerifyOptions extends Options {
  /** Fetch again what is broken. */
  repair?: boolean;
  /** Open every image as well. */
  deep?: boolean;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** Datasets of the registries that fit a query, each with what is here of it. */
export function listDatasets(query: Omit<Query, 'here'> = {}, options: Options = {}): Promise<Found> {
  return findDatasets(query, settingsOf(options), options.onWarning);
}

/** The dataset that an id, an alias or a locator (`zenodo:3723295`, `https://host/file.zip`) stands for. */
export function findDataset(
  typed: string,
  options: Pick<FetchOptions, 'as' | 'signal'> & Options = {},
): Promise<Dataset> {
  return fetchable(typed, settingsOf(options), options);
}

/** Brings a dataset into the library, complete and verified, or fails and keeps what came for the next call. */
export async function fetchDataset(dataset: Dataset | string, options: FetchOptions = {}): Promise<FetchResult> {
  const { fetchDataset: run } = await import('./fetch.js');
  return run(await datasetOf(dataset, options), pipelineOptions(options));
}

/** What a dataset holds, or the part of it that `selection` takes: nothing is fetched but the lists that zips have of their members. */
export async function listFiles(
  dataset: Dataset | string,
  options: Options & Pick<FetchOptions, 'source' | 'selection' | 'signal' | 'connections' | 'tries'> = {},
): Promise<FileList> {
  const { listFiles: run } = await import('./files.js');
  return run(await datasetOf(dataset, options), pipelineOptions(options));
}

/** Takes files that were downloaded by hand, recognised by content, and finishes the dataset as a fetch would. */
export async function importDataset(
  dataset: Dataset | string,
  files: readonly string[],
  options: ImportOptions = {},
): Promise<FetchResult> {
  const { importDataset: run } = await import('./import.js');
  return run(await datasetOf(dataset, options), files, pipelineOptions(options));
}

/**
 * Waits until the files of a dataset that only a person can download are in `folder`; takes each as it is whole, and finishes the
 * dataset. Ends by `signal`; what was taken stays. `interval`: milliseconds between two looks at the folder.
 */
export async function watchFolder(
  dataset: Dataset | string,
  folder: string,
  options: ImportOptions & { interval?: number } = {},
): Promise<FetchResult> {
  const { watchFolder: run } = await import('./watch.js');
  const { interval } = options;
  return run(await datasetOf(dataset, options), folder, { ...pipelineOptions(options), ...defined({ interval }) });
}

/** Absolute folder of a dataset that is here, whole or as far as it was chosen. @throws IncompleteError when it is not */
export async function datasetPath(typed: string, options: Options = {}): Promise<string> {
  return (await locateDataset(typed, settingsOf(options))).path;
}

/** Everything in the library. */
export function libraryStatus(options: Options = {}): Promise<DatasetStatus[]> {
  return statusOfAll(layout(settingsOf(options)));
}

/** One dataset, whatever of it is here. */
export async function datasetStatus(typed: string, options: Options = {}): Promise<DatasetStatus> {
  const settings = settingsOf(options);
  return statusOf(layout(settings), await idInLibrary(typed, settings));
}

/** Holds every file against its recorded checksum, and puts back what is broken when `repair` is set; with `deep`, opens every image. */
export async function verifyDataset(
  typed: string,
  options: VerifyOptions = {},
): Promise<VerifyResult & { repaired?: Repaired; images?: KeptImages }> {
  const settings = settingsOf(options);
  const id = await idInLibrary(typed, settings);
  const { verifyDataset: run } = await import('./library/verify.js');
  const result = await run(layout(settings), id, options);
  if (result.ok || options.repair !== true) {
    if (options.deep !== true) return result;
    const { verifyImages } = await import('./deep-verify.js');
    const casePaths = (await openRegistry(settings, options.onWarning)).get(id)?.casePaths;
    const { onProgress, signal } = options;
    const images = await verifyImages(layout(settings), id, { casePaths, onProgress, signal });
    return images === undefined ? result : { ...result, images };
  }
  const argument = (await readManifest(layout(settings), id))?.argument;
  const dataset = await fetchable(argument ?? id, settings, {
    env: options.env,
    signal: options.signal,
    ...(argument === undefined ? {} : { as: id }),
  });
  const { repairDataset } = await import('./repair.js');
  return { ...result, repaired: await repairDataset(dataset, result, pipelineOptions({ ...options, settings })) };
}

/** Deletes a dataset and everything that was kept of it. */
export async function removeDataset(typed: string, options: Options = {}): Promise<Removed> {
  const settings = settingsOf(options);
  return removeFrom(layout(settings), await idInLibrary(typed, settings));
}

/** Deletes kept archives and what crashes left behind; with `dryRun` only says what. */
export async function cleanLibrary(
  options: Options & CleanOptions & { ids?: readonly string[]; dryRun?: boolean } = {},
): Promise<{ planned: CleanItem[]; removed: CleanItem[]; bytes: number }> {
  const settings = settingsOf(options);
  const ids = options.ids && (await Promise.all(options.ids.map((id) => idInLibrary(id, settings))));
  const planned = await planClean(layout(settings), ids, options);
  const done = options.dryRun === true ? { removed: [], bytes: 0 } : await clean(layout(settings), planned);
  return { planned, ...done };
}

/** How datasets are cited. @param ids undefined means all that are here @throws NotFoundError, UsageError, NetworkError, DiskError */
export async function citeDatasets(
  ids: readonly string[] | undefined,
  form: CitationForm,
  options: Options = {},
): Promise<Citation> {
  return (await import('./citing.js')).citationOf(ids, form, settingsOf(options), options.onWarning);
}

/** Datasets that share cases with one, as the registries know it. @throws UsageError, NetworkError, DiskError */
export async function knownOverlaps(dataset: Dataset, options: Options = {}): Promise<KnownOverlap[]> {
  const { datasets } = await openRegistry(settingsOf(options), options.onWarning);
  return (await import('./registry/overlaps.js')).overlapsOf(dataset, datasets);
}

/** A dataset as Croissant JSON-LD (http://mlcommons.org/croissant/1.0). @throws NotFoundError, UsageError, NetworkError, DiskError */
export async function describeAsCroissant(typed: string, options: Options = {}): Promise<Record<string, unknown>> {
  const settings = settingsOf(options);
  const [{ croissantOf }, { findDataset: find }] = await Promise.all([
    import('./croissant.js'),
    import('./catalogue.js'),
  ]);
  return croissantOf(await find(typed, settings, options.onWarning), settings.home.value);
}

/** Which of the datasets share cases; of a single one, with which it does. @throws NotFoundError, UsageError, NetworkError, DiskError */
export async function findOverlaps(
  ids: readonly string[],
  options: Options = {},
): Promise<{ overlaps: Overlapping[]; elsewhere: KnownOverlap[] }> {
  return (await import('./overlap.js')).overlapping(ids, settingsOf(options), options.onWarning);
}

/** What is in the library, as a lock file has it: the data that a study used, to the byte. @param ids undefined means all that is here */
export async function lockOf(ids: readonly string[] | undefined, options: Options = {}): Promise<LockFile> {
  return (await import('./locking.js')).lockOf(ids, settingsOf(options), options.onWarning);
}

/** Writes it into `file`; with `ids`, what else the file locks stays. */
export async function lockDatasets(
  ids: readonly string[] | undefined,
  options: Options & { file?: string } = {},
): Promise<Locked> {
  const { file = LOCK_FILE } = options;
  return (await import('./locking.js')).lockLibrary(ids, file, settingsOf(options), options.onWarning);
}

/**
 * Fetches exactly what a lock file says, or fails and says what its source has changed. What is here is not asked for.
 * @param ids undefined means all that it locks
 */
export async function fetchLocked(
  ids: readonly string[] | undefined,
  options: Omit<FetchOptions, 'source' | 'selection' | 'as' | 'unpack'> & { file?: string } = {},
): Promise<FetchResult[]> {
  const { file = LOCK_FILE } = options;
  const { lockedDatasets, fetchLockedDataset } = await import('./locking.js');
  const results: FetchResult[] = [];
  for (const one of await lockedDatasets(ids, file, settingsOf(options), options.onWarning)) {
    results.push(await fetchLockedDataset(one, pipelineOptions(options)));
  }
  return results;
}

/** How a lock file, what is here, and what the sources offer now differ. @param options.file without it, what is here is held against its source */
export async function diffDatasets(
  ids: readonly string[] | undefined,
  options: FetchOptions & { file?: string; upstream?: boolean } = {},
): Promise<Comparison[]> {
  const settings = settingsOf(options);
  const asking = { ...pipelineOptions(options), upstream: options.upstream ?? !settings.offline.value };
  return (await import('./locking.js')).compareAll(ids, options.file, settings, asking, options.onWarning);
}

const layout = (settings: Settings) => layoutOf(settings.home.value);

async function datasetOf(dataset: Dataset | string, options: FetchOptions): Promise<Dataset> {
  if (typeof dataset === 'string') return findDataset(dataset, options);
  return options.as === undefined ? dataset : { ...dataset, id: options.as };
}
