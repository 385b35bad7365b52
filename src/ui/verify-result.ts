/** The result of `medds verify`. */
import type { KeptImages } from '../library/image-facts.js';
import type { VerifyResult } from '../library/verify.js';
import { printable } from '../printable.js';
import type { Repaired } from '../repair.js';
import { formatBytes, formatMany } from './format.js';
import { imageRows } from './image-facts.js';
import { note, print, printJson } from './output.js';

/** Broken files that are named one by one; --json has them all. */
const NAMED = 20;

export interface Verified extends VerifyResult {
  repaired?: Repaired;
  images?: KeptImages;
}

export function showVerified(results: readonly Verified[], options: { json: boolean; quiet: boolean }): void {
  if (options.json) {
    printJson({ version: 1, ok: results.every(isSound), datasets: results });
    return;
  }
  for (const result of results) {
    const { id, ok, checked, bytes, missing, changed, extra, extraCount, repaired, images } = result;
    if (ok) print(`${id}: ${formatMany(checked, 'file')}, ${formatBytes(bytes)}, all as recorded`);
    else print(`${id}: ${missing.length + changed.length} of ${formatMany(checked, 'file')} broken`);
    const lines = [...missing.map((name) => `missing  ${name}`), ...changed.map(({ path }) => `changed  ${path}`)];
    for (const line of lines.slice(0, NAMED)) print(`  ${printable(line)}`);
    if (lines.length > NAMED) print(`  … and ${lines.length - NAMED} more (--json names all)`);
    if (repaired !== undefined) print(`  repaired: ${formatMany(repaired.files, 'file')} put back`);
    if (images !== undefined) showImages(images);
    if (extraCount > 0 && !options.quiet) {
      note(
        `  ${formatMany(extraCount, 'file')} in the folder that medds did not put there, such as ${printable(extra[0] ?? '')}`,
      );
    }
  }
}

function showImages(images: KeptImages): void {
  for (const [label, text] of imageRows(images)) print(`  ${label}: ${printable(text)}`);
  const { unreadable, unreadableCount } = images;
  for (const { path, why } of unreadable.slice(0, NAMED)) print(printable(`  unreadable  ${path} ${why}`));
  if (unreadableCount > NAMED) print(`  … and ${unreadableCount - NAMED} more (--json names ${unreadable.length})`);
  // Checksums are those of what came: the fault was there before.
  if (unreadableCount > 0) print('  These files are as they were fetched: tell the owners of the data.');
}

export const isSound = ({ ok, repaired, images }: Verified): boolean =>
  (ok || repaired !== undefined) && (images?.unreadableCount ?? 0) === 0;
