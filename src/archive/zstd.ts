/**
 * Zstandard for Node before 22.15, which has none. fzstd decodes but does not look at the content checksum, so the frames
 * are walked here and checked with xxHash64. The format: RFC 8878, section 3.
 */
import { Decompress } from 'fzstd';
import createHasher from 'xxhash-wasm';
import { FileBytes } from './file-bytes.js';
import { FormatError } from './refusal.js';

const FRAME = 0xfd2fb528;
const MAX_WINDOW = 128 * 1024 * 1024;

/** Decodes every frame of a file in order. @throws Error when it is broken or cut off, FormatError when it needs too much */
export async function unzstd(file: string, push: (chunk: Buffer) => void): Promise<void> {
  const hasher = await createHasher();
  const input = new FileBytes(file);
  try {
    while (!input.eof()) {
      const magic = input.take(4);
      const number = magic.readUInt32LE(0);
      if (number === FRAME) decodeFrame(input, magic, hasher.create64(), push);
      else if ((number & 0xfffffff0) >>> 0 === 0x184d2a50) skipFrame(input);
      else throw new Error('no zstd frame where one should begin');
    }
  } finally {
    input.close();
  }
}

interface Hash {
  update(bytes: Uint8Array): unknown;
  digest(): bigint;
}

function decodeFrame(input: FileBytes, magic: Buffer, hash: Hash, push: (chunk: Buffer) => void): void {
  const descriptor = input.readByte();
  const single = (descriptor & 0x20) !== 0;
  const sizeFlag = descriptor >> 6;
  const rest = input.take(
    (single ? 0 : 1) + ([0, 1, 2, 4][descriptor & 3] as number) + ([single ? 1 : 0, 2, 4, 8][sizeFlag] as number),
  );
  if ((descriptor & 3) !== 0) throw new FormatError('needs a zstd dictionary', 'unsupported');
  if (!single && windowSize(rest[0] as number) > MAX_WINDOW)
    throw new FormatError('needs a zstd window of more than 128 MiB', 'unsupported');

  const decoder = new Decompress((chunk) => {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    hash.update(bytes);
    push(bytes);
  });
  decoder.push(Buffer.concat([magic, Buffer.of(descriptor), rest]));
  for (let last = false; !last; ) {
    const head = input.take(3);
    const value = head.readUIntLE(0, 3);
    last = (value & 1) === 1;
    const type = (value >> 1) & 3;
    decoder.push(Buffer.concat([head, input.take(type === 1 ? 1 : value >> 3)]));
  }
  const checksum = (descriptor & 4) === 0 ? undefined : input.take(4);
  decoder.push(checksum ?? Buffer.alloc(0), true);
  if (checksum !== undefined && Number(hash.digest() & 0xffffffffn) !== checksum.readUInt32LE(0)) {
    throw new Error('a content checksum is wrong');
  }
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function skipFrame(input: FileBytes): void {
  let left = input.take(4).readUInt32LE(0);
  while (left > 0) {
    const step = Math.min(left, 65_536);
    input.take(step);
    left -= step;
  }
}
