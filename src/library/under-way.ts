/** How far the download of a dataset is, from the logs alone: nothing of the data is looked at. */
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { unlessAbsent } from './disk.js';
import type { Layout } from './layout.js';
import { readRecords } from './records.js';
import { readDone, STAGED, stagedFolder } from './staged-folder.js';

export interface UnderWay {
  /** Remote files that are finished. */
  done: number;
  /** Bytes downloaded: of finished remote files, and of parts. */
  bytes: number;
  /** Bytes that all this takes on disk, unpacked where it is. */
  parts: number;
  /** Bytes of each part that is not finished, by its key. */
  unfinished: Map<string, number>;
}

/** `<key>.<rand>`, written by transfer/: a folder with a journal, or one small file. */
const PART = /^([0-9a-f]{16})\.[0-9a-f]{8}$/;

/** Records of a part's journal: first what it is a part of, then the bytes [s, e) that are on disk. */
type JournalRecord = { v: 1; path: string; size: number } | { s: number; e: number };

export async function underWay(layout: Layout, id: string): Promise<UnderWay> {
  const names = await unlessAbsent(fs.readdir(layout.parts(id)), []);
  const found: UnderWay = { done: 0, bytes: 0, parts: 0, unfinished: new Map() };
  const finished = new Set<string>();
  for (const log of await logs(layout, id, names)) {
    for (const [key, record] of await readDone(log)) {
      if (finished.has(key)) continue;
      finished.add(key);
      found.done += 1;
      found.bytes += record.fetched ?? record.size;
      found.parts += record.bytes;
    }
  }
  for (const [key, journal] of await newestJournals(layout.parts(id), names)) {
    if (finished.has(key)) continue;
    const bytes = await journalled(journal);
    found.bytes += bytes;
    found.parts += bytes;
    found.unfinished.set(key, bytes);
  }
  return found;
}

/** Of the staged folder, wherever a commit may have it. */
async function logs(layout: Layout, id: string, names: readonly string[]): Promise<string[]> {
  const folders = names.filter((name) => STAGED.test(name)).map((name) => path.join(layout.parts(id), name));
  const committing = names.includes('commit') ? await unlessAbsent(fs.readdir(layout.commit(id)), []) : [];
  folders.push(...committing.map((name) => path.join(layout.commit(id), name)));
  return folders
    .map(stagedFolder)
    .filter(({ files }) => existsSync(files)) // Without them, the dataset has them already.
    .map(({ log }) => log);
}

async function newestJournals(parts: string, names: readonly string[]): Promise<Map<string, string>> {
  const newest = new Map<string, { journal: string; changed: number }>();
  for (const name of names) {
    const key = PART.exec(name)?.[1];
    if (key === undefined) continue;
    const journal = path.join(parts, name, 'journal');
    const stat = await fs.stat(journal).catch(() => undefined);
    if (stat === undefined || stat.mtimeMs < (newest.get(key)?.changed ?? 0)) continue;
    newest.set(key, { journal, changed: stat.mtimeMs });
  }
  return new Map([...newest].map(([key, { journal }]) => [key, journal]));
}

/** Bytes that a journal says are on disk; ranges may overlap. */
async function journalled(journal: string): Promise<number> {
  const ranges: { s: number; e: number }[] = [];
  for await (const record of readRecords<JournalRecord>(journal)) {
    if ('s' in record && record.e > record.s) ranges.push(record);
  }
  let bytes = 0;
  let reached = 0;
  for (const { s, e } of ranges.sort((a, b) => a.s - b.s)) {
    bytes += Math.max(0, e - Math.max(s, reached));
    reached = Math.max(reached, e);
  }
  return bytes;
}
