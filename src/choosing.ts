/** From what a user wants to what must be fetched for it: whole remote files, parts of zips, and nothing else. */
import { createHash } from 'node:crypto';
import { joinExtents, type ZipMemberExtent } from './archive/zip-extents.js';
import { formatBytes } from './byte-units.js';
import { type Contents, type ListingOptions, placeIn } from './contents.js';
import { ChoiceError, UsageError } from './errors.js';
import type { Here } from './here.js';
import type { Chosen } from './library/manifest.js';
import { nameOf, namesOf, type Offer, offerOf } from './offer.js';
import type { MemberChoice, PlannedFile } from './plan.js';
import { printable } from './printable.js';
import type { Dataset } from './registry/schema.js';
import { type Selection, selectionText } from './selection.js';

export interface ChoosingOptions extends ListingOptions {
  selection: Selection;
  /** Archives that cannot be looked into are fetched whole for the files in them that are wanted. */
  wholeArchive: boolean;
  /** What is here already and stays. */
  here?: Here;
}

/** What is left of a plan. */
export interface Choice {
  files: PlannedFile[];
  /** Files that the dataset comes to, where they could be counted. */
  count?: number;
  /** What was chosen, unless that is all. */
  chosen?: Chosen;
}

/** @throws ChoiceError when nothing fits, UsageError when archives would have to be fetched whole; as `contentsOf` */
export async function chooseFiles(
  files: readonly PlannedFile[],
  dataset: Dataset,
  options: ChoosingOptions,
): Promise<Choice> {
  const { selection, here } = options;
  const offer = await offerOf(files, dataset, selection, options);
  const taken: Taken[] = [];
  const closed: PlannedFile[] = [];
  let isAll = offer.whole;
  for (const contents of offer.contents) {
    const one = await take(contents, selection, offer, here);
    isAll &&= one === undefined ? here?.hasAll(contents.planned) === true : one.whole;
    if (one === undefined) continue;
    if (contents.kind === 'opaque' && one.choice !== undefined && !options.wholeArchive) closed.push(contents.planned);
    taken.push(one);
  }
  if (closed.length > 0) throw needsWhole(closed, offer.contents, dataset);
  const of = offer.whole ? total(offer.contents.map(countOf)) : undefined;
  if (taken.length === 0) throw nothingFits(dataset, selection, of);
  const count = total(taken.map((one) => one.files));
  const before = here?.chosen.selections ?? [];
  const selections = [...new Set([...before, selectionText(selection)])].filter((text) => text !== '');
  const chosen = { selections, ...(of === undefined ? {} : { of }) };
  return {
    files: taken.filter(({ isHere }) => isHere !== true).flatMap(planOf),
    ...(count === undefined ? {} : { count }),
    ...(isAll ? {} : { chosen }),
  };
}

/** Undefined when one is not known. */
function total(numbers: readonly (number | undefined)[]): number | undefined {
  return numbers.every((one) => one !== undefined) ? numbers.reduce((sum, one) => sum + one, 0) : undefined;
}

/** A remote file that is wanted, all of it or as `choice` says. */
interface Taken {
  planned: PlannedFile;
  /** Files that come of it, where they are known. */
  files?: number;
  choice?: MemberChoice;
  /** Nothing of it is left unwanted. */
  whole: boolean;
  /** Nothing is left to fetch. */
  isHere?: boolean;
}

async function take(
  contents: Contents,
  selection: Selection,
  offer: Offer,
  here: Here | undefined,
): Promise<Taken | undefined> {
  const { planned, path } = contents;
  const isHere = here?.hasAll(planned) === true;
  switch (contents.kind) {
    case 'file':
      return offer.wants(path) ? { planned, files: 1, whole: true, isHere } : undefined;
    case 'series':
      return offer.wantsSeries(path) ? { planned, whole: true, isHere } : undefined;
    case 'zip':
      return takeMembers(contents, offer, here);
    case 'opaque': {
      const reach = offer.reach(contents);
      if (reach === 'none') return undefined;
      const whole = reach === 'all';
      const lacks = (member: string) => here?.hasMember(planned, member) !== true;
      const isUntouched = whole && lacks('');
      return {
        planned,
        whole,
        isHere,
        ...(isUntouched ? {} : { choice: blindChoice(planned, selection, offer, lacks) }),
      };
    }
  }
}

