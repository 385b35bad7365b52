/** Inflates into one buffer that is used again and again. Blocks: for worker threads. */
import { constants, createInflateRaw, type InflateRaw } from 'node:zlib';
import { CHUNK } from './decompress.js';

/** What Node's streams stand on and do not offer by themselves: https://github.com/nodejs/node/blob/main/lib/zlib.js. */
interface Zlib {
  /** Takes from `input` and fills `output`, as far as it can; each with where to begin and how far to go. */
  writeSync(flush: number, input: Buffer, from: number, length: number, output: Buffer, to: number, room: number): void;
  onerror(message: string, errno: number, code: string): void;
}

/**
 * A stream makes a buffer for each piece, and they pile up until they are collected: some 80 MB in each thread. This takes 1 MiB, and
 * spares small members a stream each.
 */
export class Inflater {
  readonly #output = Buffer.allocUnsafe(CHUNK);
  #failure: Error | undefined;

  private constructor(
    private readonly stream: InflateRaw,
    private readonly zlib: Zlib,
    /** After a write: the room that is left in the output, and the bytes that are left of the input. */
    private readonly left: Uint32Array,
  ) {
    zlib.onerror = (message, _, code) => {
      this.#failure = Object.assign(new Error(message), { code });
    };
  }

  /** Undefined where Node is built in another way: then its streams must do. */
  static create(): Inflater | undefined {
    const stream = createInflateRaw({ chunkSize: 64 });
    const { _handle: zlib, _writeState: left } = stream as { _handle?: Partial<Zlib>; _writeState?: Uint32Array };
    if (typeof zlib?.writeSync !== 'function' || left === undefined) return undefined;
    return new Inflater(stream, zlib as Zlib, left);
  }

  /** Begins with other data. */
  reset(): void {
    this.#failure = undefined;
    this.stream.reset();
  }

  /**
   * Goes on with `input`, and gives what comes of it to `use`, in pieces that are valid during the call.
   * @param last whether the data must end with it
   * @returns bytes of the input that were used: fewer than there are only when the data ends before
   * @throws Error with zlib's code when it cannot be inflated, or has no end; what `use` throws
   */
  write(input: Buffer, last: boolean, use: (bytes: Buffer) => void): number {
    const flush = last ? constants.Z_FINISH : constants.Z_NO_FLUSH;
    let used = 0;
    for (;;) {
      this.zlib.writeSync(flush, input, used, input.length - used, this.#output, 0, CHUNK);
      if (this.#failure !== undefined) throw this.#failure;
      const [room = 0, rest = 0] = this.left;
      used = input.length - rest;
      if (room < CHUNK) use(this.#output.subarray(0, CHUNK - room));
      // With room left, zlib has done all that it can.
      if (room > 0) return used;
    }
  }

  close(): void {
    this.stream.close();
  }
}
