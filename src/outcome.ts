/** What a fetch or an import says of itself: to the user before it begins, to the library, to the caller at the end. */
import { parseChecksum } from './checksum.js';
import type { Chosen } from './choose.js';
import type { Attempt } from './library/attempt.js';
import type { ManifestFacts } from './library/commit.js';
import type { Manifest, RemoteRecord } from './library/manifest.js';
import type { DoneRecord } from './library/staging.js';
import type { Plan } from './plan.js';
import type { OnProgress } from './progress.js';
import type { Dataset } from './registry/schema.js';
import { VERSION } from './version.js';

export interface FetchResult {
  id: string;
  name: string;
  /** What happened: fetched now, here already, or only planned (dryRun). */
  outcome: 'fetched' | 'present' | 'planned';
  /** Folder with the data. */
  path: string;
  source: { name: string; method: string; label: string };
  revision?: string;
  doi?: string;
  license?: { name: string; spdx?: string; url?: string };
  /** Files and bytes of the dataset on disk. Of a plan only the files, and only where a selection made it count them. */
  files?: number;
  bytes?: number;
  /** Remote files and bytes of the plan; bytes only where every size is known. */
  remotes: number;
  download?: number;
  /** Bytes that were here before, finished or in parts. */
  resumed: number;
  /** Remote files that were held against a checksum known beforehand. */
  verified: Manifest['verified'];
  /** Of a plan: bytes of the dataset when it is here, as far as they are known. */
  finalSize?: number;
  peakDisk?: number;
  freeDisk?: number;
  notes: string[];
  /** What was asked for, where that is not all of it. */
  chosen?: Manifest['chosen'];
}

/** Says what is about to be done. */
export function announce(dataset: Dataset, chosen: Chosen, plan: Plan, home: string, onProgress: OnProgress): void {
  const license = licenseOf(dataset, chosen);
  onProgress({
    event: 'plan',
    dataset: dataset.id,
    name: nameOf(dataset, chosen),
    source: chosen.resolution.label,
    files: plan.files.length,
    finished: plan.files.filter(({ done }) => done !== undefined).length,
    have: plan.have,
    parts: plan.parts,
    freeDisk: plan.freeDisk,
    home,
    ...(license === undefined ? {} : { license: license.spdx ?? license.name }),
    ...(plan.size === undefined ? {} : { size: plan.size }),
    ...(plan.peakDisk === undefined ? {} : { peakDisk: plan.peakDisk }),
  });
}

/** What the library notes down while the fetch runs. */
export function attemptOf(
  dataset: Dataset,
  chosen: Chosen,
  plan: Plan,
): Pick<Attempt, 'name' | 'source' | 'files' | 'size' | 'argument'> {
  return {
    name: nameOf(dataset, chosen),
    source: sourceOf(chosen),
    files: plan.files.length,
    ...(dataset.argument === undefined ? {} : { argument: dataset.argument }),
    ...(plan.size === undefined ? {} : { size: plan.size }),
  };
}

/** What the manifest says of where the data came from; what is on disk, the commit adds. */
export function manifestOf(
  dataset: Dataset,
  chosen: Chosen,
  records: readonly DoneRecord[],
  part?: ManifestFacts['chosen'],
): ManifestFacts {
  const { resolution } = chosen;
  const license = licenseOf(dataset, chosen);
  // No checksum of an archive says anything about a part of it.
  const checked = records.filter(({ checksums, size, fetched = size }) => checksums.length > 0 && fetched === size);
  const algorithms = checked.flatMap(({ checksums }) => checksums.map((checksum) => parseChecksum(checksum).algorithm));
  return {
    version: 1,
    id: dataset.id,
    name: nameOf(dataset, chosen),
    registry: dataset.registry,
    source: sourceOf(chosen),
    fetchedAt: new Date().toISOString(),
    medds: VERSION,
    verified: { checksums: checked.length, of: records.length, algorithms: [...new Set(algorithms)] },
    ...(dataset.argument === undefined ? {} : { argument: dataset.argument }),
    ...(resolution.revision === undefined ? {} : { revision: resolution.revision }),
    ...(resolution.doi === undefined ? {} : { doi: resolution.doi }),
    ...(license === undefined ? {} : { license }),
    ...(dataset.terms === undefined ? {} : { terms: dataset.terms }),
    ...(dataset.registry !== 'bundled' && mayHoldSecret(chosen.pinned) ? {} : { entry: chosen.pinned }),
    ...(resolution.notes.length === 0 ? {} : { notes: resolution.notes }),
    ...(part === undefined ? {} : { chosen: part }),
  };
}

