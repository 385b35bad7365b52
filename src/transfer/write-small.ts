/** Writes a small file in one go, hashed and flushed. Blocks but for the flush, which waits for the disk. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { Algorithm, Digests } from '../checksum.js';
import { flushFd } from '../flush.js';
import { Hashing } from './hashing.js';

export interface SmallFile {
  /** Absolute; must not be there. */
  file: string;
  bytes: Uint8Array;
  algorithms: readonly Algorithm[];
}

/** To have the thread pool do each step costs five times as much; it is flushed while it is open, for the same reason. @throws file system errors */
export async function writeSmall({ file, bytes, algorithms }: SmallFile): Promise<Digests> {
  const hashing = new Hashing(algorithms, bytes.length);
  hashing.update(bytes);
  const fd = openSync(file, 'wx');
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
    await flushFd(fd);
  } finally {
    closeSync(fd);
  }
  return hashing.digest();
}
