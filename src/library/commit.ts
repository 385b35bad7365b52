/**
 * From finished remote files to a dataset. The staged folder is claimed by a rename, checked, and given the manifest and list that the
 * dataset will have; from then on every run that finds it brings the commit to its end (docs/architecture.md, Commit). All
 * renames start or end in the claimed folder: whoever takes it over, by renaming it, stops whoever had it before.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { findMismatch } from '../checksum.js';
import { IncompleteError, IntegrityError } from '../errors.js';
import { printable } from '../printable.js';
import { type Addition, Additions, datasetHere, NOTHING, together, without } from './addition.js';
import { flushFolder, randomName, readJson, writeJson } from './atomic.js';
import { clearAttempt } from './attempt.js';
import { onDisk, renamed, unlessAbsent } from './disk.js';
import type { Layout } from './layout.js';
import { type Manifest, type ManifestFacts, type RemoteRecord, recordedFiles } from './manifest.js';
import { isManifest } from './manifest-form.js';
import { addTree, mergeTrees, sortOut, stagedFiles } from './merge.js';
import { RecordWriter, writeRecords } from './records.js';
import { type DoneRecord, findStaged, readDone, type StagedFolder, stagedFolder, takenOver } from './staged-folder.js';
import { discard } from './trash.js';
import { treeDigest } from './tree-digest.js';

export type { ManifestFacts } from './manifest.js';

export interface Commit {
  manifest: ManifestFacts;
  /** The remote files, as they are to be recorded. */
  remotes: readonly RemoteRecord[];
  /** Keys of the remote files that make up the dataset, or are added to it. What else is finished is dropped. */
  keys: readonly string[];
  /** The `commit` of the manifest of what is here, when it stays and these are added to it. */
  addsTo?: string;
  /** Digest of the tree that it must come to (tree-digest.ts). */
  tree?: string;
}

/**
 * Makes the finished remote files the dataset, in place of what was there, or adds them to it. All of it, or nothing.
 * @throws IntegrityError when two of them collide, or one is not whole any more (the next fetch gets it again); IncompleteError
 * when one is not finished; BusyError when another process took over; DiskError
 */
export function commitDataset(layout: Layout, id: string, commit: Commit): Promise<Manifest> {
  return onDisk(id, async () => {
    await recover(layout, id);
    const staged = await claim(layout, id);
    try {
      await prepare(layout, staged, commit);
    } catch (error) {
      throw await released(layout, id, staged, error);
    }
    const manifest = await rollForward(layout, id, staged);
    if (manifest === undefined) throw takenOver(id);
    await discard(layout, layout.parts(id));
    return manifest;
  });
}

/**
 * Brings a commit that was stopped to its end, or gives back what it had claimed. Call with the dataset's lock held.
 * @returns whether the dataset is complete by it
 */
export function recoverCommit(layout: Layout, id: string): Promise<boolean> {
  return onDisk(id, async () => {
    const committed = await recover(layout, id);
    if (committed) await discard(layout, layout.parts(id));
    return committed;
  });
}

async function recover(layout: Layout, id: string): Promise<boolean> {
  const names = await unlessAbsent(fs.readdir(layout.commit(id)), undefined);
  if (names === undefined) return false;
  let committed = false;
  for (const name of names) {
    const staged = stagedFolder(path.join(layout.commit(id), randomName()));
    const found = path.join(layout.commit(id), name);
    if (!(await renamed(found, staged.folder))) continue;
    if ((await readyManifest(staged, id)) !== undefined) {
      committed = (await rollForward(layout, id, staged)) !== undefined || committed;
    } else if (existsSync(staged.files)) {
      await giveBack(layout, id, staged);
    } else {
      await discard(layout, staged.folder); // It was finished but for the tidying up.
    }
  }
  for (const folder of [layout.commit(id), layout.parts(id)]) await fs.rmdir(folder).catch(() => undefined); // If empty.
  return committed;
}

