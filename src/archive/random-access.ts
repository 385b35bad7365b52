/** Bytes that can be read anywhere: files, or one day a host that answers ranges. */
import { type FileHandle, open } from 'node:fs/promises';
import { asDiskError } from '../errors.js';
import { type ArchiveFile, filesOf, volumeAt } from './volumes.js';

export interface RandomAccess {
  /** Bytes in all. */
  readonly size: number;
  /** Where each of the files begins, ascending from 0. */
  readonly starts: readonly number[];
  /** Up to `length` bytes from `position`, fewer only at the end. */
  read(position: number, length: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** @throws DiskError, or the file system's error, when a file cannot be opened */
export async function fileAccess(archive: ArchiveFile): Promise<RandomAccess> {
  const handles: FileHandle[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(handles.splice(0).map((handle) => handle.close()));
  };
  const starts: number[] = [];
  let size = 0;
  try {
    for (const file of filesOf(archive)) {
      const handle = await open(file, 'r');
      handles.push(handle);
      starts.push(size);
      size += (await handle.stat()).size;
    }
  } catch (error) {
    await close();
    throw asDiskError(error);
  }
  return {
    size,
    starts,
    async read(position, length) {
      const buffer = Buffer.allocUnsafe(Math.max(0, Math.min(length, size - position)));
      let filled = 0;
      for (let volume = volumeAt(starts, position); filled < buffer.length && volume < handles.length; ) {
        const from = position + filled - (starts[volume] as number);
        const { bytesRead } = await (handles[volume] as FileHandle).read(buffer, filled, buffer.length - filled, from);
        filled += bytesRead;
        if (bytesRead === 0) volume += 1;
      }
      return buffer.subarray(0, filled);
    },
    close,
  };
}
