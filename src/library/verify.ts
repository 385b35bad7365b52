/** Holds a complete dataset against what was recorded when it was committed. */
import path from 'node:path';
import { asDiskError, IncompleteError, IntegrityError, interruption, MeddsError } from '../errors.js';
import { printable } from '../printable.js';
import type { OnProgress } from '../progress.js';
import { unlessAbsent } from './disk.js';
import { type HashedFile, hashAll } from './hash-pool.js';
import type { Layout } from './layout.js';
import {
  type FileRecord,
  type ListHeader,
  type Manifest,
  readFiles,
  readManifest,
  writeVerification,
} from './manifest.js';
import { readRecords } from './records.js';
import { walk } from './walk.js';

export interface VerifyOptions {
  /** `file` events under the dataset's id, some ten a second. */
  onProgress?: OnProgress;
  signal?: AbortSignal;
  /** Threads. Default: the processors, at most 8. */
  workers?: number;
}

export interface VerifyResult {
  id: string;
  /** Files that were recorded and looked at. */
  checked: number;
  /** Bytes read. */
  bytes: number;
  missing: string[];
  /** `expected` and `actual` are SHA-256; or words, when what is there is no such file at all. */
  changed: { path: string; expected: string; actual: string }[];
  /** Files that nobody recorded, the first 1000. They break nothing, but a glob may pick them up. */
  extra: string[];
  extraCount: number;
  /** True when every recorded file is as it was. */
  ok: boolean;
}

const EXTRA_NAMED = 1000;
/** A batch for one thread: enough to be worth a message, little enough to share out evenly. */
const BATCH = { files: 64, bytes: 32 * 1024 * 1024 };
/** Milliseconds between two progress events. */
const TELL = 100;

/**
 * Reads every file. What it finds is kept with the manifest, where the library may be written to.
 * @throws IncompleteError when the dataset is not here, IntegrityError when its list of files is damaged, InterruptedError, DiskError
 */
export async function verifyDataset(layout: Layout, id: string, options: VerifyOptions = {}): Promise<VerifyResult> {
  try {
    const manifest = await readManifest(layout, id);
    if (manifest === undefined) {
      throw new IncompleteError(`${id} is not complete here`, { hint: `Run: medds fetch ${id}` });
    }
    await requireList(layout, manifest);
    const result = await compare(layout, manifest, options);
    if (result.checked !== manifest.files) throw damagedList(manifest, result.checked);
    await countExtra(layout, result);
    await keep(layout, manifest, result);
    return result;
  } catch (error) {
    if (options.signal?.aborted)
      throw interruption(options.signal, `Interrupted while verifying ${id}`, { dataset: id });
    const known = asDiskError(error, { dataset: id });
    throw known instanceof MeddsError ? known.at({ dataset: id }) : known;
  }
}

async function compare(layout: Layout, manifest: Manifest, options: VerifyOptions): Promise<VerifyResult> {
  const { id } = manifest;
  const root = layout.dataset(id);
  const result: VerifyResult = {
    id,
    checked: 0,
    bytes: 0,
    missing: [],
    changed: [],
    extra: [],
    extraCount: 0,
    ok: true,
  };
  const tell = teller(manifest, result, options.onProgress);
  const onBatch = async ({ records }: Batch, hashed: HashedFile[]) => {
    for (const [index, record] of records.entries()) judge(record, hashed[index] as HashedFile, result);
  };
  const onBytes = (bytes: number) => {
    result.bytes += bytes;
    tell();
  };
  await hashAll(batches(root, readFiles(layout, id)), onBatch, { ...options, onBytes });
  result.ok = result.missing.length === 0 && result.changed.length === 0;
  tell(true);
  return result;
}

function judge(record: FileRecord, hashed: HashedFile, result: VerifyResult): void {
  result.checked += 1;
  if ('error' in hashed) throw hashed.error;
  if ('missing' in hashed) {
    result.missing.push(record.path);
    return;
  }
  const { path: name, sha256: expected } = record;
  const actual = actualOf(record, hashed);
  if (actual !== expected) result.changed.push({ path: name, expected, actual });
}

function actualOf(record: FileRecord, hashed: Exclude<HashedFile, { missing: true } | { error: Error }>): string {
  if ('other' in hashed) return hashed.other;
  if ((hashed.link === undefined) === (record.link === undefined)) return hashed.sha256;
  return hashed.link === undefined ? 'no symbolic link' : 'a symbolic link';
}

interface Batch {
  records: FileRecord[];
  files: string[];
}

async function* batches(root: string, records: AsyncIterable<FileRecord>): AsyncGenerator<Batch> {
  let batch: Batch = { records: [], files: [] };
  let bytes = 0;
  for await (const record of records) {
    batch.records.push(record);
    batch.files.push(path.join(root, record.path));
    bytes += record.size;
    if (batch.files.length < BATCH.files && bytes < BATCH.bytes) continue;
    yield batch;
    batch = { records: [], files: [] };
    bytes = 0;
  }
  if (batch.files.length > 0) yield batch;
}

/** Only when there are more files than were found does it take the names of all into memory. */
async function countExtra(layout: Layout, result: VerifyResult): Promise<void> {
  const root = layout.dataset(result.id);
  let present = 0;
  await unlessAbsent(
    (async () => {
      for await (const _ of walk(root)) present += 1;
    })(),
    undefined,
  );
  if (present <= result.checked - result.missing.length) return;
  const recorded = new Set<string>();
  for await (const { path: name } of readFiles(layout, result.id)) recorded.add(name);
  for await (const name of walk(root)) {
    if (recorded.has(name)) continue;
    result.extraCount += 1;
    if (result.extra.length < EXTRA_NAMED) result.extra.push(name);
  }
}

/** A library that belongs to somebody else can be verified all the same. */
async function keep(layout: Layout, manifest: Manifest, result: VerifyResult): Promise<void> {
  const broken = result.missing.length + result.changed.length;
  const verification = { at: new Date().toISOString(), ok: result.ok, broken };
  await writeVerification(layout, manifest, verification).catch((error) => {
    const { code } = error as NodeJS.ErrnoException;
    if (!['EROFS', 'EACCES', 'EPERM', 'ENOSPC', 'EDQUOT'].includes(code ?? '')) throw error;
  });
}

/** The list must be the one that was written with the manifest. */
async function requireList(layout: Layout, manifest: Manifest): Promise<void> {
  for await (const header of readRecords<ListHeader>(layout.files(manifest.id))) {
    if (header.commit === manifest.commit) return;
    break;
  }
  throw damagedList(manifest);
}

function damagedList({ id, files }: Manifest, read?: number): IntegrityError {
  const what = read === undefined ? 'does not belong to its manifest' : `names ${read} of ${files} files`;
  return new IntegrityError(`The list of files of ${printable(id)} is damaged: it ${what}`, {
    hint: `Fetch the dataset again: medds fetch ${id} --force`,
  });
}

function teller(manifest: Manifest, result: VerifyResult, onProgress: OnProgress | undefined) {
  let next = 0;
  return (last = false) => {
    if (onProgress === undefined || (!last && performance.now() < next)) return;
    next = performance.now() + TELL;
    const { id: file, bytes: size } = manifest;
    onProgress({ event: 'file', file, state: last ? 'done' : 'verifying', done: result.bytes, size });
  };
}
