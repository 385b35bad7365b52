/** Logs: one self-checking line a record (record-line.ts), written in bulk, read as a stream. */
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import { flush } from '../flush.js';
import { decodeRecord, encodeRecord } from '../record-line.js';
import { randomName } from './atomic.js';
import { isCode } from './disk.js';

/** Characters gathered before they are written. */
const BUFFER = 256 * 1024;
/** Bytes; no record of ours comes near it, and a damaged file must not fill the memory. */
const LONGEST_LINE = 1024 * 1024;

/** Appends records in the order of the calls. They are in the file after `flush` or `close`. */
export class RecordWriter {
  #buffer = '';
  #written: Promise<void> = Promise.resolve();
  #flushed: Promise<void> = Promise.resolve();
  #nextFlush: Promise<void> | undefined;

  private constructor(private readonly handle: fs.FileHandle) {}

  /** Starts the file anew, or goes on with it. @throws file system errors */
  static async open(file: string, { append = false } = {}): Promise<RecordWriter> {
    const handle = await fs.open(file, append ? 'a' : 'w');
    const writer = new RecordWriter(handle);
    // A torn last line must not swallow the next one; the reader skips the empty line.
    if (append) writer.#buffer = '\n';
    return writer;
  }

  /** Settles when the next record may come: await it, and the memory stays bounded. */
  append(value: unknown): Promise<void> {
    this.#buffer += encodeRecord(value);
    return this.#buffer.length < BUFFER ? Promise.resolve() : this.#drain();
  }

  /** Settles when all records so far are in the file: safe when this process is killed. */
  write(): Promise<void> {
    return this.#drain();
  }

  /** Settles when all records so far are safe against a power cut. Calls that come meanwhile share the next one. */
  flush(): Promise<void> {
    this.#nextFlush ??= this.#flushed.then(async () => {
      this.#nextFlush = undefined;
      this.#flushed = this.#drain().then(() => flush(this.handle));
      await this.#flushed;
    });
    return this.#nextFlush;
  }

  async close(): Promise<void> {
    try {
      await this.#drain();
    } finally {
      await this.handle.close();
    }
  }

  #drain(): Promise<void> {
    const text = this.#buffer;
    this.#buffer = '';
    this.#written = this.#written.then(() => this.handle.appendFile(text));
    return this.#written;
  }
}

/** Writes a whole log: it replaces what was there in one step, in an inode of its own. @throws file system errors */
export async function writeRecords(file: string, records: Iterable<unknown> | AsyncIterable<unknown>): Promise<void> {
  const temporary = `${file}.${randomName()}.tmp`;
  const writer = await RecordWriter.open(temporary);
  try {
    for await (const record of records) await writer.append(record);
    await writer.flush();
  } finally {
    await writer.close();
  }
  await fs.rename(temporary, file);
}

/** All whole records, in order; torn and damaged lines are skipped. A file that is not there holds none. */
export async function* readRecords<T>(file: string): AsyncGenerator<T> {
  try {
    for await (const line of lines(file)) {
      const record = decodeRecord<T>(line);
      if (record !== undefined) yield record;
    }
  } catch (error) {
    if (!isCode(error, 'ENOENT')) throw error;
  }
}

/** Lines without their newline; one that is too long to be a record comes out cut, which its check then tells. */
async function* lines(file: string): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: BUFFER }) as AsyncIterable<Buffer>) {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let from = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      yield bytes.toString('utf8', from, end);
      from = end + 1;
    }
    rest = bytes.subarray(from);
    if (rest.length > LONGEST_LINE) rest = rest.subarray(0, LONGEST_LINE);
  }
  if (rest.length > 0) yield rest.toString('utf8');
}
