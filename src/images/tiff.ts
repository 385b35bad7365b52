/**
 * TIFF and BigTIFF (https://www.awaresystems.be/imaging/tiff.html), slides of pathology among them: all directories are read, and
 * each strip or tile must lie in the file. Pixels are not decoded: a slide has hundreds of thousands of tiles.
 */
import type { FileContent } from './content.js';
import { bytesOf, type ImageFacts, UnreadableImage } from './image.js';

const MOST_DIRECTORIES = 100_000;
const MOST_FIELDS = 65_535;
/** Numbers that are read at one time. */
const PIECE = 65_536;
/** Bytes of a value, by its type. */
const WIDTH: Record<number, number> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  16: 8,
  17: 8,
  18: 8,
};
const TAG = {
  width: 256,
  length: 257,
  bits: 258,
  samples: 277,
  strips: 273,
  stripBytes: 279,
  tiles: 324,
  tileBytes: 325,
  sub: 330,
};

interface Field {
  type: number;
  count: number;
  /** Where its values begin. */
  at: number;
}

export async function readTiff(content: FileContent): Promise<ImageFacts> {
  const tiff = await Reader.open(content);
  const waiting = [tiff.first];
  const seen = new Set<number>();
  let facts: ImageFacts | undefined;
  while (waiting.length > 0) {
    const at = waiting.shift() as number;
    if (at === 0) continue;
    if (seen.has(at)) throw new UnreadableImage('is broken: its directories run in a circle');
    seen.add(at);
    if (seen.size > MOST_DIRECTORIES) throw new UnreadableImage(`has more than ${MOST_DIRECTORIES} directories`);
    const { fields, next } = await tiff.directory(at);
    facts ??= await factsOf(tiff, fields);
    await requireData(tiff, fields);
    for await (const sub of tiff.values(fields.get(TAG.sub))) waiting.push(sub);
    waiting.push(next);
  }
  if (facts === undefined) throw new UnreadableImage('holds no image');
  return facts;
}

async function factsOf(tiff: Reader, fields: ReadonlyMap<number, Field>): Promise<ImageFacts> {
  const one = async (tag: number, otherwise: number) => {
    for await (const value of tiff.values(fields.get(tag))) return value;
    return otherwise;
  };
  const dimensions = [await one(TAG.width, 0), await one(TAG.length, 0)];
  const [depth, samples] = [await one(TAG.bits, 1), await one(TAG.samples, 1)];
  bytesOf(dimensions, depth * samples);
  return { format: 'TIFF', dimensions, type: `${depth} bit${samples === 1 ? '' : ` x ${samples}`}` };
}

async function requireData(tiff: Reader, fields: ReadonlyMap<number, Field>): Promise<void> {
  for (const [offsets, counts] of [
    [fields.get(TAG.strips), fields.get(TAG.stripBytes)],
    [fields.get(TAG.tiles), fields.get(TAG.tileBytes)],
  ]) {
    if (offsets === undefined || counts === undefined) continue;
    const lengths = tiff.values(counts);
    for await (const offset of tiff.values(offsets)) {
      const length = (await lengths.next()).value as number | undefined;
      // Tiles of length 0 are background that was left out.
      if (length !== undefined && length > 0 && offset + length > tiff.size) {
        throw new UnreadableImage('is cut off: some of its image lies behind its end');
      }
    }
  }
}

class Reader {
  private constructor(
    private readonly content: FileContent,
    private readonly little: boolean,
    private readonly big: boolean,
    /** Place of the first directory. */
    readonly first: number,
  ) {}

  static async open(content: FileContent): Promise<Reader> {
    const head = await content.read(0, 16);
    if (head.length < 8) throw new UnreadableImage('is cut off: not even its header is whole');
    const little = head.toString('latin1', 0, 2) === 'II';
    const version = little ? head.readUInt16LE(2) : head.readUInt16BE(2);
    if (version === 43 && head.length === 16) {
      return new Reader(content, little, true, Number(little ? head.readBigUInt64LE(8) : head.readBigUInt64BE(8)));
    }
    if (version !== 42) throw new UnreadableImage('has no header of a TIFF');
    return new Reader(content, little, false, little ? head.readUInt32LE(4) : head.readUInt32BE(4));
  }

  get size(): number {
    return this.content.size;
  }

  async directory(at: number): Promise<{ fields: Map<number, Field>; next: number }> {
    const [countBytes, entry, offset] = this.big ? [8, 20, 8] : [2, 12, 4];
    const count = this.#number(await this.#read(at, countBytes), 0, countBytes);
    if (count > MOST_FIELDS) throw new UnreadableImage('is broken: a directory has more fields than there can be');
    const bytes = await this.#read(at + countBytes, count * entry + offset);
    const fields = new Map<number, Field>();
    for (let index = 0; index < count; index++) {
      const start = index * entry;
      const [tag, type] = [this.#number(bytes, start, 2), this.#number(bytes, start + 2, 2)];
      const values = this.#number(bytes, start + 4, offset);
      const inside = start + 4 + offset;
      const fits = (WIDTH[type] ?? 1) * values <= offset;
      fields.set(tag, {
        type,
        count: values,
        at: fits ? at + countBytes + inside : this.#number(bytes, inside, offset),
      });
    }
    return { fields, next: this.#number(bytes, count * entry, offset) };
  }

  /** Whole numbers of a field; none where there is no such field. */
  async *values(field: Field | undefined): AsyncGenerator<number> {
    if (field === undefined) return;
    const width = WIDTH[field.type] ?? 0;
    if (![1, 2, 4, 8].includes(width)) return;
    if (field.at + field.count * width > this.size)
      throw new UnreadableImage('is cut off: a list in it lies behind its end');
    for (let from = 0; from < field.count; from += PIECE) {
      const some = Math.min(PIECE, field.count - from);
      const bytes = await this.#read(field.at + from * width, some * width);
      for (let index = 0; index < some; index++) yield this.#number(bytes, index * width, width);
    }
  }

  async #read(at: number, length: number): Promise<Buffer> {
    const bytes = await this.content.read(at, length);
    if (bytes.length < length) throw new UnreadableImage('is cut off: a directory lies behind its end');
    return bytes;
  }

  #number(bytes: Buffer, at: number, width: number): number {
    if (width === 8) return Number(this.little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
    return this.little ? bytes.readUIntLE(at, width) : bytes.readUIntBE(at, width);
  }
}
