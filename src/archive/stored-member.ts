/** A stored member used where it is, for disks that have no room for a copy of it. */
import fs from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { FormatError, quoted } from './refusal.js';
import type { ZipMember } from './zip-directory.js';

const LOCAL_HEADER = 0x04034b50;
const LOCAL_HEADER_BYTES = 30;
const CHUNK = 4 * 1024 * 1024;

/**
 * Moves the bytes of a stored member to the beginning of its zip's file and cuts off the rest, so that the file is the member. A
 * file in which this was stopped half-way is worth nothing.
 * @throws FormatError when its header or its CRC-32 does not fit
 */
export async function becomeStoredMember(file: string, member: ZipMember, signal?: AbortSignal): Promise<void> {
  const { size, path } = member;
  const handle = await fs.open(file, 'r+');
  try {
    const start = await dataStart(handle, member);
    const buffer = Buffer.allocUnsafe(CHUNK);
    let crc = 0;
    for (let at = 0; at < size; ) {
      signal?.throwIfAborted();
      const { bytesRead } = await handle.read(buffer, 0, Math.min(CHUNK, size - at), start + at);
      if (bytesRead === 0) throw new FormatError('is cut off');
      const bytes = buffer.subarray(0, bytesRead);
      crc = crc32(bytes, crc);
      for (let done = 0; done < bytesRead; ) {
        done += (await handle.write(bytes, done, bytesRead - done, at + done)).bytesWritten;
      }
      at += bytesRead;
    }
    if (crc !== member.crc32) throw new FormatError(`is broken: ${quoted(path)} is damaged: its CRC-32 does not fit`);
    await handle.truncate(size);
  } finally {
    await handle.close();
  }
}

/** APPNOTE 6.3.10, section 4.3.7. */
async function dataStart(handle: fs.FileHandle, { offset, path, size }: ZipMember): Promise<number> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(LOCAL_HEADER_BYTES), 0, LOCAL_HEADER_BYTES, offset);
  const isHeader = bytesRead === LOCAL_HEADER_BYTES && buffer.readUInt32LE(0) === LOCAL_HEADER;
  const start = offset + LOCAL_HEADER_BYTES + buffer.readUInt16LE(26) + buffer.readUInt16LE(28);
  if (isHeader && start + size <= (await handle.stat()).size) return start;
  throw new FormatError(`is broken: ${quoted(path)} is not where it must be`);
}
