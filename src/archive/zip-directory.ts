/**
 * Reads a zip's directory, the only list of its members that counts: APPNOTE 6.3.10, section 4.3.12. Every member is judged
 * here, before a byte is written.
 */
import { isUtf8 } from 'node:buffer';
import yauzl from 'yauzl';
import type { RandomAccess } from './random-access.js';
import { FormatError, quoted } from './refusal.js';
import { isRoot, safePath } from './safety.js';
import { findZipEnd, type ZipEnd } from './zip-end.js';
import { type ZipEntry, zipEntries } from './zip-entries.js';

/** A member as the directory has it; plain values, so that a worker thread can be told. */
export interface ZipMember {
  kind: 'file' | 'folder' | 'link';
  /** Cleaned path; '' for the root, which some zips list as `./`. */
  path: string;
  /** The name's bytes, as latin1; the local header must have the same. */
  rawName: string;
  method: 0 | 8;
  executable: boolean;
  crc32: number;
  compressedSize: number;
  size: number;
  /** Position of the local header. */
  offset: number;
  /** Offset that its data must not reach over, the next member's or the directory's; right from the second pass on. */
  limit: number;
}

const METHODS: Record<number, string> = {
  1: 'Shrink',
  6: 'Implode',
  9: 'Deflate64',
  12: 'bzip2',
  14: 'LZMA',
  93: 'Zstandard',
  95: 'xz',
  98: 'PPMd',
};
const LOCAL_HEADER_BYTES = 30;
/** Up to so many members are kept for the second pass. */
const KEPT = 50_000;

export class ZipDirectory {
  readonly #access: RandomAccess;
  readonly #end: ZipEnd;
  /** Where members begin, ascending; known when the first pass has come to its end. */
  #offsets: Float64Array | undefined;
  /** The members themselves, while they are few. */
  #kept: ZipMember[] | undefined = [];

  private constructor(access: RandomAccess, end: ZipEnd) {
    this.#access = access;
    this.#end = end;
  }

  /** @throws FormatError when it is no whole zip */
  static async open(access: RandomAccess): Promise<ZipDirectory> {
    const end = await findZipEnd(access);
    if (end === undefined) throw new FormatError('is cut off: the directory at the end of the zip is missing');
    return new ZipDirectory(access, end);
  }

  /** How many members the directory says that it has. */
  get members(): number {
    return this.#end.members;
  }

  /** Where it begins; behind it there are only the records that end the zip. */
  get position(): number {
    return this.#end.directory;
  }

