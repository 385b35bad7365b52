/** JPEG (ITU-T T.81): its segments up to the first scan, and that the stream comes to its end. */
import type { FileContent } from './content.js';
import { bytesOf, type ImageFacts, UnreadableImage } from './image.js';

/** Bytes behind the end that some programs leave. */
const TAIL = 64 * 1024;

export async function readJpeg(content: FileContent): Promise<ImageFacts> {
  let facts: ImageFacts | undefined;
  for (let at = 2; at < content.size; ) {
    const head = await content.read(at, 4);
    if (head.length < 4) break;
    if (head[0] !== 0xff) throw new UnreadableImage('is broken: its segments do not follow each other');
    const marker = head[1] as number;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const length = head.readUInt16BE(2);
    if (length < 2) throw new UnreadableImage('is broken: a segment has no length');
    // Frames: all but the tables for Huffman (C4), arithmetic coding (CC) and the extension (C8).
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      facts = factsOf(await content.read(at + 4, 6));
    if (marker === 0xda) {
      if (facts === undefined) throw new UnreadableImage('has no frame header before its first scan');
      // Not before the scan: a thumbnail in a segment has an end of its own.
      const end = await content.read(Math.max(at + 2 + length, content.size - TAIL), TAIL);
      if (end.lastIndexOf(Buffer.from([0xff, 0xd9])) < 0)
        throw new UnreadableImage('is cut off: its end (EOI) is missing');
      return facts;
    }
    at += 2 + length;
  }
  throw new UnreadableImage('is cut off: it holds no scan');
}

function factsOf(frame: Buffer): ImageFacts {
  if (frame.length < 6) throw new UnreadableImage('is cut off in its frame header');
  const [depth = 0, components = 0] = [frame[0], frame[5]];
  const dimensions = [frame.readUInt16BE(3), frame.readUInt16BE(1)];
  bytesOf(dimensions, depth * components);
  return { format: 'JPEG', dimensions, type: `${depth} bit${components === 1 ? '' : ` x ${components}`}` };
}
