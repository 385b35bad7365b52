/** Gives back room: what crashes, interrupted fetches and kept archives have left. Data of complete datasets is never touched. */
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { BusyError } from '../errors.js';
import { TEMPORARY } from './atomic.js';
import { clearAttempt, readAttempt } from './attempt.js';
import { recoverCommit } from './commit.js';
import { onDisk, unlessAbsent } from './disk.js';
import { knownIds } from './inventory.js';
import type { Layout } from './layout.js';
import { acquireLock, lockHolder } from './lock.js';
import { readManifest } from './manifest.js';
import { stagedFolder } from './staged-folder.js';
import { discard } from './trash.js';
import { walk } from './walk.js';

export interface CleanItem {
  /**
   * archives: kept archives. leftovers: parts of a dataset that is complete. unfinished: parts that the next fetch would go on
   * with. temporary: half-written state files. trash: what was being deleted.
   */
  kind: 'archives' | 'leftovers' | 'unfinished' | 'temporary' | 'trash';
  /** Absent for trash. */
  id?: string;
  path: string;
  bytes: number;
}

export interface CleanOptions {
  /** Also what the next fetch of a dataset would go on with. */
  unfinished?: boolean;
}

/** What can go, of all datasets or of some; nothing of a dataset that a process works on. @throws UsageError, DiskError */
export async function planClean(
  layout: Layout,
  ids?: readonly string[],
  options: CleanOptions = {},
): Promise<CleanItem[]> {
  const items: CleanItem[] = [];
  for (const id of ids ?? (await knownIds(layout))) {
    if ((await lockHolder(layout, id)) === undefined) items.push(...(await itemsOf(layout, id, options)));
  }
  if (ids === undefined && existsSync(layout.trash)) {
    items.push({ kind: 'trash', path: layout.trash, bytes: await sizeOf(layout.trash) });
  }
  return items;
}

/** Removes what was planned and still holds. @returns the items that are gone, and their bytes. @throws DiskError */
export async function clean(
  layout: Layout,
  items: readonly CleanItem[],
): Promise<{ bytes: number; removed: CleanItem[] }> {
  const removed: CleanItem[] = [];
  for (const id of new Set(items.map((item) => item.id))) {
    const planned = items.filter((item) => item.id === id);
    if (id === undefined) {
      for (const { path: folder } of planned) await fs.rm(folder, { recursive: true, force: true });
      removed.push(...planned);
    } else {
      removed.push(...(await cleanDataset(layout, id, planned)));
    }
  }
  return { bytes: removed.reduce((sum, { bytes }) => sum + bytes, 0), removed };
}

function cleanDataset(layout: Layout, id: string, planned: readonly CleanItem[]): Promise<CleanItem[]> {
  return onDisk(id, async () => {
    const lock = await acquireLock(layout, id, { command: 'clean', wait: false }).catch((error) => {
      if (error instanceof BusyError) return undefined;
      throw error;
    });
    if (lock === undefined) return [];
    try {
      await recoverCommit(layout, id);
      // A fetch may have begun, or ended, since the plan was made.
      const now = await itemsOf(layout, id, { unfinished: true });
      const holds = now.filter((item) =>
        planned.some(({ kind, path: place }) => item.kind === kind && item.path === place),
      );
      for (const item of holds) {
        await discard(layout, item.path);
        if (item.kind === 'unfinished') await clearAttempt(layout, id);
      }
      // The recovery may have taken away what was planned.
      return planned.filter(({ path: place }) => !existsSync(place));
    } finally {
      await lock.release();
    }
  });
}

function itemsOf(layout: Layout, id: string, options: CleanOptions): Promise<CleanItem[]> {
  return onDisk(id, async () => {
    const items: CleanItem[] = [];
    const add = async (kind: CleanItem['kind'], place: string) => {
      if (existsSync(place)) items.push({ kind, id, path: place, bytes: await sizeOf(place) });
    };
    await add('archives', layout.archives(id));
    const kind = (await isUnfinished(layout, id)) ? 'unfinished' : 'leftovers';
    if (kind === 'leftovers' || options.unfinished === true) await add(kind, layout.parts(id));
    for (const name of await unlessAbsent(fs.readdir(layout.state(id)), [])) {
      if (TEMPORARY.test(name)) await add('temporary', path.join(layout.state(id), name));
    }
    return items;
  });
}

async function isUnfinished(layout: Layout, id: string): Promise<boolean> {
  if (await isCommitting(layout, id)) return true;
  if ((await readAttempt(layout, id)) !== undefined) return true;
  return (await readManifest(layout, id).catch(() => undefined)) === undefined;
}

/** A commit that was stopped once its files were in their place has only what is to be tidied up. */
async function isCommitting(layout: Layout, id: string): Promise<boolean> {
  const claimed = await unlessAbsent(fs.readdir(layout.commit(id)), []);
  return claimed.some((name) => existsSync(stagedFolder(path.join(layout.commit(id), name)).files));
}

/** Bytes on disk; a part may have holes. */
async function sizeOf(place: string): Promise<number> {
  const stat = await fs.lstat(place);
  if (!stat.isDirectory()) return onDiskSize(stat);
  let bytes = 0;
  for await (const name of walk(place)) {
    const file = await unlessAbsent(fs.lstat(path.join(place, name)), undefined);
    if (file !== undefined) bytes += onDiskSize(file);
  }
  return bytes;
}

const onDiskSize = ({ size, blocks }: { size: number; blocks: number }): number => Math.min(size, blocks * 512);
