/** What a fetch will do: which remote files, how much is here already, whether the disk can hold it. */
import { RESERVE } from './archive/budget.js';
import { archiveName } from './archive/names.js';
import { safePath } from './archive/safety.js';
import { formatBytes } from './byte-units.js';
import { DiskError, IntegrityError } from './errors.js';
import { freeSpace } from './library/disk.js';
import { type DoneRecord, partKey } from './library/staging.js';
import type { Dataset } from './registry/schema.js';
import type { RemoteFile, Resolution } from './sources/source.js';
import { joinParts, partOf, type Split } from './split.js';
import type { Excerpt } from './transfer/download.js';

export interface PlannedFile {
  remote: RemoteFile;
  key: string;
  /** True when its contents go into the dataset instead of itself. */
  unpack: boolean;
  /** The archive that it is one part of. */
  split?: Split;
  /** Which of its members are wanted, when not all are. */
  choice?: MemberChoice;
  /** What an earlier run left of it, finished. */
  done?: DoneRecord;
}

/** Members of an archive that are wanted. */
export interface MemberChoice {
  /** Names the choice: equal for equal ones. */
  digest: string;
  selects(pathInArchive: string): boolean;
  /** All of them, where they are known beforehand. */
  paths?: ReadonlySet<string>;
  /** The bytes of the archive that hold them, where the host gives parts of it; it is fetched whole otherwise. */
  excerpt?: Excerpt;
}

export interface Plan {
  files: PlannedFile[];
  /** Bytes to download in all; undefined when a host does not tell every size. */
  size?: number;
  /** Bytes of files that are finished. */
  have: number;
  /** Bytes of others that are here in part. */
  parts: number;
  /** Most bytes that the dataset takes on disk at one time, where it can be known. */
  peakDisk?: number;
  freeDisk: number;
}

export async function makePlan(
  dataset: Dataset,
  resolution: Resolution,
  done: ReadonlyMap<string, DoneRecord>,
  options: {
    home: string;
    unpack: boolean;
    keepArchives: boolean;
    jobs: number;
    unfinished: ReadonlyMap<string, number>;
  },
): Promise<Plan> {
  const keys = new Set<string>();
  const files = resolution.files.map((remote): PlannedFile => {
    const path = safePath(remote.path);
    const into = remote.into === '' ? '' : safePath(remote.into);
    const key = partKey(into === '' ? path : `${into}/${path}`);
    if (keys.has(key)) throw new IntegrityError(`The source offers ${path} twice`, { dataset: dataset.id, file: path });
    keys.add(key);
    return { remote: { ...remote, path, into }, key, unpack: options.unpack && wantsUnpacking(remote) };
  });
  if (options.unpack) joinParts(files.filter(({ remote }) => remote.unpack !== false));
  for (const planned of files) {
    const record = done.get(planned.key);
    if (record !== undefined && stillTrue(record, planned)) planned.done = record;
  }
  for (const { split, done } of files) {
    // What came out of a split archive came out of all its parts.
    if (done === undefined) for (const part of split?.parts ?? []) delete part.done;
  }
  const sizes = files.map(({ remote }) => remote.size);
  const have = sum(files.map(({ done, remote }) => (done === undefined ? 0 : (remote.size ?? done.size))));
  const plan: Plan = {
    files,
    have,
    parts: sum(files.map(({ key, done }) => (done === undefined ? options.unfinished.get(key) : 0))),
    freeDisk: await freeSpace(options.home),
  };
  if (sizes.every((size) => size !== undefined)) {
    plan.size = sum(sizes);
    plan.peakDisk = peakDisk(dataset, files, options);
  }
  return plan;
}

function wantsUnpacking({ unpack, path }: RemoteFile): boolean {
  return unpack === true ? archiveName(path) : unpack !== false;
}

/** A finished file counts only while the source still offers the same one, and it is to be treated the same way. */
function stillTrue(record: DoneRecord, planned: PlannedFile): boolean {
  const { remote, unpack } = planned;
  const known = [...record.checksums, ...Object.entries(record.digests).map(([name, hex]) => `${name}:${hex}`)];
  const contradicted = remote.checksums.some((checksum) => {
    const algorithm = checksum.slice(0, checksum.indexOf(':') + 1);
    return known.some((other) => other.startsWith(algorithm)) && !known.includes(checksum);
  });
  return (
    !contradicted &&
    record.path === remote.path &&
    record.into === remote.into &&
    record.unpacked === unpack &&
    record.partOf === partOf(planned) &&
    (remote.size === undefined || remote.size === record.size)
  );
}

/** The unpacked data plus the archives in work: the largest with all its parts, and one file for each other job. Where the unpacked size is unknown, what is packed counts once more. */
function peakDisk(
  dataset: Dataset,
  files: readonly PlannedFile[],
  options: { keepArchives: boolean; jobs: number },
): number {
  const plain = sum(files.filter(({ unpack }) => !unpack).map(({ remote }) => remote.size ?? 0));
  const archives = files.filter(({ unpack }) => unpack);
  const sizeOf = (parts: readonly PlannedFile[]) => sum(parts.map(({ remote }) => remote.size));
  const wholes = archives.map((file) => file.split?.parts ?? [file]).sort((a, b) => sizeOf(b) - sizeOf(a));
  const [whole = []] = wholes;
  const others = archives.filter((file) => !whole.includes(file)).map(({ remote }) => remote.size ?? 0);
  const packed = sizeOf(archives);
  const largest = sizeOf(whole) + sum(others.sort((a, b) => b - a).slice(0, options.jobs - 1));
  const unpacked = dataset.unpackedSize ?? plain + packed;
  return unpacked + (options.keepArchives ? packed : largest);
}

/** @throws DiskError before the first byte, when it is sure that the disk cannot hold the rest */
export function refuseFullDisk(dataset: Dataset, plan: Plan, home: string): void {
  if (plan.peakDisk === undefined) return;
  const needed = Math.max(0, plan.peakDisk - plan.have - plan.parts);
  const spare = Math.max(0, plan.freeDisk - RESERVE);
  if (needed <= spare) return;
  throw new DiskError(
    `${dataset.id} needs ${formatBytes(needed)} more on the disk of ${home}, which has ${formatBytes(spare)} to spare`,
    {
      dataset: dataset.id,
      hint: 'Free some space (medds clean, medds remove ID), or put the library on a larger disk: medds config set home FOLDER.',
    },
  );
}

const sum = (numbers: readonly (number | undefined)[]): number =>
  numbers.reduce<number>((all, one) => all + (one ?? 0), 0);
