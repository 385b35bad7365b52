/** Where the members of a zip lie in it, for those who fetch some of them: APPNOTE 6.3.10, sections 4.3.6 to 4.3.12. */
import type { RandomAccess } from './random-access.js';
import { ZipDirectory } from './zip-directory.js';

/** Bytes [start, end). */
export interface Extent {
  start: number;
  end: number;
}

/** A file or link, and all of the archive that unpacking it needs. */
export interface ZipMemberExtent extends Extent {
  /** In the archive, cleaned. */
  path: string;
  /** Bytes when unpacked, and in the archive. */
  size: number;
  packed: number;
}

const LOCAL_HEADER_BYTES = 30;
/** The extra fields of a local header may differ from the directory's, and are known only when it is read. */
const MAX_EXTRA = 64 * 1024;

/** Bytes between extents that are taken along, of one archive in all, so that fewer requests are made. */
const SLACK = 96 * 1024;

export class ZipExtents {
  private constructor(
    private readonly directory: ZipDirectory,
    /** The directory, and what comes behind it. */
    readonly index: Extent,
    /** Files and links. */
    readonly files: number,
    /** Bytes that they unpack to. */
    readonly bytes: number,
  ) {}

  /** Reads and judges the whole directory. @throws FormatError, IntegrityError when it is broken or unsafe; what `access` throws */
  static async open(access: RandomAccess): Promise<ZipExtents> {
    const directory = await ZipDirectory.open(access);
    let files = 0;
    let bytes = 0;
    for await (const { kind, size } of directory.read()) {
      if (kind === 'folder') continue;
      files += 1;
      bytes += size;
    }
    return new ZipExtents(directory, { start: directory.position, end: access.size }, files, bytes);
  }

  /** In the directory's order; it is read once more each time. */
  async *members(): AsyncGenerator<ZipMemberExtent> {
    for await (const { kind, path, size, compressedSize, rawName, offset, limit } of this.directory.read()) {
      if (kind === 'folder') continue;
      // What lies between members may be anything, and of any size.
      const longest = offset + LOCAL_HEADER_BYTES + rawName.length + MAX_EXTRA + compressedSize;
      yield { path, size, packed: compressedSize, start: offset, end: Math.min(limit, longest) };
    }
  }
}

/**
 * The extents as few ranges, ascending and apart: the smallest gaps between them are closed, as long as all that are closed come to
 * no more than `slack` bytes.
 */
export function joinExtents(extents: Iterable<Extent>, slack = SLACK): Extent[] {
  const ranges = united(extents);
  const gaps = ranges.slice(1).map(({ start }, index) => ({ index, bytes: start - (ranges[index] as Extent).end }));
  const closed = new Set<number>();
  let left = slack;
  for (const { index, bytes } of gaps.sort((a, b) => a.bytes - b.bytes)) {
    left -= bytes;
    if (left < 0) break;
    closed.add(index);
  }
  const joined: Extent[] = [];
  for (const [index, { start, end }] of ranges.entries()) {
    const last = joined.at(-1);
    if (last !== undefined && closed.has(index - 1)) last.end = end;
    else joined.push({ start, end });
  }
  return joined;
}

/** Ascending; those that overlap or touch are one. */
function united(extents: Iterable<Extent>): Extent[] {
  const result: Extent[] = [];
  for (const { start, end } of Array.from(extents).sort((a, b) => a.start - b.start)) {
    const last = result.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else result.push({ start, end });
  }
  return result;
}
