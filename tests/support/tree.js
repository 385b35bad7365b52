// @ts-check
/** What a folder holds, as plain data that two trees can be compared by. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';

/** @typedef {{ size: number, sha256: string } | { link: string } | { folder: 'empty' }} TreeEntry */

/**
 * Every file below `folder` by its relative POSIX path, in order of the paths. Links are not followed. Folders show only when empty.
 * A folder that is not there is an error, so that two missing trees are never equal by accident.
 * @param {string} folder
 * @returns {Promise<Record<string, TreeEntry>>}
 */
export async function treeOf(folder) {
  /** @type {Record<string, TreeEntry>} */
  const tree = Object.create(null);
  /** @param {string} relative */
  async function walk(relative) {
    const entries = await readdir(path.join(folder, relative), { withFileTypes: true });
    if (entries.length === 0 && relative !== '') tree[relative] = { folder: 'empty' };
    for (const entry of entries) {
      const name = relative === '' ? entry.name : `${relative}/${entry.name}`;
      const full = path.join(folder, name);
      if (entry.isDirectory()) await walk(name);
      else if (entry.isSymbolicLink()) tree[name] = { link: await readlink(full) };
      else tree[name] = { size: (await stat(full)).size, sha256: await sha256Of(full) };
    }
  }
  await walk('');
  return Object.fromEntries(Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * @param {string} file
 * @returns {Promise<string>} hex
 */
export async function sha256Of(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
