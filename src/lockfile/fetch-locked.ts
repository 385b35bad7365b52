/** Fetches exactly what a lock file says, or fails. */
import { IntegrityError, UsageError } from '../errors.js';
import { type FetchOptions, fetchDataset } from '../fetch.js';
import { type Layout, layoutOf } from '../library/layout.js';
import { type Manifest, readFiles, readManifest } from '../library/manifest.js';
import { treeDigest } from '../library/tree-digest.js';
import { type FetchResult, present } from '../outcome.js';
import type { Dataset } from '../registry/schema.js';
import { selectionOf } from '../selection.js';
import { leadsOnlyWhere } from '../trust.js';
import type { LockedDataset } from './form.js';
import { heldTo } from './hold.js';

/**
 * What is here already is not asked for, so that it works offline.
 * @param dataset as `lockedEntry` gives it
 * @throws IntegrityError when the source offers something else now, or what is here is something else; as `fetchDataset`
 */
export async function fetchLocked(
  dataset: Dataset,
  locked: LockedDataset,
  options: FetchOptions,
): Promise<FetchResult> {
  const { id } = dataset;
  const layout = layoutOf(options.home);
  const selections = locked.selections ?? [undefined];
  if (options.force !== true) {
    const here = await readManifest(layout, id);
    if (here !== undefined && (await isTree(layout, id, locked.tree))) return present(here, layout.dataset(id));
    if (here !== undefined && !isOnTheWay(here, locked)) throw another(id);
  }
  let result: FetchResult | undefined;
  for (const [index, text] of selections.entries()) {
    const selection = text === undefined ? undefined : selectionOf(text);
    result = await fetchDataset(dataset, {
      ...options,
      source: locked.source.name,
      force: options.force === true && index === 0,
      wholeArchive: false,
      hold: (resolution) => heldTo(id, locked, resolution),
      ...(selection === undefined ? {} : { selection }),
      ...(index === selections.length - 1 ? { tree: locked.tree } : {}),
    });
  }
  // A commit has held its tree against the digest already.
  if (result?.outcome !== 'fetched' && !(await isTree(layout, id, locked.tree))) throw another(id);
  return result as FetchResult;
}

async function isTree(layout: Layout, id: string, tree: string): Promise<boolean> {
  return (await treeDigest(readFiles(layout, id))) === tree;
}

/** Whether what is here is the work of an earlier call that did not come to its end. */
function isOnTheWay({ chosen }: Manifest, { selections }: LockedDataset): boolean {
  if (chosen === undefined || selections === undefined) return false;
  return chosen.selections.length < selections.length && chosen.selections.every((one) => selections.includes(one));
}

function another(id: string): IntegrityError {
  return new IntegrityError(`What is here of ${id} is not what is locked`, {
    dataset: id,
    hint: `medds diff ${id} shows how they differ. To replace what is here: medds fetch ${id} --locked --force`,
  });
}

/** Whether the lock file alone says where the dataset comes from. */
export function isOnlyLocked({ entry, source }: LockedDataset, known: Dataset | undefined): boolean {
  const now = known?.sources.find((one) => (one.name ?? one.method) === source.name);
  return entry !== undefined && (known === undefined || !leadsOnlyWhere(entry, now));
}

/**
 * The dataset whose only source is the locked one.
 * @param known as the registry has it now, where it does
 * @throws UsageError when neither the lock nor the registry says where it comes from
 */
export function lockedEntry(id: string, locked: LockedDataset, known: Dataset | undefined): Dataset {
  const { name, registry, argument, entry, license, terms, casePaths, source } = locked;
  const now = known?.sources.find((one) => (one.name ?? one.method) === source.name);
  const from = entry ?? now;
  if (from === undefined) {
    throw new UsageError(`Where ${id} came from could not be written into the lock file`, {
      dataset: id,
      hint: `It was ${source.label}. Add the registry that describes it (--registry), or fetch it by its address with --as ${id}.`,
    });
  }
  return {
    ...known,
    id,
    name,
    registry: known?.registry ?? (argument === undefined ? registry : 'argument'),
    sources: [{ ...from, name: source.name }],
    ...(argument === undefined ? {} : { argument }),
    ...(license === undefined ? {} : { license }),
    ...(terms === undefined ? {} : { terms }),
    ...(casePaths === undefined ? {} : { casePaths }),
  };
}
