/** The cases of a dataset (patients, scans, slides), told from the paths of its files by the registry's `casePaths`. */
import { ChoiceError, UsageError } from './errors.js';
import { printable } from './printable.js';
import type { Dataset } from './registry/schema.js';
import { orList, suggestNames } from './registry/suggest.js';
import type { Selection } from './selection.js';
import { readPath } from './sources/place.js';

/** The case that a file belongs to; undefined for what belongs to none, such as a table of all. */
export function caseOf(path: string, casePaths: readonly string[] = []): string | undefined {
  for (const pattern of casePaths) {
    const found = readPath(path, pattern);
    if (found !== undefined) return found.case;
  }
  return undefined;
}

const collator = new Intl.Collator('en', { numeric: true });

/** Numbers in names count as numbers: `case2` comes before `case10`. */
export function naturalOrder(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : Number(a > b));
}

/** @throws UsageError when cases are chosen of a dataset whose registry entry does not tell what they are */
export function requireCasePaths({ id, casePaths }: Dataset, { cases }: Selection): void {
  if (cases === undefined || casePaths !== undefined) return;
  throw new UsageError(`What a case of ${id} is, its registry entry does not say (casePaths)`, {
    dataset: id,
    hint: `Choose files by their paths: --include GLOB. medds files ${id} lists them.`,
  });
}

/** Cases as far as they can be told without fetching. */
export interface KnownCases {
  /** Of all files that could be listed. */
  all: ReadonlySet<string>;
  /** Of those that the other flags take. */
  offered: ReadonlySet<string>;
  /** True when there are archives that cannot be looked into: they may hold others. */
  more: boolean;
}

/** The cases that are wanted. @throws ChoiceError (no such case), UsageError (no case is known to count from) */
export function chooseCases(
  wanted: NonNullable<Selection['cases']>,
  { all, offered, more }: KnownCases,
  id: string,
): ReadonlySet<string> {
  if ('count' in wanted) {
    if (offered.size === 0 && more) {
      throw new UsageError(`Which cases ${id} has cannot be told before its archives are here`, {
        dataset: id,
        hint: 'Name those that you want: --cases NAME,NAME.',
      });
    }
    return new Set([...offered].sort(naturalOrder).slice(0, wanted.count));
  }
  const unknown = more ? [] : wanted.names.filter((name) => !all.has(name));
  if (unknown.length === 0) return new Set(wanted.names);
  const near = unknown.flatMap((name) => suggestNames(name, all));
  throw new ChoiceError(`${id} has no case called ${printable(orList(unknown))}`, {
    dataset: id,
    hint:
      near.length > 0
        ? `Did you mean ${printable(orList([...new Set(near)]))}? medds files ${id} lists all.`
        : `medds files ${id} lists its ${all.size} cases.`,
  });
}
