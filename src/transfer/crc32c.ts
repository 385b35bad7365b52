/** CRC-32C (Castagnoli, RFC 3720 appendix B.4), eight bytes a step; Google's storage gives it as the checksum of its objects. */

const TABLES = Array.from({ length: 8 }, () => new Int32Array(256));
for (let byte = 0; byte < 256; byte++) {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  (TABLES[0] as Int32Array)[byte] = crc;
}
for (let table = 1; table < 8; table++) {
  for (let byte = 0; byte < 256; byte++) {
    const before = TABLES[table - 1]?.[byte] as number;
    (TABLES[table] as Int32Array)[byte] = (before >>> 8) ^ (TABLES[0]?.[before & 0xff] as number);
  }
}
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];

export class Crc32c {
  #crc = -1;

  update(bytes: Uint8Array): this {
    let crc = this.#crc;
    let at = 0;
    const whole = bytes.length - (bytes.length % 8);
    while (at < whole) {
      crc ^=
        (bytes[at] as number) |
        ((bytes[at + 1] as number) << 8) |
        ((bytes[at + 2] as number) << 16) |
        ((bytes[at + 3] as number) << 24);
      crc =
        (T7[crc & 0xff] as number) ^
        (T6[(crc >>> 8) & 0xff] as number) ^
        (T5[(crc >>> 16) & 0xff] as number) ^
        (T4[crc >>> 24] as number) ^
        (T3[bytes[at + 4] as number] as number) ^
        (T2[bytes[at + 5] as number] as number) ^
        (T1[bytes[at + 6] as number] as number) ^
        (T0[bytes[at + 7] as number] as number);
      at += 8;
    }
    for (; at < bytes.length; at++) crc = (crc >>> 8) ^ (T0[(crc ^ (bytes[at] as number)) & 0xff] as number);
    this.#crc = crc;
    return this;
  }

  digest(): string {
    return ((this.#crc ^ -1) >>> 0).toString(16).padStart(8, '0');
  }
}
