/** Which source of a dataset is used. */
import { ActionRequiredError, MeddsError, NetworkError, NotFoundError } from './errors.js';
import { printable } from './printable.js';
import type { Dataset, SourceEntry } from './registry/schema.js';
import type { Resolution, SourceContext } from './sources/source.js';
import { describeSource, METHODS, missingMethods, sourceOf } from './sources/table.js';

export interface Chosen {
  /** Name that `--source` takes. */
  name: string;
  entry: SourceEntry;
  resolution: Resolution;
}

export const sourceName = (entry: SourceEntry): string => entry.name ?? entry.method;

/** Sources that may be used without being asked for by name, best first; or the one that is asked for. */
export function candidates(dataset: Dataset, wanted?: string): SourceEntry[] {
  if (wanted === undefined) return dataset.sources.filter((entry) => entry.onlyByName === undefined);
  const named = dataset.sources.filter((entry) => sourceName(entry) === wanted);
  if (named.length > 0) return named;
  const names = dataset.sources.map((entry) => sourceName(entry)).join(', ');
  throw new NotFoundError(`${dataset.id} has no source called ${printable(wanted)}`, {
    dataset: dataset.id,
    hint: `It has: ${names}.`,
  });
}

/**
 * Asks the sources in order until one offers the files. A source that fails is passed over with a note, unless it was asked for by name.
 * @throws what the best source failed with
 */
export async function chooseSource(
  dataset: Dataset,
  wanted: string | undefined,
  context: SourceContext,
  onNote: (message: string) => void,
): Promise<Chosen> {
  const entries = candidates(dataset, wanted);
  const failures: unknown[] = [];
  for (const [index, entry] of entries.entries()) {
    try {
      refuseUnavailable(dataset, entry);
      const source = await sourceOf(entry);
      return { name: sourceName(entry), entry, resolution: await source.resolve(entry, context) };
    } catch (error) {
      const passable =
        error instanceof NotFoundError || error instanceof ActionRequiredError || error instanceof NetworkError;
      if (!passable || context.signal?.aborted === true) throw withDataset(error, dataset);
      failures.push(error);
      const next = entries[index + 1];
      if (next !== undefined) onNote(`${(error as Error).message}. Trying the next source: ${describeSource(next)}.`);
    }
  }
  throw withDataset(mostHelpful(failures, dataset), dataset);
}

function refuseUnavailable(dataset: Dataset, entry: SourceEntry): void {
  const missing = missingMethods(entry);
  if (missing.length === 0) return;
  const titles = missing.map((method) => METHODS[method].title).join(' and ');
  throw new NotFoundError(`${describeSource(entry)}: fetching from ${titles} is not available yet`, {
    dataset: dataset.id,
    hint: `medds info ${dataset.id} shows where it is, and medds import ${dataset.id} FILES takes what you download by hand.`,
  });
}

/** Where several sources failed, the steps of a manual one tell the user more than that others are missing. */
function mostHelpful(failures: readonly unknown[], dataset: Dataset): unknown {
  return (
    failures.find((error) => error instanceof ActionRequiredError) ??
    failures[0] ??
    new NotFoundError(`${dataset.id} has no source that is used without being asked for`, {
      dataset: dataset.id,
      hint: `medds info ${dataset.id} says why; name one with --source.`,
    })
  );
}

function withDataset(error: unknown, dataset: Dataset): unknown {
  return error instanceof MeddsError ? error.at({ dataset: dataset.id }) : error;
}
