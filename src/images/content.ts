/** Bytes of a file that is looked at: any part of it, and what a stream packed in it comes to. Memory stays bounded, whatever the size. */
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import { createGunzip, createInflate } from 'node:zlib';
import { UnreadableImage } from './image.js';

/** More than the header says: the rest is not looked at to its end where it is that much longer. Bytes. */
const MARGIN = 1024 * 1024 * 1024;

export class FileContent {
  private constructor(
    readonly file: string,
    readonly size: number,
    private readonly handle: fs.FileHandle,
    private readonly signal: AbortSignal,
  ) {}

  static async open(file: string, signal: AbortSignal): Promise<FileContent> {
    const handle = await fs.open(file);
    return new FileContent(file, (await handle.stat()).size, handle, signal);
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  /** Up to `length` bytes, fewer only at the end. */
  async read(position: number, length: number): Promise<Buffer> {
    this.signal.throwIfAborted();
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, this.size - position)));
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await this.handle.read(buffer, filled, buffer.length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }

  /**
   * Reads a compressed stream to its end, which checks its own sums, and counts what comes out.
   * @param head bytes that are wanted of its beginning
   * @param expected from the head, how many there should be; what goes far beyond is not read on
   * @throws UnreadableImage when it is broken, cut off, or far too long
   */
  async unpacked(
    { start = 0, kind = 'gzip', head = 0 }: { start?: number; kind?: 'gzip' | 'zlib'; head?: number },
    expected?: (head: Buffer) => number | undefined,
  ): Promise<{ head: Buffer; bytes: number }> {
    const source = createReadStream(this.file, { start, highWaterMark: 256 * 1024, signal: this.signal });
    const unpack = kind === 'gzip' ? createGunzip() : createInflate();
    source.once('error', (error) => unpack.destroy(error));
    const first: Buffer[] = [];
    let bytes = 0;
    let most: number | undefined;
    try {
      for await (const chunk of source.pipe(unpack) as AsyncIterable<Buffer>) {
        if (bytes < head) first.push(chunk.subarray(0, head - bytes));
        bytes += chunk.length;
        if (most === undefined && bytes >= head) {
          const wanted = expected?.(Buffer.concat(first));
          most = (wanted ?? Number.MAX_SAFE_INTEGER - MARGIN) + MARGIN;
        }
        if (most !== undefined && bytes > most) throw new UnreadableImage('goes on far beyond what its header says');
      }
    } catch (error) {
      this.signal.throwIfAborted();
      if (error instanceof UnreadableImage) throw error;
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!/^Z_|^ERR_/.test(code)) throw error;
      const isCut = /unexpected end/i.test((error as Error).message);
      throw new UnreadableImage(
        isCut ? `is cut off: its ${kind} stream does not end` : `is broken: its ${kind} stream is damaged`,
      );
    } finally {
      source.destroy();
      unpack.destroy();
    }
    return { head: Buffer.concat(first), bytes };
  }
}
