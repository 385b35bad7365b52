// @ts-check
/** Archives: unpacked from the disk, and as a whole fetch. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { treeOf } from '../../support/tree.js';
import { node, quoted } from '../contest.js';
import { archives } from '../corpus.js';
import { fastHost } from '../hosts.js';
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
