/** Finding datasets by words and by what they are. */
import { whyByName } from './by-name.js';
import type { Dataset } from './schema.js';
import { meaningOf, plainWords } from './vocabulary.js';

export const SORT_ORDERS = ['id', 'name', 'size', 'cases'] as const;

export interface Query {
  /** All must be found: in id, aliases, name, title, description, section, keywords, modalities, anatomy or tasks. */
  words?: readonly string[] | undefined;
  /** Any of them. So with the other lists. */
  modality?: readonly string[] | undefined;
  anatomy?: readonly string[] | undefined;
  task?: readonly string[] | undefined;
  /** Access methods of the sources that are used without being asked for by name. */
  method?: readonly string[] | undefined;
  /** SPDX identifiers, with or without version, or words of the licence's name. */
  license?: readonly string[] | undefined;
  section?: readonly string[] | undefined;
  /** Ids of what the library holds, complete or in part. */
  here?: ReadonlySet<string> | undefined;
  hereFilter?: 'here' | 'absent' | undefined;
  /** `size` and `cases`: largest first, unknown last. Default: id. */
  sort?: (typeof SORT_ORDERS)[number] | undefined;
}

export function searchDatasets(datasets: readonly Dataset[], query: Query = {}): Dataset[] {
  const tests = testsOf(query);
  const found = datasets.filter((dataset) => tests.every((test) => test(dataset)));
  return found.sort(ORDERS[query.sort ?? 'id']);
}

type Test = (dataset: Dataset) => boolean;

function testsOf(query: Query): Test[] {
  const { here = new Set<string>(), hereFilter } = query;
  const tests = (query.words ?? []).flatMap((typed) => typed.split(/\s+/).filter(Boolean)).map(wordTest);
  const any = (wanted: readonly string[] | undefined, test: (dataset: Dataset, value: string) => boolean): void => {
    if (wanted !== undefined && wanted.length > 0) tests.push((set) => wanted.some((value) => test(set, value)));
  };
  any(query.modality, ({ modalities = [] }, value) => modalities.some((one) => meaningOf(one) === meaningOf(value)));
  any(query.anatomy, ({ anatomy = [] }, value) => anatomy.some((one) => holds(one, value)));
  any(query.task, ({ tasks = [] }, value) => tasks.some((one) => holds(one, value)));
  any(query.section, ({ section = '' }, value) => holds(section, value));
  any(query.license, ({ license }, value) => license !== undefined && licenseFits(license, value));
  any(query.method, (dataset, value) => methodsOf(dataset).has(value.trim().toLowerCase()));
  if (hereFilter !== undefined) tests.push(({ id }) => here.has(id) === (hereFilter === 'here'));
  return tests;
}

/** A word of one or two letters (CT, US) is looked for as a whole word: as a part it would be in almost every text. */
function wordTest(typed: string): Test {
  const plain = plainWords(typed);
  const meaning = meaningOf(typed);
  return (dataset) => {
    const text = textOf(dataset);
    if (plain.length > 2 ? text.includes(plain) : ` ${text} `.includes(` ${plain} `)) return true;
    return meaningsOf(dataset).has(meaning);
  };
}

function textOf(dataset: Dataset): string {
  const { id, aliases, name, title, description, section, keywords, modalities, anatomy, tasks } = dataset;
  const all = [id, aliases, name, title, description, section, keywords, modalities, anatomy, tasks].flat();
  return plainWords(all.filter((one) => one !== undefined).join(' | '));
}

function meaningsOf({ modalities = [], anatomy = [], tasks = [], keywords = [] }: Dataset): Set<string> {
  return new Set([modalities, anatomy, tasks, keywords].flat().map(meaningOf));
}

/** True when `value`'s words begin a word of `text`, or both mean the same: `lung` is in `lung nodule` and `lungs`. */
function holds(text: string, value: string): boolean {
  return ` ${plainWords(text)}`.includes(` ${plainWords(value)}`) || meaningOf(text) === meaningOf(value);
}

/** `CC-BY` is CC-BY-4.0, but not CC-BY-NC-4.0: what one may do with the data differs. */
function licenseFits({ spdx, name }: { spdx?: string | undefined; name: string }, value: string): boolean {
  const wanted = plainWords(value);
  const identifier = plainWords(spdx ?? '');
  if (identifier === wanted) return true;
  if (identifier.startsWith(`${wanted} `)) return /^\d/.test(identifier.slice(wanted.length + 1));
  return spdx === undefined && holds(name, value);
}

function methodsOf(dataset: Dataset): Set<string> {
  return new Set(
    dataset.sources
      .filter((source) => whyByName(dataset, source) === undefined)
      .flatMap((source) => (source.method === 'all' ? source.of.map(({ method }) => method) : [source.method])),
  );
}

const byId = (a: Dataset, b: Dataset): number => (a.id < b.id ? -1 : 1);

const ORDERS: Record<(typeof SORT_ORDERS)[number], (a: Dataset, b: Dataset) => number> = {
  id: byId,
  name: (a, b) => a.name.localeCompare(b.name, 'en') || byId(a, b),
  size: (a, b) => (b.size ?? -1) - (a.size ?? -1) || byId(a, b),
  cases: (a, b) => (b.cases ?? -1) - (a.cases ?? -1) || byId(a, b),
};