/**
 * A remote file as the library records it: every checksum that is known of it by now.
 * @param completed whether all of it is here, with what was here before
 */
export function remoteRecord(record: DoneRecord, completed = false): RemoteRecord {
  const computed = Object.entries(record.digests).map(([algorithm, hex]) => `${algorithm}:${hex}`);
  return {
    remote: record.path,
    size: record.size,
    checksums: [...new Set([...record.checksums, ...computed])],
    unpacked: record.unpacked,
    ...(record.into === '' ? {} : { into: record.into }),
    ...(record.partOf === undefined ? {} : { partOf: record.partOf }),
    ...(record.members === undefined || completed ? {} : { partial: true }),
  };
}

/** The result for a dataset that is complete. */
export function present(manifest: Manifest, path: string): FetchResult {
  const { id, name, source, revision, doi, license, files, bytes, remotes, downloaded, verified, notes, chosen } =
    manifest;
  return {
    id,
    name,
    outcome: 'present',
    path,
    source,
    files,
    bytes,
    remotes,
    download: downloaded,
    resumed: 0,
    verified,
    notes: notes ?? [],
    ...(chosen === undefined ? {} : { chosen }),
    ...(revision === undefined ? {} : { revision }),
    ...(doi === undefined ? {} : { doi }),
    ...(license === undefined ? {} : { license }),
  };
}

/** The result of a dry run. */
export function planned(dataset: Dataset, chosen: Chosen, plan: Plan, path: string): FetchResult {
  const { revision, doi, notes } = chosen.resolution;
  const license = licenseOf(dataset, chosen);
  const known = plan.files.filter(({ remote }) => remote.checksums.length > 0);
  const algorithms = known.flatMap(({ remote }) => remote.checksums.map((sum) => parseChecksum(sum).algorithm));
  return {
    id: dataset.id,
    name: nameOf(dataset, chosen),
    outcome: 'planned',
    path,
    source: sourceOf(chosen),
    remotes: plan.files.length,
    resumed: plan.have + plan.parts,
    verified: { checksums: known.length, of: plan.files.length, algorithms: [...new Set(algorithms)] },
    freeDisk: plan.freeDisk,
    notes,
    ...(revision === undefined ? {} : { revision }),
    ...(doi === undefined ? {} : { doi }),
    ...(license === undefined ? {} : { license }),
    ...(plan.size === undefined ? {} : { download: plan.size }),
    ...(plan.finalSize === undefined ? {} : { finalSize: plan.finalSize }),
    ...(plan.peakDisk === undefined ? {} : { peakDisk: plan.peakDisk }),
    ...(plan.count === undefined ? {} : { files: plan.count }),
    ...(plan.chosen === undefined ? {} : { chosen: plan.chosen }),
  };
}

/** What a locator stands for has the title that its host gives it. */
function nameOf(dataset: Dataset, { resolution }: Chosen): string {
  return dataset.registry === 'argument' ? (resolution.title ?? dataset.name) : dataset.name;
}

function sourceOf({ name, entry, resolution }: Chosen): Manifest['source'] {
  return { name, method: entry.method, label: resolution.label };
}

function licenseOf(dataset: Dataset, { resolution }: Chosen): Manifest['license'] {
  const license = dataset.license ?? resolution.license;
  if (license === undefined) return undefined;
  const { name, spdx, url } = license;
  return { name, ...(spdx === undefined ? {} : { spdx }), ...(url === undefined ? {} : { url }) };
}

/** Whether an address in it has a query, where signatures and tokens live, or an archive a password. */
function mayHoldSecret(value: unknown): boolean {
  // A description on this disk is nothing to others.
  if (typeof value === 'string') return /^file:/i.test(value) || (URL.canParse(value) && new URL(value).search !== '');
  if (typeof value !== 'object' || value === null) return false;
  return 'password' in value || Object.values(value).some(mayHoldSecret);
}
