/** A tar, byte by byte, so that every field can lie. POSIX.1-2017, pax, and the GNU tar manual. */

export interface TarPart {
  name: string | Buffer;
  data?: Buffer | string;
  /** Type flag; '0' is a file. */
  type?: string;
  link?: string;
  mode?: number;
  /** What the header says instead of the body's length; a buffer is the field as it is. */
  size?: number | Buffer;
  /** Records of a PAX header before this member. */
  pax?: Record<string, string>;
  /** A PAX header's body as it is. */
  rawPax?: Buffer;
  prefix?: string;
  checksum?: number;
  magic?: 'ustar' | 'gnu' | 'none';
}

const END = Buffer.alloc(1024);

export function buildTar(parts: readonly TarPart[], end: Buffer = END): Buffer {
  return Buffer.concat([...parts.flatMap(blocksOf), end]);
}

function blocksOf(part: TarPart): Buffer[] {
  const data = Buffer.from(part.data ?? '');
  const before = part.rawPax ?? (part.pax === undefined ? undefined : paxBody(part.pax));
  const pax = before === undefined ? [] : blocksOf({ name: 'PaxHeaders/x', type: 'x', data: before });
  return [...pax, headerOf(part, data.length), data, Buffer.alloc((512 - (data.length % 512)) % 512)];
}

/** Records whose length counts itself. */
export function paxBody(records: Record<string, string>): Buffer {
  const lines = Object.entries(records).map(([key, value]) => {
    const rest = Buffer.byteLength(` ${key}=${value}\n`);
    let length = rest + String(rest).length;
    if (String(length).length > String(rest).length) length = rest + String(length).length;
    return `${length} ${key}=${value}\n`;
  });
  return Buffer.from(lines.join(''));
}

function headerOf(part: TarPart, length: number): Buffer {
  const header = Buffer.alloc(512);
  Buffer.from(part.name).copy(header, 0, 0, 100);
  header.write(octal(part.mode ?? 0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  const size = part.size ?? length;
  if (Buffer.isBuffer(size)) size.copy(header, 124, 0, 12);
  else header.write(octal(size, 11), 124);
  header.write(octal(0, 11), 136);
  header.write(part.type ?? '0', 156, 'latin1');
  header.write(part.link ?? '', 157, 100);
  if (part.magic === 'gnu') header.write('ustar  \0', 257, 'latin1');
  else if (part.magic !== 'none') header.write('ustar\0' + '00', 257, 'latin1');
  header.write(part.prefix ?? '', 345, 155);
  header.fill(0x20, 148, 156);
  const sum = part.checksum ?? header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0 `, 148, 'latin1');
  return header;
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
