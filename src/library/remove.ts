/** Removes a dataset, and everything else that the library has of it. */
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { NotFoundError } from '../errors.js';
import { onDisk } from './disk.js';
import { datasetStatus } from './inventory.js';
import type { Layout } from './layout.js';
import { acquireLock, type LockOptions } from './lock.js';
import { discard, moveToTrash } from './trash.js';

export interface Removed {
  id: string;
  /** Files of the dataset, when it was complete. */
  files?: number;
  /** Bytes of the dataset, of what was under way, and of kept archives. */
  bytes: number;
}

/**
 * The dataset vanishes by one rename before anything of it is deleted, so it is never half there and taken for whole. Links are
 * removed, never followed.
 * @throws NotFoundError when there is nothing of it, BusyError, DiskError
 */
export function removeDataset(
  layout: Layout,
  id: string,
  options: Partial<Omit<LockOptions, 'command'>> = {},
): Promise<Removed> {
  return onDisk(id, async () => {
    const places = [layout.dataset(id), layout.state(id), layout.parts(id), layout.archives(id)];
    if (!places.some((place) => existsSync(place))) {
      throw new NotFoundError(`There is nothing of ${id} in the library`, {
        hint: 'medds status shows what there is.',
      });
    }
    const lock = await acquireLock(layout, id, { wait: false, ...options, command: 'remove' });
    try {
      const { files, bytes = 0, parts, archives } = await datasetStatus(layout, id);
      const removed: Removed = { id, bytes: bytes + parts + archives };
      if (files !== undefined) removed.files = files;
      const hidden = await moveToTrash(layout, layout.dataset(id));
      await fs.rm(layout.manifest(id), { force: true });
      for (const name of await fs.readdir(layout.state(id))) {
        if (name !== path.basename(layout.lock(id))) await fs.rm(path.join(layout.state(id), name), { force: true });
      }
      await discard(layout, layout.parts(id));
      await discard(layout, layout.archives(id));
      if (hidden !== undefined) await discard(layout, hidden);
      return removed;
    } finally {
      await lock.release();
    }
  });
}
