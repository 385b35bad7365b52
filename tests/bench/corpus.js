// @ts-check
/** What is downloaded and unpacked: noise that does not compress, many small files, and archives of CT phantoms with their masks. */
import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { bufferOf, digestOf, diskFile, noise } from '../hosts/content.js';
import { tar, zip } from '../hosts/phantoms/archives.js';
import { ctPhantom } from '../hosts/phantoms/ct.js';
import { metaImage } from '../hosts/phantoms/metaimage.js';

const MiB = 1024 * 1024;

/** Two blocks of zeros. */
const END_OF_TAR = Buffer.alloc(1024);

/** Phantoms that differ; more would only take longer to make. */
const PHANTOMS = 4;

/**
 * @typedef {object} Held  one file at the host
 * @property {string} name
 * @property {string} file    absolute
 * @property {number} size    bytes
 * @property {string} sha256
 *
 * @typedef {{ path: string, size: number, sha256: string }} Unpacked
 *
 * @typedef {Held & { tree: Unpacked[], unpackedSize: number }} Archive
 */

/**
 * @param {string} folder
 * @param {string} name
 * @param {number} size
 * @returns {Promise<Held>}
 */
export async function noiseFile(folder, name, size) {
  const file = path.join(folder, name);
  await pipeline(Readable.from(noise(size, name).read(0, size)), createWriteStream(file));
  return held(file);
}

/**
 * @param {string} folder
 * @param {number} count
 * @param {number} size   of each, bytes
 * @returns {Promise<string[]>} names, `small/0000.bin`
 */
export async function smallFiles(folder, count, size) {
  mkdirSync(path.join(folder, 'small'));
  const block = await bufferOf(noise(size, 'small'));
  return Array.from({ length: count }, (_, index) => {
    const name = `small/${String(index).padStart(4, '0')}.bin`;
    block.writeUInt32LE(index, 0);
    writeFileSync(path.join(folder, name), block);
    return name;
  });
}

/**
 * A zip and a tar.gz of the same tree, deflated as hard as these tools do by default.
 * @param {string} folder
 * @param {number} unpackedSize  bytes, about
 * @returns {Promise<{ zip: Archive, tarGz: Archive }>}
 */
export async function archives(folder, unpackedSize) {
  const members = scans(unpackedSize);
  const tree = members.map(({ path: name, data }) => ({ path: name, size: data.length, sha256: sha256(data) }));
  const size = tree.reduce((sum, one) => sum + one.size, 0);
  const zipFile = path.join(folder, 'scans.zip');
  writeFileSync(zipFile, zip(members));
  const tarFile = path.join(folder, 'scans.tar.gz');
  await pipeline(
    Readable.from(tarOf(members)),
    createGzip({ level: constants.Z_DEFAULT_COMPRESSION, chunkSize: MiB }),
    createWriteStream(tarFile),
  );
  const more = { tree, unpackedSize: size };
  return { zip: { ...(await held(zipFile)), ...more }, tarGz: { ...(await held(tarFile)), ...more } };
}

/** Block by block, so that it never is in memory. @param {import('../hosts/phantoms/archives.js').Member[]} members */
function* tarOf(members) {
  for (const member of members) yield tar([member]).subarray(0, -END_OF_TAR.length);
  yield END_OF_TAR;
}

/**
 * Cases shaped like LUNA16's: a header, 16-bit voxels with a scanner's noise, and a mask that is mostly zeros.
 * @param {number} bytes  all together, about
 */
function scans(bytes) {
  const cases = Array.from({ length: PHANTOMS }, (_, seed) => {
    const phantom = ctPhantom({ size: [128, 128, 72], seed });
    const image = metaImage('image', phantom, phantom.voxels);
    const mask = metaImage('mask', phantom, phantom.lungs);
    return [...image, ...mask];
  });
  const members = [];
  for (let index = 0, made = 0; made < bytes; index++) {
    for (const { path: name, data } of cases[index % PHANTOMS] ?? []) {
      members.push({ path: `scans/${String(index).padStart(4, '0')}/${name}`, data });
      made += data.length;
    }
  }
  return members;
}

/** @param {string} file @returns {Promise<Held>} */
async function held(file) {
  const content = diskFile(file);
  return { name: path.basename(file), file, size: content.size, sha256: await digestOf(content, 'sha256') };
}

/** @type {WeakMap<Buffer, string>} */
const digests = new WeakMap();

/** @param {Buffer} data */
function sha256(data) {
  const known = digests.get(data) ?? createHash('sha256').update(data).digest('hex');
  digests.set(data, known);
  return known;
}
