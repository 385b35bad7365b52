/** The disk as a whole: how much room it has, and its errors in words. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { asDiskError, DiskError, MeddsError } from '../errors.js';

/** Bytes that this user may still write where `folder` is or will be. @throws DiskError */
export async function freeSpace(folder: string): Promise<number> {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    try {
      const { bavail, bsize } = await fs.statfs(at);
      return bavail * bsize;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || at === path.dirname(at)) throw asDiskError(error);
    }
  }
}

/** @throws DiskError when `folder`'s disk has less than `needed` bytes free */
export async function requireSpace(folder: string, needed: number): Promise<void> {
  const free = await freeSpace(folder);
  if (free >= needed) return;
  throw new DiskError(`${gigabytes(needed)} are needed in ${folder}, and ${gigabytes(free)} are free`, {
    hint: 'Free some space (medds clean shows what medds can give back), or move the library: medds config set home FOLDER.',
  });
}

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(bytes < 1e10 ? 2 : 1)} GB`;

/** Runs `work`; what the file system refuses comes out as a DiskError that names the dataset. */
export async function onDisk<T>(dataset: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isCode(error, 'EXDEV')) throw differentDisks(dataset, error);
    const known = asDiskError(error, { dataset });
    throw known instanceof MeddsError ? known.at({ dataset }) : known;
  }
}

/** A dataset appears by one rename, which works within one file system only. */
export function differentDisks(dataset: string, cause?: unknown): DiskError {
  return new DiskError('The folders datasets and parts of the library lie on different disks', {
    dataset,
    hint: 'Both must be on one disk. Move the whole library: medds config set home FOLDER.',
    cause,
  });
}

export function isCode(error: unknown, ...codes: string[]): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined && codes.includes(code);
}

/** Renames; of several processes that try, one succeeds. @returns false when `from` is not there (any more) */
export async function renamed(from: string, to: string): Promise<boolean> {
  return unlessAbsent(
    fs.rename(from, to).then(() => true),
    false,
  );
}

/** What `promise` gives, or `fallback` when the file or folder is not there. */
export async function unlessAbsent<T, F>(promise: Promise<T>, fallback: F): Promise<T | F> {
  try {
    return await promise;
  } catch (error) {
    if (isCode(error, 'ENOENT')) return fallback;
    throw error;
  }
}

/**
 * The folder and those above it, one by one: where it makes several at once, Node takes a read-only disk for an absent folder (ENOENT).
 * @throws file system errors
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await fs.mkdir(folder);
  } catch (error) {
    const parent = path.dirname(folder);
    if (isCode(error, 'ENOENT') && parent !== folder) {
      await makeFolder(parent);
      await makeFolder(folder);
    } else if (!isCode(error, 'EEXIST')) {
      throw error;
    } else if (!(await fs.stat(folder)).isDirectory()) {
      throw Object.assign(new Error(`${folder} is a file`), { code: 'ENOTDIR', path: folder });
    }
  }
}
