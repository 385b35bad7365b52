/** What is wrong with a registry file, and what it lacks: for whoever writes one. medds itself refuses only what is wrong. */
import { createRequire } from 'node:module';
import { fetchText } from './fetch-text.js';
import type { Problem } from './problems.js';
import { placeText } from './problems.js';
import type { DatasetEntry, FileFacts, Registry, SourceEntry } from './schema.js';
import { readRegistryText } from './user-registry.js';
import { problemsIn } from './validate.js';

/** A package that is JSON; to import that is an experiment of Node 20, which it says on stderr. */
const spdxIds = createRequire(import.meta.url)('spdx-license-ids') as readonly string[];

export interface Review {
  /** Datasets that it describes; 0 where its form is wrong. */
  datasets: number;
  /** medds refuses the file for them. */
  wrong: Problem[];
  /** Facts that contradict each other, or are missing where somebody will need them. */
  doubtful: Problem[];
}

/** @param place path or URL @throws UsageError (not there, too large), NetworkError, DiskError */
export async function reviewRegistryFile(place: string, options: { offline?: boolean } = {}): Promise<Review> {
  return reviewRegistry(await readRegistryText(place, (url) => fetchText(url, options)));
}

/** @param text of the file */
export function reviewRegistry(text: string): Review {
  const { registry, problems } = problemsIn(text);
  if (registry === undefined) return { datasets: 0, wrong: problems, doubtful: [] };
  const entries = Object.entries(registry.datasets);
  return {
    datasets: entries.length,
    wrong: problems,
    doubtful: entries.flatMap(([id, entry]) =>
      doubtsOf(entry).map(({ path, reason }) => ({ place: placeText(['datasets', id, ...path]), reason })),
    ),
  };
}

interface Doubt {
  path: (string | number)[];
  reason: string;
}

type Datasets = Registry['datasets'];

function doubtsOf(entry: Datasets[string]): Doubt[] {
  return [
    ...doubtsOfLicense(entry),
    ...entry.sources.flatMap((source, index) =>
      doubtsOfSource(source, entry).map(({ path, reason }) => ({ path: ['sources', index, ...path], reason })),
    ),
  ];
}

function doubtsOfLicense({ license, terms, redistribution }: DatasetEntry): Doubt[] {
  const doubts: Doubt[] = [];
  const { spdx } = license ?? {};
  if (spdx !== undefined && !isSpdx(spdx)) {
    doubts.push({ path: ['license', 'spdx'], reason: `${spdx} is no identifier of https://spdx.org/licenses/` });
  }
  if (license === undefined) doubts.push({ path: ['license'], reason: 'is missing: what may be done with the data?' });
  if (redistribution === 'forbidden' && terms === undefined) {
    doubts.push({ path: ['terms'], reason: 'is missing, though the data may not be passed on' });
  }
  return doubts;
}

const isSpdx = (id: string): boolean => spdxIds.includes(id) || /^LicenseRef-[A-Za-z0-9.-]+$/.test(id);

function doubtsOfSource(source: SourceEntry, dataset: DatasetEntry): Doubt[] {
  const doubts: Doubt[] = [];
  const { evidence = [], provides, onlyByName } = source;
  if (evidence.length === 0) doubts.push({ path: ['evidence'], reason: 'is missing: what does this source rest on?' });
  if (source.official === undefined && dataset.redistribution === 'forbidden' && onlyByName === undefined) {
    const reason = 'is missing: a copy by others of what may not be passed on is used only when it is named';
    doubts.push({ path: ['official'], reason });
  }
  const bytes = bytesOf(source);
  if (provides === undefined && bytes !== undefined && dataset.size !== undefined && bytes !== dataset.size) {
    doubts.push({ path: ['files'], reason: `come to ${bytes} bytes, where the dataset's size is ${dataset.size}` });
  }
  return doubts;
}

/** Of all files together; undefined where some have no size, or the source may list others. */
function bytesOf(source: SourceEntry): number | undefined {
  if (source.method === 'all') return sum(source.of.map(bytesOf));
  // Other methods list files by themselves, of which those in the registry are some.
  if (source.method !== 'direct' && source.method !== 'manual') return undefined;
  const files: readonly (FileFacts & { url?: string })[] = source.files ?? [];
  return files.length === 0 ? undefined : sum(files.map(({ size, url }) => size && size * countOf(url)));
}

/** How many files an address with a range of numbers stands for, `{000..299}`. */
function countOf(url = ''): number {
  const [, first, last] = /\{(\d+)\.\.(\d+)\}/.exec(url) ?? [];
  return first === undefined ? 1 : Number(last) - Number(first) + 1;
}

function sum(sizes: readonly (number | undefined)[]): number | undefined {
  return sizes.every((size) => size !== undefined) ? sizes.reduce((all, size) => all + size, 0) : undefined;
}
