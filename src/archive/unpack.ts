/** Unpacking archives: the way in. What is refused, and why, is said where it is refused. */
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import { InterruptedError } from '../errors.js';
import { limitsFor } from './budget.js';
import { fileSystemFolds } from './collisions.js';
import { type ArchiveKind, detectKind } from './detect.js';
import { fileAccess, type RandomAccess } from './random-access.js';
import { asRefusal, FormatError } from './refusal.js';
import type { UnpackedMember } from './tree-writer.js';
import { type Listener, type Unpacked, type UnpackJob, unpackStream } from './unpack-stream.js';
import { unpackZip, type ZipUnpackJob } from './unpack-zip.js';
import type { ArchiveFile } from './volumes.js';
import { ZipDirectory } from './zip-directory.js';

export type { UnpackedMember };

export interface UnpackOptions {
  /** Found out by the first bytes when absent. */
  kind?: ArchiveKind;
  /** How the archive is called in messages. A single gzip unpacks to this name without `.gz`. */
  name: string;
  /** Most bytes and members that it may unpack to. Default: what the disk has free less `RESERVE`; 5,000,000 members. */
  limits?: { bytes?: number; members?: number };
  /** Called when a member is whole on disk, one call at a time. */
  onMember?(member: UnpackedMember): void | Promise<void>;
  /** Bytes written so far, of the total where the archive tells it. */
  onProgress?(written: number, total?: number): void;
  /** Whether the file system takes some different names for one; found out by trying when absent. */
  folds?: boolean;
  /** Of a tar: leaves out the one folder that everything is in. */
  stripTop?: boolean;
  /** Files that an earlier run unpacked into `target`, by path, with their bytes: they are counted and left as they are. */
  done?: ReadonlyMap<string, number>;
  /** Of a zip: the members that are wanted; the others are passed over. */
  only?: ReadonlySet<string>;
  /** Of a zip that is still arriving: reads its directory, wherever that is. */
  access?: RandomAccess;
  /** Of one that is encrypted. Never shown. */
  password?: string;
  /** Bytes that others are going to write to the disk meanwhile. */
  toCome?: number;
  signal?: AbortSignal;
  /** Threads. Default: as many as there are processors for us, 8 at most. */
  workers?: number;
}

const MAX_WORKERS = 8;
const MAX_NAMES = 1000;

/**
 * Unpacks into `target`, a folder with nothing in it but what is `done`. An archive in several files is read across them, and one that
 * is still arriving as it comes. When it fails nothing is called finished, and the caller removes `target`.
 * Files are never overwritten, links are made last and lead nowhere outside, owners and special permissions are dropped.
 * @throws IntegrityError when the archive is broken, unsafe or of a kind that is not unpacked; NotFoundError when parts of it are
 * missing; ActionRequiredError when it is encrypted, and there is no password or a wrong one
 * @throws DiskError when the disk is full or cannot be written; InterruptedError when `signal` fires
 */
export async function unpackArchive(
  archive: ArchiveFile,
  target: string,
  options: UnpackOptions,
): Promise<{ kind: ArchiveKind; files: number; links: number; bytes: number }> {
  const { name } = options;
  const signal = options.signal ?? new AbortController().signal;
  try {
    signal.throwIfAborted();
    const kind = options.kind ?? (await detectKind(archive));
    if (kind === undefined) throw new FormatError('is no archive that medds knows', 'unsupported');
    const { done = new Map<string, number>(), toCome = 0 } = options;
    const limits = await limitsFor(target, options.limits);
    // What is done has its room already.
    limits.free += [...done.values()].reduce((sum, bytes) => sum + bytes, 0) - toCome;
    const job: UnpackJob = {
      archive,
      target,
      name,
      signal,
      folds: options.folds ?? (await fileSystemFolds(target)),
      stripTop: options.stripTop === true,
      limits,
      done,
      listener: listenerOf(options),
      ...(options.password === undefined ? {} : { password: options.password }),
    };
    const result = kind === 'zip' ? await unpackAnyZip(job, options) : await unpackStream(kind, job);
    const { files, links, bytes } = result satisfies Unpacked;
    return { kind, files, links, bytes };
  } catch (error) {
    if (signal.aborted) {
      throw new InterruptedError(`Unpacking ${name} was interrupted.`, {
        hint: 'Run the same command again; the archive is here and is not fetched again.',
        file: name,
      });
    }
    throw asRefusal(name, error);
  }
}

/** One that is encrypted is found out before anything is written; then another reader takes it, which knows how. */
async function unpackAnyZip(job: UnpackJob, options: UnpackOptions): Promise<Unpacked> {
  try {
    return await unpackZip({ ...job, ...zipOptions(options) });
  } catch (error) {
    const isEncrypted = error instanceof FormatError && error.fault === 'encrypted';
    if (!isEncrypted || job.password === undefined) throw error;
    return unpackStream('zip', job);
  }
}

/** Turns reports into the caller's calls: members one at a time, in whatever order threads finish. */
function listenerOf({ onMember, onProgress }: UnpackOptions): Listener {
  let written = 0;
  let total: number | undefined;
  let last = Promise.resolve();
  return {
    expect(bytes) {
      total = bytes;
    },
    written(bytes) {
      written += bytes;
      onProgress?.(written, total);
    },
    members(members) {
      if (onMember === undefined) return last;
      last = last.then(async () => {
        for (const member of members) await onMember(member);
      });
      return last;
    },
  };
}

function zipOptions({ workers, only, access }: UnpackOptions): Omit<ZipUnpackJob, keyof UnpackJob> {
  return {
    workers: Math.max(1, workers ?? Math.min(availableParallelism(), MAX_WORKERS)),
    ...(only === undefined ? {} : { only }),
    ...(access === undefined ? {} : { access }),
  };
}

/**
 * What is in an archive, where that can be known without unpacking it; undefined when the file is none.
 * Of a zip: its files and links, their bytes, and the paths of the first 1,000. Of the others: the kind only.
 * `name` is how the archive is called in messages.
 * @throws IntegrityError when a zip's directory is broken or unsafe; DiskError when it cannot be read
 */
export async function inspectArchive(
  archive: string,
  name: string = basename(archive),
): Promise<{ kind: ArchiveKind; files?: number; bytes?: number; names?: string[] } | undefined> {
  const kind = await detectKind(archive);
  if (kind === undefined || kind !== 'zip') return kind && { kind };
  const access = await fileAccess(archive);
  try {
    const directory = await ZipDirectory.open(access);
    const result = { kind, files: 0, bytes: 0, names: [] as string[] };
    for await (const member of directory.read()) {
      if (member.kind === 'folder') continue;
      result.files += 1;
      result.bytes += member.size;
      if (result.names.length < MAX_NAMES) result.names.push(member.path);
    }
    return result;
  } catch (error) {
    throw asRefusal(name, error);
  } finally {
    await access.close();
  }
}
