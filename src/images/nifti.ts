/** NIfTI-1 and -2 (https://nifti.nimh.nih.gov), their headers read by nifti-reader-js, and the Analyze 7.5 that they come from. */
import type { FileContent } from './content.js';
import { bytesOf, type ImageFacts, requireBytes, spacingOf, UnreadableImage } from './image.js';

/** Bytes of the longer header, and a little more. */
const HEAD = 544;

interface Header {
  facts: ImageFacts;
  /** Bytes before the image, and of it. */
  offset: number;
  bytes: number;
  /** True when the image is in a file of its own. */
  apart: boolean;
}

/** A `.nii` or `.nii.gz`: header and image in one. */
export async function readNifti(content: FileContent, gzipped: boolean): Promise<ImageFacts> {
  if (!gzipped) {
    const header = await headerOf(await content.read(0, HEAD));
    requireBytes(content.size - header.offset, header.bytes);
    return header.facts;
  }
  const { readHeader } = await niftiReader();
  const wanted = (head: Buffer) => {
    const { offset, bytes } = headerFrom(head, readHeader);
    return offset + bytes;
  };
  const { head, bytes } = await content.unpacked({ head: HEAD }, wanted);
  const header = headerFrom(head, readHeader);
  requireBytes(bytes - header.offset, header.bytes);
  return header.facts;
}

/** A `.hdr` whose image is in the `.img` beside it, of so many bytes. */
export async function readPair(
  content: FileContent,
  image: { path: string; bytes: number } | undefined,
): Promise<ImageFacts> {
  const header = await headerOf(await content.read(0, HEAD));
  if (!header.apart) return header.facts;
  if (image === undefined) throw new UnreadableImage('has no .img beside it');
  requireBytes(image.bytes - header.offset, header.bytes);
  return { ...header.facts, parts: [image.path] };
}

async function headerOf(head: Buffer): Promise<Header> {
  return headerFrom(head, (await niftiReader()).readHeader);
}

const niftiReader = () => import('nifti-reader-js');
type ReadHeader = Awaited<ReturnType<typeof niftiReader>>['readHeader'];

function headerFrom(head: Buffer, readHeader: ReadHeader): Header {
  if (head.length < 348) throw new UnreadableImage('is cut off: not even its header is whole');
  const magic = head.toString('latin1', 344, 347);
  const isNifti = /^n[+i]1$/.test(magic) || /^n[+i]2$/.test(head.toString('latin1', 4, 7));
  if (!isNifti) return analyze(head);
  const copy = head.buffer.slice(head.byteOffset, head.byteOffset + head.length) as ArrayBuffer;
  let header: ReturnType<ReadHeader> | null;
  try {
    header = readHeader(copy, true);
  } catch {
    header = null;
  }
  if (header === null || header === undefined) throw new UnreadableImage('has a header that cannot be read');
  const [count = 0] = header.dims;
  const dimensions = header.dims.slice(1, count + 1).map(Number);
  const apart = header.magic?.startsWith('ni') === true;
  const name = header.getDatatypeCodeString(header.datatypeCode);
  return {
    facts: {
      format: 'NIfTI',
      dimensions: trimmed(dimensions),
      ...spacingOf(header.pixDims.slice(1, Math.min(count, 3) + 1)),
      ...(name === undefined || name === '' ? {} : { type: name.toLowerCase() }),
    },
    offset: apart ? Math.max(0, header.vox_offset) : Math.max(header.vox_offset, 348),
    bytes: bytesOf(dimensions, header.numBitsPerVoxel),
    apart,
  };
}

/** https://rportal.mayo.edu/bir/ANALYZE75.pdf: the same fields at the same places, of either byte order. */
function analyze(head: Buffer): Header {
  const little = head.readInt32LE(0) === 348;
  if (!little && head.readInt32BE(0) !== 348) throw new UnreadableImage('has no header of NIfTI or Analyze');
  const int16 = (at: number) => (little ? head.readInt16LE(at) : head.readInt16BE(at));
  const float = (at: number) => (little ? head.readFloatLE(at) : head.readFloatBE(at));
  const count = int16(40);
  if (count < 1 || count > 7) throw new UnreadableImage(`has impossible dimensions: ${count} axes`);
  const dimensions = Array.from({ length: count }, (_, axis) => int16(42 + 2 * axis));
  return {
    facts: {
      format: 'Analyze',
      dimensions: trimmed(dimensions),
      ...spacingOf(Array.from({ length: Math.min(count, 3) }, (_, axis) => float(80 + 4 * axis))),
    },
    offset: 0,
    bytes: bytesOf(dimensions, int16(72)),
    apart: true,
  };
}

/** Axes of length 1 at the end say nothing. */
function trimmed(dimensions: readonly number[]): number[] {
  const last = dimensions.findLastIndex((length) => length !== 1);
  return dimensions.slice(0, Math.max(last + 1, Math.min(3, dimensions.length)));
}
