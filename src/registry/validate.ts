/** Holds a registry's text against the schema, and against what a schema cannot say. */
import { UsageError } from '../errors.js';
import { printable } from '../printable.js';
import { findDuplicateKey } from './duplicate-keys.js';
import { type Problem, placeText, problemsOf } from './problems.js';
import { type Registry, registrySchema } from './schema.js';

/** Problems that one message lists. */
const MOST_SHOWN = 10;

/**
 * @param place path or URL, for messages
 * @throws UsageError that names the place in the file and the reason
 */
export function validateRegistry(text: string, place: string): Registry {
  const { registry, problems } = problemsIn(text);
  if (registry === undefined || problems.length > 0) throw refuse(place, problems);
  return registry;
}

/** All that medds refuses the text for; without a registry where it has not even the form of one. */
export function problemsIn(text: string): { registry?: Registry; problems: Problem[] } {
  let value: unknown;
  try {
    // Some editors on Windows put a byte order mark first.
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    return { problems: [{ place: '', reason: `is no JSON: ${(error as Error).message}` }] };
  }
  const duplicate = findDuplicateKey(text);
  if (duplicate !== undefined) return { problems: [{ place: placeText(duplicate), reason: 'stands there twice' }] };
  const checked = registrySchema.safeParse(value);
  if (!checked.success) return { problems: problemsOf(checked.error.issues) };
  return { registry: checked.data, problems: ambiguousAliases(checked.data) };
}

function ambiguousAliases({ datasets }: Registry): Problem[] {
  const owners = new Map(Object.keys(datasets).map((id) => [id, id]));
  const problems: Problem[] = [];
  for (const [id, { aliases = [] }] of Object.entries(datasets)) {
    for (const [index, alias] of aliases.entries()) {
      const owner = owners.get(alias);
      if (owner === undefined) owners.set(alias, id);
      else {
        const reason = `${alias} is a name of ${owner} already`;
        problems.push({ place: placeText(['datasets', id, 'aliases', index]), reason });
      }
    }
  }
  return problems;
}

function refuse(registry: string, problems: readonly Problem[]): UsageError {
  const shown = problems.slice(0, MOST_SHOWN).map(({ place, reason }) => printable(`${place || 'it'}: ${reason}`));
  const more = problems.length > MOST_SHOWN ? [`and ${problems.length - MOST_SHOWN} more`] : [];
  const lines = [...shown, ...more];
  const list = lines.length === 1 ? ` ${lines[0]}` : lines.map((line) => `\n  ${line}`).join('');
  return new UsageError(`The registry ${printable(registry)} is not valid:${list}`, {
    hint: 'Correct it there. docs/registry-format.md describes its form.',
  });
}
