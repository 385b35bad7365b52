/**
 * Zstandard, frame by frame: RFC 8878, section 3. Node's own decoder (since 22.15) stops after the first frame and takes a
 * frame that is cut off for a whole one; fzstd, for Node before, does not look at the content checksum. So the frames are
 * walked here, and either decoder is given exactly one at a time.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import createHasher from 'xxhash-wasm';
import { FileBytes } from './file-bytes.js';
import { FormatError } from './refusal.js';
import type { ArchiveFile } from './volumes.js';

const FRAME = 0xfd2fb528;
const MAX_WINDOW = 128 * 1024 * 1024;
const CHUNK = 1024 * 1024;

/** The types are those of Node 20, which has none. */
const nodeZstd = (zlib as { createZstdDecompress?: (options: zlib.ZlibOptions) => zlib.Gunzip }).createZstdDecompress;

interface Frame {
  /** Magic number and header. */
  start: Buffer;
  /** Whether four bytes of xxHash64 follow the last block. */
  checksum: boolean;
}

/** Decodes every frame in order. @throws Error when it is broken or cut off, FormatError when it needs too much */
export async function unzstd(archive: ArchiveFile, push: (chunk: Buffer) => void): Promise<void> {
  const hasher = nodeZstd === undefined ? await createHasher() : undefined;
  const input = new FileBytes(archive);
  try {
    while (!input.eof()) {
      const frame = beginFrame(input);
      if (frame === undefined) continue;
      if (hasher === undefined) await decodeByNode(frame, input, push);
      else decodeByFzstd(frame, input, hasher.create64(), push);
    }
  } finally {
    input.close();
  }
}

/** Reads a frame's header; undefined when it was a frame to skip, which has been skipped. */
function beginFrame(input: FileBytes): Frame | undefined {
  const magic = input.take(4);
  const number = magic.readUInt32LE(0);
  if ((number & 0xfffffff0) >>> 0 === 0x184d2a50) {
    for (let left = input.take(4).readUInt32LE(0); left > 0; left -= Math.min(left, CHUNK)) {
      input.take(Math.min(left, CHUNK));
    }
    return undefined;
  }
  if (number !== FRAME) throw new Error('no zstd frame where one should begin');
  const descriptor = input.readByte();
  const single = (descriptor & 0x20) !== 0;
  const sizeBytes = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] as number;
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] as number;
  const rest = input.take((single ? 0 : 1) + dictionaryBytes + sizeBytes);
  if (dictionaryBytes > 0) throw new FormatError('needs a zstd dictionary', 'unsupported');
  if (!single && windowSize(rest[0] as number) > MAX_WINDOW) {
    throw new FormatError('needs a zstd window of more than 128 MiB', 'unsupported');
  }
  return { start: Buffer.concat([magic, Buffer.of(descriptor), rest]), checksum: (descriptor & 4) !== 0 };
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** The blocks of the frame that has begun, headers included. */
function* blocks(input: FileBytes): Generator<Buffer> {
  for (let last = false; !last; ) {
    const head = input.take(3);
    const value = head.readUIntLE(0, 3);
    last = (value & 1) === 1;
    // A block of one repeated byte states how often, and has just the byte.
    const repeated = ((value >> 1) & 3) === 1;
    yield Buffer.concat([head, input.take(repeated ? 1 : value >> 3)]);
  }
}

async function decodeByNode(frame: Frame, input: FileBytes, push: (chunk: Buffer) => void): Promise<void> {
  const pieces = function* (): Generator<Buffer> {
    yield frame.start;
    yield* blocks(input);
    if (frame.checksum) yield input.take(4);
  };
  const decoder = (nodeZstd as NonNullable<typeof nodeZstd>)({ chunkSize: CHUNK });
  await pipeline(Readable.from(pieces()), decoder, async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) push(chunk);
  });
}

interface Hash {
  update(bytes: Uint8Array): unknown;
  digest(): bigint;
}

function decodeByFzstd(frame: Frame, input: FileBytes, hash: Hash, push: (chunk: Buffer) => void): void {
  const decoder = new Decompress((chunk) => {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    hash.update(bytes);
    push(bytes);
  });
  decoder.push(frame.start);
  for (const block of blocks(input)) decoder.push(block);
  const checksum = frame.checksum ? input.take(4) : undefined;
  decoder.push(checksum ?? Buffer.alloc(0), true);
  if (checksum !== undefined && Number(hash.digest() & 0xffffffffn) !== checksum.readUInt32LE(0)) {
    throw new Error('a content checksum is wrong');
  }
}
