/** What is in the library. Only small files are read, whatever the number of files in the datasets. */
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { IntegrityError } from '../errors.js';
import { type Attempt, readAttempt } from './attempt.js';
import { onDisk, unlessAbsent } from './disk.js';
import { eachAtMost } from './each.js';
import { type KeptImages, readImages } from './image-facts.js';
import { DATASET_ID, type Layout } from './layout.js';
import { lockHolder } from './lock.js';
import { type Chosen, type Manifest, readManifest, readManifestFile, type Verification } from './manifest.js';
import { type UnderWay, underWay } from './under-way.js';

export interface DatasetStatus {
  id: string;
  name: string;
  /**
   * complete: all of it is here. chosen: what was asked for of it is here, and whole. partial: some was fetched. failed: the last fetch failed; what came is kept. missing: it is
   * not here, or its folder was deleted. damaged: its manifest cannot be read, it has none, or `verify` found it broken.
   */
  state: 'complete' | 'chosen' | 'partial' | 'failed' | 'missing' | 'damaged';
  /** Absolute folder; only when complete or chosen. */
  path?: string;
  /** What was asked for, where that was not all of it. */
  chosen?: Chosen;
  files?: number;
  bytes?: number;
  /** A fetch that is not finished: remote files and bytes, here and in all. */
  download?: { files: number; done: number; bytes: number; size?: number };
  source?: Manifest['source'];
  fetchedAt?: string;
  license?: Manifest['license'];
  /** What the user must do before it can go on. */
  needs?: Attempt['needs'];
  failure?: Attempt['failure'];
  verify?: Verification;
  /** What its images are, once `verify --deep` has looked at them. */
  images?: KeptImages;
  /** Bytes of what is under way or left over. */
  parts: number;
  /** Bytes of kept archives. */
  archives: number;
  /** Who works on it: `fetch, process 123 on host`. */
  lockedBy?: string;
}

/** Every dataset of which there is anything, by id. @throws DiskError */
export async function libraryStatus(layout: Layout): Promise<DatasetStatus[]> {
  const found = new Map<string, DatasetStatus>();
  await eachAtMost(16, await knownIds(layout), async (id) => {
    const { status, trace } = await inspect(layout, id);
    if (trace) found.set(id, status);
  });
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** @throws UsageError, DiskError */
export async function datasetStatus(layout: Layout, id: string): Promise<DatasetStatus> {
  const { status } = await inspect(layout, id);
  const manifest = status.path === undefined ? undefined : await readManifest(layout, id);
  const images = manifest && (await readImages(layout, manifest));
  return images === undefined ? status : { ...status, images };
}

/** Ids of which there is a folder somewhere, even an empty one. */
export async function knownIds(layout: Layout): Promise<string[]> {
  const ids = new Set<string>();
  for (const folder of ['state', 'datasets', 'parts', 'archives']) {
    for (const name of await unlessAbsent(fs.readdir(path.join(layout.home, folder)), [])) {
      if (DATASET_ID.test(name)) ids.add(name);
    }
  }
  return [...ids].sort();
}

/** `trace` is false when nothing of the dataset is here, and nobody is fetching it. */
function inspect(layout: Layout, id: string): Promise<{ status: DatasetStatus; trace: boolean }> {
  return onDisk(id, async () => {
    const manifest = await readManifestFile(layout, id).catch((error) => {
      if (error instanceof IntegrityError) return 'damaged' as const;
      throw error;
    });
    const attempt = await readAttempt(layout, id);
    const folder = existsSync(layout.dataset(id));
    const parts = existsSync(layout.parts(id)) ? await underWay(layout, id) : undefined;
    const holder = await lockHolder(layout, id);
    const status: DatasetStatus = {
      id,
      name: id,
      state: stateOf(manifest, folder, attempt, parts, existsSync(layout.commit(id))),
      parts: parts?.parts ?? 0,
      archives: await sizeOf(layout.archives(id)),
    };
    if (attempt !== undefined) tellAttempt(status, attempt, parts);
    if (typeof manifest === 'object') tellManifest(status, manifest, layout);
    if (holder !== undefined) status.lockedBy = `${holder.command}, process ${holder.pid} on ${holder.host}`;
    const trace = status.state !== 'missing' || manifest !== undefined || holder !== undefined || status.archives > 0;
    return { status, trace };
  });
}

function stateOf(
  manifest: Manifest | 'damaged' | undefined,
  folder: boolean,
  attempt: Attempt | undefined,
  parts: UnderWay | undefined,
  committing: boolean,
): DatasetStatus['state'] {
  if (manifest === 'damaged') return 'damaged';
  if (manifest !== undefined && folder) {
    if (manifest.verify?.ok === false) return 'damaged';
    return manifest.chosen === undefined ? 'complete' : 'chosen';
  }
  if (attempt?.failure !== undefined) return 'failed';
  // A commit that was stopped has its folder in place already; the next run brings it to its end.
  if (attempt !== undefined || committing || (parts !== undefined && parts.bytes > 0)) return 'partial';
  // A folder that nobody vouches for.
  return folder ? 'damaged' : 'missing';
}

function tellAttempt(status: DatasetStatus, attempt: Attempt, parts: UnderWay | undefined): void {
  status.name = attempt.name;
  status.source = attempt.source;
  if (attempt.failure !== undefined) status.failure = attempt.failure;
  if (attempt.needs !== undefined) status.needs = attempt.needs;
  status.download = { files: attempt.files, done: parts?.done ?? 0, bytes: parts?.bytes ?? 0 };
  if (attempt.size !== undefined) status.download.size = attempt.size;
}

function tellManifest(status: DatasetStatus, manifest: Manifest, layout: Layout): void {
  status.name = manifest.name;
  status.source = manifest.source;
  status.files = manifest.files;
  status.bytes = manifest.bytes;
  status.fetchedAt = manifest.fetchedAt;
  if (manifest.license !== undefined) status.license = manifest.license;
  if (manifest.verify !== undefined) status.verify = manifest.verify;
  if (manifest.chosen !== undefined) status.chosen = manifest.chosen;
  if (status.state === 'complete' || status.state === 'chosen') status.path = layout.dataset(status.id);
}

/** Bytes of a folder of archives: few files, seldom there. */
async function sizeOf(folder: string): Promise<number> {
  if (!existsSync(folder)) return 0;
  let bytes = 0;
  for (const entry of await fs.readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += (await fs.lstat(path.join(entry.parentPath, entry.name))).size;
  }
  return bytes;
}
