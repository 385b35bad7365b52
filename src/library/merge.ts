/**
 * Makes one tree of what several remote files came to. First everything is checked, by the lists alone: which path comes from
 * where, and that nothing collides. Then whole folders are renamed into place, and only where two meet, what is in them: a
 * million files cost a few renames. Each step may be done again after a crash.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileSystemFolds, PathClaims } from '../archive/collisions.js';
import { safePath } from '../archive/safety.js';
import { IntegrityError } from '../errors.js';
import { printable } from '../printable.js';
import { flushFolder } from './atomic.js';
import { isCode, unlessAbsent } from './disk.js';
import { eachAtMost } from './each.js';
import type { FileRecord } from './manifest.js';
import { readRecords } from './records.js';
import { type DoneRecord, type MemberRecord, makeFolders, placeOf, type StagedFolder } from './staged-folder.js';
import { walk } from './walk.js';

/** The files that the dataset will hold, remote file by remote file; a path may come more than once. */
export async function* stagedFiles(staged: StagedFolder, records: readonly DoneRecord[]): AsyncGenerator<FileRecord> {
  for (const record of records) {
    if (record.partOf !== undefined) continue;
    if (!record.unpacked) {
      yield { path: placeOf(record.into, record.path), size: record.size, sha256: record.digests.sha256 as string };
      continue;
    }
    for await (const { path: name, size, sha256, link } of readRecords<MemberRecord>(staged.members(record.key))) {
      const file = { path: placeOf(record.into, name), size, sha256, from: record.path };
      yield link === undefined ? file : { ...file, link };
    }
  }
}

/**
 * Paths that come more than once.
 * @param folder on the file system that they are to lie on
 * @throws IntegrityError when a file and a folder, or two names that are one here, collide
 */
export async function findShared(files: AsyncIterable<FileRecord>, folder: string): Promise<Set<string>> {
  const claims = new PathClaims({ folds: await fileSystemFolds(folder) });
  const shared = new Set<string>();
  for await (const file of files) {
    try {
      if (claims.claimFile(file.path) === 'duplicate') shared.add(file.path);
    } catch (error) {
      throw error instanceof IntegrityError && file.from !== undefined ? inArchive(error, file.from) : error;
    }
  }
  return shared;
}

/** The same files, each path once. @throws IntegrityError for one path with two contents */
export async function* distinctFiles(
  files: AsyncIterable<FileRecord>,
  shared: ReadonlySet<string>,
): AsyncGenerator<FileRecord> {
  const firsts = new Map<string, FileRecord>();
  for await (const file of files) {
    if (shared.has(file.path)) {
      const first = firsts.get(file.path);
      if (first !== undefined) {
        requireSame(first, file);
        continue;
      }
      firsts.set(file.path, file);
    }
    yield file;
  }
}

/**
 * Removes what belongs to none of the records, and looks whether the rest is whole.
 * @returns the records that are not: something was taken away from outside
 */
export async function sortOut(staged: StagedFolder, records: readonly DoneRecord[]): Promise<DoneRecord[]> {
  const trees = new Set(records.filter(({ unpacked }) => unpacked).map(({ key }) => key));
  for (const name of await fs.readdir(staged.trees)) {
    if (!trees.has(name)) await fs.rm(path.join(staged.trees, name), { recursive: true, force: true });
  }
  const places = new Map(
    records.filter(({ unpacked }) => !unpacked).map((record) => [placeOf(record.into, record.path), record]),
  );
  const missing = new Set(places.keys());
  for await (const name of walk(staged.files, { onFolder: (folder) => removeIfEmpty(staged.files, folder) })) {
    if (!missing.delete(name)) await fs.rm(path.join(staged.files, name));
  }
  const broken = [...missing].map((place) => places.get(place) as DoneRecord);
  for (const record of records) {
    if (record.unpacked && record.partOf === undefined && !(await isWhole(staged, record))) broken.push(record);
  }
  return broken;
}

/** Moves all trees into the folder of the plain files. @returns the number of files there */
export async function mergeTrees(staged: StagedFolder, records: readonly DoneRecord[]): Promise<number> {
  const trees = new Set(await fs.readdir(staged.trees));
  for (const { key, into } of records.filter((record) => trees.has(record.key))) {
    const target = into === '' ? '.' : safePath(into);
    await makeFolders(staged.files, target);
    await moveInto(staged.tree(key), path.join(staged.files, target));
  }
  let files = 0;
  for await (const _ of walk(staged.files, { onFolder: (folder) => flushFolder(path.join(staged.files, folder)) })) {
    files += 1;
  }
  return files;
}

/** Moves everything from a folder to its place among what is there, on the same disk. Can be done again after a crash. */
export async function addTree(from: string, target: string): Promise<void> {
  await moveInto(from, target);
  for await (const _ of walk(target, { onFolder: (folder) => flushFolder(path.join(target, folder)) }));
}

/** Renames `source` to `target`, or what is in it when both are folders with something in them. */
async function moveInto(source: string, target: string): Promise<void> {
  try {
    // Replaces an empty folder, and a file whose contents are known to be the same.
    await fs.rename(source, target);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return; // Moved before a crash. Files that are gone are found by counting.
    if (!isCode(error, 'ENOTEMPTY', 'EEXIST', 'EPERM')) throw error;
    const names = await fs.readdir(source).catch(() => Promise.reject(error));
    await eachAtMost(16, names, (name) => moveInto(path.join(source, name), path.join(target, name)));
  }
}

async function isWhole(staged: StagedFolder, record: DoneRecord): Promise<boolean> {
  let listed = 0;
  for await (const _ of readRecords(staged.members(record.key))) listed += 1;
  let present = 0;
  if ((await unlessAbsent(fs.stat(staged.tree(record.key)), undefined)) === undefined) return false;
  for await (const _ of walk(staged.tree(record.key))) present += 1;
  return listed === record.files && present === record.files;
}

async function removeIfEmpty(root: string, folder: string): Promise<void> {
  if (folder === '') return;
  await fs.rmdir(path.join(root, folder)).catch((error) => {
    if (!isCode(error, 'ENOTEMPTY', 'EEXIST')) throw error;
  });
}

function requireSame(first: FileRecord, second: FileRecord): void {
  if (first.sha256 === second.sha256 && first.link === second.link) return;
  const source = ({ from }: FileRecord) => (from === undefined ? 'a file of its own' : printable(from));
  throw new IntegrityError(
    `${printable(first.path)} has different contents in ${source(first)} and in ${source(second)}`,
    { file: first.path, hint: 'Leave one of them out, or report the registry entry: they need folders of their own.' },
  );
}

function inArchive(error: IntegrityError, archive: string): IntegrityError {
  return new IntegrityError(`${error.message} (in ${printable(archive)})`, {
    cause: error,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.file === undefined ? {} : { file: error.file }),
  });
}
