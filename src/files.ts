/** What a dataset holds, as far as its hosts tell: behind `medds files`. */
import { caseOf } from './cases.js';
import { type Chosen, withSource } from './choose.js';
import { type Contents, placeIn } from './contents.js';
import { ChoiceError } from './errors.js';
import { type FetchOptions, sourceContext, startEngine } from './fetch.js';
import { caseOfSeries, nameOf, type Offer, offerOf } from './offer.js';
import { plannedFiles } from './plan.js';
import type { Dataset } from './registry/schema.js';
import { selectionText } from './selection.js';

export interface ListedFile {
  /** Place in the dataset; ends in a slash for the folder of a DICOM series that comes as one. */
  path: string;
  /** Bytes in the dataset, where they are known. */
  size?: number;
  /** Bytes that it takes in its archive. */
  packed?: number;
  /** Remote file that it is unpacked from. */
  archive?: string;
  /** Case that it belongs to, where the registry tells. */
  case?: string;
}

/** An archive of which only its contents tell what is in it. */
export interface UnlistedArchive {
  path: string;
  /** Bytes to fetch, of all its parts; absent when its host does not tell. */
  size?: number;
  /** Completes a sentence that begins with the archive's name. */
  why: string;
}

export interface FileList {
  id: string;
  name: string;
  source: { name: string; method: string; label: string };
  files: ListedFile[];
  unlisted: UnlistedArchive[];
  /** Cases among the files; absent when the registry does not tell what a case is. */
  cases?: number;
}

/**
 * The files of a dataset, or those that a selection takes. Nothing is fetched but zips' directories.
 * @throws ChoiceError when nothing fits; UsageError, NotFoundError, ActionRequiredError, NetworkError, IntegrityError
 */
export async function listFiles(dataset: Dataset, options: FetchOptions): Promise<FileList> {
  const engine = startEngine(dataset, options);
  const signal = options.signal ?? new AbortController().signal;
  const context = sourceContext(dataset, options, engine, signal);
  const work = async (chosen: Chosen): Promise<FileList> => {
    const { selection = {} } = options;
    const offered = plannedFiles(dataset, chosen.resolution, options.unpack !== false);
    const offer = await offerOf(offered, dataset, selection, { engine, signal });
    const files: ListedFile[] = [];
    for (const contents of offer.contents) for await (const file of filesOf(contents, offer, dataset)) files.push(file);
    const unlisted = offer.contents.flatMap((contents) =>
      contents.kind === 'opaque' && offer.reach(contents) !== 'none' ? [unlistedOf(contents)] : [],
    );
    if (files.length + unlisted.length === 0) throw nothingFits(dataset, selectionText(selection));
    const cases = new Set(files.flatMap((file) => file.case ?? []));
    const { name, entry, resolution } = chosen;
    return {
      id: dataset.id,
      name: dataset.name,
      source: { name, method: entry.method, label: resolution.label },
      files,
      unlisted,
      ...(dataset.casePaths === undefined ? {} : { cases: cases.size }),
    };
  };
  try {
    const onProgress = options.onProgress ?? (() => undefined);
    return await withSource(dataset, options.source, context, onProgress, { work, invested: async () => false });
  } finally {
    await engine.close();
  }
}

async function* filesOf(contents: Contents, offer: Offer, dataset: Dataset): AsyncGenerator<ListedFile> {
  const { planned, path } = contents;
  const { remote, unpack } = planned;
  const from = unpack ? { archive: nameOf(planned) } : {};
  const belonging = (name: string | undefined) => (name === undefined ? {} : { case: name });
  const inCase = (place: string) => belonging(caseOf(place, dataset.casePaths));
  switch (contents.kind) {
    case 'file': {
      const packed = unpack && remote.size !== undefined ? { packed: remote.size } : {};
      if (offer.wants(path)) yield { path, ...sizeOf(contents), ...packed, ...from, ...inCase(path) };
      return;
    }
    case 'series':
      if (!offer.wantsSeries(path)) return;
      yield { path: `${path}/`, ...sizeOf(contents), ...from, ...belonging(caseOfSeries(path, dataset)) };
      return;
    case 'zip':
      for await (const { path: inZip, size, packed } of contents.zip.members()) {
        const place = placeIn(remote, inZip);
        if (offer.wants(place)) yield { path: place, size, packed, ...from, ...inCase(place) };
      }
      return;
    case 'opaque':
  }
}

const sizeOf = ({ size }: { size?: number }): { size?: number } => (size === undefined ? {} : { size });

function unlistedOf({ planned, path, why }: Extract<Contents, { kind: 'opaque' }>): UnlistedArchive {
  const sizes = (planned.split?.parts ?? [planned]).map(({ remote }) => remote.size);
  const size = sizes.every((one) => one !== undefined) ? { size: sizes.reduce((sum, one) => sum + one, 0) } : {};
  return { path, ...size, why };
}

function nothingFits({ id }: Dataset, flags: string): ChoiceError {
  return new ChoiceError(`Nothing in ${id} fits ${flags}`, {
    dataset: id,
    hint: 'In a glob, * stops at a slash and **/ reaches into folders. Without flags, all files are listed.',
  });
}
