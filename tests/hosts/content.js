// @ts-check
/** What a stand-in host serves: bytes that can be read from any place, so that a file of any size costs no memory. */
import { createCipheriv, createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';

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

/**
 * Bytes that look random, do not compress, and are the same for the same seed: AES in counter mode, which can start at any block.
 * @param {number} size
 * @param {string | number} [seed]
 * @returns {Content}
 */
export function noise(size, seed = 0) {
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

/**
 * @param {Content} content
 * @param {string} algorithm  as node:crypto calls it
 * @returns {Promise<string>} hex
 */
export async function digestOf(content, algorithm) {
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