  /**
   * The members, in the directory's order. The first pass also finds overlaps, when it has come to its end.
   * @throws FormatError, IntegrityError at the first member that is not fit to be unpacked
   */
  async *read(): AsyncGenerator<ZipMember> {
    const { directory } = this.#end;
    if (this.#offsets !== undefined) {
      for await (const member of this.#kept ?? this.#parse()) {
        member.limit = limitOf(this.#offsets, member.offset) ?? directory;
        yield member;
      }
      return;
    }
    // The stated count is the archive's claim: nothing is allocated by it.
    const spans: { offset: number; end: number }[] = [];
    for await (const member of this.#parse()) {
      const { offset, rawName, compressedSize } = member;
      spans.push({ offset, end: offset + LOCAL_HEADER_BYTES + rawName.length + compressedSize });
      if (spans.length > KEPT) this.#kept = undefined;
      this.#kept?.push(member);
      yield member;
    }
    this.#offsets = refuseOverlaps(spans, directory);
  }

  async *#parse(): AsyncGenerator<ZipMember> {
    const { directoryBytes, members } = this.#end;
    let bytes = 0;
    let count = 0;
    for await (const entry of zipEntries(this.#access, this.#end)) {
      count += 1;
      bytes += entry.bytes;
      yield toMember(entry, this.#end);
    }
    if (count === members && bytes === directoryBytes) return;
    throw new FormatError(
      `is broken: its directory has ${count} members in ${bytes} bytes, and says ${members} in ${directoryBytes}`,
    );
  }
}

/** The first offset behind `offset`. */
function limitOf(offsets: Float64Array, offset: number): number | undefined {
  let low = 0;
  let high = offsets.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((offsets[middle] as number) <= offset) low = middle + 1;
    else high = middle;
  }
  return offsets[low];
}

/** Overlapping members make a bomb of any size, and fit no honest archive. */
function refuseOverlaps(spans: { offset: number; end: number }[], directory: number): Float64Array {
  spans.sort((a, b) => a.offset - b.offset);
  for (const [index, span] of spans.entries()) {
    const next = spans[index + 1]?.offset ?? directory;
    if (span.end > next) {
      throw new FormatError(
        next === directory ? 'is broken: a member reaches over its directory' : 'is unsafe: its members overlap',
        'unsafe',
      );
    }
  }
  return Float64Array.from(spans, (span) => span.offset);
}

function toMember(entry: ZipEntry, end: ZipEnd): ZipMember {
  const { flags, method, size, compressedSize, rawName } = entry;
  const name = nameOf(entry);
  if (flags & 0x2041) {
    throw new FormatError(`is encrypted (${quoted(name)}), and medds has no password for it`, 'encrypted');
  }
  if (flags & 0x20) {
    throw new FormatError(`holds ${quoted(name)} as patch data, which medds cannot unpack`, 'unsupported');
  }
  if (method !== 0 && method !== 8) {
    const known = METHODS[method];
    const label = known === undefined ? `method ${method}` : `${known} (method ${method})`;
    throw new FormatError(`holds ${quoted(name)} compressed with ${label}, which medds cannot unpack`, 'unsupported');
  }
  const { kind, executable } = natureOf(entry, name);
  if (kind === 'folder' && size > 0) throw new FormatError(`is broken: folder ${quoted(name)} has contents of its own`);
  if (![size, compressedSize, entry.offset].every(Number.isSafeInteger)) {
    throw new FormatError(`is broken: ${quoted(name)} has an impossible size`);
  }
  const offset = end.positionOf(entry.disk, entry.offset);
  if (offset === undefined) throw new FormatError(`is broken: ${quoted(name)} is in a part that there is not`);
  return {
    kind,
    path: kind === 'folder' && isRoot(name) ? '' : safePath(name),
    rawName: rawName.toString('latin1'),
    method,
    executable,
    crc32: entry.crc32,
    compressedSize,
    size,
    offset,
    limit: offset,
  };
}

const UNIX_HOSTS = [3, 19];

/** Names without the UTF-8 flag are code page 437 by the standard; programs on Unix write UTF-8 all the same. */
function nameOf({ madeBy, flags, rawName, extraFields }: ZipEntry): string {
  const host = madeBy >> 8;
  const utf8 = UNIX_HOSTS.includes(host) && isUtf8(rawName) ? 0x800 : 0;
  const name = yauzl.getFileNameLowLevel(flags | utf8, rawName, extraFields, true);
  // Old Windows programs write their own separator; Info-ZIP takes it so where the name has no other.
  return (host === 0 || host === 11) && !name.includes('/') ? name.replaceAll('\\', '/') : name;
}

/** By the file type bits of a Unix mode. */
const DEVICES = new Map([
  [0o020000, 'a character device'],
  [0o060000, 'a block device'],
  [0o140000, 'a socket'],
]);

function natureOf({ madeBy, attributes }: ZipEntry, name: string): Pick<ZipMember, 'kind' | 'executable'> {
  const unix = UNIX_HOSTS.includes(madeBy >> 8);
  const mode = unix ? attributes >>> 16 : 0;
  const type = mode & 0o170000;
  if (name.endsWith('/') || type === 0o040000) return { kind: 'folder', executable: false };
  if (type === 0o120000) return { kind: 'link', executable: false };
  const device = DEVICES.get(type);
  if (device !== undefined) throw new FormatError(`holds ${device}, ${quoted(name)}`, 'unsupported');
  // Info-ZIP marks files that it read from a pipe as FIFOs; they are files.
  return { kind: 'file', executable: (mode & 0o111) !== 0 };
}
