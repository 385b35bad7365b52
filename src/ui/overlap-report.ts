/** The result of `medds overlap`. */
import type { Overlapping } from '../overlap.js';
import { printable } from '../printable.js';
import type { KnownOverlap } from '../registry/overlaps.js';
import { formatBytes, formatMany } from './format.js';
import { overlapText } from './known.js';
import { print, printJson } from './output.js';

export function showOverlaps(
  { overlaps, elsewhere }: { overlaps: readonly Overlapping[]; elsewhere: readonly KnownOverlap[] },
  ids: readonly string[],
  { json }: { json: boolean },
): void {
  if (json) {
    printJson({ version: 1, overlaps, elsewhere });
    return;
  }
  for (const { a, b, known, via, equal } of overlaps) {
    print(`${a} and ${b}: ${isKnown({ known, via, equal }) ? 'overlap' : 'no overlap is known'}`);
    for (const overlap of known) print(printable(`  ${a} ${overlapText(overlap)}`));
    if (known.length === 0 && via.length > 0)
      print(printable(`  both overlap with ${via.join(', ')}: they may share cases`));
    if (equal !== null && equal.files > 0) {
      print(
        `  ${formatMany(equal.files, 'file')} (${formatBytes(equal.bytes)}) of ${a} are in ${b} as well, byte for byte:`,
      );
      for (const example of equal.examples) print(printable(`    ${example.a} = ${example.b}`));
    } else if (equal !== null) print('  no file of the one is in the other');
  }
  for (const overlap of elsewhere) print(printable(`${ids[0]} ${overlapText(overlap)}`));
  if (overlaps.length + elsewhere.length === 0) print(`${ids[0]}: no overlap is known`);
}

function isKnown({ known, via, equal }: Pick<Overlapping, 'known' | 'via' | 'equal'>): boolean {
  return known.length + via.length > 0 || (equal?.files ?? 0) > 0;
}
