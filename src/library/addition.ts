/** What is added to a dataset that is here: to one of which only a part was chosen, or to none. */
import { existsSync } from 'node:fs';
import { IntegrityError } from '../errors.js';
import { printable } from '../printable.js';
import type { Layout } from './layout.js';
import {
  type FileRecord,
  type Manifest,
  type RemoteRecord,
  readFiles,
  readManifestFile,
  readRemotes,
} from './manifest.js';
import { distinctFiles, findShared } from './merge.js';
import { takenOver } from './staged-folder.js';

/** Kept in the claimed folder of a commit that adds. */
export interface Addition {
  /** Files that are to be moved into the dataset. */
  files: number;
}

/** A dataset as it is before something is added. */
export interface Before extends Pick<Manifest, 'files' | 'bytes' | 'downloaded' | 'verified'> {
  remotes: RemoteRecord[];
  list(): AsyncIterable<FileRecord>;
}

export const NOTHING: Before = {
  files: 0,
  bytes: 0,
  downloaded: 0,
  verified: { checksums: 0, of: 0, algorithms: [] },
  remotes: [],
  async *list() {},
};

/** @throws BusyError when it is not the one with this commit any more */
export async function datasetHere(layout: Layout, id: string, commit: string): Promise<Before> {
  const manifest = await readManifestFile(layout, id);
  if (manifest?.commit !== commit || !existsSync(layout.dataset(id))) throw takenOver(id);
  const remotes: RemoteRecord[] = [];
  for await (const remote of readRemotes(layout, id)) remotes.push(remote);
  const { files, bytes, downloaded, verified } = manifest;
  return { files, bytes, downloaded, verified, remotes, list: () => readFiles(layout, id) };
}

/** Those of the remote files that are not told of anew. */
export function without(before: readonly RemoteRecord[], added: readonly RemoteRecord[]): RemoteRecord[] {
  const name = ({ remote, into = '' }: RemoteRecord) => `${into}\0${remote}`;
  const names = new Set(added.map(name));
  return before.filter((remote) => !names.has(name(remote)));
}

/** What was held against checksums in both. @param of remote files in all */
export function together(a: Manifest['verified'], b: Manifest['verified'], of: number): Manifest['verified'] {
  const algorithms = [...new Set([...a.algorithms, ...b.algorithms])];
  return { checksums: Math.min(of, a.checksums + b.checksums), of, algorithms };
}

/** Files that come to those that are here. */
export class Additions {
  /** Different paths that have been staged: known when `files` has come to its end. */
  staged = 0;

  constructor(
    private readonly here: Before['list'],
    private readonly coming: () => AsyncIterable<FileRecord>,
    private readonly folder: string,
  ) {}

  /** Each path once, without those that are here with the same contents. @throws IntegrityError for one path with two contents */
  async *files(): AsyncGenerator<FileRecord> {
    const shared = await findShared(chained(this.here(), this.coming()), this.folder);
    const present = new Map<string, FileRecord>();
    if (shared.size > 0) for await (const file of this.here()) if (shared.has(file.path)) present.set(file.path, file);
    for await (const file of distinctFiles(this.coming(), shared)) {
      this.staged += 1;
      const before = present.get(file.path);
      if (before === undefined) yield file;
      else if (before.sha256 !== file.sha256 || before.link !== file.link) throw changed(file.path);
    }
  }
}

async function* chained<T>(...all: AsyncIterable<T>[]): AsyncGenerator<T> {
  for (const each of all) yield* each;
}

function changed(path: string): IntegrityError {
  return new IntegrityError(`${printable(path)} has other contents at its source than here`, {
    file: path,
    hint: 'The source has changed since it was fetched. --force fetches everything anew.',
  });
}
