/** What earlier runs left of a dataset's work area: made ours, and looked at for what of it is still there. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { randomName } from './atomic.js';
import { differentDisks, renamed } from './disk.js';
import { eachAtMost } from './each.js';
import type { Layout } from './layout.js';
import { type DoneRecord, dropLostParts, findStaged, placeOf, type StagedFolder } from './staged-folder.js';
import { discard } from './trash.js';

/** Makes one staged folder ours by renaming it; any other is what two processes made at once, and only costs room. */
export async function takeOver(layout: Layout, id: string): Promise<string> {
  const folder = path.join(layout.parts(id), `staged.${randomName()}`);
  let ours = false;
  for (const found of await findStaged(layout, id)) {
    if (ours) await discard(layout, found);
    else ours = await renamed(found, folder);
  }
  if (!ours) await fs.mkdir(folder, { recursive: true });
  return folder;
}

/** A commit is a rename: parts and datasets must lie in one file system. */
export async function requireOneDisk(layout: Layout, id: string): Promise<void> {
  const datasets = path.dirname(layout.dataset(id));
  await fs.mkdir(datasets, { recursive: true });
  await fs.mkdir(layout.parts(id), { recursive: true });
  if ((await fs.stat(datasets)).dev !== (await fs.stat(layout.parts(id))).dev) throw differentDisks(id);
}

/** Of the records, those whose result is there. */
export async function present(
  staged: StagedFolder,
  records: Map<string, DoneRecord>,
): Promise<Map<string, DoneRecord>> {
  await eachAtMost(32, [...records.values()], async (record) => {
    if (record.partOf !== undefined) return;
    const place = record.unpacked
      ? staged.members(record.key)
      : path.join(staged.files, placeOf(record.into, record.path));
    const stat = await fs.lstat(place).catch(() => undefined);
    if (stat?.isFile() !== true || (!record.unpacked && stat.size !== record.size)) records.delete(record.key);
  });
  dropLostParts(records);
  return records;
}
