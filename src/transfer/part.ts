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

/** Another process has taken this part over. */
export class PartLostError extends Error {}

export class Part {
  /** What was here when it was opened. */
  readonly #brought: readonly Range[];
  /** Bytes that were here when it was opened. */
  readonly resumed: number;

  private constructor(
    readonly folder: string,
    readonly identity: Identity,
    readonly ranges: RangeMap,
    private readonly data: fs.FileHandle,
    private readonly journal: Journal,
  ) {
    this.#brought = ranges.ranges.map((range) => ({ ...range }));
    this.resumed = ranges.bytes;
  }

  get file(): string {
    return path.join(this.folder, 'data');
  }

  /** Starts a new part. */
  static async create(parts: string, key: string, remotePath: string, identity: Identity): Promise<Part> {
    const folder = path.join(parts, `${key}.${randomBytes(4).toString('hex')}`);
    await fs.mkdir(folder, { recursive: true });
    const journal = await Journal.create(path.join(folder, 'journal'), remotePath, identity);
    const data = await fs.open(path.join(folder, 'data'), 'wx+');
    return new Part(folder, identity, new RangeMap(identity.size), data, journal);
  }

  /** Takes over the part with the most bytes that an earlier run left; undefined when there is none. */
  static async takeOver(parts: string, key: string, remotePath: string): Promise<Part | undefined> {
    for (const candidate of await candidates(parts, key, remotePath)) {
      const folder = path.join(parts, `${key}.${randomBytes(4).toString('hex')}`);
      try {
        await fs.rename(candidate.folder, folder);
      } catch {
        continue; // Lost the race for this one.
      }
      try {
        const data = await fs.open(path.join(folder, 'data'), 'r+');
        const ranges = new RangeMap(candidate.contents.identity.size, await provenEntries(data, candidate.contents));
        const journal = await Journal.continue(path.join(folder, 'journal'));
        return new Part(folder, candidate.contents.identity, ranges, data, journal);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
    return undefined;
  }

  /** Writes bytes at their place and then says so in the journal. @throws PartLostError, file system errors */
  async write(chunks: readonly Uint8Array[], start: number, length: number, crc: number): Promise<void> {
    if (!existsSync(this.folder)) throw new PartLostError(`${this.folder} was taken over by another process`);
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
  }

  /** Bytes already here, for comparing with what the host sends now. */
  async read(start: number, length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await this.data.read(buffer, 0, length, start);
    return buffer.subarray(0, bytesRead);
  }

  /** Up to `most` bytes before `at` that earlier runs brought, as far as they reach without a gap. */
  provable(at: number, most: number): number {
    const range = this.#brought.find(({ start, end }) => start < at && end >= at);
    return range === undefined ? 0 : Math.min(most, at - range.start);
  }

  #closed = false;

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.data.close();
    await this.journal.close();
  }

  async remove(): Promise<void> {
    await this.close();
    await fs.rm(this.folder, { recursive: true, force: true });
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

async function candidates(parts: string, key: string, remotePath: string) {
  const names = await fs.readdir(parts).catch(() => []);
  const found: { folder: string; contents: JournalContents; bytes: number }[] = [];
  for (const name of names) {
    if (!name.startsWith(`${key}.`) || !/^[0-9a-f]{8}$/.test(name.slice(key.length + 1))) continue;
    const folder = path.join(parts, name);
    const contents = await readJournal(path.join(folder, 'journal'));
    if (contents === undefined || contents.path !== remotePath) continue;
    found.push({ folder, contents, bytes: new RangeMap(contents.identity.size, contents.entries).bytes });
  }
  return found.sort((a, b) => b.bytes - a.bytes);
}
