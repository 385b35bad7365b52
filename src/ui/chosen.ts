/** How it is said that only a part of a dataset was chosen. Light: `medds path` loads it. */
import type { Chosen } from '../library/manifest-form.js';
import { printable } from '../printable.js';

/** The choices, in the order they were made: `--cases 3, then --include '*.csv'`. */
export function chosenText({ selections }: Chosen): string {
  return printable(selections.join(', then '));
}

/** A line on stderr for who may take a part for the whole. */
export function noteChosen(id: string, chosen: Chosen): void {
  process.stderr.write(`Only a part of ${printable(id)} is here, as chosen: ${chosenText(chosen)}\n`);
}
