/** Bytes that must outlive a power cut. */
import type { FileHandle } from 'node:fs/promises';

/** What file systems without fsync say; then there is nothing to be done. */
const NO_FSYNC = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EPERM']);

/** fsync. Some network file systems have none, which is no error. */
export async function flush(handle: FileHandle): Promise<void> {
  try {
    await handle.sync();
  } catch (error) {
    if (!NO_FSYNC.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
