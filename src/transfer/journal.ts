/**
 * The journal of a part says which bytes of its data are on disk. Append-only; every line carries its own check, so that whatever a
 * crash leaves of the last line is skipped. Each range carries the CRC-32 of its bytes: after a power cut the disk may hold
 * zeros where the journal promises data, and then the ranges are read again before they are believed.
 */
import fs from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { bootId } from '../boot.js';
import { decodeRecord, encodeRecord } from '../record-line.js';
import type { Range } from './ranges.js';

/** What tells one version of a remote file from another. */
export interface Identity {
  size: number;
  /** Strong ETag only; a weak one does not promise equal bytes. */
  etag?: string;
  lastModified?: string;
  /** What the host states of the whole file beside its bytes; counts where nothing better is known. */
  checksum?: string;
}

interface Header extends Partial<Identity> {
  v: 1;
  path: string;
}

/** One line after the header. */
interface Entry {
  /** First byte, byte after the last, CRC-32 of the bytes between. */
  s?: number;
  e?: number;
  c?: number;
  /** Which start of which machine writes from here on: only the same one may trust what the page cache held. */
  boot?: string;
  /** The file's size, where it became known only at its end. */
  size?: number;
}

export interface JournalContents {
  path: string;
  identity: Identity;
  entries: (Range & { crc: number })[];
  /** True when a crash of a process is the worst that can have happened since it was written. */
  sameBoot: boolean;
}

export class Journal {
  private constructor(private readonly handle: fs.FileHandle) {}

  /** @param identity without a size when the host does not tell it */
  static async create(file: string, path: string, identity: Partial<Identity>): Promise<Journal> {
    const header: Header = { v: 1, path, ...identity };
    // Append mode: a process that has lost this part without knowing yet adds lines, and never writes over another's.
    return Journal.#begin(await fs.open(file, 'ax'), encodeRecord(header));
  }

  static async continue(file: string): Promise<Journal> {
    // A torn last line must not swallow the next one.
    return Journal.#begin(await fs.open(file, 'a'), '\n');
  }

  static async #begin(handle: fs.FileHandle, text: string): Promise<Journal> {
    try {
      await handle.appendFile(text + encodeRecord({ boot: await bootId() }));
      return new Journal(handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Call only once the bytes are written. */
  async add(range: Range, crc: number): Promise<void> {
    await this.#write({ s: range.start, e: range.end, c: crc });
  }

  async settle(size: number): Promise<void> {
    await this.#write({ size });
  }

  async #write(entry: Entry): Promise<void> {
    await this.handle.write(encodeRecord(entry));
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** What a journal says; undefined when it does not tell a file and its size, and so is worth nothing. */
export async function readJournal(file: string): Promise<JournalContents | undefined> {
  let text: string;
  try {
    text = await fs.readFile(file, 'utf8');
  } catch {
    return undefined;
  }
  const [first = '', ...rest] = text.split('\n');
  const header = decodeRecord<Header>(first);
  if (header?.v !== 1) return undefined;
  const here = await bootId();
  let { size } = header;
  const boots = new Set<string>();
  const entries: JournalContents['entries'] = [];
  for (const line of rest) {
    if (line === '') continue;
    // Which start of which machine a damaged line spoke of is not known.
    const { s, e, c, boot = '', ...entry } = decodeRecord<Entry>(line) ?? { boot: 'damaged' };
    if (s !== undefined && e !== undefined && c !== undefined) entries.push({ start: s, end: e, crc: c });
    if (boot !== '') boots.add(boot);
    size = entry.size ?? size;
  }
  if (size === undefined) return undefined;
  const identity: Identity = { size };
  if (header.etag !== undefined) identity.etag = header.etag;
  if (header.lastModified !== undefined) identity.lastModified = header.lastModified;
  if (header.checksum !== undefined) identity.checksum = header.checksum;
  return { path: header.path, identity, entries, sameBoot: boots.size === 1 && boots.has(here) };
}

/** The entries whose bytes are really on disk. Reads them all: memory is bounded, time is that of the disk. */
export async function provenEntries(data: fs.FileHandle, contents: JournalContents): Promise<Range[]> {
  const { size } = await data.stat();
  const present = contents.entries.filter((entry) => entry.end <= size);
  if (contents.sameBoot) return present;
  const proven: Range[] = [];
  const buffer = Buffer.allocUnsafe(1024 * 1024);
  for (const entry of present) {
    let crc = 0;
    for (let at = entry.start; at < entry.end; ) {
      const { bytesRead } = await data.read(buffer, 0, Math.min(buffer.length, entry.end - at), at);
      if (bytesRead === 0) break;
      crc = crc32(buffer.subarray(0, bytesRead), crc);
      at += bytesRead;
    }
    if (crc === entry.crc) proven.push({ start: entry.start, end: entry.end });
  }
  return proven;
}
