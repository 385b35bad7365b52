/** Bytes that must outlive a power cut. */
import { fsync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { promisify } from 'node:util';

/** What file systems without fsync say; then there is nothing to be done. */
const NO_FSYNC = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM']);

const sync = promisify(fsync);

/** fsync. Some network file systems have none, which is no error. */
export function flush(handle: FileHandle): Promise<void> {
  return tolerant(handle.sync());
}

/** The same, of a file's descriptor. */
export function flushFd(fd: number): Promise<void> {
  return tolerant(sync(fd));
}

async function tolerant(flushing: Promise<void>): Promise<void> {
  try {
    await flushing;
  } catch (error) {
    if (!NO_FSYNC.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
