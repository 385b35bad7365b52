/** What a source offers to somebody who wants a part of a dataset: what there is, and a test of what is wanted. */
import { caseOf, chooseCases, type KnownCases, requireCasePaths } from './cases.js';
import { type Contents, contentsOf, type ListingOptions, placeIn } from './contents.js';
import { ChoiceError } from './errors.js';
import type { PlannedFile } from './plan.js';
import { printable } from './printable.js';
import type { Dataset } from './registry/schema.js';
import { archiveFilter, pathFilter, type Reach, reachBelow, type Selection, selectionText } from './selection.js';

export interface Offer {
  /** Of the remote files that `--archives` leaves. */
  contents: Contents[];
  /** False when it left some out. */
  whole: boolean;
  /** Whether a file is wanted, by its place in the dataset. */
  wants(path: string): boolean;
  /** The same for a DICOM series, by its folder. */
  wantsSeries(folder: string): boolean;
  /** How much is wanted of an archive that cannot be looked into. */
  reach(contents: Contents): Reach;
  /** The cases that are wanted, when cases were chosen. */
  cases?: ReadonlySet<string>;
}

/** @throws ChoiceError (no such archive or case), UsageError; as `contentsOf` */
export async function offerOf(
  files: readonly PlannedFile[],
  dataset: Dataset,
  selection: Selection,
  options: ListingOptions,
): Promise<Offer> {
  requireCasePaths(dataset, selection);
  const named = archiveFilter(selection);
  const left = files.filter(({ split, ...planned }) => (split?.parts ?? [planned]).some((part) => named(nameOf(part))));
  if (left.length === 0) throw noSuchArchive(files, dataset, selection);
  const contents = await contentsOf(left, options);
  const reach = ({ planned }: Contents) => reachBelow(selection, planned.remote.into);
  const fits = pathFilter(selection);
  const folderFits = (folder: string) => fits(folder) || fits(`${folder}/`);
  const plain = { contents, whole: left.length === files.length, reach };
  if (selection.cases === undefined) return { ...plain, wants: fits, wantsSeries: folderFits };

  const known: KnownCases & { all: Set<string>; offered: Set<string> } = {
    all: new Set(),
    offered: new Set(),
    more: contents.some((held) => held.kind === 'opaque' && reach(held) !== 'none'),
  };
  for (const held of contents) {
    for await (const { path, name } of casesIn(held, dataset)) {
      known.all.add(name);
      if (held.kind === 'series' ? folderFits(path) : fits(path)) known.offered.add(name);
    }
  }
  const cases = chooseCases(selection.cases, known, dataset.id);
  const isIn = (name: string | undefined) => name === undefined || cases.has(name);
  return {
    ...plain,
    cases,
    wants: (path) => fits(path) && isIn(caseOf(path, dataset.casePaths)),
    wantsSeries: (folder) => folderFits(folder) && isIn(caseOfSeries(folder, dataset)),
  };
}

/** The case that the images in a folder belong to. */
export function caseOfSeries(folder: string, { casePaths }: Dataset): string | undefined {
  return caseOf(`${folder}/image`, casePaths);
}

/** Where a remote file would lie if it were not unpacked; what it is called. */
export function nameOf({ remote }: Pick<PlannedFile, 'remote'>): string {
  return placeIn(remote, remote.path);
}

/** `a.zip, b.zip and 3 more` */
export function namesOf(files: readonly PlannedFile[]): string {
  const names = files.slice(0, 3).map(nameOf).join(', ');
  return printable(files.length > 3 ? `${names} and ${files.length - 3} more` : names);
}

/** What belongs to a case, of all that is known. */
async function* casesIn(contents: Contents, dataset: Dataset): AsyncGenerator<{ path: string; name: string }> {
  const { kind, path, planned } = contents;
  if (kind === 'zip') {
    for await (const member of contents.zip.members()) {
      const place = placeIn(planned.remote, member.path);
      const name = caseOf(place, dataset.casePaths);
      if (name !== undefined) yield { path: place, name };
    }
  } else if (kind !== 'opaque') {
    const name = kind === 'series' ? caseOfSeries(path, dataset) : caseOf(path, dataset.casePaths);
    if (name !== undefined) yield { path, name };
  }
}

function noSuchArchive(files: readonly PlannedFile[], { id }: Dataset, { archives = [] }: Selection): ChoiceError {
  return new ChoiceError(`${id} has no remote file that fits ${printable(selectionText({ archives }))}`, {
    dataset: id,
    hint: `It has ${namesOf(files)}.`,
  });
}
