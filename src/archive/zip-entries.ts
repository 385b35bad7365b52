/** The raw entries of a zip's directory: APPNOTE 6.3.10, sections 4.3.12 and 4.5.3. Read in large steps, judged elsewhere. */
import yauzl from 'yauzl';
import type { RandomAccess } from './random-access.js';
import { FormatError } from './refusal.js';
import type { ZipEnd } from './zip-end.js';

const WINDOW = 1024 * 1024;
const SIGNATURE = 0x02014b50;
const HEADER_BYTES = 46;
const ZIP64_FIELD = 1;

export interface ZipEntry {
  /** Host system and version of the program that wrote it. */
  madeBy: number;
  flags: number;
  method: number;
  crc32: number;
  compressedSize: number;
  size: number;
  /** The host system's own; a Unix mode is in the upper half. */
  attributes: number;
  /** File of a split zip that the local header is in, from 0, and the offset there. */
  disk: number;
  offset: number;
  rawName: Buffer;
  extraFields: yauzl.ExtraField[];
  /** Of the entry itself, in the directory. */
  bytes: number;
}

/** As many as the directory says. @throws FormatError at the first entry that breaks the format; what `access` throws */
export async function* zipEntries(access: RandomAccess, end: ZipEnd): AsyncGenerator<ZipEntry> {
  let window: Buffer = Buffer.alloc(0);
  let at = 0;
  let next = end.directory;
  const take = async (length: number): Promise<Buffer> => {
    if (at + length > window.length) {
      window = await access.read(next, Math.max(length, WINDOW));
      at = 0;
      if (window.length < length) throw broken('is cut short');
    }
    at += length;
    next += length;
    return window.subarray(at - length, at);
  };
  for (let count = 0; count < end.members; count += 1) {
    const header = await take(HEADER_BYTES);
    if (header.readUInt32LE(0) !== SIGNATURE) throw broken(`has no entry where one should begin, after ${count}`);
    const [name, extra, comment] = [header.readUInt16LE(28), header.readUInt16LE(30), header.readUInt16LE(32)];
    const rest = await take(name + extra + comment);
    yield entryOf(header, rest.subarray(0, name), rest.subarray(name, name + extra), HEADER_BYTES + rest.length);
  }
}

function entryOf(header: Buffer, rawName: Buffer, extra: Buffer, bytes: number): ZipEntry {
  const extraFields = fieldsOf(extra);
  // A number that does not fit its place stands in the zip64 field, in this order.
  const large = extraFields.find(({ id }) => id === ZIP64_FIELD)?.data;
  let used = 0;
  const number = (value: number, all: number, length: 4 | 8): number => {
    if (value !== all || large === undefined) return value;
    if (used + length > large.length) throw broken('has a zip64 field that is too short');
    used += length;
    return length === 4 ? large.readUInt32LE(used - 4) : Number(large.readBigUInt64LE(used - 8));
  };
  const size = number(header.readUInt32LE(24), 0xffffffff, 8);
  const compressedSize = number(header.readUInt32LE(20), 0xffffffff, 8);
  const offset = number(header.readUInt32LE(42), 0xffffffff, 8);
  const disk = number(header.readUInt16LE(34), 0xffff, 4);
  return {
    madeBy: header.readUInt16LE(4),
    flags: header.readUInt16LE(8),
    method: header.readUInt16LE(10),
    crc32: header.readUInt32LE(16),
    attributes: header.readUInt32LE(38),
    compressedSize,
    size,
    disk,
    offset,
    // A copy: the window is used again.
    rawName: Buffer.from(rawName),
    extraFields,
    bytes,
  };
}

function fieldsOf(extra: Buffer): yauzl.ExtraField[] {
  try {
    return yauzl.parseExtraFields(extra);
  } catch (error) {
    throw new FormatError('is broken: its directory has an extra field that is too long', 'broken', { cause: error });
  }
}

function broken(what: string): FormatError {
  return new FormatError(`is broken: its directory ${what}`);
}
