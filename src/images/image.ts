/** What one image is, as far as its header says, and why one cannot be read. */

export const FORMATS = ['NIfTI', 'Analyze', 'MetaImage', 'NRRD', 'DICOM', 'PNG', 'JPEG', 'TIFF', 'gzip'] as const;

export type Format = (typeof FORMATS)[number];

export interface ImageFacts {
  format: Format;
  /** Voxels or pixels along each axis, the fastest first; empty where the file holds no image, as a DICOM report. */
  dimensions: number[];
  /** Distance of voxels along each axis, in the unit of the format: mm, but for what a header says otherwise. */
  spacing?: number[];
  /** Type of a voxel, in the format's own word. */
  type?: string;
  /** Of DICOM. */
  modality?: string;
  patient?: string;
  study?: string;
  series?: string;
  /** Paths in the dataset of files that belong to this one, such as the raw data of a header. */
  parts?: string[];
}

/** The image is broken, or not what its header says; the message completes a sentence that begins with its name. */
export class UnreadableImage extends Error {}

/** Bytes of an image with so many voxels; a header that claims what no disk holds is a wrong one. @throws UnreadableImage */
export function bytesOf(dimensions: readonly number[], bitsPerVoxel: number): number {
  if (dimensions.length === 0 || !dimensions.every((length) => Number.isInteger(length) && length > 0)) {
    throw new UnreadableImage(`has impossible dimensions: ${dimensions.join(' x ') || 'none'}`);
  }
  if (!Number.isFinite(bitsPerVoxel) || bitsPerVoxel <= 0) throw new UnreadableImage('has an unknown type of voxels');
  const bits = dimensions.reduce((product, length) => product * length, bitsPerVoxel);
  if (bits > Number.MAX_SAFE_INTEGER) throw new UnreadableImage(`claims ${dimensions.join(' x ')} voxels`);
  return Math.ceil(bits / 8);
}

/** @throws UnreadableImage when there is less than the header says */
export function requireBytes(there: number, wanted: number): void {
  if (there >= wanted) return;
  throw new UnreadableImage(`is cut off: its header says ${wanted} bytes, and there are ${Math.max(0, there)}`);
}

/** Finite numbers only: what stands for "not known" in a header is left out. */
export function spacingOf(values: readonly number[]): { spacing?: number[] } {
  const known = values.map((value) => Math.abs(value)).filter((value) => Number.isFinite(value) && value > 0);
  return known.length === values.length && known.length > 0 ? { spacing: known.map(rounded) } : {};
}

const rounded = (value: number): number => Number(value.toPrecision(6));
