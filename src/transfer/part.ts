/**
 * A part: a file under way, in a folder `<key>.<random>` with `data` and `journal`. Whoever continues a part first renames its
 * folder to a name of its own; who loses that race starts another part. A process whose folder is gone stops writing.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Identity, JournalContents } from './journal.js';
import { Journal, provenEntries, readJournal } from './journal.js';
import { type Range, RangeMap } from './ranges.js';

/** Bytes between two flushes that go on beside the download, so that little is left to flush when it is complete. */
const FLUSH = 64 * 1024 * 1024;

/** Another process has taken this part over. */
export class PartLostError extends Error {
  constructor() {
    super('another process has taken over what was downloaded');
  }
}

export class Part {
  /** What was here when it was opened. */
  readonly #brought: readonly Range[];
  /** Bytes that were here when it was opened. */
  readonly resumed: number;
  /** Bytes written since the last flush began. */
  #unflushed = 0;
  #flushing: Promise<void> | undefined;
  #flushError: unknown;
  #closed = false;

  private constructor(
    readonly folder: string,
    private readonly validators: Omit<Identity, 'size'>,
    readonly ranges: RangeMap,
    private readonly data: fs.FileHandle,
    private readonly journal: Journal,
  ) {
    this.#brought = ranges.ranges.map((range) => ({ ...range }));
    this.resumed = ranges.bytes;
  }

  get file(): string {
    return dataOf(this.folder);
  }

  get identity(): Identity {
    return { ...this.validators, size: this.ranges.size };
  }

  /** Starts a new part. @param identity without a size when the host does not tell it */
  static async create(parts: string, key: string, remotePath: string, identity: Partial<Identity>): Promise<Part> {
    const { size = Number.POSITIVE_INFINITY, ...validators } = identity;
    const folder = newName(parts, key);
    await fs.mkdir(folder, { recursive: true });
    const data = await fs.open(dataOf(folder), 'wx+');
    return Part.#withJournal(data, async () => {
      const journal = await Journal.create(journalOf(folder), remotePath, identity);
      return new Part(folder, validators, new RangeMap(size), data, journal);
    });
  }

  /**
   * Takes over the part with the most bytes that earlier runs left, and removes what else they left of this file; undefined when
   * there is none.
   */
  static async takeOver(parts: string, key: string, remotePath: string): Promise<Part | undefined> {
    let taken: Part | undefined;
    for (const { folder: old, contents } of await leftovers(parts, key, remotePath)) {
      const folder = newName(parts, key);
      try {
        await fs.rename(old, folder);
      } catch {
        continue; // Lost the race for this one.
      }
      if (taken === undefined && contents !== undefined) taken = await Part.#continue(folder, contents);
      if (taken?.folder !== folder) await fs.rm(folder, { recursive: true, force: true });
    }
    return taken;
  }

  static async #continue(folder: string, contents: JournalContents): Promise<Part | undefined> {
    const data = await fs.open(dataOf(folder), 'r+').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (data === undefined) return undefined;
    return Part.#withJournal(data, async () => {
      const { size, ...validators } = contents.identity;
      const ranges = new RangeMap(size, await provenEntries(data, contents));
      return new Part(folder, validators, ranges, data, await Journal.continue(journalOf(folder)));
    });
  }

  static async #withJournal(data: fs.FileHandle, open: () => Promise<Part>): Promise<Part> {
    try {
      return await open();
    } catch (error) {
      await data.close();
      throw error;
    }
  }

  /** @throws PartLostError when another process has taken the folder */
  refuseLost(): void {
    if (!existsSync(this.folder)) throw new PartLostError();
  }

  /** Writes bytes at their place and then says so in the journal. @throws PartLostError, file system errors */
  async write(chunks: readonly Uint8Array[], start: number, length: number, crc: number): Promise<void> {
    this.refuseLost();
    let at = start;
    let rest = chunks;
    for (;;) {
      const { bytesWritten } = await this.data.writev(rest as Uint8Array[], at);
      at += bytesWritten;
      if (at >= start + length) break;
      rest = dropBytes(rest, bytesWritten); // A short write: the disk is filling up, or a signal came in between.
    }
    const range = { start, end: start + length };
    await this.journal.add(range, crc);
    this.ranges.add(range);
    this.#flushNowAndThen(length);
  }

  #flushNowAndThen(length: number): void {
    // The system tells of bytes that it could not write once only: what it told here must not be lost.
    if (this.#flushError !== undefined) throw this.#flushError;
    this.#unflushed += length;
    if (this.#unflushed < FLUSH || this.#flushing !== undefined) return;
    this.#unflushed = 0;
    this.#flushing = this.data
      .datasync()
      .catch((error) => {
        this.#flushError = error;
      })
      .finally(() => {
        this.#flushing = undefined;
      });
  }

  /** Bytes already here, for comparing with what the host sends now. */
  async read(start: number, length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await this.data.read(buffer, 0, length, start);
    return buffer.subarray(0, bytesRead);
  }

  /** Up to `length` bytes each from both ends of what earlier runs brought. */
  samples(length: number): Range[] {
    const [first, last] = [this.#brought.at(0), this.#brought.at(-1)];
    if (first === undefined || last === undefined) return [];
    const head = { start: first.start, end: Math.min(first.end, first.start + length) };
    const tail = { start: Math.max(last.start, last.end - length), end: last.end };
    return tail.start === head.start ? [head] : [head, tail];
  }

  /** Says what the size is, once it is known. */
  async settle(size: number): Promise<void> {
    await this.journal.settle(size);
    this.ranges.settle(size);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#flushing;
    await Promise.all([this.data.close(), this.journal.close()]);
    if (this.#flushError !== undefined) throw this.#flushError;
  }

  async remove(): Promise<void> {
    try {
      await this.close();
    } finally {
      await fs.rm(this.folder, { recursive: true, force: true });
    }
  }
}

function dropBytes(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  for (const chunk of chunks) {
    if (count >= chunk.length) count -= chunk.length;
    else {
      rest.push(count === 0 ? chunk : chunk.subarray(count));
      count = 0;
    }
  }
  return rest;
}

function newName(parts: string, key: string): string {
  return path.join(parts, `${key}.${randomBytes(4).toString('hex')}`);
}

function dataOf(folder: string): string {
  return path.join(folder, 'data');
}

function journalOf(folder: string): string {
  return path.join(folder, 'journal');
}

interface Leftover {
  folder: string;
  /** Undefined for what no journal vouches for. */
  contents: JournalContents | undefined;
  bytes: number;
}

/** What lies here under the names of a file's parts, the most useful first. */
async function leftovers(parts: string, key: string, remotePath: string): Promise<Leftover[]> {
  const found: Leftover[] = [];
  for (const name of await fs.readdir(parts)) {
    if (!name.startsWith(`${key}.`) || !/^[0-9a-f]{8}$/.test(name.slice(key.length + 1))) continue;
    const folder = path.join(parts, name);
    const journal = await readJournal(journalOf(folder));
    const contents = journal?.path === remotePath ? journal : undefined;
    const bytes = contents === undefined ? -1 : new RangeMap(contents.identity.size, contents.entries).bytes;
    found.push({ folder, contents, bytes });
  }
  return found.sort((a, b) => b.bytes - a.bytes);
}
