/**
 * Finds where a zip ends and its directory begins: APPNOTE 6.3.10, sections 4.3.14 to 4.3.16 and 8 (splitting). Bytes before
 * the zip (a program, a mail header) and after it are passed over, as Info-ZIP and Go do, as long as the directory is where it
 * must be.
 *
 * A zip in several files is one of two kinds, and its end tells which, whatever the files are called: one that was split as a
 * zip counts from the beginning of each file; one that was merely cut counts from the beginning of all.
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
  /** Where the directory begins, and its bytes. */
  directory: number;
  directoryBytes: number;
  members: number;
  /** Where something is, by the number of its file and its offset as the zip has them; undefined when there is no such file. */
  positionOf(disk: number, offset: number): number | undefined;
}

/** An end record of either size; offsets are as they are written. */
interface EndRecord {
  position: number;
  /** Number of the file that it is in, from 0: that of the last. */
  disk: number;
  directoryDisk: number;
  directory: number;
  directoryBytes: number;
  members: number;
  /** Where the zip64 locator says that it is. */
  located?: { disk: number; offset: number };
}

/** Undefined when the file does not end as a zip does. @throws FormatError when parts of it are missing */
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
  if (tailStart + at + END_BYTES + tail.readUInt16LE(at + 20) > access.size) return undefined;
  const record: EndRecord = (await zip64EndAt(access, tail, tailStart, at)) ?? {
    position: tailStart + at,
    disk: tail.readUInt16LE(at + 4),
    directoryDisk: tail.readUInt16LE(at + 6),
    members: tail.readUInt16LE(at + 10),
    directoryBytes: tail.readUInt32LE(at + 12),
    directory: tail.readUInt32LE(at + 16),
  };
  const positionOf = isSplit(record) ? acrossFiles(access, record) : inOnePiece(record);
  const directory = positionOf(record.directoryDisk, record.directory);
  // The directory ends where the record begins.
  if (directory === undefined || directory + record.directoryBytes !== record.position) return undefined;
  const { located } = record;
  if (located !== undefined && positionOf(located.disk, located.offset) !== record.position) throw misplaced();
  if (record.members > 0) {
    const first = await access.read(directory, 4);
    if (first.length < 4 || first.readUInt32LE(0) !== MEMBER) return undefined;
  }
  const { directoryBytes, members } = record;
  return { directory, directoryBytes, members, positionOf };
}

/** All ones send on to a zip64 record. */
function isSplit({ disk }: EndRecord): boolean {
  return disk > 0 && disk !== 0xffff;
}

/** What is missing before the directory stands in front of the zip. */
function inOnePiece({ position, directory, directoryBytes }: EndRecord): ZipEnd['positionOf'] {
  const start = position - directoryBytes - directory;
  return (_, offset) => (start < 0 ? undefined : start + offset);
}

/** @throws FormatError when there are not as many files as the zip was split into */
function acrossFiles({ starts }: RandomAccess, { disk }: EndRecord): ZipEnd['positionOf'] {
  const [here, all] = [starts.length, disk + 1];
  if (here < all) {
    const missing = here === disk ? `.z${twoDigits(disk)}` : `.z${twoDigits(here)} to .z${twoDigits(disk)}`;
    throw new FormatError(
      `is a zip split into ${all} parts, of which ${here} ${here === 1 ? 'is' : 'are'} here: ${missing} ${here === disk ? 'is' : 'are'} missing`,
      'incomplete',
    );
  }
  if (here > all) throw new FormatError(`is broken: it has ${here} parts, and says that it was split into ${all}`);
  return (number, offset) => {
    const start = starts[number];
    return start === undefined ? undefined : start + offset;
  };
}

const twoDigits = (number: number): string => String(number).padStart(2, '0');

async function zip64EndAt(
  access: RandomAccess,
  tail: Buffer,
  tailStart: number,
  at: number,
): Promise<EndRecord | undefined> {
  const locator = at - ZIP64_LOCATOR_BYTES;
  if (locator < 0 || tail.readUInt32LE(locator) !== ZIP64_LOCATOR) return undefined;
  const located = { disk: tail.readUInt32LE(locator + 4), offset: Number(tail.readBigUInt64LE(locator + 8)) };
  const start = access.starts[located.disk];
  // It stands right before its locator, unless it has an extension; then the locator is trusted.
  for (const position of [tailStart + locator - ZIP64_END_BYTES, (start ?? 0) + located.offset]) {
    const record = position < 0 ? Buffer.alloc(0) : await access.read(position, ZIP64_END_BYTES);
    if (record.length < ZIP64_END_BYTES || record.readUInt32LE(0) !== ZIP64_END) continue;
    return {
      position,
      located,
      disk: record.readUInt32LE(16),
      directoryDisk: record.readUInt32LE(20),
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
