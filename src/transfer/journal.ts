/**
 * The journal of a part says which bytes of its data are on disk. Append-only; every line carries its own check, so that whatever a
 * crash leaves of the last line is skipped. Each range carries the CRC-32 of its bytes: after a power cut the disk may hold
 * zeros where the journal promises data, and then the ranges are read again before they are believed.
 */
import fs from 'node:fs/promises';
import os from 'node:os';
import { crc32 } from 'node:zlib';
import { decodeRecord, encodeRecord } from '../record-line.js';
import type { Range } from './ranges.js';

/** What tells one version of a remote file from another. */
export interface Identity {
  size: number;
  /** Strong ETag only; a weak one does not promise equal bytes. */
  etag?: string;
  lastModified?: string;
}

interface Header extends Partial<Identity> {
  v: 1;
  path: string;
  /** Which start of which machine wrote this: only the same one may trust what the page cache held. */
  boot: string;
}

interface Entry {
  /** First byte, byte after the last, CRC-32 of the bytes between. */
  s: number;
  e: number;
  c: number;
}

export interface JournalContents {
  path: string;
  identity: Identity;
  entries: (Range & { crc: number })[];
  /** True when a crash of this process is the worst that can have happened since it was written. */
  sameBoot: boolean;
}

let boot: string | undefined;
async function bootId(): Promise<string> {
  boot ??= await fs.readFile('/proc/sys/kernel/random/boot_id', 'utf8').then(
    (id) => `${os.hostname()} ${id.trim()}`,
    // Elsewhere the start of the machine is not told: every ranges is read again.
    () => `unknown ${process.pid} ${Date.now()}`,
  );
  return boot;
}

export class Journal {
  private constructor(readonly handle: fs.FileHandle) {}

  static async create(file: string, path: string, identity: Identity): Promise<Journal> {
    const handle = await fs.open(file, 'wx');
    const header: Header = { v: 1, path, boot: await bootId(), ...identity };
    await handle.appendFile(encodeRecord(header));
    return new Journal(handle);
  }

  static async continue(file: string): Promise<Journal> {
    const handle = await fs.open(file, 'a');
    // A torn last line must not swallow the next one.
    await handle.appendFile('\n');
    return new Journal(handle);
  }

  /** Call only once the bytes are written. */
  async add(range: Range, crc: number): Promise<void> {
    const entry: Entry = { s: range.start, e: range.end, c: crc };
    await this.handle.write(encodeRecord(entry));
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** What a journal says; undefined when it has no whole header, and so says nothing. */
export async function readJournal(file: string): Promise<JournalContents | undefined> {
  let text: string;
  try {
    text = await fs.readFile(file, 'utf8');
  } catch {
    return undefined;
  }
  const [first = '', ...rest] = text.split('\n');
  const header = decodeRecord<Header>(first);
  if (header?.v !== 1 || header.size === undefined) return undefined;
  const identity: Identity = { size: header.size };
  if (header.etag !== undefined) identity.etag = header.etag;
  if (header.lastModified !== undefined) identity.lastModified = header.lastModified;
  const entries: JournalContents['entries'] = [];
  for (const line of rest) {
    const entry = decodeRecord<Entry>(line);
    if (entry !== undefined && entry.s < entry.e && entry.e <= identity.size) {
      entries.push({ start: entry.s, end: entry.e, crc: entry.c });
    }
  }
  return { path: header.path, identity, entries, sameBoot: header.boot === (await bootId()) };
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
