/** The raw entries of a zip's directory, parsed by yauzl, read in large steps instead of two small reads an entry. */
import yauzl from 'yauzl';
import type { RandomAccess } from './random-access.js';
import { FormatError } from './refusal.js';
import type { ZipEnd } from './zip-end.js';

const WINDOW = 1024 * 1024;

/** @throws FormatError at the first entry that breaks the format; what `access` throws */
export async function* zipEntries(access: RandomAccess, { start, end }: ZipEnd): AsyncGenerator<yauzl.Entry> {
  const reader = new WindowReader(access, start);
  // Names and sizes are judged by us: yauzl would call an encrypted member broken.
  const options = { decodeStrings: false, validateEntrySizes: false, autoClose: false };
  try {
    const zip = await yauzl.fromRandomAccessReaderPromise(reader, end - start, options);
    yield* zip.eachEntry();
  } catch (error) {
    if (reader.failure !== undefined) throw reader.failure;
    const { message } = error as Error;
    if (/encryption/.test(message)) {
      throw new FormatError('is encrypted, and medds has no password for it', 'unsupported', { cause: error });
    }
    throw new FormatError(`is broken: ${message}`, 'broken', { cause: error });
  }
}

/** yauzl's view of the zip: its own offset 0 is the zip's start, not the file's. */
class WindowReader extends yauzl.RandomAccessReader {
  failure: unknown;
  readonly #access: RandomAccess;
  readonly #start: number;
  #window: Buffer = Buffer.alloc(0);
  #windowStart = 0;

  constructor(access: RandomAccess, start: number) {
    super();
    this.#access = access;
    this.#start = start;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    const at = this.#start + position - this.#windowStart;
    if (at >= 0 && at + length <= this.#window.length) {
      callback(null, this.#window.copy(buffer, offset, at, at + length));
      return;
    }
    this.#access.read(this.#start + position, Math.max(length, WINDOW)).then(
      (bytes) => {
        this.#window = bytes;
        this.#windowStart = this.#start + position;
        callback(null, bytes.copy(buffer, offset, 0, length));
      },
      (error) => {
        this.failure = error;
        callback(error);
      },
    );
  }
}
