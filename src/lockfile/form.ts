/** The form of `medds.lock`: what data a study used, to the byte. docs/lock-file.md explains it. */
import fs from 'node:fs/promises';
import { z } from 'zod';
import { asDiskError, NotFoundError, UsageError } from '../errors.js';
import { printable } from '../printable.js';
import { findDuplicateKey } from '../registry/duplicate-keys.js';
import { bytes, casePath, checksum, ID_FORM, relativePath, text, webUrl } from '../registry/form.js';
import { placeText, problemsOf } from '../registry/problems.js';
import { source } from '../registry/source-form.js';

/** Far above a million remote files. Bytes. */
const LARGEST = 512 * 1024 * 1024;

const lockedRemote = z.strictObject({
  path: relativePath,
  size: bytes,
  checksums: z.array(checksum),
  into: relativePath.optional(),
  /** False where an archive was left as it is. */
  unpacked: z.boolean(),
  /** Of a part of a split archive: path of the one that the archive goes by. */
  partOf: relativePath.optional(),
  /** Of an archive: only some of its members were chosen. */
  partial: z.literal(true).optional(),
});

const lockedDataset = z.strictObject({
  name: text,
  /** Place of the registry that described it. */
  registry: text,
  /** The locator as it was typed, for a dataset of no registry. */
  argument: text.optional(),
  source: z.strictObject({ name: text, method: text, label: text }),
  revision: text.optional(),
  doi: text.optional(),
  license: z.strictObject({ name: text, spdx: text.optional(), url: text.optional() }).optional(),
  terms: z.strictObject({ summary: text, url: webUrl.optional() }).optional(),
  /** ISO 8601. */
  fetchedAt: z.iso.datetime(),
  /** Version of medds. */
  medds: text,
  /** Flags, one text a fetch, where not all of it was chosen: `--cases 3`. */
  selections: z.array(text).min(1).optional(),
  /** As in the registry, for selections by case. */
  casePaths: z.array(casePath).min(1).optional(),
  files: bytes,
  bytes,
  /** Digest of the tree (library/tree-digest.ts). */
  tree: z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 digits'),
  /** The source as it was, with the version that was fetched. */
  entry: source.optional(),
  /** By path. */
  remote: z.array(lockedRemote),
});

const lockFile = z.strictObject({
  version: z.literal(1),
  datasets: z.record(z.string().regex(ID_FORM), lockedDataset),
});

export type LockFile = z.infer<typeof lockFile>;
export type LockedDataset = z.infer<typeof lockedDataset>;
export type LockedRemote = z.infer<typeof lockedRemote>;

/** @throws NotFoundError when it is not there, UsageError (where in it, and why), DiskError */
export async function readLock(file: string): Promise<LockFile> {
  const found = await readLockIfAny(file);
  if (found !== undefined) return found;
  throw new NotFoundError(`There is no ${printable(file)}`, {
    hint: 'medds lock writes one of what is in the library; --lock-file names another.',
  });
}

/** The same, undefined when it is not there. */
export async function readLockIfAny(file: string): Promise<LockFile | undefined> {
  const text = await readText(file);
  return text === undefined ? undefined : parseLock(text, file);
}

/** @param place for messages */
export function parseLock(text: string, place: string): LockFile {
  if (/^(<{7}|={7}|>{7})/m.test(text)) {
    throw wrong(place, 'holds the marks of a merge that is not finished', 'Settle the merge in it first.');
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw wrong(place, `is no JSON: ${(error as Error).message}`);
  }
  const twice = findDuplicateKey(text);
  if (twice !== undefined) throw wrong(place, `has ${placeText(twice)} twice`, 'Remove one of the two.');
  const read = lockFile.safeParse(value);
  if (read.success) return read.data;
  const [first] = problemsOf(read.error.issues);
  throw wrong(place, first === undefined ? 'is not valid' : `is not valid: ${first.place} ${first.reason}`);
}

function wrong(place: string, why: string, hint = 'Write it anew: medds lock'): UsageError {
  return new UsageError(`${printable(place)} ${printable(why)}`, { hint });
}

async function readText(file: string): Promise<string | undefined> {
  try {
    const { size } = await fs.stat(file);
    if (size > LARGEST) throw wrong(file, `is larger than ${LARGEST / 1024 / 1024} MiB`);
    return await fs.readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw asDiskError(error, { hint: 'Correct its permissions, or name another with --lock-file.' });
  }
}
