// @ts-check
/**
 * The stage of the demo: a Zenodo on loopback that holds a LUNA16 made of phantoms, hosts for the other ways, a registry that knows
 * their checksums, a library.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { digestOf, diskFile } from '../hosts/content.js';
import { luna16 } from '../hosts/phantoms/luna16.js';
import { startZenodo } from '../hosts/zenodo.js';
import { tempDir } from '../support/temp-dir.js';
import { startWays } from './ways.js';

/**
 * @typedef {import('../support/tree.js').TreeEntry} TreeEntry
 *
 * @typedef {object} Stage
 * @property {import('../hosts/zenodo.js').ZenodoHost} zenodo
 * @property {string} home       the library
 * @property {string} dataset    folder that the dataset will be in
 * @property {Record<string, string | undefined>} env
 * @property {number} size       bytes to download
 * @property {Record<string, TreeEntry>} tree  what must be in that folder in the end
 * @property {import('./ways.js').Way[]} ways
 */

/**
 * @param {{ casesPerSubset: number, size: import('../hosts/phantoms/ct.js').Vector, bytesPerSecond: number }} options
 * @returns {Promise<Stage>}
 */
export async function setStage({ casesPerSubset, size: voxels, bytesPerSecond }) {
  const folder = tempDir('demo');
  const bundled = JSON.parse(readFileSync(new URL('../../registry.json', import.meta.url), 'utf8')).datasets.luna16;
  const known = knownFiles(bundled);
  const shelf = path.join(folder, 'zenodo');
  mkdirSync(shelf);

  /** @type {Map<string, { path: string, size: number, checksum: string, into?: string }[]>} */
  const records = new Map();
  /** @type {Record<string, TreeEntry>} */
  const tree = {};
  let size = 0;
  for (const { record, key, data, tree: unpacked } of luna16({ casesPerSubset, size: voxels })) {
    const file = path.join(shelf, key);
    writeFileSync(file, data);
    const checksum = `md5:${await digestOf(diskFile(file), 'md5')}`;
    const facts = { ...known.get(key), path: key, size: data.length, checksum };
    records.set(record, [...(records.get(record) ?? []), facts]);
    for (const [name, entry] of Object.entries(unpacked)) tree[path.posix.join(facts.into ?? '', name)] = entry;
    size += data.length;
  }

  const zenodo = await startZenodo({ totalBytesPerSecond: bytesPerSecond });
  for (const [id, files] of records) {
    const held = files.map(({ path: key }) => ({ key, content: diskFile(path.join(shelf, key)) }));
    await zenodo.addRecord({ id, title: 'LUNA16 made of phantoms', files: held });
  }

  const of = [...records].map(([record, files]) => ({ method: 'zenodo', record, files }));
  const { sizeNote, unpackedSize, casesNote, ...entry } = bundled;
  const overlay = { ...entry, size, cases: 10 * casesPerSubset, sources: [{ method: 'all', official: true, of }] };
  const ways = await startWays(path.join(folder, 'Downloads'));
  const others = Object.fromEntries(ways.map((way) => [way.id, way.entry]));
  const registry = path.join(folder, 'registry.json');
  writeFileSync(registry, JSON.stringify({ version: 1, datasets: { luna16: overlay, ...others } }));

  const home = path.join(folder, 'library');
  const { TERM, COLORTERM, NO_COLOR } = process.env;
  const endpoints = Object.assign({ MEDDS_ENDPOINT_ZENODO: zenodo.origin }, ...ways.map((way) => way.env));
  const env = { TERM, COLORTERM, NO_COLOR, MEDDS_REGISTRY: registry, ...endpoints };
  return { zenodo, home, dataset: path.join(home, 'datasets', 'luna16'), env, size, tree: sorted(tree), ways };
}

/**
 * What the bundled entry says of its files besides size and checksum: where they go.
 * @param {any} entry
 * @returns {Map<string, { into?: string }>}
 */
function knownFiles(entry) {
  const sources = entry.sources.flatMap((/** @type {any} */ source) => source.of ?? [source]);
  const files = sources.flatMap((/** @type {any} */ source) =>
    source.method === 'zenodo' ? (source.files ?? []) : [],
  );
  return new Map(files.map((/** @type {any} */ { size, checksum, ...facts }) => [facts.path, facts]));
}

/** In the order of the paths, as `treeOf` gives it. @param {Record<string, TreeEntry>} tree */
export function sorted(tree) {
  return Object.fromEntries(Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1)));
}
