// @ts-check
/** A fundus photograph that never was: an orange disc, a bright optic nerve head, and vessels that branch from it. */
import { seededRandom } from '../../support/seeded-random.js';
import { png } from './png.js';

/**
 * @param {{ width: number, height: number, seed?: string | number }} options
 * @returns {{ image: Buffer, vessels: Buffer, field: Buffer }}  PNG: colour image, vessel mask, field of view
 */
export function fundus({ width, height, seed = 0 }) {
  const random = seededRandom(seed);
  const [centreX, centreY, radius] = [width / 2, height / 2, Math.min(width, height) * 0.47];
  const nerve = { x: centreX + radius * 0.55, y: centreY, radius: radius * 0.14 };
  const vessels = new Uint8Array(width * height);
  for (let branch = 0; branch < 8; branch += 1) {
    let [x, y, angle] = [nerve.x, nerve.y, (branch / 8) * 2 * Math.PI + random.between(-0.2, 0.2)];
    for (let step = 0; step < radius * 1.4; step += 1) {
      angle += random.between(-0.12, 0.12);
      [x, y] = [x + Math.cos(angle), y + Math.sin(angle)];
      const [column, row] = [Math.round(x), Math.round(y)];
      if (Math.hypot(x - centreX, y - centreY) < radius)
        vessels.fill(255, row * width + column - 1, row * width + column + 2);
    }
  }
  const image = new Uint8Array(width * height * 3);
  const field = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = y * width + x;
      const distance = Math.hypot(x - centreX, y - centreY) / radius;
      if (distance >= 1) continue;
      field[at] = 255;
      const bright = Math.hypot(x - nerve.x, y - nerve.y) < nerve.radius ? 1.5 : 1;
      const light = bright * (1 - 0.4 * distance * distance) * (vessels[at] === 255 ? 0.6 : 1);
      const grain = random.between(-6, 6);
      image.set(
        [170, 85, 40].map((channel) => Math.max(0, Math.min(255, channel * light + grain))),
        at * 3,
      );
    }
  }
  return { image: png(width, height, image), vessels: png(width, height, vessels), field: png(width, height, field) };
}