/** Takes the staged folder out of everybody's reach, unless a commit is under way. */
async function claim(layout: Layout, id: string): Promise<StagedFolder> {
  const commit = layout.commit(id);
  for (const found of await findStaged(layout, id)) {
    await fs.mkdir(commit, { recursive: true });
    const staged = stagedFolder(path.join(commit, randomName()));
    if (!(await renamed(found, staged.folder))) continue;
    if ((await fs.readdir(commit)).length === 1) return staged;
    await giveBack(layout, id, staged);
    break;
  }
  throw takenOver(id);
}

/** Everything that can go wrong with the contents goes wrong here, before the first file is moved. */
async function prepare(layout: Layout, staged: StagedFolder, commit: Commit): Promise<void> {
  const { manifest, remotes, keys, addsTo, tree } = commit;
  await fs.rm(additionOf(staged), { force: true }); // Of a commit that was given up.
  const done = await readDone(staged.log);
  const records = keys.map((key) => done.get(key)).filter((record) => record !== undefined);
  if (records.length < keys.length) {
    throw new IncompleteError(`${keys.length - records.length} of ${keys.length} remote files are not finished`, {
      hint: 'Run the same command again.',
    });
  }
  requireAgreement(records, remotes, manifest.id);
  const broken = await sortOut(staged, records);
  if (broken.length > 0) throw await forget(staged, broken);
  const before = addsTo === undefined ? NOTHING : await datasetHere(layout, manifest.id, addsTo);
  const name = randomBytes(8).toString('hex');
  const totals = { files: before.files, bytes: before.bytes };
  const allRemotes = [...without(before.remotes, remotes), ...remotes];
  const added = new Additions(before.list, () => stagedFiles(staged, records), staged.files);
  await writeRecords(
    listOf(staged),
    (async function* () {
      yield { commit: name };
      yield* allRemotes;
      yield* before.list();
      for await (const file of added.files()) {
        totals.files += 1;
        totals.bytes += file.size;
        yield file;
      }
    })(),
  );
  if (tree !== undefined && (await treeDigest(recordedFiles(listOf(staged)))) !== tree) throw otherTree();
  if (addsTo !== undefined) await writeJson(additionOf(staged), { files: added.staged } satisfies Addition);
  const downloaded = records.reduce((sum, { size, fetched }) => sum + (fetched ?? size), before.downloaded);
  const whole: Manifest = {
    ...manifest,
    ...totals,
    downloaded,
    remotes: allRemotes.length,
    verified: together(before.verified, manifest.verified, allRemotes.length),
    commit: name,
  };
  await writeJson(manifestOf(staged), whole);
}

function otherTree(): IntegrityError {
  return new IntegrityError('What was fetched is as it should be, but does not come to the tree that is wanted', {
    hint: 'Another version of medds may unpack it in another way. Without --locked it is taken as it is.',
  });
}

/** Another process may have taken our staged folder over, and brought other versions of the same files. */
function requireAgreement(records: readonly DoneRecord[], remotes: readonly RemoteRecord[], id: string): void {
  const nameOf = (remote: string, into: string | undefined) => `${into ?? ''}\0${remote}`;
  const expected = new Map(remotes.map((remote) => [nameOf(remote.remote, remote.into), remote.checksums]));
  for (const { path: name, into, digests } of records) {
    if (findMismatch(expected.get(nameOf(name, into)) ?? [], digests) !== undefined) throw takenOver(id);
  }
}

