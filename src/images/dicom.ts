/** DICOM files (https://dicom.nema.org/medical/dicom/current/output/html/part10.html), their headers read by dicom-parser. */
import type { DataSet } from 'dicom-parser';
import type { FileContent } from './content.js';
import { bytesOf, type ImageFacts, requireBytes, spacingOf, UnreadableImage } from './image.js';

/** How much of a file is read to find its pixel data: little first. Bytes. */
const FIRST = 256 * 1024;
const LONGEST = 64 * 1024 * 1024;
/** Fragments of one image. */
const MOST_FRAGMENTS = 10_000_000;

const PIXEL_DATA = 'x7fe00010';
/** Deflated as a whole. */
const DEFLATED = '1.2.840.10008.1.2.1.99';

export async function readDicom(content: FileContent): Promise<ImageFacts> {
  const { default: dicomParser } = await import('dicom-parser');
  for (let length = FIRST; ; length *= 4) {
    const bytes = await content.read(0, Math.min(length, LONGEST));
    let data: DataSet;
    try {
      data = dicomParser.parseDicom(bytes, { untilTag: PIXEL_DATA });
    } catch (error) {
      if (bytes.length < content.size && length < LONGEST) continue;
      throw new UnreadableImage(
        `has a header that cannot be read: ${String((error as { exception?: string }).exception ?? (error as Error).message ?? error)}`,
      );
    }
    const found = data.elements[PIXEL_DATA];
    // Without pixels, the header may just go on behind what was read.
    if (found === undefined && bytes.length < content.size && length < LONGEST) continue;
    const facts = factsOf(data);
    if (found === undefined || data.string('x00020010') === DEFLATED) return facts;
    const isPacked = found.hadUndefinedLength === true || found.encapsulatedPixelData === true;
    if (isPacked) await requireFragments(content, found.dataOffset);
    else requireBytes(content.size - found.dataOffset, found.length);
    if (!isPacked) requireBytes(found.length, pixelBytes(data));
    return facts;
  }
}

function pixelBytes(data: DataSet): number {
  const frames = Math.max(1, data.intString('x00280008') ?? 1);
  const samples = Math.max(1, data.uint16('x00280002') ?? 1);
  const dimensions = [data.uint16('x00280011') ?? 0, data.uint16('x00280010') ?? 0, frames];
  const bits = data.uint16('x00280100') ?? 0;
  // YBR_FULL_422 shares the colours of two pixels.
  const shared = data.string('x00280004') === 'YBR_FULL_422' ? 2 / 3 : 1;
  return Math.floor(bytesOf(dimensions, bits * samples) * shared);
}

function factsOf(data: DataSet): ImageFacts {
  const text = (tag: string) => data.string(tag)?.replace(/\0/g, '').trim() || undefined;
  const [rows, columns] = [data.uint16('x00280010'), data.uint16('x00280011')];
  const frames = data.intString('x00280008') ?? 1;
  const between = (data.string('x00280030') ?? '').split('\\').map(Number);
  const thick = Number(data.string('x00180088') ?? data.string('x00180050') ?? Number.NaN);
  const plane = between.length === 2 ? [between[1] as number, between[0] as number] : [];
  const known = {
    modality: text('x00080060'),
    patient: text('x00100020'),
    study: text('x0020000d'),
    series: text('x0020000e'),
  };
  return {
    format: 'DICOM',
    dimensions: rows === undefined || columns === undefined ? [] : [columns, rows, ...(frames > 1 ? [frames] : [])],
    ...(plane.length === 0 ? {} : spacingOf(Number.isFinite(thick) && thick > 0 ? [...plane, thick] : plane)),
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
  };
}

/** Compressed pixels are items with lengths of their own, behind each other to the end of the sequence (PS3.5 A.4). */
async function requireFragments(content: FileContent, start: number): Promise<void> {
  let at = start;
  for (let count = 0; count < MOST_FRAGMENTS; count++) {
    const head = await content.read(at, 8);
    if (head.length < 8) throw new UnreadableImage('is cut off: its pixel data does not end');
    const [group, element, length] = [head.readUInt16LE(0), head.readUInt16LE(2), head.readUInt32LE(4)];
    if (group !== 0xfffe) throw new UnreadableImage('is broken: its pixel data is no sequence of fragments');
    if (element === 0xe0dd) {
      if (count < 2) throw new UnreadableImage('has no pixel data');
      return;
    }
    if (element !== 0xe000 || length === 0xffffffff)
      throw new UnreadableImage('is broken: its pixel data is no sequence of fragments');
    at += 8 + length;
    if (at > content.size) throw new UnreadableImage('is cut off in its pixel data');
  }
  throw new UnreadableImage(`has more than ${MOST_FRAGMENTS} fragments`);
}
