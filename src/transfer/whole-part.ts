/** Parts that lack nothing: how a whole file waits in the library for others, so that a later run takes it for downloaded. */
import fs from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { Downloaded } from './downloaded.js';
import { Part } from './part.js';

const CHUNK = 4 * 1024 * 1024;

export interface PartName {
  /** Folder for parts. */
  parts: string;
  key: string;
  /** Path of the remote file. */
  path: string;
}

/** Copies a file into a part. @throws file system errors */
export async function keepWhole(file: string, name: PartName): Promise<void> {
  const source = await fs.open(file, 'r');
  try {
    const { size } = await source.stat();
    const part = await Part.create(name.parts, name.key, name.path, { size });
    try {
      const buffer = Buffer.allocUnsafe(CHUNK);
      for (let at = 0; at < size; ) {
        const { bytesRead } = await source.read(buffer, 0, CHUNK, at);
        if (bytesRead === 0) break; // It is being cut off by somebody; what is missing is fetched.
        const bytes = buffer.subarray(0, bytesRead);
        await part.write([bytes], at, bytesRead, crc32(bytes));
        at += bytesRead;
      }
    } finally {
      await part.close();
    }
  } finally {
    await source.close();
  }
}

/** The part that earlier runs left of a file, when it is whole; undefined otherwise. @throws file system errors */
export async function findWhole(name: PartName): Promise<Pick<Downloaded, 'file' | 'size' | 'discard'> | undefined> {
  const part = await Part.takeOver(name.parts, name.key, name.path);
  if (part === undefined) return undefined;
  await part.close();
  if (!part.ranges.complete) return undefined;
  return { file: part.file, size: part.ranges.size, discard: () => part.remove() };
}
