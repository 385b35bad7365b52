/** Which series of IDC an entry stands for, and which collections they belong to. */
import { NetworkError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import type { SourceEntry } from '../registry/schema.js';
import { refuseStatus } from '../transfer/conversation.js';
import { redactUrl } from '../transfer/redact.js';
import type { Conditions, IdcApi, IdcCollection, IdcSeries } from './idc-api.js';
import { placeOfSeries, readS5cmd } from './idc-manifest.js';
import type { SourceContext } from './source.js';

export type Idc = Extract<SourceEntry, { method: 'idc' }>;

/** What a choice is made of. */
export interface Choice {
  series: IdcSeries[];
  collections: IdcCollection[];
  notes: string[];
}

/** Things that a message names. */
const NAMED = 5;

/** @throws NotFoundError, NetworkError, UsageError (a manifest that cannot be read) */
export async function choose(entry: Idc, api: IdcApi, context: SourceContext): Promise<Choice> {
  const { collection, manifest, series: uids = [] } = entry;
  const locations = manifest === undefined ? entry.locations : await fetchS5cmd(manifest, context);
  if (locations !== undefined) {
    const { series, notes } = await byLocation(locations, api);
    const fitting = series.filter(
      (one) =>
        fits(entry.patients, one.PatientID) &&
        fits(entry.studies, one.StudyInstanceUID) &&
        fits(entry.series, one.SeriesInstanceUID) &&
        fits(entry.modalities, one.Modality),
    );
    if (fitting.length === 0) throw nothingOf(entry);
    return { series: fitting, collections: await collectionsOf(fitting, api), notes };
  }
  if (collection !== undefined) return byCollection(collection, entry, api);
  const series = await api.series(conditionsOf(entry));
  const narrowed = (entry.patients ?? entry.studies ?? entry.modalities) !== undefined;
  if (series.length === 0 && narrowed) throw nothingOf(entry);
  const found = new Set(series.map(({ SeriesInstanceUID }) => SeriesInstanceUID));
  const missing = narrowed ? [] : uids.filter((uid) => !found.has(uid));
  if (missing.length > 0) throw missingSeries(missing, uids.length);
  return { series, collections: await collectionsOf(series, api), notes: [] };
}

async function byCollection(asked: string, entry: Idc, api: IdcApi): Promise<Choice> {
  const notes: string[] = [];
  let collection = await api.collection(asked);
  if (collection === undefined) {
    const ids = await api.collections();
    const meant = ids.filter((id) => fold(id) === fold(asked));
    if (meant[0] === undefined || meant.length > 1) throw unknownCollection(asked, ids);
    collection = await api.collection(meant[0]);
    if (collection === undefined) throw unknownCollection(asked, ids);
    notes.push(`IDC calls this collection ${printable(collection.id)}.`);
  }
  const narrowed = conditionsOf(entry);
  const series = await api.series({ ...narrowed, collection_id: [collection.id] });
  if (series.length === 0) throw nothingOf(entry);
  const isAll = Object.keys(narrowed).length === 0;
  if (isAll && collection.series !== undefined && collection.series !== series.length) {
    throw incompleteList(collection.id, series.length, collection.series, api.host);
  }
  return { series, collections: [collection], notes };
}

/** What a manifest names, as the newest release has it, else as an earlier one had it, else without anything but the place. */
async function byLocation(locations: readonly string[], api: IdcApi): Promise<Pick<Choice, 'series' | 'notes'>> {
  const places = locations.map(placeOfSeries);
  const known = new Map<string, IdcSeries>();
  for (const table of ['index', 'prior_versions_index'] as const) {
    const open = places.flatMap(({ uuid }) => (known.has(uuid) ? [] : [uuid]));
    if (open.length === 0) break;
    for (const one of await api.series({ crdc_series_uuid: open }, table)) known.set(one.uuid, one);
  }
  // Some of what is not known may have been withdrawn; the buckets tell.
  const series = places.map(({ bucket, uuid }): IdcSeries => {
    const one = known.get(uuid);
    return one === undefined ? { SeriesInstanceUID: uuid, uuid, bucket } : { ...one, bucket: one.bucket || bucket };
  });
  const unknown = places.length - known.size;
  const notes =
    unknown === 0
      ? []
      : [`IDC tells nothing of ${unknown} of ${places.length} series any more: their folders bear UUIDs.`];
  return { series, notes };
}

async function fetchS5cmd(url: string, { http, signal }: SourceContext): Promise<string[]> {
  const answer = await http.ask({ url, headers: { accept: '*/*' } }, signal);
  const { host } = new URL(answer.url);
  if (answer.status === 404 || answer.status === 410) {
    throw new NotFoundError(`The manifest ${redactUrl(url)} is gone`, { host });
  }
  refuseStatus(answer, 'The manifest');
  if (/^\s*</.test(answer.text)) throw new NetworkError(`${redactUrl(answer.url)} is a page, not a manifest`, { host });
  return readS5cmd(answer.text, redactUrl(url));
}

async function collectionsOf(series: readonly IdcSeries[], api: IdcApi): Promise<IdcCollection[]> {
  const found: IdcCollection[] = [];
  for (const id of new Set(series.flatMap(({ Collection }) => Collection ?? []))) {
    const collection = await api.collection(id);
    if (collection !== undefined) found.push(collection);
  }
  return found;
}

function conditionsOf({ patients, studies, series, modalities }: Idc): Conditions {
  return {
    ...(patients === undefined ? {} : { PatientID: patients }),
    ...(studies === undefined ? {} : { StudyInstanceUID: studies }),
    ...(series === undefined ? {} : { SeriesInstanceUID: series }),
    ...(modalities === undefined ? {} : { Modality: modalities }),
  };
}

function fits(chosen: readonly string[] | undefined, value: string | undefined): boolean {
  return chosen === undefined || (value !== undefined && chosen.includes(value));
}

/** What an entry is called in messages and results. */
export function nameOf({ collection, manifest, locations, series }: Idc): string {
  if (collection !== undefined) return `IDC ${printable(collection)}`;
  if (manifest !== undefined) return `IDC ${printable(new URL(manifest).pathname.split('/').at(-1) ?? '')}`;
  const count = (locations ?? series)?.length;
  return count === 1 && series !== undefined ? `IDC series ${series[0]}` : `IDC, ${count} series`;
}

function nothingOf(entry: Idc): NotFoundError {
  const asked = [entry.patients, entry.studies, entry.series, entry.modalities].flatMap((some) => some ?? []);
  const what = asked.length === 0 ? '' : ` of ${printable(asked.slice(0, NAMED).join(', '))}`;
  return new NotFoundError(`${nameOf(entry)} holds no series${what}`, {
    hint: 'Patients, studies, series and modalities are spelt as IDC has them, with their case.',
  });
}

function missingSeries(missing: readonly string[], all: number): NotFoundError {
  const what = all === 1 ? `Series ${missing[0]} is` : `${missing.length} of ${all} series are`;
  const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : '';
  return new NotFoundError(`${what} not in IDC (any more)`, {
    hint: `Not found: ${missing.slice(0, NAMED).join(', ')}${more}. TCIA may still have them (tcia:UID).`,
  });
}

function unknownCollection(asked: string, ids: readonly string[]): NotFoundError {
  const near = ids.filter((id) => fold(id).includes(fold(asked)) || fold(asked).includes(fold(id)));
  const suggestion = near.length === 0 ? '' : `Near to it: ${printable(near.slice(0, NAMED).join(', '))}. `;
  return new NotFoundError(`There is no collection "${printable(asked)}" in IDC`, {
    hint: `${suggestion}https://portal.imaging.datacommons.cancer.gov/collections/ lists them all; some of TCIA's are at TCIA only (tcia:…).`,
  });
}

function incompleteList(id: string, came: number, all: number, host: string): NetworkError {
  return new NetworkError(`${host} lists ${came} of the ${all} series of ${printable(id)}`, {
    host,
    hint: 'It may be taking over a new release. Run the same command again later.',
  });
}

/** Ids are lower case with underscores where TCIA has blanks and dashes. */
function fold(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
