// @ts-check
/** Archives: unpacked from the disk, and as a whole fetch. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { treeOf } from '../../support/tree.js';
import { node, quoted } from '../contest.js';
import { archives } from '../corpus.js';
import { fastHost } from '../hosts.js';
import { limited, RATE } from './files.js';
import { checked, fetched, fetching } from './medds.js';

/**
 * @typedef {import('../contest.js').Contest} Contest
 * @typedef {import('../contest.js').Contestant} Contestant
 * @typedef {import('../corpus.js').Archive} Archive
 * @typedef {import('../stage.js').Stage} Stage
 */

const UNPACKER = quoted(fileURLToPath(new URL('../unpack.js', import.meta.url)));

/** @param {Stage} stage */
const made = (stage) => stage.once('archives', () => archives(stage.shelf, stage.size * 1_000_000));

/** @param {Stage} stage @returns {Promise<Contest>} */
export async function unpackZip(stage) {
  const { zip } = await made(stage);
  return {
    title: 'Unpack a zip',
    work: contents(zip),
    targets: { unzip: 0.6, bsdtar: 0.8 },
    ...unpacking(zip, [
      { name: 'unzip', needs: ['unzip'], command: `unzip -q ${quoted(zip.file)}` },
      { name: 'bsdtar', needs: ['bsdtar'], command: `bsdtar -xf ${quoted(zip.file)}` },
      { name: '7z', needs: ['7z'], command: `7z x -bso0 -bsp0 ${quoted(zip.file)}` },
    ]),
  };
}

/** @param {Stage} stage @returns {Promise<Contest>} */
export async function unpackTarGz(stage) {
  const { tarGz } = await made(stage);
  return {
    title: 'Unpack a tar.gz',
    work: contents(tarGz),
    targets: { tar: 0.7 },
    cause:
      'one stream inflates on one thread; the writing goes on beside it, with a SHA-256 of every file, which tar does not compute.',
    ...unpacking(tarGz, [
      { name: 'tar', needs: ['tar'], command: `tar -xzf ${quoted(tarGz.file)}` },
      { name: 'pigz | tar', needs: ['pigz', 'tar'], command: `pigz -dc ${quoted(tarGz.file)} | tar -x` },
      { name: 'bsdtar', needs: ['bsdtar'], command: `bsdtar -xf ${quoted(tarGz.file)}` },
    ]),
  };
}

/** @param {Archive} archive @param {Contestant[]} peers */
function unpacking(archive, peers) {
  const medds = { name: 'medds', command: `${node} ${UNPACKER} ${quoted(archive.file)} .` };
  return { medds, peers, verify: (/** @type {string} */ folder) => expectTree(folder, archive) };
}

/** @param {Stage} stage @returns {Promise<Contest>} */
export async function fetchZip(stage) {
  const { zip } = await made(stage);
  return wholeFetch(stage, zip, 'zip', `unzip -q ${zip.name}`, 'unzip');
}

/** @param {Stage} stage @returns {Promise<Contest>} */
export async function fetchTarGz(stage) {
  const { tarGz } = await made(stage);
  const contest = await wholeFetch(stage, tarGz, 'tar.gz', `tar -xzf ${tarGz.name}`, 'tar');
  const streamed = `tee >(sha256sum > sum) | tar -xz && wait && grep -q ${tarGz.sha256} sum && rm sum`;
  contest.peers.push({
    name: 'curl | tee >(sha256sum) | tar',
    needs: ['curl', 'sha256sum', 'tar'],
    command: `curl -sSf ${contest.url} | ${streamed}`,
  });
  return contest;
}

/** @param {Stage} stage @returns {Promise<Contest>} */
export const slowZip = async (stage) => atLimits(stage, (await made(stage)).zip, 'zip', 'unzip -q');

/** @param {Stage} stage @returns {Promise<Contest>} */
export const slowTarGz = async (stage) => atLimits(stage, (await made(stage)).tarGz, 'tar.gz', 'tar -xzf');

/**
 * Unpacking while it downloads: hardly more than the slower of both.
 * @param {Stage} stage
 * @param {Archive} archive
 * @param {string} kind
 * @param {string} unpack
 * @returns {Promise<Contest>}
 */
async function atLimits(stage, archive, kind, unpack) {
  const { origin } = await limited(stage);
  const { name, size, sha256, file } = archive;
  const url = `${origin}/${name}`;
  const id = `limited-${name}`;
  const facts = { url, path: name, size, checksum: `sha256:${sha256}`, unpack: true };
  const env = { MEDDS_CONNECTIONS: '2' };
  const whole = fetching(stage.scratch, id, [facts]);
  const alone = fetching(stage.scratch, `${id}-packed`, [{ ...facts, unpack: false }]);
  return {
    title: `Whole fetch of a ${kind} from a host with limits`,
    work: `${contents(archive)}, over two connections of ${RATE} MB/s with 50 ms before each answer: downloaded, SHA-256 checked, unpacked`,
    slower: { names: ['its download alone', 'its unpacking alone'], most: 1.15 },
    medds: { ...whole, env: { ...whole.env, ...env } },
    peers: [
      { ...alone, name: 'its download alone', env: { ...alone.env, ...env } },
      { name: 'its unpacking alone', command: `${node} ${UNPACKER} ${quoted(file)} .` },
      {
        name: `aria2c -x2, sha256sum, ${unpack.split(' ')[0]}`,
        needs: ['aria2c', 'sha256sum'],
        command: `aria2c -q -x2 -s2 -k1M --file-allocation=none -o ${name} ${url} && ${checked(archive)} && ${unpack} ${name} && rm ${name}`,
      },
    ],
    verify: async (folder) => {
      if (existsSync(fetched(folder, `${id}-packed`))) return;
      await expectTree(existsSync(fetched(folder, id)) ? fetched(folder, id) : folder, archive);
    },
  };
}

