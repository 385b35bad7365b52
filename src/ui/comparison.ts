/** The result of `medds diff`. */
import { EXIT } from '../errors.js';
import type { Compared, Comparison } from '../lockfile/compare.js';
import { printable } from '../printable.js';
import { print, printJson } from './output.js';

/** Files that are named one by one; --json has them all. */
const NAMED = 20;

export function showComparisons(found: readonly Comparison[], { json }: { json: boolean }): void {
  if (json) {
    printJson({ version: 1, same: exitCodeOf(found) === EXIT.ok, datasets: found });
    return;
  }
  for (const { id, against, library, upstream } of found) {
    const base = against === 'lock' ? 'what is locked' : 'what is here';
    if (library.state === 'missing') print(`${id}: not here`);
    else if (library.state !== 'not-compared') showSide(id, 'what is here', base, library);
    if (upstream.state === 'failed') {
      print(printable(`${id}: the source could not be asked: ${upstream.message}`));
      if (upstream.hint !== undefined) print(printable(`  ${upstream.hint}`));
    } else if (upstream.state === 'not-listed') {
      print(`${id}: the registry says of the source what it said; its host lists nothing (medds registry check ${id})`);
    } else if (upstream.state !== 'not-asked') showSide(id, 'the source', base, upstream);
  }
}

function showSide(id: string, side: string, base: string, { state, facts, gone, changed, added }: Compared): void {
  print(`${id}: ${side} ${state === 'same' ? 'is' : 'is not'} ${base}`);
  for (const { fact, was, is } of facts) print(printable(`  ${fact.padEnd(9)} ${was} → ${is}`));
  const lines = [
    ...changed.map(({ path, what }) => `changed   ${path} (${what})`),
    ...gone.map((path) => `gone      ${path}`),
    ...added.map((path) => `added     ${path}`),
  ];
  for (const line of lines.slice(0, NAMED)) print(printable(`  ${line}`));
  if (lines.length > NAMED) print(`  … and ${lines.length - NAMED} more (--json names all)`);
}

/** A difference counts more than what is not here, and that more than what could not be asked. */
export function exitCodeOf(found: readonly Comparison[]): number {
  const states = found.flatMap(({ library, upstream }) => [library.state, upstream.state]);
  if (states.includes('differs')) return EXIT.integrity;
  if (states.includes('missing')) return EXIT.incomplete;
  return states.includes('failed') ? EXIT.network : EXIT.ok;
}
