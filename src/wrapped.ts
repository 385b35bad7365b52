/**
 * Files that their host may send inside a zip of its own making, as Kaggle does with single files: the zip is downloaded, resumed
 * and checked as any file, then the file is taken out of it, and from there on it is as if it had come alone.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { RESERVE } from './archive/budget.js';
import { fileAccess } from './archive/random-access.js';
import { asRefusal, FormatError } from './archive/refusal.js';
import { becomeStoredMember } from './archive/stored-member.js';
import { unpackArchive } from './archive/unpack.js';
import { ZipDirectory, type ZipMember } from './archive/zip-directory.js';
import { type Digests, findMismatch } from './checksum.js';
import { IntegrityError } from './errors.js';
import { freeSpace } from './library/disk.js';
import type { RemoteFile } from './sources/source.js';
import { download } from './transfer/download.js';
import type { Downloaded, DownloadOptions } from './transfer/downloaded.js';
import { algorithmsFor } from './transfer/stated.js';

/**
 * As `download`, for a file that may come wrapped. What comes is taken for a wrapping only when it is a zip with that one file in it.
 * The zip stays until the caller discards it, so that an interruption costs no download; only where the disk has no room for
 * both, a file that is merely stored in it takes its place.
 * @param room bytes that may still be written to a folder's disk
 * @throws as `download`; IntegrityError when the zip is broken, or what is in it is not the file expected
 */
export async function downloadWrapped(
  remote: RemoteFile,
  options: DownloadOptions,
  room: (folder: string) => Promise<number> = freeSpace,
): Promise<Downloaded> {
  const { size: _, ...sent } = remote;
  const wanted = { ...options, algorithms: algorithmsFor(remote.checksums, options.algorithms ?? []) };
  const downloaded = await download({ ...sent, checksums: [] }, wanted);
  let file = downloaded;
  try {
    const member = await wrappedMember(downloaded.file, remote.wrapped ?? remote.path);
    if (member !== undefined) {
      const isTight = member.method === 0 && (await room(options.parts)) < member.size + RESERVE;
      file = await (isTight ? replaceBy : copyOf)(member, downloaded, remote.path, wanted);
    }
    refuseOther(file, remote, downloaded.size);
    return { ...file, checksums: remote.checksums.length > 0 ? remote.checksums : file.checksums };
  } catch (error) {
    // The next run must not begin with the same wrong bytes.
    if (error instanceof IntegrityError) await file.discard();
    throw error;
  }
}

/** The file in its wrapping; undefined for what is no wrapping. */
async function wrappedMember(file: string, name: string): Promise<ZipMember | undefined> {
  const access = await fileAccess(file);
  try {
    const directory = await ZipDirectory.open(access);
    if (directory.members !== 1) return undefined;
    let found: ZipMember | undefined;
    for await (const member of directory.read()) {
      const named = member.path === name || member.path === path.posix.basename(name);
      if (member.kind === 'file' && named) found = member;
    }
    return found;
  } catch (error) {
    // No zip, a part of one, or one that is no good: whatever it is, it is not ours to open.
    if (error instanceof FormatError || error instanceof IntegrityError) return undefined;
    throw error;
  } finally {
    await access.close();
  }
}

async function copyOf(member: ZipMember, zip: Downloaded, name: string, options: DownloadOptions): Promise<Downloaded> {
  const { parts, key, onProgress, signal } = options;
  const folder = leftoverName(parts, key);
  const remove = () => fs.rm(folder, { recursive: true, force: true });
  const digests: Digests = {};
  try {
    await fs.mkdir(folder);
    await unpackArchive(zip.file, folder, {
      kind: 'zip',
      name,
      onMember: ({ sha256 }) => {
        digests.sha256 = sha256;
      },
      onProgress: (done) => onProgress?.('unpacking', done, member.size),
      workers: 1,
      signal,
    });
    const discard = async () => {
      await remove();
      await zip.discard();
    };
    return await described(
      { resumed: zip.resumed, file: path.join(folder, member.path), digests, discard },
      member,
      options,
    );
  } catch (error) {
    await remove();
    throw error;
  }
}

async function replaceBy(
  member: ZipMember,
  zip: Downloaded,
  name: string,
  options: DownloadOptions,
): Promise<Downloaded> {
  const { parts, key, onProgress, signal } = options;
  const file = leftoverName(parts, key);
  const discard = () => fs.rm(file, { force: true });
  // From here on it is no part any more: nobody may resume it.
  await fs.rename(zip.file, file);
  await zip.discard();
  try {
    onProgress?.('unpacking', 0, member.size);
    await becomeStoredMember(file, member, signal);
    return await described({ resumed: zip.resumed, file, digests: {}, discard }, member, options);
  } catch (error) {
    await discard();
    throw asRefusal(name, error);
  }
}

/** Named as what a download leaves, so that the next one of this file sweeps it away. */
function leftoverName(parts: string, key: string): string {
  return path.join(parts, `${key}.${randomBytes(4).toString('hex')}`);
}

/** With the digests that are wanted. What the host stated was about the wrapping. */
async function described(
  file: Pick<Downloaded, 'file' | 'digests' | 'resumed' | 'discard'>,
  { size }: ZipMember,
  { engine, algorithms = [] }: DownloadOptions,
): Promise<Downloaded> {
  const lacking = algorithms.filter((algorithm) => !(algorithm in file.digests));
  const others = lacking.length === 0 ? {} : await engine.digests.follow(file.file, lacking, size).finish(size);
  return { ...file, size, digests: { ...file.digests, ...others }, checksums: [], flushed: false };
}

/** @param sent size of what came: some hosts list that of the wrapping */
function refuseOther({ size, digests }: Downloaded, remote: RemoteFile, sent: number): void {
  const { path: file, size: expected, checksums } = remote;
  const hint =
    'What came was thrown away. The host may have replaced the file: try again, or another source (--source).';
  if (expected !== undefined && expected !== size && expected !== sent) {
    throw new IntegrityError(`${file} has ${size} bytes at the host where ${expected} were expected`, { file, hint });
  }
  const wrong = findMismatch(checksums, digests);
  if (wrong === undefined) return;
  const what = `${wrong.algorithm} ${wrong.actual} where ${wrong.expected} was expected`;
  throw new IntegrityError(`${file} has ${what}`, { file, hint });
}
