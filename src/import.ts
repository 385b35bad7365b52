/** Takes files that the user fetched by hand, and finishes the dataset as fetch would. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import PQueue from 'p-queue';
import { findMismatch } from './checksum.js';
import { type Chosen, candidates, sourceName, withPassword } from './choose.js';
import {
  ActionRequiredError,
  asDiskError,
  type IntegrityError,
  interruption,
  NotFoundError,
  UsageError,
} from './errors.js';
import { type ExpectedFile, expectedFiles, type GivenFile, givenFiles, type Matched, matchFiles } from './expected.js';
import type { FetchOptions } from './fetch.js';
import { commitDataset } from './library/commit.js';
import { layoutOf } from './library/layout.js';
import { readManifest } from './library/manifest.js';
import type { DoneRecord } from './library/staging.js';
import { take } from './obtain.js';
import { attemptOf, type FetchResult, manifestOf, present, remoteRecord } from './outcome.js';
import { makePlan, type PlannedFile } from './plan.js';
import { printable } from './printable.js';
import type { Dataset, SourceEntry } from './registry/schema.js';
import { checksumsOf } from './sources/facts.js';
import { bare } from './sources/pin.js';
import type { RemoteFile } from './sources/source.js';
import { describeSource } from './sources/table.js';
import { Arrivals, type Arrived } from './split.js';
import { DigestPool } from './transfer/digest.js';
import { algorithmsFor } from './transfer/stated.js';
import { findWhole, keepWhole } from './transfer/whole-part.js';
import { inWorkspace, type Workspace } from './workspace.js';

export type ImportOptions = Pick<
  FetchOptions,
  'home' | 'source' | 'force' | 'unpack' | 'wait' | 'env' | 'onProgress' | 'signal'
>;

/**
 * Files are told by their content. They are only read: nothing is moved away from where the user keeps it.
 * @throws IntegrityError (a file is not what it should be), ActionRequiredError (some are still missing; those that came are
 *   kept), NotFoundError, DiskError
 */
export async function importDataset(
  dataset: Dataset,
  paths: readonly string[],
  options: ImportOptions,
): Promise<FetchResult> {
  const layout = layoutOf(options.home);
  const onProgress = options.onProgress ?? (() => undefined);
  const signal = options.signal ?? new AbortController().signal;
  const given = await givenFiles(paths);
  if (given.length === 0) throw new UsageError('There are no files in what was given', { dataset: dataset.id });
  const pool = new DigestPool();
  try {
    const workspace = { command: 'import', wait: options.wait !== false, onProgress, signal };
    const before = await readManifest(layout, dataset.id);
    return await inWorkspace(layout, dataset.id, workspace, async (work) => {
      const complete = await readManifest(layout, dataset.id);
      if (complete !== undefined && before === undefined) {
        // One that was stopped in its commit has just been brought to its end, or another process was quicker.
        return present(complete, layout.dataset(dataset.id));
      }
      if (options.force !== true && complete !== undefined) {
        throw new UsageError(`${dataset.id} is complete already`, {
          dataset: dataset.id,
          hint: `It is in ${layout.dataset(dataset.id)}. --force replaces it.`,
        });
      }
      const { entry, expected, matched, broken } = await recognise(dataset, given, options, pool, onProgress);
      const chosen: Chosen = {
        name: sourceName(entry),
        entry,
        pinned: bare(entry),
        resolution: {
          label: `${describeSource(entry)}, files given by hand`,
          files: withPassword(expected.map(toRemote), options.env ?? process.env),
          notes: [],
        },
      };
      const plan = await makePlan(dataset, chosen.resolution, await work.staging.done(), {
        home: layout.home,
        unpack: options.unpack !== false,
        keepArchives: false,
        jobs: 1,
        unfinished: new Map(),
      });
      await work.begin(attemptOf(dataset, chosen, plan));
      const { records, kept } = await takeAll(plan.files, matched, work, { pool, onProgress, signal });
      // What is right is taken all the same.
      if (broken !== undefined) throw broken;
      refuseMissing(dataset, entry, expected, [...records.map(placeIn), ...kept.map(({ remote }) => placeIn(remote))]);
      const committed = await commitDataset(layout, dataset.id, {
        manifest: manifestOf(dataset, chosen, records),
        remotes: records.map((record) => remoteRecord(record)),
        keys: records.map(({ key }) => key),
      });
      return { ...present(committed, layout.dataset(dataset.id)), outcome: 'fetched' };
    });
  } finally {
    await pool.close();
  }
}

interface Recognised {
  entry: SourceEntry;
  expected: ExpectedFile[];
  matched: Matched[];
  broken?: IntegrityError;
}

/** The source whose files the given ones are, most of all. */
async function recognise(
  dataset: Dataset,
  given: GivenFile[],
  options: ImportOptions,
  pool: DigestPool,
  onProgress: NonNullable<ImportOptions['onProgress']>,
): Promise<Recognised> {
  const entries = options.source === undefined ? dataset.sources : candidates(dataset, options.source);
  onProgress({ event: 'note', message: `Checking ${given.length} given file${given.length === 1 ? '' : 's'}.` });
  let best: Recognised | undefined;
  let failure: IntegrityError | undefined;
  for (const entry of entries) {
    const expected = expectedFiles(entry);
    if (expected.length === 0) continue;
    const found = await matchFiles(expected, given, pool);
    failure ??= found.broken;
    if (found.matched.length > (best?.matched.length ?? 0)) best = { entry, expected, ...found };
  }
  if (best !== undefined) return best;
  if (failure !== undefined) throw failure;
  const open = entries.find((entry) => entry.method === 'manual' && expectedFiles(entry).length === 0);
  if (open === undefined) throw unrecognised(dataset, entries);
  // Nobody has written down what the owners hand out: what the user brings is the dataset.
  const expected = given.map(({ file, size }) => ({ path: path.basename(file), size }));
  const { matched } = await matchFiles(expected, given, pool);
  return { entry: open, expected, matched };
}

