// @ts-check
/** Random numbers that are the same in every run, so that a test that fails once fails again. */
import { createCipheriv } from 'node:crypto';

/**
 * @typedef {object} SeededRandom
 * @property {() => number} next         in [0, 1)
 * @property {(from: number, to: number) => number} between   real, in [from, to)
 * @property {(from: number, to: number) => number} integer   whole, from and to included
 * @property {() => number} normal       mean 0, standard deviation 1
 * @property {<T>(items: readonly T[]) => T} pick
 * @property {(length: number) => Buffer} bytes
 */

/**
 * Mulberry32, stretched from any text or number by FNV-1a.
 * @param {string | number} seed
 * @returns {SeededRandom}
 */
export function seededRandom(seed) {
  let state = 0x811c9dc5;
  for (const character of String(seed)) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  /** @type {SeededRandom['integer']} */
  const integer = (from, to) => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    between: (from, to) => from + next() * (to - from),
    integer,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    pick: (items) => {
      if (items.length === 0) throw new RangeError('nothing to pick from');
      return /** @type {any} */ (items[integer(0, items.length - 1)]);
    },
    bytes: (length) => {
      const key = Buffer.alloc(16);
      key.writeDoubleLE(next());
      key.writeDoubleLE(next(), 8);
      return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
    },
  };
}
