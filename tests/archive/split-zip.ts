/** A zip split into files, as `zip -s` and 7-Zip read it: APPNOTE 6.3.10, section 8. Proven by `7z t` and `zip -s 0`. */
import { headersOf, type ZipPart } from './build-zip.js';

export interface SplitShape {
  /** Ends with the zip64 records, whatever the count. */
  zip64?: boolean;
  /** Number of the last file that the end gives, instead of the truth. */
  disk?: number;
}

/** The parts in their order, the last with the directory. @param partBytes size of each but the last; a header is not cut */
export function splitZip(members: readonly ZipPart[], partBytes: number, shape: SplitShape = {}): Buffer[] {
  const parts = new Parts(partBytes);
  parts.add(Buffer.from('PK\u0007\u0008', 'latin1'));
  const directory = members.map((member) => {
    const { head, local } = headersOf(member, 0);
    const { disk, offset } = parts.makeRoom(head);
    parts.add(local);
    return headersOf(member, offset, disk).central;
  });
  const start = parts.makeRoom(directory[0]?.length ?? 0);
  for (const entry of directory) {
    parts.makeRoom(entry.length);
    parts.add(entry);
  }
  const bytes = directory.reduce((sum, entry) => sum + entry.length, 0);
  const end = parts.makeRoom(shape.zip64 === true ? 98 : 22);
  parts.add(endOf(members.length, bytes, start, { ...end, disk: shape.disk ?? end.disk }, shape.zip64 === true));
  return parts.all();
}

interface Place {
  disk: number;
  offset: number;
}

class Parts {
  readonly #parts: Buffer[][] = [[]];
  #left: number;

  constructor(private readonly size: number) {
    this.#left = size;
  }

  /** Where the next bytes go, in a new part when so many do not fit into this one. */
  makeRoom(bytes: number): Place {
    if (bytes > this.#left && this.#left < this.size) this.#next();
    return { disk: this.#parts.length - 1, offset: this.size - this.#left };
  }

  add(bytes: Buffer): void {
    for (let rest = bytes; rest.length > 0; ) {
      if (this.#left === 0) this.#next();
      const piece = rest.subarray(0, this.#left);
      this.#parts.at(-1)?.push(piece);
      this.#left -= piece.length;
      rest = rest.subarray(piece.length);
    }
  }

  all(): Buffer[] {
    return this.#parts.map((pieces) => Buffer.concat(pieces));
  }

  #next(): void {
    this.#parts.push([]);
    this.#left = this.size;
  }
}

function endOf(members: number, bytes: number, start: Place, end: Place, zip64: boolean): Buffer {
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(zip64 ? 0xffff : end.disk, 4);
  record.writeUInt16LE(zip64 ? 0xffff : start.disk, 6);
  record.writeUInt16LE(zip64 ? 0xffff : members, 8);
  record.writeUInt16LE(zip64 ? 0xffff : members, 10);
  record.writeUInt32LE(zip64 ? 0xffffffff : bytes, 12);
  record.writeUInt32LE(zip64 ? 0xffffffff : start.offset, 16);
  if (!zip64) return record;

  const large = Buffer.alloc(56);
  large.writeUInt32LE(0x06064b50, 0);
  large.writeBigUInt64LE(44n, 4);
  large.writeUInt16LE(45, 12);
  large.writeUInt16LE(45, 14);
  large.writeUInt32LE(end.disk, 16);
  large.writeUInt32LE(start.disk, 20);
  large.writeBigUInt64LE(BigInt(members), 24);
  large.writeBigUInt64LE(BigInt(members), 32);
  large.writeBigUInt64LE(BigInt(bytes), 40);
  large.writeBigUInt64LE(BigInt(start.offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeUInt32LE(end.disk, 4);
  locator.writeBigUInt64LE(BigInt(end.offset), 8);
  locator.writeUInt32LE(end.disk + 1, 16);
  return Buffer.concat([large, locator, record]);
}

/** Pieces of `bytes` bytes, as a program cuts a file that knows nothing of zips. */
export function cut(file: Buffer, bytes: number): Buffer[] {
  return Array.from({ length: Math.ceil(file.length / bytes) }, (_, index) =>
    file.subarray(index * bytes, (index + 1) * bytes),
  );
}
