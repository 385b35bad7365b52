/** A file read from front to back, for decoders that ask for bytes when they want them. Blocks: for worker threads. */
import { closeSync, openSync, readSync } from 'node:fs';

const WINDOW = 1024 * 1024;

export class FileBytes {
  readonly #fd: number;
  readonly #window = Buffer.allocUnsafe(WINDOW);
  #start = 0;
  #end = 0;

  constructor(path: string) {
    this.#fd = openSync(path, 'r');
  }

  /** True when no byte is left. */
  eof(): boolean {
    return this.#start === this.#end && !this.#refill();
  }

  /** @throws Error when the file ends before */
  readByte(): number {
    if (this.eof()) throw new Error('unexpected end of file');
    return this.#window[this.#start++] as number;
  }

  /** Copies up to `length` bytes, fewer only at the file's end, and returns how many. */
  read(buffer: Uint8Array, offset: number, length: number): number {
    let copied = 0;
    while (copied < length && !this.eof()) {
      const count = Math.min(length - copied, this.#end - this.#start);
      buffer.set(this.#window.subarray(this.#start, this.#start + count), offset + copied);
      this.#start += count;
      copied += count;
    }
    return copied;
  }

  /** Exactly `length` bytes, as a copy. @throws Error when the file ends before */
  take(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    if (this.read(bytes, 0, length) < length) throw new Error('unexpected end of file');
    return bytes;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #refill(): boolean {
    this.#start = 0;
    this.#end = readSync(this.#fd, this.#window, 0, WINDOW, null);
    return this.#end > 0;
  }
}
