/**
 * Takes a tar apart as its bytes arrive, in any pieces. Long names (GNU `L`, `K`) and PAX records are read byte by byte as
 * their standards say, since readers that differ here can be made to see different files in one archive.
 */
import { FormatError } from './refusal.js';
import { BLOCK, decodeName, hasTarChecksum, parseTarHeader, type TarHeader } from './tar-header.js';

/** Longest name or PAX header that is read into memory. */
const MAX_META = 1024 * 1024;

/** A member: its header, with what a PAX or GNU header before it overrides. */
export interface TarEntry extends TarHeader {
  /** GNU.sparse records say that the body is not the file's content. */
  sparse: boolean;
}

export interface TarHandlers {
  /** A member begins; `size` bytes follow through `data`, then `end`. */
  member(entry: TarEntry): void;
  /** Valid for good: the bytes belong to the chunk that was pushed. */
  data(bytes: Buffer): void;
  end(): void;
}

type Overrides = Partial<Pick<TarEntry, 'name' | 'linkName' | 'size' | 'sparse'>>;

export class TarReader {
  readonly #handlers: TarHandlers;
  /** A header's bytes while it is split over chunks. */
  readonly #block = Buffer.alloc(BLOCK);
  #filled = 0;
  /** Bytes of the body to come, and of the zeros after it. */
  #body = 0;
  #padding = 0;
  /** Where a long name or PAX header is gathered; undefined inside a member. */
  #meta: { type: string; bytes: Buffer; filled: number } | undefined;
  #overrides: Overrides = {};
  #ended = false;
  #sawData = false;

  constructor(handlers: TarHandlers) {
    this.#handlers = handlers;
  }

  /** @throws FormatError when the tar is broken, and what the handlers throw */
  push(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#body > 0) at += this.#takeBody(chunk.subarray(at, at + this.#body));
      else if (this.#padding > 0) {
        const count = Math.min(this.#padding, chunk.length - at);
        this.#padding -= count;
        at += count;
      } else at += this.#takeBlock(chunk, at);
    }
  }

  /** Says that no bytes follow. @throws FormatError when some are missing */
  finish(): void {
    if (this.#ended) return;
    const inside = this.#body > 0 || this.#padding > 0 || this.#filled > 0;
    throw new FormatError(inside ? 'is cut off inside a member' : 'is cut off: its end-of-archive marker is missing');
  }

  #takeBody(bytes: Buffer): number {
    this.#body -= bytes.length;
    if (this.#meta === undefined) {
      this.#handlers.data(bytes);
      if (this.#body === 0) this.#handlers.end();
    } else {
      this.#meta.filled += bytes.copy(this.#meta.bytes, this.#meta.filled);
      if (this.#body === 0) this.#takeMeta(this.#meta.type, this.#meta.bytes);
    }
    return bytes.length;
  }

  #takeBlock(chunk: Buffer, at: number): number {
    if (this.#filled === 0 && at + BLOCK <= chunk.length) {
      this.#header(chunk.subarray(at, at + BLOCK));
      return BLOCK;
    }
    const count = chunk.copy(this.#block, this.#filled, at, at + BLOCK - this.#filled);
    this.#filled += count;
    if (this.#filled === BLOCK) {
      this.#filled = 0;
      this.#header(this.#block);
    }
    return count;
  }

  #header(block: Buffer): void {
    if (this.#ended) {
      this.#afterEnd(block);
      return;
    }
    if (isZero(block)) {
      if (Object.keys(this.#overrides).length > 0)
        throw new FormatError('is broken: it ends between a PAX header and its member');
      this.#ended = true;
      return;
    }
    const header = parseTarHeader(block);
    this.#padding = (BLOCK - (header.size % BLOCK)) % BLOCK;
    if ('LKxXg'.includes(header.type)) {
      this.#beginMeta(header);
      return;
    }

    const entry: TarEntry = { sparse: false, ...header, ...this.#overrides };
    this.#overrides = {};
    // Links, folders and devices have no body, whatever their size says; GNU tar and Python read them so.
    if ('123456'.includes(entry.type)) entry.size = 0;
    this.#padding = (BLOCK - (entry.size % BLOCK)) % BLOCK;
    this.#body = entry.size;
    this.#meta = undefined;
    this.#handlers.member(entry);
    if (entry.size === 0) this.#handlers.end();
  }

  /** POSIX leaves the bytes after the marker open, so they are ignored, but not when another archive begins there. */
  #afterEnd(block: Buffer): void {
    if (this.#sawData || isZero(block)) return;
    this.#sawData = true;
    if (hasTarChecksum(block))
      throw new FormatError('is two archives in one: a second follows the end-of-archive marker', 'unsupported');
  }

  #beginMeta(header: TarHeader): void {
    if (header.size > MAX_META)
      throw new FormatError(`is broken: it holds a name or PAX header of ${header.size} bytes`);
    this.#meta = { type: header.type, bytes: Buffer.allocUnsafe(header.size), filled: 0 };
    this.#body = header.size;
  }

  #takeMeta(type: string, bytes: Buffer): void {
    if (type === 'L') this.#overrides.name = decodeName(withoutNuls(bytes));
    else if (type === 'K') this.#overrides.linkName = decodeName(withoutNuls(bytes));
    else if (type === 'g') refuseGlobal(paxRecords(bytes));
    else Object.assign(this.#overrides, overridesOf(paxRecords(bytes)));
  }
}

function isZero(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}

function withoutNuls(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return bytes.subarray(0, end);
}

/** Records `length key=value\n`, the length counting all of it. */
function paxRecords(bytes: Buffer): Map<string, Buffer> {
  const records = new Map<string, Buffer>();
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space === -1 ? '' : bytes.toString('latin1', at, space);
    const end = at + (/^[1-9]\d{0,7}$/.test(digits) ? Number(digits) : 0);
    const equals = bytes.indexOf(0x3d, space);
    if (end > bytes.length || equals === -1 || equals >= end || bytes[end - 1] !== 0x0a) {
      throw new FormatError('is broken: a PAX header is malformed');
    }
    records.set(bytes.toString('utf8', space + 1, equals), bytes.subarray(equals + 1, end - 1));
    at = end;
  }
  return records;
}

function overridesOf(records: Map<string, Buffer>): Overrides {
  const overrides: Overrides = {};
  for (const [key, value] of records) {
    // An empty value takes a record back.
    if (value.length === 0) continue;
    if (key === 'path') overrides.name = decodeName(value);
    else if (key === 'linkpath') overrides.linkName = decodeName(value);
    else if (key === 'size') overrides.size = decimal(value);
    else if (key.startsWith('GNU.sparse.')) overrides.sparse = true;
  }
  return overrides;
}

/** Global records may hold comments (git writes its commit there), but none that would give many members one name or size. */
function refuseGlobal(records: Map<string, Buffer>): void {
  const [key] = Object.keys(overridesOf(records));
  if (key !== undefined) throw new FormatError('is unsafe: a global PAX header sets a name, link or size', 'unsafe');
}

function decimal(value: Buffer): number {
  const text = value.toString('latin1');
  const size = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(size))
    throw new FormatError('is broken: a PAX header holds a size that is none');
  return size;
}
