// @ts-check
/** MetaImage (.mhd with .raw or .zraw), with the header fields that LUNA16 has: https://itk.org/Wiki/MetaIO/Documentation */
import { endianness } from 'node:os';
import { deflateSync } from 'node:zlib';

/**
 * @typedef {import('./ct.js').Vector} Vector
 * @typedef {import('./archives.js').Member} Member
 */

/**
 * Header and voxels of one volume.
 * @param {string} stem  path without an extension
 * @param {{ size: Vector, spacing: Vector, origin: Vector }} grid
 * @param {Int16Array | Uint8Array} voxels
 * @param {{ compressed?: boolean }} [options]
 * @returns {[Member, Member]}
 */
export function metaImage(stem, { size, spacing, origin }, voxels, { compressed = false } = {}) {
  const raw = littleEndian(voxels);
  const data = compressed ? deflateSync(raw) : raw;
  const dataPath = `${stem}.${compressed ? 'zraw' : 'raw'}`;
  const header = [
    'ObjectType = Image',
    'NDims = 3',
    'BinaryData = True',
    'BinaryDataByteOrderMSB = False',
    `CompressedData = ${compressed ? 'True' : 'False'}`,
    ...(compressed ? [`CompressedDataSize = ${data.length}`] : []),
    'TransformMatrix = 1 0 0 0 1 0 0 0 1',
    `Offset = ${origin.join(' ')}`,
    'CenterOfRotation = 0 0 0',
    'AnatomicalOrientation = RAI',
    `ElementSpacing = ${spacing.join(' ')}`,
    `DimSize = ${size.join(' ')}`,
    `ElementType = ${voxels instanceof Int16Array ? 'MET_SHORT' : 'MET_UCHAR'}`,
    `ElementDataFile = ${dataPath.split('/').at(-1)}`,
  ];
  return [
    { path: `${stem}.mhd`, data: Buffer.from(`${header.join('\n')}\n`) },
    { path: dataPath, data },
  ];
}

/**
 * @param {Int16Array | Uint8Array} voxels
 * @returns {Buffer}
 */
export function littleEndian(voxels) {
  const view = Buffer.from(voxels.buffer, voxels.byteOffset, voxels.byteLength);
  return endianness() === 'LE' || voxels instanceof Uint8Array ? view : Buffer.from(view).swap16();
}
