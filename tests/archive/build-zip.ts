/** A zip, byte by byte, so that every field can lie. APPNOTE 6.3.10, section 4.3. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface ZipPart {
  name: string | Buffer;
  data?: Buffer | string;
  /** Stored unless told. */
  deflate?: boolean;
  /** Unix mode with type bits; sets the host to Unix. */
  mode?: number;
  host?: number;
  flags?: number;
  method?: number;
  extra?: Buffer;
  comment?: string;
  /** What the headers say instead of the truth. */
  crc?: number;
  size?: number;
  compressedSize?: number;
  /** The local header's own story. */
  local?: { name?: string; crc?: number; size?: number; compressedSize?: number; method?: number };
  /** Offset that the directory gives. */
  offset?: number;
  /** Compressed bytes as they are, instead of `data`. */
  raw?: Buffer;
  /** Sizes go into a zip64 field. */
  zip64?: boolean;
  /** Sizes and CRC stand behind the data. */
  descriptor?: boolean;
}

export interface ZipShape {
  /** Bytes before the zip, which its offsets do not count. */
  prefix?: Buffer;
  comment?: string;
  trailing?: Buffer;
  /** Ends with the zip64 records, whatever the count. */
  zip64?: boolean;
  disk?: number;
  members?: number;
}

export function buildZip(parts: readonly ZipPart[], shape: ZipShape = {}): Buffer {
  const body: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const { local, central } = headersOf(part, offset);
    body.push(local);
    directory.push(central);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = endOf(parts.length, list.length, offset, shape);
  return Buffer.concat([shape.prefix ?? Buffer.alloc(0), ...body, list, end, shape.trailing ?? Buffer.alloc(0)]);
}

/** A member: `head` of `local` are its header, name and extra fields. `disk` is the number of the file that it begins in. */
export function headersOf(part: ZipPart, offset: number, disk = 0): { local: Buffer; head: number; central: Buffer } {
  const name = Buffer.isBuffer(part.name) ? part.name : Buffer.from(part.name);
  const data = Buffer.from(part.data ?? '');
  const raw = part.raw ?? (part.deflate === true ? deflateRawSync(data) : data);
  const method = part.method ?? (part.deflate === true ? 8 : 0);
  const crc = part.crc ?? crc32(data);
  const size = part.size ?? data.length;
  const compressedSize = part.compressedSize ?? raw.length;
  const flags = (part.flags ?? 0x800) | (part.descriptor === true ? 8 : 0);
  const host = part.host ?? 3;
  const mode = part.mode ?? 0o100644;

  const localName = part.local?.name === undefined ? name : Buffer.from(part.local.name);
  const told = part.descriptor === true ? { crc: 0, size: 0, compressedSize: 0 } : { crc, size, compressedSize };
  const field = part.zip64 === true ? zip64Field(size, compressedSize) : Buffer.alloc(0);
  const extra = Buffer.concat([field, part.extra ?? Buffer.alloc(0)]);
  const shown = (value: number): number => (part.zip64 === true ? 0xffffffff : value);

  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(20, 4);
  local.writeUInt16LE(flags, 6);
  local.writeUInt16LE(part.local?.method ?? method, 8);
  local.writeUInt32LE(part.local?.crc ?? told.crc, 14);
  local.writeUInt32LE(shown(part.local?.compressedSize ?? told.compressedSize), 18);
  local.writeUInt32LE(shown(part.local?.size ?? told.size), 22);
  local.writeUInt16LE(localName.length, 26);
  local.writeUInt16LE(extra.length, 28);

  const descriptor = Buffer.alloc(part.descriptor === true ? 16 : 0);
  if (part.descriptor === true) {
    descriptor.writeUInt32LE(0x08074b50, 0);
    descriptor.writeUInt32LE(crc, 4);
    descriptor.writeUInt32LE(compressedSize, 8);
    descriptor.writeUInt32LE(size, 12);
  }

  const comment = Buffer.from(part.comment ?? '');
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE((host << 8) | 20, 4);
  central.writeUInt16LE(20, 6);
  central.writeUInt16LE(flags, 8);
  central.writeUInt16LE(method, 10);
  central.writeUInt32LE(crc, 16);
  central.writeUInt32LE(shown(compressedSize), 20);
  central.writeUInt32LE(shown(size), 24);
  central.writeUInt16LE(name.length, 28);
  central.writeUInt16LE(extra.length, 30);
  central.writeUInt16LE(comment.length, 32);
  central.writeUInt16LE(disk, 34);
  central.writeUInt32LE((mode << 16) >>> 0, 38);
  central.writeUInt32LE(part.offset ?? offset, 42);
  return {
    local: Buffer.concat([local, localName, extra, raw, descriptor]),
    head: local.length + localName.length + extra.length,
    central: Buffer.concat([central, name, extra, comment]),
  };
}

function zip64Field(size: number, compressedSize: number): Buffer {
  const field = Buffer.alloc(20);
  field.writeUInt16LE(1, 0);
  field.writeUInt16LE(16, 2);
  field.writeBigUInt64LE(BigInt(size), 4);
  field.writeBigUInt64LE(BigInt(compressedSize), 12);
  return field;
}

function endOf(count: number, listBytes: number, listOffset: number, shape: ZipShape): Buffer {
  const { comment = '', zip64 = false, disk = 0, members = count } = shape;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(disk, 4);
  end.writeUInt16LE(disk, 6);
  end.writeUInt16LE(zip64 ? 0xffff : members, 8);
  end.writeUInt16LE(zip64 ? 0xffff : members, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : listBytes, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : listOffset, 16);
  end.writeUInt16LE(Buffer.byteLength(comment), 20);
  if (!zip64) return Buffer.concat([end, Buffer.from(comment)]);

  const record = Buffer.alloc(56);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(members), 24);
  record.writeBigUInt64LE(BigInt(members), 32);
  record.writeBigUInt64LE(BigInt(listBytes), 40);
  record.writeBigUInt64LE(BigInt(listOffset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(listOffset + listBytes), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([record, locator, end, Buffer.from(comment)]);
}
