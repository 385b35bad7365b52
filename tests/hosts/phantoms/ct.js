// @ts-check
/** A chest CT that never was: an ellipsoid body, two lungs, a few nodules, and noise, in Hounsfield units. */
import { seededRandom } from '../../support/seeded-random.js';

/**
 * @typedef {[number, number, number]} Vector  x (right to left), y (front to back), z (feet to head), as DICOM and MetaImage count
 *
 * @typedef {object} Phantom
 * @property {Vector} size       voxels
 * @property {Vector} spacing    mm
 * @property {Vector} origin     mm, centre of the first voxel
 * @property {Int16Array} voxels HU, x fastest
 * @property {Uint8Array} lungs  3 and 4 inside the two lungs, as LUNA16 labels them; 0 elsewhere
 * @property {{ centre: Vector, diameter: number }[]} nodules  mm
 */

const EXTENT = /** @type {Vector} */ ([360, 260, 300]);
const AIR = -1000;
const SOFT_TISSUE = 40;
const LUNG = -850;
const NODULE = 20;
const LUNGS = [
  { label: 3, centre: /** @type {Vector} */ ([75, 0, 0]), radii: /** @type {Vector} */ ([58, 82, 128]) },
  { label: 4, centre: /** @type {Vector} */ ([-75, 0, 0]), radii: /** @type {Vector} */ ([58, 82, 128]) },
];

/**
 * @param {{ size: Vector, seed?: string | number, nodules?: number, noise?: number }} options  noise: standard deviation, HU
 * @returns {Phantom}
 */
export function ctPhantom({ size, seed = 0, nodules: count = 3, noise = 12 }) {
  const random = seededRandom(seed);
  const spacing = /** @type {Vector} */ (EXTENT.map((extent, axis) => extent / /** @type {number} */ (size[axis])));
  const origin = /** @type {Vector} */ (
    EXTENT.map((extent, axis) => -extent / 2 + /** @type {number} */ (spacing[axis]) / 2)
  );
  const nodules = Array.from({ length: count }, () => {
    const { centre } = random.pick(LUNGS);
    // 0.4 of a lung's radii from its centre even the largest nodule is wholly inside. A voxel's centre is its own, so that
    // the smallest does not fall between the voxels of a coarse grid.
    const place = [23, 33, 51].map((reach, axis) => {
      const [start, step] = [/** @type {number} */ (origin[axis]), /** @type {number} */ (spacing[axis])];
      const wanted = /** @type {number} */ (centre[axis]) + random.between(-reach, reach);
      return start + Math.round((wanted - start) / step) * step;
    });
    return { centre: /** @type {Vector} */ (place), diameter: random.between(5, 28) };
  });

  const voxels = new Int16Array(size[0] * size[1] * size[2]).fill(AIR);
  const lungs = new Uint8Array(voxels.length);
  const grid = { size, spacing, origin };
  fillEllipsoid(voxels, grid, [0, 0, 0], [165, 118, 240], SOFT_TISSUE);
  for (const { label, centre, radii } of LUNGS) {
    fillEllipsoid(voxels, grid, centre, radii, LUNG);
    fillEllipsoid(lungs, grid, centre, radii, label);
  }
  for (const { centre, diameter } of nodules) {
    fillEllipsoid(voxels, grid, centre, [diameter / 2, diameter / 2, diameter / 2], NODULE);
  }
  addNoise(voxels, random, noise);
  return { ...grid, voxels, lungs, nodules };
}

/**
 * Row by row, so that large volumes are quick.
 * @param {Int16Array | Uint8Array} voxels
 * @param {{ size: Vector, spacing: Vector, origin: Vector }} grid
 * @param {Vector} centre  mm
 * @param {Vector} radii   mm
 * @param {number} value
 */
function fillEllipsoid(voxels, { size, spacing, origin }, centre, radii, value) {
  for (let z = 0; z < size[2]; z += 1) {
    const dz = (origin[2] + z * spacing[2] - centre[2]) / radii[2];
    for (let y = 0; y < size[1]; y += 1) {
      const dy = (origin[1] + y * spacing[1] - centre[1]) / radii[1];
      const rest = 1 - dy * dy - dz * dz;
      if (rest <= 0) continue;
      const half = radii[0] * Math.sqrt(rest);
      const from = Math.max(0, Math.ceil((centre[0] - half - origin[0]) / spacing[0]));
      const to = Math.min(size[0] - 1, Math.floor((centre[0] + half - origin[0]) / spacing[0]));
      const row = (z * size[1] + y) * size[0];
      if (from <= to) voxels.fill(value, row + from, row + to + 1);
    }
  }
}

/**
 * Normal noise from one table, entered at another place for every row of 256 voxels.
 * @param {Int16Array} voxels
 * @param {import('../../support/seeded-random.js').SeededRandom} random
 * @param {number} deviation
 */
function addNoise(voxels, random, deviation) {
  const table = Int16Array.from({ length: 16_384 + 256 }, () => Math.round(random.normal() * deviation));
  for (let row = 0; row < voxels.length; row += 256) {
    const shift = random.integer(0, 16_383) - row;
    const end = Math.min(row + 256, voxels.length);
    for (let at = row; at < end; at += 1) {
      voxels[at] = /** @type {number} */ (voxels[at]) + /** @type {number} */ (table[at + shift]);
    }
  }
}
