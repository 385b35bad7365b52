// @ts-check
/** NIfTI-1 in a single file (.nii; gzip it for .nii.gz): https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h */
import { littleEndian } from './metaimage.js';

const DATA_OFFSET = 352;
const TYPES = { int16: { code: 4, bits: 16 }, uint8: { code: 2, bits: 8 } };

/**
 * Axes of a phantom point left, back and up (LPS); NIfTI's world points right, front and up (RAS), so x and y change sign.
 * @param {{ size: import('./ct.js').Vector, spacing: import('./ct.js').Vector, origin: import('./ct.js').Vector }} grid
 * @param {Int16Array | Uint8Array} voxels
 * @returns {Buffer}
 */
export function nifti({ size, spacing, origin }, voxels) {
  const { code, bits } = voxels instanceof Int16Array ? TYPES.int16 : TYPES.uint8;
  const header = Buffer.alloc(DATA_OFFSET);
  header.writeInt32LE(348, 0);
  for (const [index, value] of [3, ...size, 1, 1, 1, 1].entries()) header.writeInt16LE(value, 40 + 2 * index);
  header.writeInt16LE(code, 70);
  header.writeInt16LE(bits, 72);
  // pixdim[0] is the handedness factor of the q-form.
  for (const [index, value] of [1, ...spacing].entries()) header.writeFloatLE(value, 76 + 4 * index);
  header.writeFloatLE(DATA_OFFSET, 108);
  header.writeFloatLE(1, 112); // slope
  header.writeUInt8(2, 123); // millimetres
  header.write('medds phantom', 148, 'latin1');
  header.writeInt16LE(1, 252); // q-form: scanner coordinates
  header.writeInt16LE(1, 254); // s-form: likewise
  // Half a turn about z: the quaternion (0, 0, 0, 1).
  header.writeFloatLE(1, 264);
  const offset = [-origin[0], -origin[1], origin[2]];
  for (const [index, value] of offset.entries()) header.writeFloatLE(value, 268 + 4 * index);
  const rows = [
    [-spacing[0], 0, 0, -origin[0]],
    [0, -spacing[1], 0, -origin[1]],
    [0, 0, spacing[2], origin[2]],
  ];
  for (const [index, value] of rows.flat().entries()) header.writeFloatLE(value, 280 + 4 * index);
  header.write('n+1\0', 344, 'latin1');
  return Buffer.concat([header, littleEndian(voxels)]);
}
