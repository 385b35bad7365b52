/** How the lock file, the library and the source of a dataset differ. */
import { resolveSource, sourceName } from '../choose.js';
import { MeddsError } from '../errors.js';
import type { Dataset, SourceEntry } from '../registry/schema.js';
import type { SourceContext } from '../sources/source.js';
import type { LockedDataset } from './form.js';
import { type Differences, differencesOf } from './hold.js';

/** A fact that is another one on the other side. */
export interface OtherFact {
  fact: 'source' | 'revision' | 'selection' | 'files' | 'tree';
  was: string;
  is: string;
}

export interface Compared extends Differences {
  state: 'same' | 'differs';
  facts: OtherFact[];
}

export interface Comparison {
  id: string;
  /** What the others are held against: the lock file's entry, or the library's where there is none. */
  against: 'lock' | 'library';
  library: Compared | { state: 'missing' } | { state: 'not-compared' };
  upstream:
    | Compared
    | { state: 'failed'; code: string; message: string; hint?: string }
    /** Its host lists nothing: what the registry says of the source is what is recorded. */
    | { state: 'not-listed' }
    | { state: 'not-asked' };
}

/** What is here, held against what is locked. */
export function compareLibrary(locked: LockedDataset, here: LockedDataset): Compared {
  const facts: OtherFact[] = [];
  const compare = (fact: OtherFact['fact'], was = 'none', is = 'none'): void => {
    if (was !== is) facts.push({ fact, was, is });
  };
  compare('source', locked.source.name, here.source.name);
  compare('revision', locked.revision, here.revision);
  compare('selection', selectionsText(locked), selectionsText(here));
  compare('files', String(locked.files), String(here.files));
  compare('tree', locked.tree, here.tree);
  // Equal trees are equal, wherever they came from; the rest is told all the same.
  return compared(facts, differencesOf(locked.remote, here.remote), locked.tree === here.tree);
}

/**
 * What the source offers now, held against what is recorded.
 * @param dataset as the registry has it now: with a pin to a version, nothing would ever change
 * @throws what is no fault of the source
 */
export async function compareUpstream(
  recorded: LockedDataset,
  dataset: Dataset,
  context: SourceContext,
): Promise<Comparison['upstream']> {
  const { source, revision, selections } = recorded;
  const entry = dataset.sources.find((one) => sourceName(one) === source.name) ?? dataset.sources[0];
  if (entry === undefined) return { state: 'not-asked' };
  try {
    const { resolution } = await resolveSource(entry, context);
    const differences = differencesOf(recorded.remote, resolution.files);
    // What was not chosen is no news.
    if (selections !== undefined) differences.added = [];
    const now = resolution.revision;
    const moved = revision !== undefined && now !== undefined && revision !== now;
    const found = compared(moved ? [{ fact: 'revision', was: revision, is: now }] : [], differences, false);
    return found.state === 'same' && isUnlisted(entry) ? { state: 'not-listed' } : found;
  } catch (error) {
    if (!(error instanceof MeddsError) || context.signal?.aborted === true) throw error;
    const { code, message, hint } = error;
    return { state: 'failed', code, message, ...(hint === undefined ? {} : { hint }) };
  }
}

function isUnlisted(entry: SourceEntry): boolean {
  return entry.method === 'all' ? entry.of.every(isUnlisted) : entry.method === 'direct';
}

function compared(facts: OtherFact[], differences: Differences, same: boolean): Compared {
  const { gone, changed, added } = differences;
  const differs = facts.length + gone.length + changed.length + added.length > 0;
  return { state: differs && !same ? 'differs' : 'same', facts, ...differences };
}

const selectionsText = ({ selections }: LockedDataset): string => selections?.join(' and ') ?? 'all';
