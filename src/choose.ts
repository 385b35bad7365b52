/** Which source of a dataset is used. */
import { ActionRequiredError, ChoiceError, MeddsError, NetworkError, NotFoundError, QuotaError } from './errors.js';
import { printable } from './printable.js';
import type { OnProgress } from './progress.js';
import { whyByName } from './registry/by-name.js';
import type { Dataset, SourceEntry } from './registry/schema.js';
import { pinned } from './sources/pin.js';
import type { RemoteFile, Resolution, SourceContext } from './sources/source.js';
import { describeSource, sourceOf } from './sources/table.js';

export interface Chosen {
  /** Name that `--source` takes. */
  name: string;
  entry: SourceEntry;
  resolution: Resolution;
  /** The entry with the version that it was resolved to. */
  pinned: SourceEntry;
}

export const sourceName = (entry: SourceEntry): string => entry.name ?? entry.method;

/** Sources that may be used without being asked for by name, best first; or the one that is asked for. */
export function candidates(dataset: Dataset, wanted?: string): SourceEntry[] {
  if (wanted === undefined) return dataset.sources.filter((entry) => whyByName(dataset, entry) === undefined);
  const named = dataset.sources.filter((entry) => sourceName(entry) === wanted);
  if (named.length > 0) return named;
  const names = dataset.sources.map((entry) => sourceName(entry)).join(', ');
  throw new NotFoundError(`${dataset.id} has no source called ${printable(wanted)}`, {
    dataset: dataset.id,
    hint: `It has: ${names}.`,
  });
}

/** What a fetch does with a source that has offered its files. */
export interface SourceWork<T> {
  work(chosen: Chosen): Promise<T>;
  /** Whether so much has come from the source that a host which fails for now is better waited for than left. */
  invested(): Promise<boolean>;
}

/**
 * Asks the sources in order until one offers the files and `work` gets them. A source that is gone, refuses, is out of quota or
 * cannot be reached is passed over with a warning; one that was asked for by name is the only one.
 * @throws what tells the user most
 */
export async function withSource<T>(
  dataset: Dataset,
  wanted: string | undefined,
  context: SourceContext,
  onProgress: OnProgress,
  { work, invested }: SourceWork<T>,
): Promise<T> {
  const entries = candidates(dataset, wanted);
  const failures: unknown[] = [];
  for (const [index, entry] of entries.entries()) {
    try {
      const chosen = await resolveSource(entry, context);
      for (const message of chosen.resolution.notes) onProgress({ event: 'note', message });
      return await work(chosen);
    } catch (error) {
      const stays = error instanceof NetworkError && !(error instanceof QuotaError) && (await invested());
      if (!isPassable(error) || stays || context.signal?.aborted === true) throw withDataset(error, dataset);
      failures.push(error);
      const next = entries[index + 1];
      if (next === undefined) continue;
      const message = `${(error as Error).message}. Trying the next source: ${describeSource(next)}.`;
      onProgress({ event: 'warning', message });
    }
  }
  throw withDataset(mostHelpful(failures, dataset), dataset);
}

/** The first source that offers the files, or the one that is asked for. @throws as `withSource` */
export function chooseSource(
  dataset: Dataset,
  wanted: string | undefined,
  context: SourceContext,
  onProgress: OnProgress,
): Promise<Chosen> {
  const first = { work: async (chosen: Chosen) => chosen, invested: async () => false };
  return withSource(dataset, wanted, context, onProgress, first);
}

/** Asks one source what it offers. @throws as `Source.resolve` */
export async function resolveSource(entry: SourceEntry, context: SourceContext): Promise<Chosen> {
  const source = await sourceOf(entry);
  const resolution = await source.resolve(entry, context).catch((error) => {
    throw error instanceof TypeError ? strangeAnswer(entry, error) : error;
  });
  if (resolution.files.length === 0) {
    throw new NotFoundError(`${describeSource(entry)} offers no files`, {
      hint: 'They may have moved, or need rights that you do not have. Try another source (--source).',
    });
  }
  const files = withPassword(resolution.files, context.env);
  return {
    name: sourceName(entry),
    entry,
    resolution: { ...resolution, files },
    pinned: await pinned(entry, resolution),
  };
}

/** Owners that send a password by mail publish none: the user has it. */
export function withPassword(
  files: RemoteFile[],
  { MEDDS_ARCHIVE_PASSWORD: password }: NodeJS.ProcessEnv,
): RemoteFile[] {
  return password ? files.map((file) => ({ password, ...file })) : files;
}

/** Hosts are taken at their word: something else than an answer of the form they document comes out as an error of the types. */
function strangeAnswer(entry: SourceEntry, cause: TypeError): NetworkError {
  return new NetworkError(`${describeSource(entry)} answered in a form that medds does not know`, {
    cause,
    hint: 'Try again later, or another source (--source). If it stays so, report it.',
  });
}

function isPassable(error: unknown): boolean {
  if (error instanceof ChoiceError) return false;
  return error instanceof NotFoundError || error instanceof ActionRequiredError || error instanceof NetworkError;
}

/**
 * A host that is only away for now is the one to try again. Otherwise what the user can do about one source says more than that
 * others are gone.
 */
function mostHelpful(failures: readonly unknown[], dataset: Dataset): unknown {
  const [first] = failures;
  if (first instanceof NetworkError && !(first instanceof QuotaError)) return first;
  return (
    failures.find((error) => error instanceof ActionRequiredError) ??
    first ??
    new NotFoundError(`${dataset.id} has no source that is used without being asked for`, {
      dataset: dataset.id,
      hint: `medds info ${dataset.id} says why; name one with --source.`,
    })
  );
}

function withDataset(error: unknown, dataset: Dataset): unknown {
  return error instanceof MeddsError ? error.at({ dataset: dataset.id }) : error;
}