/** From here on there is one way only, and each step may be done again. @returns undefined when the tree is gone */
async function rollForward(layout: Layout, id: string, staged: StagedFolder): Promise<Manifest | undefined> {
  try {
    const manifest = await readyManifest(staged, id);
    if (manifest === undefined) throw takenOver(id);
    const addition = await readJson<Addition>(additionOf(staged));
    if (existsSync(staged.files)) {
      const files = await mergeTrees(staged, [...(await readDone(staged.log)).values()]);
      const expected = addition?.files ?? manifest.files;
      if (files !== expected) throw await lost(layout, id, staged, files, expected);
      // From here on they are not counted again: some may be in their places.
      if (addition !== undefined) await fs.rename(staged.files, addingOf(staged));
      else await swap(layout, id, staged);
    }
    if (existsSync(addingOf(staged)) && existsSync(layout.dataset(id))) {
      await addTree(addingOf(staged), layout.dataset(id));
    } else if (!existsSync(layout.dataset(id))) {
      await discard(layout, staged.folder);
      return undefined;
    }
    await clearAttempt(layout, id);
    await fs.mkdir(layout.state(id), { recursive: true });
    await renamed(listOf(staged), layout.files(id)); // Or it was, before a crash.
    await fs.rename(manifestOf(staged), layout.manifest(id));
    await flushFolder(layout.state(id));
    await discard(layout, staged.folder);
    return manifest;
  } catch (error) {
    throw existsSync(staged.folder) || error instanceof IntegrityError ? error : takenOver(id, error);
  }
}

/** The new tree takes the place of the old one, which waits in the claimed folder to be deleted. */
async function swap(layout: Layout, id: string, staged: StagedFolder): Promise<void> {
  const place = layout.dataset(id);
  await fs.mkdir(path.dirname(place), { recursive: true });
  await renamed(place, path.join(staged.folder, `old.${randomName()}`));
  await fs.rename(staged.files, place);
  await flushFolder(path.dirname(place));
}

const listOf = ({ folder }: StagedFolder): string => path.join(folder, 'files.ndjson');
const manifestOf = ({ folder }: StagedFolder): string => path.join(folder, 'manifest.json');
const additionOf = ({ folder }: StagedFolder): string => path.join(folder, 'addition.json');
const addingOf = ({ folder }: StagedFolder): string => path.join(folder, 'adding');

async function readyManifest(staged: StagedFolder, id: string): Promise<Manifest | undefined> {
  const manifest = await readJson(manifestOf(staged)).catch((error) => {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  });
  return isManifest(manifest, id) ? manifest : undefined;
}

/** Gives back a claimed folder after an error. @returns the error to throw */
async function released(layout: Layout, id: string, staged: StagedFolder, error: unknown): Promise<unknown> {
  if (!existsSync(staged.folder)) return takenOver(id, error);
  try {
    for (const file of [manifestOf(staged), additionOf(staged)]) await fs.rm(file, { force: true });
    await giveBack(layout, id, staged);
  } catch {
    // The next run does it.
  }
  return error;
}

async function giveBack(layout: Layout, id: string, { folder }: StagedFolder): Promise<void> {
  await fs.rename(folder, path.join(layout.parts(id), `staged.${randomName()}`));
  await fs.rmdir(layout.commit(id)).catch(() => undefined);
}

async function forget(staged: StagedFolder, broken: readonly DoneRecord[]): Promise<IntegrityError> {
  const log = await RecordWriter.open(staged.log, { append: true });
  for (const { key } of broken) await log.append({ key, dropped: true });
  await log.close();
  const [first] = broken as [DoneRecord];
  const others = broken.length === 1 ? '' : ` (and of ${broken.length - 1} more)`;
  return new IntegrityError(`Files of ${printable(first.path)}${others} have vanished or come up in the work area`, {
    file: first.path,
    hint: 'Run the same command again: what is not whole is fetched anew.',
  });
}

async function lost(layout: Layout, id: string, staged: StagedFolder, files: number, expected: number): Promise<Error> {
  if (!existsSync(staged.folder)) return takenOver(id);
  await discard(layout, staged.folder);
  return new IntegrityError(`The tree came to ${files} files where ${expected} were recorded; it was thrown away`, {
    hint: 'Something else changed files of the work area. Run the same command again to fetch the dataset anew.',
  });
}
