/** Bytes that can be read anywhere: a file, or one day a host that answers ranges. */
import { open } from 'node:fs/promises';
import { asDiskError } from '../errors.js';

export interface RandomAccess {
  /** Bytes in all. */
  readonly size: number;
  /** Up to `length` bytes from `position`, fewer only at the end. */
  read(position: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** @throws DiskError, or the file system's error, when the file cannot be opened */
export async function fileAccess(path: string): Promise<RandomAccess> {
  const handle = await open(path, 'r').catch((error) => {
    throw asDiskError(error);
  });
  const { size } = await handle.stat();
  return {
    size,
    async read(position, length) {
      const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - position)));
      let filled = 0;
      while (filled < buffer.length) {
        const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return buffer.subarray(0, filled);
    },
    close: () => handle.close(),
  };
}
