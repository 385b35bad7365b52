/**
 * Finds where a zip ends and its directory begins: APPNOTE 6.3.10, sections 4.3.14 to 4.3.16. Bytes before the zip (a
 * program, a mail header) and after it are passed over, as Info-ZIP and Go do, as long as the directory is where it must be.
 */
import type { RandomAccess } from './random-access.js';
import { FormatError } from './refusal.js';

const END = 0x06054b50;
const END_BYTES = 22;
const ZIP64_LOCATOR = 0x07064b50;
const ZIP64_LOCATOR_BYTES = 20;
const ZIP64_END = 0x06064b50;
const ZIP64_END_BYTES = 56;
const MEMBER = 0x02014b50;
const MAX_COMMENT = 0xffff;
/** Bytes after the zip that are passed over at most. */
const MAX_TRAILING = 64 * 1024;

export interface ZipEnd {
  /** Where the zip begins in the file; all offsets in it count from here. */
  start: number;
  /** Where it ends, comment included. */
  end: number;
  /** Offset of the directory, from `start`, and its bytes. */
  directory: number;
  directoryBytes: number;
  members: number;
}

/** Undefined when the file does not end as a zip does. @throws FormatError when the zip is one part of several */
export async function findZipEnd(access: RandomAccess): Promise<ZipEnd | undefined> {
  const tailStart = Math.max(
    0,
    access.size - MAX_TRAILING - MAX_COMMENT - END_BYTES - ZIP64_LOCATOR_BYTES - ZIP64_END_BYTES,
  );
  const tail = await access.read(tailStart, access.size - tailStart);
  for (let at = tail.length - END_BYTES; at >= 0; at -= 1) {
    at = tail.lastIndexOf('PK\u0005\u0006', at, 'latin1');
    if (at === -1) return undefined;
    const end = await endAt(access, tail, tailStart, at);
    if (end !== undefined) return end;
  }
  return undefined;
}

async function endAt(access: RandomAccess, tail: Buffer, tailStart: number, at: number): Promise<ZipEnd | undefined> {
  if (tail.length - at < END_BYTES || tail.readUInt32LE(at) !== END) return undefined;
  const end = tailStart + at + END_BYTES + tail.readUInt16LE(at + 20);
  if (end > access.size) return undefined;
  const zip64 = await zip64EndAt(access, tail, tailStart, at);
  const record = zip64 ?? {
    position: tailStart + at,
    disks: tail.readUInt16LE(at + 4) + tail.readUInt16LE(at + 6),
    members: tail.readUInt16LE(at + 10),
    directoryBytes: tail.readUInt32LE(at + 12),
    directory: tail.readUInt32LE(at + 16),
  };
  if (record.disks !== 0 && record.disks < 0xffff) {
    throw new FormatError('is one part of a split zip, which medds cannot unpack yet', 'unsupported');
  }
  // The directory ends where the record begins; what is missing before it stands in front of the zip.
  const start = record.position - record.directoryBytes - record.directory;
  if (start < 0) return undefined;
  if (zip64 !== undefined && zip64.located !== zip64.position - start) throw misplaced();
  if (record.members > 0) {
    const first = await access.read(start + record.directory, 4);
    if (first.length < 4 || first.readUInt32LE(0) !== MEMBER) return undefined;
  }
  const { directory, directoryBytes, members } = record;
  return { start, end, directory, directoryBytes, members };
}

async function zip64EndAt(access: RandomAccess, tail: Buffer, tailStart: number, at: number) {
  const locator = at - ZIP64_LOCATOR_BYTES;
  if (locator < 0 || tail.readUInt32LE(locator) !== ZIP64_LOCATOR) return undefined;
  // It stands right before its locator, unless it has an extension; then the locator's offset is trusted.
  const located = Number(tail.readBigUInt64LE(locator + 8));
  for (const position of [tailStart + locator - ZIP64_END_BYTES, located]) {
    const record = position < 0 ? Buffer.alloc(0) : await access.read(position, ZIP64_END_BYTES);
    if (record.length < ZIP64_END_BYTES || record.readUInt32LE(0) !== ZIP64_END) continue;
    return {
      position,
      located,
      disks: record.readUInt32LE(16) + record.readUInt32LE(20),
      members: Number(record.readBigUInt64LE(32)),
      directoryBytes: Number(record.readBigUInt64LE(40)),
      directory: Number(record.readBigUInt64LE(48)),
    };
  }
  throw misplaced();
}

function misplaced(): FormatError {
  return new FormatError('is broken: its zip64 end record is not where it must be');
}
