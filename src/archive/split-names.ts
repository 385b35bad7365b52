/**
 * Which files are the parts of one archive, by their names. How they were made, their contents tell (zip-end.ts); two ways of
 * naming them are known: `scan.z01`, `scan.z02`, … and last `scan.zip`, as zip splits (APPNOTE 6.3.10, section 8.2), and
 * `scan.zip.001`, `scan.zip.002`, …, as 7-Zip and others cut.
 */
import { archiveName } from './names.js';

export interface SplitArchive<T> {
  /** In their order. */
  parts: T[];
  /** The one that the archive goes by: the last of a split zip, whatever it ends in, and the first of one that was cut. */
  head: T;
  /** Name of the first part that is not among the files. */
  missing?: string;
}

const SPLIT = /^(.+)\.z(\d{2,})$/i;
const CUT = /^(.+)\.(\d{3,})$/;
const LAST = /^(.+)\.([^./]+)$/;

/** The split archives among `files`, by their paths; files that are no parts of one are left out. */
export function splitArchives<T>(files: readonly T[], pathOf: (file: T) => string): SplitArchive<T>[] {
  const split = new Map<string, Map<number, T>>();
  const cut = new Map<string, Map<number, T>>();
  for (const file of files) {
    const path = pathOf(file);
    const [, stem, number] = SPLIT.exec(path) ?? [];
    const [, whole, place] = CUT.exec(path) ?? [];
    if (stem !== undefined) note(split, stem, Number(number), file);
    else if (whole !== undefined && archiveName(whole)) note(cut, whole, Number(place), file);
  }
  const lasts = split.size === 0 ? new Map<string, T[]>() : lastParts(files, split, pathOf);
  return [
    ...Array.from(split, ([stem, parts]) => splitZip(stem, parts, lasts.get(stem) ?? [], pathOf)),
    ...Array.from(cut, ([whole, parts]) => cutArchive(whole, parts)),
  ];
}

function note<T>(groups: Map<string, Map<number, T>>, name: string, number: number, file: T): void {
  const parts = groups.get(name) ?? new Map<number, T>();
  groups.set(name, parts.set(number, file));
}

/** Files that may be the last part of a split zip, by its name without the ending. */
function lastParts<T>(
  files: readonly T[],
  split: ReadonlyMap<string, unknown>,
  pathOf: (file: T) => string,
): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const file of files) {
    const [, stem] = LAST.exec(pathOf(file)) ?? [];
    if (stem === undefined || !split.has(stem) || SPLIT.test(pathOf(file))) continue;
    found.set(stem, [...(found.get(stem) ?? []), file]);
  }
  return found;
}

function splitZip<T>(
  stem: string,
  parts: Map<number, T>,
  lasts: readonly T[],
  pathOf: (file: T) => string,
): SplitArchive<T> {
  const ending = (file: T) => LAST.exec(pathOf(file))?.[2]?.toLowerCase() ?? '';
  // `.zip` is the rule; owners whose host would unpack it write `.change2zip` and the like.
  const last =
    lasts.find((file) => ending(file) === 'zip') ??
    lasts.find((file) => ending(file).includes('zip')) ??
    (lasts.length === 1 ? lasts[0] : undefined);
  const inOrder = ascending(parts);
  const gap = firstGap(parts, 1);
  const missing =
    gap !== undefined ? `${stem}.z${String(gap).padStart(2, '0')}` : last === undefined ? `${stem}.zip` : undefined;
  const all = last === undefined ? inOrder : [...inOrder, last];
  return { parts: all, head: all.at(-1) as T, ...(missing === undefined ? {} : { missing }) };
}

function cutArchive<T>(whole: string, parts: Map<number, T>): SplitArchive<T> {
  const inOrder = ascending(parts);
  const gap = firstGap(parts, parts.has(0) ? 0 : 1);
  const missing = gap === undefined ? {} : { missing: `${whole}.${String(gap).padStart(3, '0')}` };
  return { parts: inOrder, head: inOrder[0] as T, ...missing };
}

function ascending<T>(parts: Map<number, T>): T[] {
  return [...parts].sort(([a], [b]) => a - b).map(([, file]) => file);
}

/** The first number from `first` on that no part has, though a later one is there. */
function firstGap(parts: ReadonlyMap<number, unknown>, first: number): number | undefined {
  for (let number = first; number < first + parts.size; number += 1) if (!parts.has(number)) return number;
  return undefined;
}
