/** PNG (https://www.w3.org/TR/png-3/): every chunk is held against its CRC, so that all of it is as it was written. */
import { crc32 } from 'node:zlib';
import type { FileContent } from './content.js';
import { bytesOf, type ImageFacts, UnreadableImage } from './image.js';

const PIECE = 1024 * 1024;
/** Samples of a pixel, by colour type. */
const SAMPLES: Record<number, number> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

export async function readPng(content: FileContent): Promise<ImageFacts> {
  let facts: ImageFacts | undefined;
  for (let at = 8; at < content.size; ) {
    const head = await content.read(at, 8);
    if (head.length < 8) break;
    const length = head.readUInt32BE(0);
    const type = head.toString('latin1', 4, 8);
    if (at + 12 + length > content.size) break;
    let sum = crc32(head.subarray(4));
    for (let done = 0; done < length; done += PIECE) {
      const piece = await content.read(at + 8 + done, Math.min(PIECE, length - done));
      if (type === 'IHDR' && piece.length >= 13) facts = factsOf(piece);
      sum = crc32(piece, sum);
    }
    if ((await content.read(at + 8 + length, 4)).readUInt32BE(0) !== sum) {
      throw new UnreadableImage(`is broken: its chunk ${JSON.stringify(type)} does not fit its CRC`);
    }
    if (facts === undefined) throw new UnreadableImage('does not begin with its header (IHDR)');
    if (type === 'IEND') return facts;
    at += 12 + length;
  }
  throw new UnreadableImage('is cut off: its end (IEND) is missing');
}

function factsOf(header: Buffer): ImageFacts {
  const dimensions = [header.readUInt32BE(0), header.readUInt32BE(4)];
  const [depth = 0, colour = 0] = [header[8], header[9]];
  bytesOf(dimensions, depth * (SAMPLES[colour] ?? Number.NaN));
  return { format: 'PNG', dimensions, type: `${depth} bit${SAMPLES[colour] === 1 ? '' : ` x ${SAMPLES[colour]}`}` };
}