/** Three cases of many. @param {Stage} stage @returns {Promise<Contest>} */
export async function part(stage) {
  const { zip } = await made(stage);
  const { origin } = await limited(stage);
  const url = `${origin}/${zip.name}`;
  const wanted = zip.tree.filter(({ path: name }) => /^scans\/000[012]\//.test(name));
  const bytes = wanted.reduce((sum, one) => sum + one.size, 0);
  const { size, sha256, name } = zip;
  const whole = fetching(stage.scratch, 'part', [
    { url, path: name, size, checksum: `sha256:${sha256}`, unpack: true },
  ]);
  const glob = 'scans/000[012]/**';
  return {
    title: 'Three cases out of a zip',
    work: `${wanted.length} of ${zip.tree.length} files, ${Math.round(bytes / 1_000_000)} MB unpacked, from a zip of ${Math.round(size / 1_000_000)} MB at a host with ${RATE} MB/s a connection and 50 ms before each answer`,
    medds: { ...whole, command: `${whole.command} --include ${quoted(glob)}` },
    peers: [
      {
        name: 'curl, unzip',
        needs: ['curl', 'unzip'],
        command: `curl -sSfO ${url} && unzip -q ${name} ${quoted('scans/000[012]/*')} && rm ${name}`,
      },
      {
        name: 'aria2c -x8, unzip',
        needs: ['aria2c', 'unzip'],
        command: `aria2c -q -x8 -s8 -k1M --file-allocation=none -o ${name} ${url} && unzip -q ${name} ${quoted('scans/000[012]/*')} && rm ${name}`,
      },
    ],
    verify: (folder) => {
      const place = existsSync(fetched(folder, 'part')) ? fetched(folder, 'part') : folder;
      return expectTree(place, { ...zip, tree: wanted });
    },
  };
}

/**
 * @param {Stage} stage
 * @param {Archive} archive
 * @param {string} kind
 * @param {string} unpack
 * @param {string} unpacker
 * @returns {Promise<Contest & { url: string }>}
 */
async function wholeFetch(stage, archive, kind, unpack, unpacker) {
  const { origin } = await fastHost(stage);
  const { name, size, sha256 } = archive;
  const url = `${origin}/${name}`;
  const id = `whole-${unpacker}`;
  const rest = `${checked(archive)} && ${unpack} && rm ${name}`;
  return {
    url,
    title: `Whole fetch of a ${kind}`,
    work: `${contents(archive)}: downloaded from loopback, SHA-256 checked, unpacked`,
    targets: { [`aria2c -x4, sha256sum, ${unpacker}`]: 0.7 },
    cause:
      'unpacking alone takes most of it: one stream inflates on one thread, while download, digests and the host share two cores with it.',
    medds: fetching(stage.scratch, id, [{ url, path: name, size, checksum: `sha256:${sha256}`, unpack: true }]),
    peers: [
      {
        name: `aria2c -x4, sha256sum, ${unpacker}`,
        needs: ['aria2c', 'sha256sum', unpacker],
        command: `aria2c -q -x4 -s4 -k1M --file-allocation=none -o ${name} ${url} && ${rest}`,
      },
      {
        name: `curl, sha256sum, ${unpacker}`,
        needs: ['curl', 'sha256sum', unpacker],
        command: `curl -sSfO ${url} && ${rest}`,
      },
    ],
    verify: (folder) => expectTree(existsSync(fetched(folder, id)) ? fetched(folder, id) : folder, archive),
  };
}

/** @param {Archive} archive */
function contents({ size, unpackedSize, tree }) {
  const inMB = (/** @type {number} */ bytes) => Math.round(bytes / 1_000_000);
  return `${tree.length} files of CT and masks, ${inMB(size)} MB packed, ${inMB(unpackedSize)} MB unpacked`;
}

/** @param {string} folder @param {Archive} archive */
async function expectTree(folder, { tree }) {
  const found = await treeOf(path.join(folder, 'scans'));
  const right = tree.every(({ path: name, size, sha256 }) => {
    const entry = found[name.slice('scans/'.length)];
    return entry !== undefined && 'size' in entry && entry.size === size && entry.sha256 === sha256;
  });
  if (!right || Object.keys(found).length !== tree.length)
    throw new Error(`${folder} does not hold the archive's tree`);
}
