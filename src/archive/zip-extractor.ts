/**
 * Takes single members out of a zip on disk. yauzl's own streams work in 64 KiB pieces and check no CRC, so the data is read
 * here: APPNOTE 6.3.10, section 4.3.7. Blocks: for worker threads.
 */
import { Readable } from 'node:stream';
import { crc32, createInflateRaw } from 'node:zlib';
import { CHUNK } from './decompress.js';
import { Inflater } from './inflater.js';
import { FormatError, quoted } from './refusal.js';
import { type ArchiveFile, VolumeBytes } from './volumes.js';
import type { ZipMember } from './zip-directory.js';

const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;

export class ZipExtractor {
  readonly #volumes: VolumeBytes;
  readonly #inflater = Inflater.create();
  readonly #window = Buffer.allocUnsafe(CHUNK);
  #windowStart = 0;
  #windowEnd = 0;

  constructor(archive: ArchiveFile) {
    this.#volumes = new VolumeBytes(archive);
  }

  close(): void {
    this.#volumes.close();
    this.#inflater?.close();
  }

  /**
   * Gives a member's bytes to `use`, piece by piece, each valid during the call only.
   * @throws FormatError when its headers disagree, or its size or CRC-32 is not as stated
   */
  async extract(member: ZipMember, use: (bytes: Buffer) => void): Promise<void> {
    const start = this.#dataStart(member);
    let size = 0;
    let crc = 0;
    const take = (bytes: Buffer): void => {
      size += bytes.length;
      if (size > member.size) throw wrong(member, 'unpacks to more than its stated size');
      crc = crc32(bytes, crc);
      use(bytes);
    };
    if (member.method === 0) this.#copy(start, member.compressedSize, take);
    else if (this.#inflater !== undefined) this.#inflate(this.#inflater, start, member, take);
    else await this.#stream(start, member, take);
    if (size < member.size) throw wrong(member, 'unpacks to less than its stated size');
    if (crc !== member.crc32) throw wrong(member, 'is damaged: its CRC-32 does not fit');
  }

  /** @throws FormatError when the local header is not the one that the directory describes */
  #dataStart(member: ZipMember): number {
    const { offset, rawName, method } = member;
    const header = this.#bytes(offset, LOCAL_HEADER_BYTES + rawName.length);
    if (header === undefined || header.readUInt32LE(0) !== LOCAL_HEADER) throw wrong(member, 'is not where it must be');
    const flags = header.readUInt16LE(6);
    const nameLength = header.readUInt16LE(26);
    if (nameLength !== rawName.length || header.toString('latin1', LOCAL_HEADER_BYTES) !== rawName) {
      throw new FormatError(`gives ${quoted(member.path)} another name inside than in its directory`, 'unsafe');
    }
    // Sizes and CRC stand behind the data when bit 3 is set; 0xffffffff sends on to the zip64 field.
    const stated = [header.readUInt32LE(14), header.readUInt32LE(18), header.readUInt32LE(22)];
    const differs = [member.crc32, member.compressedSize, member.size].some(
      (value, index) => stated[index] !== 0xffffffff && stated[index] !== value,
    );
    if (header.readUInt16LE(8) !== method || (flags & 1) !== 0 || ((flags & 8) === 0 && differs)) {
      throw wrong(member, 'is described differently in its directory');
    }
    const start = offset + LOCAL_HEADER_BYTES + nameLength + header.readUInt16LE(28);
    if (start + member.compressedSize > member.limit) throw wrong(member, 'overlaps with what follows');
    return start;
  }

  #copy(start: number, length: number, take: (bytes: Buffer) => void): void {
    for (let done = 0; done < length; ) {
      const bytes = this.#bytes(start + done, Math.min(CHUNK, length - done));
      if (bytes === undefined) throw new FormatError('is cut off');
      take(bytes);
      done += bytes.length;
    }
  }

  #inflate(inflater: Inflater, start: number, member: ZipMember, take: (bytes: Buffer) => void): void {
    let left = member.compressedSize;
    inflater.reset();
    try {
      this.#copy(start, left, (bytes) => {
        left -= bytes.length;
        if (inflater.write(bytes, left === 0, take) < bytes.length) throw leftover(member);
      });
    } catch (error) {
      throw damaged(member, error);
    }
  }

  async #stream(start: number, member: ZipMember, take: (bytes: Buffer) => void): Promise<void> {
    const input = this.#readable(start, member.compressedSize);
    const inflate = createInflateRaw({ chunkSize: CHUNK });
    try {
      // The thread pool inflates the next piece while this one is hashed and written.
      for await (const bytes of input.pipe(inflate)) take(bytes);
      if (inflate.bytesWritten !== member.compressedSize) throw leftover(member);
    } catch (error) {
      throw damaged(member, error);
    } finally {
      // Destroying the input would close the file under the other members.
      input.unpipe(inflate);
      inflate.destroy();
    }
  }

  #readable(start: number, length: number): Readable {
    const volumes = this.#volumes;
    let done = 0;
    return new Readable({
      highWaterMark: CHUNK,
      read() {
        const bytes = Buffer.allocUnsafe(Math.min(CHUNK, length - done));
        const count = volumes.read(bytes, 0, bytes.length, start + done);
        done += count;
        this.push(count === 0 ? null : bytes.subarray(0, count));
      },
    });
  }

  /** A view of the window, valid until the next call; undefined past the file's end. */
  #bytes(position: number, length: number): Buffer | undefined {
    if (position < this.#windowStart || position + length > this.#windowEnd) {
      this.#windowStart = position;
      this.#windowEnd = position;
      while (this.#windowEnd < position + length) {
        const filled = this.#windowEnd - position;
        const count = this.#volumes.read(this.#window, filled, CHUNK - filled, this.#windowEnd);
        if (count === 0) return undefined;
        this.#windowEnd += count;
      }
    }
    const at = position - this.#windowStart;
    return this.#window.subarray(at, at + length);
  }
}

function wrong(member: ZipMember, what: string): FormatError {
  return new FormatError(`is broken: ${quoted(member.path)} ${what}`);
}

function leftover(member: ZipMember): FormatError {
  return wrong(member, 'is smaller than its stated compressed size');
}

function damaged(member: ZipMember, error: unknown): unknown {
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string' || !code.startsWith('Z_')) return error;
  return new FormatError(`is broken: ${quoted(member.path)} cannot be inflated`, 'broken', { cause: error });
}
