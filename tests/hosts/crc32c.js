// @ts-check
/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), for stand-ins that state it. Slow and plain: it is what the quick one is held against. */

const TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ (value & 1 ? 0x82f63b78 : 0);
  return value;
});

/**
 * @param {Uint8Array} data
 * @param {number} [before]  that of the bytes before
 * @returns {number}
 */
export function crc32c(data, before = 0) {
  let value = ~before;
  for (const byte of data) value = (value >>> 8) ^ /** @type {number} */ (TABLE[(value ^ byte) & 0xff]);
  return ~value >>> 0;
}
