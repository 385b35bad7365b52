/** Entries that mean one version for good: what a source was when it was asked. */
import type { Method, SingleSourceEntry, SourceEntry } from '../registry/schema.js';
import type { Resolution } from './source.js';
import { sourceOf } from './table.js';

/** Members that say which version is meant. */
const VERSION: { readonly [M in Method]?: readonly string[] } = {
  zenodo: ['record'],
  huggingface: ['revision'],
  github: ['ref', 'release'],
  kaggle: ['version'],
  figshare: ['version'],
  dataverse: ['version'],
  mendeley: ['version'],
};

/**
 * The entry with the version that it was resolved to, as far as its host has versions, and without what only a reader needs.
 * A revision is written as a locator of its source, which reads it.
 */
export async function pinned(entry: SourceEntry, { revision, pinned }: Resolution): Promise<SourceEntry> {
  if (pinned !== undefined) return pinned;
  const plain = bare(entry);
  const members = VERSION[entry.method];
  if (members === undefined || revision === undefined) return plain;
  const located = (await sourceOf(entry)).locate?.(revision)?.entry;
  if (located?.method !== entry.method) return plain;
  const versions = Object.entries(located).filter(([name]) => members.includes(name));
  return { ...plain, ...Object.fromEntries(versions) } as SourceEntry;
}

/** The entry without what only a reader needs. */
export function bare(entry: SourceEntry): SourceEntry {
  const { evidence: _, confidence: __, checked: ___, notes: ____, seen: _____, ...kept } = entry;
  if (kept.method === 'all') kept.of = kept.of.map((part) => bare(part) as SingleSourceEntry);
  return kept;
}