function unrecognised(dataset: Dataset, entries: readonly SourceEntry[]): NotFoundError {
  const names = [...new Set(entries.flatMap(expectedFiles).map(({ path: name }) => name))];
  return new NotFoundError(`None of the given files belongs to ${dataset.id}`, {
    dataset: dataset.id,
    hint:
      names.length === 0
        ? `It is unknown which files make up ${dataset.id}: it can only be fetched.`
        : `Expected are: ${printable(names.slice(0, 20).join(', '))}${names.length > 20 ? ', …' : ''}.`,
  });
}

function toRemote(expected: ExpectedFile): RemoteFile {
  return {
    path: expected.path,
    ...(expected.size === undefined ? {} : { size: expected.size }),
    checksums: checksumsOf(expected),
    request: () => Promise.reject(new Error('a file that the user gives is not requested')),
    unpack: expected.unpack ?? true,
    ...(expected.nested === undefined ? {} : { nested: expected.nested }),
    ...(expected.password === undefined ? {} : { password: expected.password }),
    into: expected.into ?? '',
  };
}

/** @returns what is finished, and parts of split archives that are kept until the others come */
async function takeAll(
  files: readonly PlannedFile[],
  matched: readonly Matched[],
  { id, layout, staging }: Workspace,
  options: Required<Pick<ImportOptions, 'onProgress' | 'signal'>> & { pool: DigestPool },
): Promise<{ records: DoneRecord[]; kept: PlannedFile[] }> {
  const unpacking = new PQueue({ concurrency: 1 });
  const context = {
    ...{ id, layout, staging, keepArchives: false, ...options },
    unpacking: <T>(work: () => Promise<T>) => unpacking.add(work),
  };
  const byPlace = new Map(matched.map((match) => [placeIn(match.expected), match]));
  const parts = layout.parts(id);
  const arrivals = new Arrivals();
  const records: DoneRecord[] = [];
  for (const planned of files) {
    if (planned.done !== undefined) records.push(planned.done);
    if (planned.done !== undefined) continue;
    if (options.signal.aborted) throw interruption(options.signal);
    const match = byPlace.get(placeIn(planned.remote));
    const file =
      match === undefined ? await keptEarlier(planned, parts, options.pool) : await givenNow(planned, parts, match);
    const here = file === undefined ? undefined : arrivals.add({ planned, file });
    if (here !== undefined) records.push(...(await take(here, context)));
  }
  const waiting = arrivals.waiting();
  for (const { planned, file } of waiting) {
    const { key, remote } = planned;
    if (byPlace.has(placeIn(remote))) await keepWhole(file.file, { parts, key, path: remote.path });
  }
  return { records, kept: waiting.map(({ planned }) => planned) };
}

const placeIn = ({ into, path: name }: { into?: string | undefined; path: string }): string => `${into ?? ''}/${name}`;

async function givenNow(planned: PlannedFile, parts: string, { given, digests }: Matched): Promise<Arrived['file']> {
  const file = planned.unpack ? given.file : await copyInto(parts, planned.key, given.file);
  return { file, size: given.size, digests, discard: async () => undefined };
}

/** A part of a split archive that an earlier import, or a fetch, has brought. */
async function keptEarlier(
  { split, key, remote }: PlannedFile,
  parts: string,
  pool: DigestPool,
): Promise<Arrived['file'] | undefined> {
  const found = split === undefined ? undefined : await findWhole({ parts, key, path: remote.path });
  if (found === undefined) return undefined;
  const digests = await pool.follow(found.file, algorithmsFor(remote.checksums, ['sha256'])).finish(found.size);
  return findMismatch(remote.checksums, digests) === undefined ? { ...found, digests } : undefined;
}

/** A copy that the library may move; without cost where the file system shares blocks. */
async function copyInto(parts: string, key: string, file: string): Promise<string> {
  const copy = path.join(parts, `${key}.${randomBytes(4).toString('hex')}`);
  try {
    await fs.mkdir(parts, { recursive: true });
    await fs.copyFile(file, copy, fs.constants.COPYFILE_FICLONE | fs.constants.COPYFILE_EXCL);
  } catch (error) {
    throw asDiskError(error);
  }
  return copy;
}

/** @param here places of the files that need not be given again */
function refuseMissing(
  dataset: Dataset,
  entry: SourceEntry,
  expected: readonly ExpectedFile[],
  here: readonly string[],
): void {
  const missing = expected.filter((file) => !file.optional && !here.includes(placeIn(file)));
  if (missing.length === 0) return;
  throw new ActionRequiredError(
    `${dataset.id}: ${here.length} of ${here.length + missing.length} files here, ${missing.length} still missing`,
    {
      dataset: dataset.id,
      ...(entry.method === 'manual' ? { url: entry.url } : {}),
      steps: missing.map(({ path: name, pattern }) => `Download ${printable(pattern ?? name)}.`),
      hint: `Then: medds import ${dataset.id} FILES. What was taken already need not be given again.`,
    },
  );
}
