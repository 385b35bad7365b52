// @ts-check
/** Small archives with plain contents: zip (APPNOTE.TXT 6.3, no zip64), tar, and tar.bz2 where there is a bzip2 program. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { crc32, deflateRawSync } from 'node:zlib';
import { Header } from 'tar';

/**
 * @typedef {{ path: string, data: Buffer }} Member
 *
 * @typedef {object} PhantomFile  one file of a dataset, as a host offers it
 * @property {string} key    its name
 * @property {Buffer} data
 * @property {Record<string, { size: number, sha256: string }>} tree  what it unpacks to, or itself, as `treeOf` tells it
 */

// 1 January 2024, 00:00, as MS-DOS counts.
const DOS_DATE = ((2024 - 1980) << 9) | (1 << 5) | 1;
const DATE = new Date(Date.UTC(2024, 0, 1));

/**
 * @param {readonly Member[]} members
 * @param {{ level?: number }} [options]  of deflate
 * @returns {Buffer}
 */
export function zip(members, { level = 6 } = {}) {
  const [locals, central] = [/** @type {Buffer[]} */ ([]), /** @type {Buffer[]} */ ([])];
  // Members with the same data are deflated once.
  const results = new Map();
  let offset = 0;
  for (const { path, data } of members) {
    const name = Buffer.from(path);
    const deflated = results.get(data) ?? deflateRawSync(data, { level });
    results.set(data, deflated);
    // Version 2.0, names in UTF-8, deflated.
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(0x0800, 2);
    facts.writeUInt16LE(8, 4);
    facts.writeUInt16LE(DOS_DATE, 8);
    facts.writeUInt32LE(crc32(data), 10);
    facts.writeUInt32LE(deflated.length, 14);
    facts.writeUInt32LE(data.length, 18);
    facts.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), facts, name]);
    const place = Buffer.alloc(14);
    // Attributes as Unix has them: a plain file, 0644.
    place.writeUInt32LE((0o100644 << 16) >>> 0, 6);
    place.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), facts, place, name);
    locals.push(local, deflated);
    offset += local.length + deflated.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

/**
 * @param {readonly Member[]} members
 * @returns {Buffer}
 */
export function tar(members) {
  const blocks = [];
  for (const { path, data } of members) {
    const header = Buffer.alloc(512);
    const needsPax = new Header({ path, mode: 0o644, size: data.length, mtime: DATE, type: 'File' }).encode(header);
    if (needsPax) throw new RangeError(`${path} does not fit a plain tar header`);
    blocks.push(header, data, Buffer.alloc((512 - (data.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/**
 * @param {Buffer} data
 * @returns {Buffer | undefined}  undefined when there is no bzip2 here
 */
export function bzip2(data) {
  const { status, stdout } = spawnSync('bzip2', ['-c'], { input: data, maxBuffer: 2 ** 31 });
  return status === 0 ? stdout : undefined;
}

/**
 * @param {string} key
 * @param {readonly Member[]} members
 * @param {(members: readonly Member[]) => Buffer} [pack]
 * @returns {PhantomFile}
 */
export function packed(key, members, pack = zip) {
  const entries = members.map(({ path, data }) => [path, { size: data.length, sha256: sha256(data) }]);
  return { key, data: pack(members), tree: Object.fromEntries(entries) };
}

/**
 * A file that is no archive.
 * @param {string} key
 * @param {Buffer | string} content
 * @returns {PhantomFile}
 */
export function plain(key, content) {
  const data = Buffer.from(content);
  return { key, data, tree: { [key]: { size: data.length, sha256: sha256(data) } } };
}

/** @param {Buffer} data */
function sha256(data) {
  return createHash('sha256').update(data).digest('hex');
}