async function takeMembers(
  { planned, zip, access }: Extract<Contents, { kind: 'zip' }>,
  offer: Offer,
  here: Here | undefined,
): Promise<Taken | undefined> {
  const members: ZipMemberExtent[] = [];
  let wanted = 0;
  let present = 0;
  let unwanted = 0;
  for await (const member of zip.members()) {
    const isHere = here?.hasMember(planned, member.path) === true;
    const isWanted = offer.wants(placeIn(planned.remote, member.path));
    if (isHere) present += 1;
    if (isWanted) wanted += 1;
    if (isWanted && !isHere) members.push(member);
    if (!isWanted && !isHere) unwanted += 1;
  }
  if (wanted === 0) return undefined;
  const whole = unwanted === 0;
  if (members.length === 0) return { planned, files: wanted, whole, isHere: true };
  if (whole && present === 0) {
    const remote = { ...planned.remote, unpackedSize: zip.bytes };
    return { planned: { ...planned, remote }, files: wanted, whole };
  }
  const paths = new Set(members.map((member) => member.path));
  const choice: MemberChoice = {
    digest: digestOf([...paths].sort()),
    selects: (path) => paths.has(path),
    paths,
    bytes: members.reduce((sum, { size }) => sum + size, 0),
    ...(whole ? { completes: true } : {}),
    excerpt: { ranges: joinExtents([...members, zip.index]), spans: access.spans, identity: access.identity },
  };
  return { planned, files: wanted, choice, whole };
}

/** What is in the archive shows only when it is unpacked. */
function blindChoice(
  { remote }: PlannedFile,
  selection: Selection,
  { wants, cases = new Set() }: Offer,
  lacks: (path: string) => boolean,
): MemberChoice {
  return {
    digest: digestOf([selectionText(selection), ...[...cases].sort()]),
    selects: (path) => wants(placeIn(remote, path)) && lacks(path),
  };
}

function digestOf(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}

function countOf({ kind, ...rest }: Contents): number | undefined {
  if (kind === 'file') return 1;
  return 'zip' in rest ? rest.zip.files : undefined;
}

/** All parts of a split archive are chosen as one. */
function planOf({ planned, choice }: Taken): PlannedFile[] {
  const parts = planned.split?.parts ?? [planned];
  if (choice !== undefined) for (const part of parts) part.choice = choice;
  return [...parts];
}

function needsWhole(closed: readonly PlannedFile[], contents: readonly Contents[], { id }: Dataset): UsageError {
  const reasons = contents.flatMap((held) =>
    held.kind === 'opaque' && closed.includes(held.planned) ? [`${nameOf(held.planned)} ${held.why}`] : [],
  );
  const sizes = closed.flatMap(({ split, remote }) => split?.parts.map((part) => part.remote.size) ?? [remote.size]);
  const known = sizes.every((size) => size !== undefined);
  const cost = known
    ? formatBytes(sizes.reduce((sum: number, size) => sum + (size ?? 0), 0))
    : 'a size that is not known';
  const [only] = closed;
  const what = closed.length === 1 && only !== undefined ? nameOf(only) : `${closed.length} archives`;
  return new UsageError(`No part of ${printable(what)} can be fetched alone: ${printable(reasons[0] ?? '')}`, {
    dataset: id,
    hint: `With --whole-archive ${closed.length === 1 ? 'it is' : 'they are'} fetched (${cost}: ${namesOf(closed)}), and only what you chose is kept. --archives GLOB leaves remote files out by their names.`,
  });
}

function nothingFits({ id, argument }: Dataset, selection: Selection, of: number | undefined): ChoiceError {
  const has = of === undefined ? '' : `, which has ${of} files`;
  return new ChoiceError(`Nothing fits ${printable(selectionText(selection))} in ${id}${has}`, {
    dataset: id,
    hint: `medds files ${printable(argument ?? id)} lists them. In a glob, * stops at a slash and **/ reaches into folders.`,
  });
}
