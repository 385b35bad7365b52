/**
 * What is downloaded, verified and unpacked, but not yet a dataset. It lies in `parts/<id>/staged.<rand>`, where the random
 * part is the process that owns it: whoever goes on with it renames it first, and then the paths of whoever had it before are
 * gone. A commit renames it to `parts/<id>/commit/<rand>`.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { safePath } from '../archive/safety.js';
import { BusyError } from '../errors.js';
import { isCode, unlessAbsent } from './disk.js';
import type { Layout } from './layout.js';
import { readRecords } from './records.js';

/** A remote file that is finished. */
export interface DoneRecord {
  key: string;
  /** Path of the remote file. */
  path: string;
  size: number;
  /** Known beforehand, `algorithm:hex`. */
  checksums: string[];
  /** Computed, by algorithm, in hexadecimal. */
  digests: Record<string, string>;
  unpacked: boolean;
  /** Folder inside the dataset; '' is its root. */
  into: string;
  /** Of a part of a split archive: path of the one that the archive goes by, whose record has what came out of all. */
  partOf?: string;
  /** Names the choice of an archive's members, when not all were wanted; and the bytes that were fetched for them. */
  members?: string;
  fetched?: number;
  /** What it came to: files and their bytes. */
  files: number;
  bytes: number;
}

/** In the log: what was finished and is no more. */
export interface DroppedRecord {
  key: string;
  dropped: true;
}

/** A member of an unpacked archive, by its path in the archive. */
export interface MemberRecord {
  path: string;
  size: number;
  sha256: string;
  link?: string;
}

export interface StagedFolder {
  folder: string;
  /** Log of DoneRecords. */
  log: string;
  /** Plain files, at their places in the dataset. */
  files: string;
  /** One folder an unpacked archive, by key. */
  trees: string;
  tree(key: string): string;
  members(key: string): string;
}

export function stagedFolder(folder: string): StagedFolder {
  const trees = path.join(folder, 'trees');
  return {
    folder,
    log: path.join(folder, 'done.ndjson'),
    files: path.join(folder, 'files'),
    trees,
    tree: (key) => path.join(trees, key, 'tree'),
    members: (key) => path.join(trees, key, 'members.ndjson'),
  };
}

/** Names in parts/<id>. */
export const STAGED = /^staged\.[0-9a-f]{8}$/;

/** The staged folders that lie about: one, unless two processes thought that they held the dataset. The fullest comes first. */
export async function findStaged(layout: Layout, id: string): Promise<string[]> {
  const names = await unlessAbsent(fs.readdir(layout.parts(id)), []);
  const found: { folder: string; size: number }[] = [];
  for (const name of names.filter((each) => STAGED.test(each))) {
    const folder = path.join(layout.parts(id), name);
    const log = await unlessAbsent(fs.stat(stagedFolder(folder).log), undefined);
    found.push({ folder, size: log?.size ?? 0 });
  }
  return found.sort((a, b) => b.size - a.size).map(({ folder }) => folder);
}

/** What the log says is finished, by key, whether or not it is still there. */
export async function readDone(log: string): Promise<Map<string, DoneRecord>> {
  const done = new Map<string, DoneRecord>();
  for await (const record of readRecords<DoneRecord | DroppedRecord>(log)) {
    if ('dropped' in record) done.delete(record.key);
    else done.set(record.key, record);
  }
  dropLostParts(done);
  return done;
}

/** A part of a split archive is finished only with the whole. */
export function dropLostParts(done: Map<string, DoneRecord>): void {
  const name = (into: string, remote: string) => `${into}\0${remote}`;
  const whole = new Set(Array.from(done.values(), ({ into, path: remote }) => name(into, remote)));
  for (const { key, into, partOf } of done.values()) {
    if (partOf !== undefined && !whole.has(name(into, partOf))) done.delete(key);
  }
}

/** Place in the dataset of a member, or of a plain file. @throws IntegrityError when it would leave the dataset */
export function placeOf(into: string, name: string): string {
  return safePath(into === '' ? name : `${into}/${name}`);
}

/** Like mkdir -p, but never makes `base` itself: a base that is gone belongs to another process. */
export async function makeFolders(base: string, relative: string): Promise<void> {
  if (relative === '.') return;
  const make = () =>
    fs.mkdir(path.join(base, relative)).catch((error) => {
      if (!isCode(error, 'EEXIST')) throw error;
    });
  try {
    await make();
  } catch (error) {
    const parent = path.dirname(relative);
    if (parent === '.' || !isCode(error, 'ENOENT')) throw error;
    await makeFolders(base, parent);
    await make();
  }
}

/** What a process learns whose staging was renamed by another one. */
export function takenOver(id: string, cause?: unknown): BusyError {
  return new BusyError(`Another medds process has taken over the work on ${id}`, {
    dataset: id,
    hint: 'Wait until it has finished, then run the same command again.',
    cause,
  });
}
