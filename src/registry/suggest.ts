/** What a user may have meant by an id that no registry has. */

import { distance } from 'fastest-levenshtein';
import { NotFoundError } from '../errors.js';
import { printableArgument } from '../transfer/redact.js';
import type { RegistrySet } from './load.js';
import type { Dataset } from './schema.js';

const MOST = 3;

/** Ids or aliases near to what was typed, nearest first, at most three. */
export function suggestIds(typed: string, datasets: readonly Dataset[]): string[] {
  const wanted = fold(typed);
  if (wanted === '') return [];
  const tolerance = Math.max(1, Math.floor(wanted.length / 3));
  return datasets
    .map(({ id, aliases = [], name }) => {
      const nearest = [id, ...aliases, name].map((known) => ({ known, far: farness(wanted, fold(known)) }));
      const best = nearest.reduce((a, b) => (b.far < a.far ? b : a));
      // A name holds capitals and spaces; what can be typed is the id.
      return { id: best.known === name ? id : best.known, far: best.far };
    })
    .filter(({ far }) => far <= tolerance)
    .sort((a, b) => a.far - b.far || (a.id < b.id ? -1 : 1))
    .slice(0, MOST)
    .map(({ id }) => id);
}

/** Names near to what was typed, nearest first, at most three. */
export function suggestNames(typed: string, names: Iterable<string>): string[] {
  const wanted = fold(typed);
  const tolerance = Math.max(1, Math.floor(wanted.length / 3));
  return Array.from(names, (name) => ({ name, far: farness(wanted, fold(name)) }))
    .filter(({ far }) => far <= tolerance)
    .sort((a, b) => a.far - b.far || (a.name < b.name ? -1 : 1))
    .slice(0, MOST)
    .map(({ name }) => name);
}

/** Letters to change; what only lacks its beginning or end (`luna`, `brats`) is as near as one letter. */
function farness(typed: string, known: string): number {
  const letters = distance(typed, known);
  const part = typed.length > 2 && (known.includes(typed) || (known.length > 2 && typed.includes(known)));
  return part ? Math.min(letters, 1) : letters;
}

function fold(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** The dataset of that id or alias. @throws NotFoundError with what may have been meant */
export function requireDataset(registry: RegistrySet, typed: string): Dataset {
  const dataset = registry.get(typed);
  if (dataset !== undefined) return dataset;
  throw unknownDataset(typed, registry.datasets);
}

export function unknownDataset(typed: string, datasets: readonly Dataset[]): NotFoundError {
  const suggestions = suggestIds(typed, datasets);
  return new NotFoundError(`There is no dataset called ${printableArgument(typed)}`, {
    hint: suggestions.length > 0 ? `Did you mean ${orList(suggestions)}?` : 'medds list WORDS finds datasets.',
  });
}

/** `a, b or c` */
export function orList(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`;
}
