/** Deleting folders: first out of sight by one rename, so that nothing half deleted is ever taken for whole. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { randomName } from './atomic.js';
import { renamed } from './disk.js';
import type { Layout } from './layout.js';

/** Takes a folder or file out of its place. @returns where it is now; undefined when it was not there */
export async function moveToTrash(layout: Layout, target: string): Promise<string | undefined> {
  await fs.mkdir(layout.trash, { recursive: true });
  const place = path.join(layout.trash, randomName());
  return (await renamed(target, place)) ? place : undefined;
}

/** Deletes a folder or file with everything in it. Links are removed, never followed. */
export async function discard(layout: Layout, target: string): Promise<void> {
  const place = await moveToTrash(layout, target);
  if (place !== undefined) await fs.rm(place, { recursive: true, force: true });
  await fs.rmdir(layout.trash).catch(() => undefined); // Others may still have something in it.
}
