/** What a fetch or an import says of itself: to the user before it begins, to the library, to the caller at the end. */
import type { Chosen } from './choose.js';
import type { Attempt } from './library/attempt.js';
import type { CommitFacts } from './library/commit.js';
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
  /** Files and bytes of the dataset on disk (outcome planned: unknown). */
  files?: number;
  bytes?: number;
  /** Remote files and bytes of the plan; bytes only where every size is known. */
  remotes: number;
  download?: number;
  /** Bytes that were here before, finished or in parts. */
  resumed: number;
  /** Remote files that were held against a checksum known beforehand. */
  verified: Manifest['verified'];
  peakDisk?: number;
  freeDisk?: number;
  notes: string[];
}

function announce(dataset: Dataset, { resolution }: Chosen, plan: Plan, home: string, onProgress: OnProgress): void {
  const license = dataset.license ?? resolution.license;
  onProgress({
    event: 'plan',
    dataset: dataset.id,
    name: dataset.name,
    source: resolution.label,
    files: plan.files.length,
    have: plan.have,
    freeDisk: plan.freeDisk,
    home,
    ...(license === undefined ? {} : { license: license.spdx ?? license.name }),
    ...(plan.size === undefined ? {} : { size: plan.size }),
    ...(plan.peakDisk === undefined ? {} : { peakDisk: plan.peakDisk }),
  });
}

function sourceFacts({ name, entry, resolution }: Chosen): Manifest['source'] {
  return { name, method: entry.method, label: resolution.label };
}

function attemptOf(dataset: Dataset, chosen: Chosen, plan: Plan) {
  return {
    name: dataset.name,
    source: sourceFacts(chosen),
    files: plan.files.length,
    ...(dataset.argument === undefined ? {} : { argument: dataset.argument }),
    ...(plan.size === undefined ? {} : { size: plan.size }),
  };
}

function manifestOf(dataset: Dataset, chosen: Chosen, records: readonly DoneRecord[]): ManifestFacts {
  const { resolution } = chosen;
  const license = dataset.license ?? resolution.license;
  const checked = records.filter(({ checksums }) => checksums.length > 0);
  return {
    version: 1,
    id: dataset.id,
    name: dataset.name,
    registry: dataset.registry,
    source: sourceFacts(chosen),
    fetchedAt: new Date().toISOString(),
    medds: VERSION,
    verified: {
      checksums: checked.length,
      of: records.length,
      algorithms: [...new Set(checked.flatMap(({ checksums }) => checksums.map((sum) => sum.split(':')[0] as string)))],
    },
    ...(dataset.argument === undefined ? {} : { argument: dataset.argument }),
    ...(resolution.revision === undefined ? {} : { revision: resolution.revision }),
    ...(resolution.doi === undefined ? {} : { doi: resolution.doi }),
    ...(license === undefined ? {} : { license: plain(license) }),
    ...(resolution.notes.length === 0 ? {} : { notes: resolution.notes }),
  };
}

/** A remote file as the library records it: every checksum that is known of it by now. */
export function remoteRecord(record: DoneRecord): RemoteRecord {
  const computed = Object.entries(record.digests).map(([algorithm, hex]) => `${algorithm}:${hex}`);
  return {
    remote: record.path,
    size: record.size,
    checksums: [...new Set([...record.checksums, ...computed])],
    unpacked: record.unpacked,
    ...(record.into === '' ? {} : { into: record.into }),
  };
}
