/** Brings finished remote files into a staging area, as a fetch does, without any network. */
import { createHash, randomBytes } from 'node:crypto';
import { cpSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { type Commit, commitDataset } from '../../src/library/commit.js';
import { type Layout, layoutOf } from '../../src/library/layout.js';
import { type DoneRecord, partKey, Staging } from '../../src/library/staging.js';
import { tempDir } from '../support/temp-dir.js';

/** Contents of a file; `{ link }` for a symbolic link. */
export type Contents = string | { link: string };

export interface Remote {
  path: string;
  into?: string;
  /** A plain file's contents, or an archive's members by path. */
  holds: string | Record<string, Contents>;
}

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

export function record(remote: Remote): DoneRecord {
  const packed = JSON.stringify(remote.holds);
  const text = typeof remote.holds === 'string' ? remote.holds : packed;
  return {
    key: partKey(remote.path),
    path: remote.path,
    size: Buffer.byteLength(text),
    checksums: [],
    digests: { sha256: sha256(text) },
    unpacked: typeof remote.holds !== 'string',
    into: remote.into ?? '',
    files: 1,
    bytes: Buffer.byteLength(text),
  };
}

export async function addRemote(staging: Staging, layout: Layout, id: string, remote: Remote): Promise<void> {
  if (typeof remote.holds === 'string') {
    const temp = path.join(layout.parts(id), `${partKey(remote.path)}.${randomBytes(4).toString('hex')}`);
    await fs.mkdir(layout.parts(id), { recursive: true });
    await fs.writeFile(temp, remote.holds);
    await staging.addFile(temp, record(remote));
    return;
  }
  const tree = await staging.newTree(partKey(remote.path));
  for (const [name, contents] of Object.entries(remote.holds)) {
    const target = path.join(tree.folder, name);
    await fs.mkdir(path.dirname(target), { recursive: true });
    if (typeof contents === 'string') {
      await fs.writeFile(target, contents);
      await tree.addMember({ path: name, size: Buffer.byteLength(contents), sha256: sha256(contents) });
    } else {
      await fs.symlink(contents.link, target);
      await tree.addMember({ path: name, size: 0, sha256: sha256(contents.link), link: contents.link });
    }
  }
  await tree.finish(record(remote));
}

export function commitOf(id: string, remotes: readonly Remote[], fetchedAt = '2026-01-02T03:04:05.000Z'): Commit {
  return {
    manifest: {
      version: 1,
      id,
      name: id.toUpperCase(),
      registry: 'bundled',
      source: { name: 'direct', method: 'direct', label: 'host.example' },
      license: { name: 'CC BY 4.0', spdx: 'CC-BY-4.0' },
      fetchedAt,
      medds: '0.0.0',
      verified: { checksums: 0, of: remotes.length, algorithms: [] },
    },
    remotes: remotes.map((remote) => {
      const { path: name, size, digests, unpacked, into } = record(remote);
      return { remote: name, size, checksums: [`sha256:${digests.sha256}`], unpacked, into };
    }),
    keys: remotes.map((remote) => partKey(remote.path)),
  };
}

/** Finishes the remote files, as far as these versions of them are not. */
export async function stageAll(layout: Layout, id: string, remotes: readonly Remote[]): Promise<void> {
  const staging = await Staging.open(layout, id);
  try {
    const done = staging.done();
    for (const remote of remotes) {
      const before = done.get(partKey(remote.path));
      if (before?.digests.sha256 !== record(remote).digests.sha256) await addRemote(staging, layout, id, remote);
    }
  } finally {
    await staging.close();
  }
}

/** A whole fetch. */
export async function fetchAll(layout: Layout, id: string, remotes: readonly Remote[], fetchedAt?: string) {
  await stageAll(layout, id, remotes);
  return commitDataset(layout, id, commitOf(id, remotes, fetchedAt));
}

/** A fetch that adds to what is here, of which `chosen` was asked for. */
export async function addAll(
  layout: Layout,
  id: string,
  remotes: readonly Remote[],
  addsTo: string,
  chosen?: Commit['manifest']['chosen'],
) {
  await stageAll(layout, id, remotes);
  const commit = commitOf(id, remotes, 'added');
  return commitDataset(layout, id, {
    ...commit,
    addsTo,
    manifest: { ...commit.manifest, ...(chosen === undefined ? {} : { chosen }) },
  });
}

/** A library like `template`, made without fetching all over again. */
export function copyOf(template: Layout, name: string): Layout {
  const home = tempDir(name);
  cpSync(template.home, home, { recursive: true, verbatimSymlinks: true });
  return layoutOf(home);
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
