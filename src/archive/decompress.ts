/**
 * The streams that tars come in. Each is read in 1 MiB steps, several members or frames one after the other count as one,
 * and the sums that the format carries are checked. After the end, gzip and xz allow zeros (padding); other bytes are an error.
 */
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { FileBytes } from './file-bytes.js';
import { FormatError } from './refusal.js';
import { type ArchiveFile, streamOf } from './volumes.js';

export type Compression = 'none' | 'gz' | 'bz2' | 'xz' | 'zst';

/** Input and output are handled in pieces of about this many bytes. */
export const CHUNK = 1024 * 1024;

/**
 * Decompresses an archive from front to back. `push` gets the chunks, which are its to keep, and may throw to stop.
 * @throws FormatError when the stream is broken, cut off or of an unknown kind; what `push` and the file system throw
 */
export async function decompress(
  archive: ArchiveFile,
  compression: Compression,
  push: (chunk: Buffer) => void,
): Promise<void> {
  let thrown: { error: unknown } | undefined;
  const guarded = (chunk: Buffer): void => {
    try {
      push(chunk);
    } catch (error) {
      thrown = { error };
      throw error;
    }
  };
  try {
    await run(archive, compression, guarded);
  } catch (error) {
    if (thrown !== undefined) throw thrown.error;
    if (error instanceof FormatError || (error as NodeJS.ErrnoException).syscall !== undefined) throw error;
    // The decoders have error classes of all kinds, and texts for programmers.
    const { message } = error as Error;
    const cut = /unexpected end|unexpected EOF|error code 8/i.test(message);
    throw new FormatError(cut ? 'is cut off' : `is broken: its ${compression} stream cannot be decoded`, 'broken', {
      cause: error,
    });
  }
}

async function run(archive: ArchiveFile, compression: Compression, push: (chunk: Buffer) => void): Promise<void> {
  switch (compression) {
    case 'bz2':
      return bunzip2(archive, push);
    case 'xz':
      return unxz(archive, push);
    case 'zst':
      return (await import('./zstd.js')).unzstd(archive, push);
    case 'gz':
      return gunzip(archive, push);
    case 'none':
      for await (const chunk of streamOf(archive, CHUNK)) push(chunk);
  }
}

async function gunzip(archive: ArchiveFile, push: (chunk: Buffer) => void): Promise<void> {
  const input = streamOf(archive, CHUNK);
  const decoder = createGunzip({ chunkSize: CHUNK });
  input.on('error', (error) => decoder.destroy(error));
  try {
    // The thread pool inflates the next chunk while `push` works on this one.
    for await (const chunk of input.pipe(decoder)) push(chunk);
  } finally {
    input.destroy();
    decoder.destroy();
  }
  // Node stops reading at the first zero behind a member, and would not see what follows the zeros.
  for await (const rest of streamOf(archive, CHUNK, decoder.bytesWritten)) {
    if ((rest as Buffer).some((byte) => byte !== 0)) throw new Error('other bytes follow the end');
  }
}

async function bunzip2(archive: ArchiveFile, push: (chunk: Buffer) => void): Promise<void> {
  const { decode } = (await import('seek-bzip')).default;
  const input = new FileBytes(archive);
  let chunk = Buffer.allocUnsafe(CHUNK);
  let filled = 0;
  const writeByte = (byte: number): void => {
    chunk[filled++] = byte;
    if (filled < CHUNK) return;
    push(chunk);
    chunk = Buffer.allocUnsafe(CHUNK);
    filled = 0;
  };
  try {
    decode(input, { writeByte }, true);
    if (filled > 0) push(chunk.subarray(0, filled));
  } finally {
    input.close();
  }
}

/** Codes of xz-embedded's `enum xz_ret` that say "not supported" and not "broken". */
const XZ_UNSUPPORTED = /error code [2346]$/;

async function unxz(archive: ArchiveFile, push: (chunk: Buffer) => void): Promise<void> {
  const { XzReadableStream } = (await import('xz-decompress')).default;
  const input = streamOf(archive, CHUNK);
  try {
    for await (const chunk of new XzReadableStream(Readable.toWeb(input) as ReadableStream<Uint8Array>)) {
      push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    }
  } catch (error) {
    if (XZ_UNSUPPORTED.test((error as Error).message)) {
      throw new FormatError(
        'uses what medds cannot read in xz: a SHA-256 check, a filter or a huge dictionary',
        'unsupported',
      );
    }
    throw error;
  } finally {
    input.destroy();
  }
}
