/** An archive read from front to back, for decoders that ask for bytes when they want them. Blocks: for worker threads. */
import { type ArchiveFile, VolumeBytes } from './volumes.js';

const WINDOW = 1024 * 1024;

export class FileBytes {
  readonly #volumes: VolumeBytes;
  readonly #window = Buffer.allocUnsafe(WINDOW);
  #position = 0;
  #start = 0;
  #end = 0;

  constructor(archive: ArchiveFile) {
    this.#volumes = new VolumeBytes(archive);
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
    this.#volumes.close();
  }

  #refill(): boolean {
    this.#start = 0;
    this.#end = this.#volumes.read(this.#window, 0, WINDOW, this.#position);
    this.#position += this.#end;
    return this.#end > 0;
  }
}
