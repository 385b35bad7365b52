// @ts-check
/** What a stand-in host serves: bytes that can be read from any place, so that a file of any size costs no memory. */
import { createCipheriv, createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { crc32c } from './crc32c.js';

/**
 * @typedef {object} Content
 * @property {number} size  bytes
 * @property {(start: number, end: number) => Iterable<Buffer> | AsyncIterable<Buffer>} read  bytes [start, end)
 */

const CHUNK = 256 * 1024;

/**
 * @param {string | Uint8Array} data
 * @returns {Content}
 */
export function bytes(data) {
  const buffer = Buffer.from(data);
  return {
    size: buffer.length,
    *read(start, end) {
      for (let at = start; at < end; at += CHUNK) yield buffer.subarray(at, Math.min(at + CHUNK, end));
    },
  };
}

/**
 * A file on disk, which must keep its size.
 * @param {string} path
 * @returns {Content}
 */
export function diskFile(path) {
  return {
    size: statSync(path).size,
    read: (start, end) => (start === end ? [] : createReadStream(path, { start, end: end - 1, highWaterMark: CHUNK })),
  };
}

/** @type {Map<string, Content>} */
const noises = new Map();

/**
 * Bytes that look random, do not compress, and are the same for the same seed: AES in counter mode, which can start at any block.
 * @param {number} size
 * @param {string | number} [seed]
 * @returns {Content}  the same for the same arguments, so that its digests are computed once
 */
export function noise(size, seed = 0) {
  const name = `${size} ${seed}`;
  const content = noises.get(name) ?? Object.freeze(noiseOf(size, seed));
  noises.set(name, content);
  return content;
}

/** @param {number} size @param {string | number} seed @returns {Content} */
function noiseOf(size, seed) {
  const key = createHash('sha256').update(String(seed)).digest().subarray(0, 16);
  const zeros = Buffer.alloc(CHUNK);
  return {
    size,
    *read(start, end) {
      const counter = Buffer.alloc(16);
      counter.writeBigUInt64BE(BigInt(Math.floor(start / 16)), 8);
      const cipher = createCipheriv('aes-128-ctr', key, counter);
      cipher.update(zeros.subarray(0, start % 16));
      for (let at = start; at < end; at += CHUNK) yield cipher.update(zeros.subarray(0, Math.min(CHUNK, end - at)));
    },
  };
}

/** @type {WeakMap<Content, Map<string, Promise<string>>>} */
const digests = new WeakMap();

/**
 * Computed once for each content.
 * @param {Content} content
 * @param {string} algorithm  crc32c, or as node:crypto calls it
 * @returns {Promise<string>} hex
 */
export function digestOf(content, algorithm) {
  const known = digests.get(content) ?? new Map();
  digests.set(content, known);
  const digest = known.get(algorithm) ?? compute(content, algorithm);
  known.set(algorithm, digest);
  return digest;
}

/** @param {Content} content @param {string} algorithm */
async function compute(content, algorithm) {
  if (algorithm === 'crc32c') {
    let crc = 0;
    for await (const chunk of content.read(0, content.size)) crc = crc32c(chunk, crc);
    return crc.toString(16).padStart(8, '0');
  }
  const hash = createHash(algorithm);
  for await (const chunk of content.read(0, content.size)) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * All of it in memory; for small contents.
 * @param {Content} content
 * @returns {Promise<Buffer>}
 */
export async function bufferOf(content) {
  const chunks = [];
  for await (const chunk of content.read(0, content.size)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
