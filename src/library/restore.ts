/** Puts files that `verify` found broken back into a complete dataset, from remote files that were fetched again. */
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { IntegrityError } from '../errors.js';
import { printable } from '../printable.js';
import { flushFolder } from './atomic.js';
import { onDisk } from './disk.js';
import type { Layout } from './layout.js';
import { type FileRecord, readManifest, writeVerification } from './manifest.js';
import { readRecords } from './records.js';
import { type DoneRecord, type MemberRecord, placeOf } from './staged-folder.js';
import type { Staging } from './staging.js';

/**
 * Each file is replaced by one rename. What was fetched is dropped afterwards.
 * @param broken records of the files to put back, by their path in the dataset
 * @throws IntegrityError when what was fetched does not hold a file with the contents recorded, DiskError
 */
export function restoreFiles(
  layout: Layout,
  id: string,
  staging: Staging,
  fetched: readonly DoneRecord[],
  broken: ReadonlyMap<string, FileRecord>,
): Promise<void> {
  return onDisk(id, async () => {
    const left = new Map(broken);
    for (const record of fetched) {
      for await (const { place, sha256, file } of offered(staging, record)) {
        const wanted = left.get(place);
        if (wanted?.sha256 !== sha256) continue;
        await putBack(file, path.join(layout.dataset(id), place));
        left.delete(place);
      }
    }
    for (const { key } of fetched) await staging.discard(key);
    if (left.size > 0) {
      const [first] = left.keys();
      throw new IntegrityError(
        `${printable(first as string)} cannot be put back: the source offers other contents now${left.size > 1 ? ` (and ${left.size - 1} more)` : ''}`,
        { dataset: id, file: first as string, hint: `Fetch the dataset as it is now: medds fetch ${id} --force` },
      );
    }
    const manifest = await readManifest(layout, id);
    if (manifest !== undefined) {
      await writeVerification(layout, manifest, { at: new Date().toISOString(), ok: true, broken: 0 });
    }
  });
}

async function* offered(
  staging: Staging,
  record: DoneRecord,
): AsyncGenerator<{ place: string; sha256: string | undefined; file: string }> {
  const { folder } = staging;
  if (record.partOf !== undefined) return;
  if (!record.unpacked) {
    const place = placeOf(record.into, record.path);
    yield { place, sha256: record.digests.sha256, file: path.join(folder.files, place) };
    return;
  }
  for await (const member of readRecords<MemberRecord>(folder.members(record.key))) {
    const file = path.join(folder.tree(record.key), member.path);
    yield { place: placeOf(record.into, member.path), sha256: member.sha256, file };
  }
}

async function putBack(file: string, place: string): Promise<void> {
  await fs.mkdir(path.dirname(place), { recursive: true });
  // A folder where the file should be was not there when the dataset was committed.
  if (existsSync(place) && (await fs.lstat(place)).isDirectory()) await fs.rm(place, { recursive: true });
  await fs.rename(file, place);
  await flushFolder(path.dirname(place));
}
