/** How a dataset can be had, in the few words that a table or a page has room for. */
import { candidates } from '../choose.js';
import type { Dataset, Requirement, SourceEntry } from '../registry/schema.js';

/** What stands between a person and the data, hardest first. */
const NEEDS: readonly (readonly [Requirement, brief: string, long: string])[] = [
  ['agreement', 'agreement', 'a signed agreement'],
  ['approval', 'approval', 'approval by the owners'],
  ['email', 'email', 'an email to the owners'],
  ['registration', 'registration', 'registration'],
  ['terms', 'terms', 'accepted terms'],
  ['account', 'login', 'an account'],
  ['token', 'login', 'an API token'],
];

/** `zenodo, kaggle (login), by hand`: the sources in order, without those that are used only by name. */
export function accessText(dataset: Dataset): string {
  return [...new Set(candidates(dataset).map(sourceText))].join(', ') || 'only by name';
}

function sourceText(source: SourceEntry): string {
  const methods = methodsOf(source).map((method) => (method === 'manual' ? 'by hand' : method));
  const need = methods.includes('by hand') ? undefined : NEEDS.find(([name]) => source.requires?.includes(name));
  return methods.join('+') + (need === undefined ? '' : ` (${need[1]})`);
}

export function methodsOf(source: SourceEntry): string[] {
  return source.method === 'all' ? [...new Set(source.of.map(({ method }) => method))] : [source.method];
}

/** `an account, accepted terms`; undefined when nothing is needed. */
export function needsText({ requires = [] }: SourceEntry): string | undefined {
  const needs = NEEDS.filter(([name]) => requires.includes(name)).map(([, , long]) => long);
  return needs.length === 0 ? undefined : needs.reverse().join(', ');
}
