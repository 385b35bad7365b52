/** Takes files that the user fetched by hand, and finishes the dataset as fetch would. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import PQueue from 'p-queue';
import { type Chosen, candidates, sourceName } from './choose.js';
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
import type { RemoteFile } from './sources/source.js';
import { describeSource } from './sources/table.js';
import { DigestPool } from './transfer/digest.js';
import { inWorkspace, type Workspace } from './workspace.js';

export type ImportOptions = Pick<
  FetchOptions,
  'home' | 'source' | 'force' | 'unpack' | 'wait' | 'onProgress' | 'signal'
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
    return await inWorkspace(layout, dataset.id, workspace, async (work) => {
      if (options.force !== true && (await readManifest(layout, dataset.id)) !== undefined) {
        throw new UsageError(`${dataset.id} is complete already`, {
          dataset: dataset.id,
          hint: `It is in ${layout.dataset(dataset.id)}. --force replaces it.`,
        });
      }
      const { entry, expected, matched, broken } = await recognise(dataset, given, options, pool, onProgress);
      const chosen: Chosen = {
        name: sourceName(entry),
        entry,
        resolution: {
          label: `${describeSource(entry)}, files given by hand`,
          files: expected.map(toRemote),
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
      const records = await takeAll(plan.files, matched, work, { ...options, onProgress, signal });
      // What is right is taken all the same.
      if (broken !== undefined) throw broken;
      refuseMissing(dataset, entry, expected, records);
      const committed = await commitDataset(layout, dataset.id, {
        manifest: manifestOf(dataset, chosen, records),
        remotes: records.map(remoteRecord),
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
    into: expected.into ?? '',
  };
}

async function takeAll(
  files: readonly PlannedFile[],
  matched: readonly Matched[],
  { id, layout, staging }: Workspace,
  options: Required<Pick<ImportOptions, 'onProgress' | 'signal'>>,
): Promise<DoneRecord[]> {
  const unpacking = new PQueue({ concurrency: 1 });
  const byPath = new Map(matched.map((match) => [`${match.expected.into ?? ''}/${match.expected.path}`, match]));
  const records: DoneRecord[] = [];
  for (const file of files) {
    const match = byPath.get(`${file.remote.into}/${file.remote.path}`);
    if (file.done !== undefined) records.push(file.done);
    if (file.done !== undefined || match === undefined) continue;
    if (options.signal.aborted) throw interruption(options.signal);
    const { given, digests } = match;
    const source = file.unpack ? given.file : await copyInto(layout.parts(id), file.key, given.file);
    const record = await take(
      file,
      { file: source, size: given.size, digests, discard: async () => undefined },
      { id, layout, staging, keepArchives: false, unpacking: (work) => unpacking.add(work), ...options },
    );
    records.push(record);
  }
  return records;
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

function refuseMissing(
  dataset: Dataset,
  entry: SourceEntry,
  expected: readonly ExpectedFile[],
  records: readonly DoneRecord[],
): void {
  const here = new Set(records.map(({ into, path: name }) => `${into}/${name}`));
  const missing = expected.filter(({ path: name, into, optional }) => !optional && !here.has(`${into ?? ''}/${name}`));
  if (missing.length === 0) return;
  throw new ActionRequiredError(
    `${dataset.id}: ${records.length} of ${records.length + missing.length} files here, ${missing.length} still missing`,
    {
      dataset: dataset.id,
      ...(entry.method === 'manual' ? { url: entry.url } : {}),
      steps: missing.map(({ path: name, pattern }) => `Download ${printable(pattern ?? name)}.`),
      hint: `Then: medds import ${dataset.id} FILES. What was taken already need not be given again.`,
    },
  );
}
