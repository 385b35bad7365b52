/** What a fetch will do: which remote files, how much is here already, whether the disk can hold it. */
import { RESERVE } from './archive/budget.js';
import { archiveName } from './archive/names.js';
import { safePath } from './archive/safety.js';
import { formatBytes } from './byte-units.js';
import { type ChoosingOptions, chooseFiles } from './choosing.js';
import { DiskError, IntegrityError } from './errors.js';
import { freeSpace } from './library/disk.js';
import type { Chosen } from './library/manifest.js';
import { type DoneRecord, partKey } from './library/staging.js';
import type { Dataset } from './registry/schema.js';
import type { RemoteFile, Resolution } from './sources/source.js';
import { joinParts, partOf, type Split } from './split.js';
import type { Excerpt } from './transfer/arriving.js';

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
  /** True when all that is left out is here already. */
  completes?: true;
  /** Bytes that they unpack to, where these are known. */
  bytes?: number;
  /** The bytes of the archive that hold them, where the host gives parts of it; it is fetched whole otherwise. */
  excerpt?: Excerpt;
}

export interface Plan {
  files: PlannedFile[];
  /** Files that the dataset comes to, where a selection made it count them. */
  count?: number;
  /** What was chosen, unless that is all. */
  chosen?: Chosen;
  /** Bytes to download in all; undefined when a host does not tell every size. */
  size?: number;
  /** Bytes of files that are finished. */
  have: number;
  /** Bytes of others that are here in part. */
  parts: number;
  /** Most bytes that the dataset takes on disk at one time, where it can be known. */
  peakDisk?: number;
  /** Bytes of the dataset when it is here, where they are known; those of an archive count as packed where nobody tells more. */
  finalSize?: number;
  freeDisk: number;
}

interface PlanOptions {
  home: string;
  unpack: boolean;
  keepArchives: boolean;
  jobs: number;
  unfinished: ReadonlyMap<string, number>;
  /** What is wanted, when that is not everything. */
  choosing?: ChoosingOptions;
}

/** @throws IntegrityError, NotFoundError (a part of an archive is missing), DiskError; with a selection also as `chooseFiles` */
export async function makePlan(
  dataset: Dataset,
  resolution: Resolution,
  done: ReadonlyMap<string, DoneRecord>,
  options: PlanOptions,
): Promise<Plan> {
  const { choosing } = options;
  const all = plannedFiles(dataset, resolution, options.unpack);
  const { files, ...choice } = choosing === undefined ? { files: all } : await chooseFiles(all, dataset, choosing);
  for (const planned of files) {
    const record = done.get(planned.key);
    if (record !== undefined && stillTrue(record, planned)) planned.done = record;
  }
  for (const { split, done } of files) {
    // What came out of a split archive came out of all its parts.
    if (done === undefined) for (const part of split?.parts ?? []) delete part.done;
  }
  const sizes = files.map(bytesToFetch);
  const have = sum(
    files.map((planned) => (planned.done === undefined ? 0 : (bytesToFetch(planned) ?? planned.done.size))),
  );
  const plan: Plan = {
    files,
    ...choice,
    have,
    parts: sum(files.map(({ key, done }) => (done === undefined ? options.unfinished.get(key) : 0))),
    freeDisk: await freeSpace(options.home),
  };
  if (sizes.every((size) => size !== undefined)) {
    plan.size = sum(sizes);
    plan.finalSize = finalSize(dataset, files, options);
    plan.peakDisk = plan.finalSize + atWork(files, options);
  }
  return plan;
}

/** What a source offers, each at a safe path, the parts of split archives joined. @throws IntegrityError, NotFoundError */
export function plannedFiles(dataset: Dataset, resolution: Resolution, unpack: boolean): PlannedFile[] {
  const keys = new Set<string>();
  const files = resolution.files.map((remote): PlannedFile => {
    const path = safePath(remote.path);
    const into = remote.into === '' ? '' : safePath(remote.into);
    const key = partKey(into === '' ? path : `${into}/${path}`);
    if (keys.has(key)) throw new IntegrityError(`The source offers ${path} twice`, { dataset: dataset.id, file: path });
    keys.add(key);
    // Of a million files, no copy is made without need.
    const isClean = path === remote.path && into === remote.into;
    return { remote: isClean ? remote : { ...remote, path, into }, key, unpack: unpack && wantsUnpacking(remote) };
  });
  if (unpack) joinParts(files.filter(({ remote }) => remote.unpack !== false));
  return files;
}

/** Bytes of a remote file that are wanted, where they are known. */
export function bytesToFetch({ remote, choice }: PlannedFile): number | undefined {
  const excerpt = choice?.excerpt;
  return excerpt === undefined ? remote.size : sum(excerpt.ranges.map(({ start, end }) => end - start));
}

function wantsUnpacking({ unpack, path }: RemoteFile): boolean {
  return unpack === true ? archiveName(path) : unpack !== false;
}

/** A finished file counts only while the source still offers the same one, and it is to be treated the same way. */
function stillTrue(record: DoneRecord, planned: PlannedFile): boolean {
  const { remote, unpack, choice } = planned;
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
    record.members === choice?.digest &&
    (remote.size === undefined || remote.size === record.size)
  );
}

/** Where the unpacked size is unknown, what is packed counts in its place. */
function finalSize(dataset: Dataset, files: readonly PlannedFile[], { choosing }: PlanOptions): number {
  if (choosing === undefined && dataset.unpackedSize !== undefined) return dataset.unpackedSize;
  return sum(
    files.map((planned) => {
      const { remote, unpack, choice } = planned;
      const told = choice === undefined ? remote.unpackedSize : choice.bytes;
      return (unpack && choosing !== undefined ? told : undefined) ?? bytesToFetch(planned);
    }),
  );
}

/** The archives in work: the largest with all its parts, and one file for each other job. */
function atWork(files: readonly PlannedFile[], options: PlanOptions): number {
  const archives = files.filter(({ unpack }) => unpack);
  const sizeOf = (parts: readonly PlannedFile[]) => sum(parts.map(bytesToFetch));
  if (options.keepArchives) return sizeOf(archives);
  const wholes = archives.map((file) => file.split?.parts ?? [file]).sort((a, b) => sizeOf(b) - sizeOf(a));
  const [whole = []] = wholes;
  const others = archives.filter((file) => !whole.includes(file)).map((file) => bytesToFetch(file) ?? 0);
  return sizeOf(whole) + sum(others.sort((a, b) => b - a).slice(0, options.jobs - 1));
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
