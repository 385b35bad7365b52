/**
 * Collections of The Cancer Imaging Archive (https://www.cancerimagingarchive.net), series by series, from its NBIA server. TCIA
 * moves its public DICOM to the Imaging Data Commons, so an entry names `idc` first where that has the same.
 */
import { IntegrityError, NetworkError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import type { SourceEntry } from '../registry/schema.js';
import { refuseStatus } from '../transfer/conversation.js';
import { redactUrl } from '../transfer/redact.js';
import { remoteFile } from './facts.js';
import { foldersOf } from './series-layout.js';
import type { RemoteFile, Resolution, Source, SourceContext } from './source.js';
import { inspectSeries } from './tcia-archive.js';
import { licensesOf } from './tcia-license.js';
import { locateTcia } from './tcia-locator.js';
import { readManifest } from './tcia-manifest.js';
import { loginNeeded, Nbia, type TciaSeries } from './tcia-nbia.js';
import { globs } from './tree.js';

type Tcia = Extract<SourceEntry, { method: 'tcia' }>;

const SERVER = 'https://services.cancerimagingarchive.net/nbia-api';
/** One collection has a server of its own; the other one answers 400 for its series. */
const NLST_SERVER = 'https://nlst.cancerimagingarchive.net/nbia-api';
const NLST_ROOT = '1.2.840.113654.2.55.';

/** Missing series that a message names. */
const NAMED = 5;

export const tcia: Source<'tcia'> = {
  locate: locateTcia,

  async resolve(entry, context) {
    const servers = new Servers(context);
    const { series, notes } = await seriesOf(entry, servers, context);
    const wanted = globs(entry);
    const folders = foldersOf(series, entry.layout);
    const files = series.flatMap((one, at): RemoteFile[] => {
      const folder = folders[at] as string;
      return wanted(folder) ? [toRemote(one, folder, entry.into, servers)] : [];
    });
    if (files.length === 0) {
      throw new NotFoundError(`${labelOf(entry)} has no series whose folder fits the entry's include and exclude`);
    }
    const { license, doi, notes: remarks } = licensesOf(series);
    return {
      label: labelOf(entry),
      ...(license === undefined ? {} : { license }),
      ...(doi === undefined ? {} : { doi }),
      ...(entry.collection === undefined ? {} : { title: entry.collection }),
      files: [...files, ...(entry.companions ?? []).map((companion) => toCompanion(companion, entry.into))],
      notes: [...notes, ...remarks],
    } satisfies Resolution;
  },
};

/** The servers, each with its login. */
class Servers {
  readonly main: Nbia;
  readonly #nlst: Nbia;

  constructor(context: SourceContext) {
    this.main = new Nbia(context.endpoint('tcia', SERVER), context);
    this.#nlst = new Nbia(context.endpoint('tcia-nlst', NLST_SERVER), context);
  }

  ofSeries(uid: string): Nbia {
    return uid.startsWith(NLST_ROOT) ? this.#nlst : this.main;
  }

  ofCollection(name: string): Nbia {
    return fold(name) === 'nlst' ? this.#nlst : this.main;
  }
}

/** @throws NotFoundError, ActionRequiredError, NetworkError, UsageError (a manifest that cannot be read) */
async function seriesOf(
  entry: Tcia,
  servers: Servers,
  context: SourceContext,
): Promise<{ series: TciaSeries[]; notes: string[] }> {
  const uids = entry.manifest === undefined ? entry.series : await fetchManifest(entry.manifest, context);
  const { found, notes } =
    uids === undefined
      ? await byCollection(entry, servers)
      : { found: await byUid(uids, servers), notes: [] as string[] };
  const fits = (chosen: readonly string[] | undefined, value: string | undefined) =>
    chosen === undefined || (value !== undefined && chosen.includes(value));
  const series = found.filter(
    (one) =>
      fits(entry.patients, one.PatientID) &&
      fits(entry.studies, one.StudyInstanceUID) &&
      fits(entry.series, one.SeriesInstanceUID) &&
      fits(entry.modalities, one.Modality),
  );
  if (series.length > 0) return { series: distinct(series), notes };
  const asked = [entry.patients, entry.studies, entry.series, entry.modalities].flatMap((some) => some ?? []);
  throw new NotFoundError(`${labelOf(entry)} holds no series of ${printable(asked.slice(0, NAMED).join(', '))}`, {
    hint: 'Patients, studies and series are spelt as the server has them, with their case.',
  });
}

/** Series by their UIDs. A server that fails half-way lists fewer with 200, so what is missing is asked for once more. */
async function byUid(uids: readonly string[], servers: Servers): Promise<TciaSeries[]> {
  const found = new Map<string, TciaSeries>();
  for (const server of new Set(uids.map((uid) => servers.ofSeries(uid)))) {
    for (let tries = 0; tries < 2; tries++) {
      const missing = uids.filter((uid) => servers.ofSeries(uid) === server && !found.has(uid));
      if (missing.length === 0) break;
      for (const one of await server.describe(missing)) found.set(one.SeriesInstanceUID, one);
    }
    const missing = uids.filter((uid) => servers.ofSeries(uid) === server && !found.has(uid));
    if (missing.length > 0) throw await missingSeries(missing, uids.length, server);
  }
  return uids.map((uid) => found.get(uid) as TciaSeries);
}

async function missingSeries(missing: readonly string[], all: number, server: Nbia): Promise<Error> {
  const what = all === 1 ? `Series ${missing[0]}` : `${missing.length} of ${all} series`;
  if (await server.denies(missing)) return loginNeeded(what, server.host);
  const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : '';
  return new NotFoundError(`${what} ${missing.length === 1 ? 'is' : 'are'} not at ${server.host} (any more)`, {
    hint: `TCIA withdraws and replaces series: get a newer manifest from the collection's page, or take these out of it: ${missing.slice(0, NAMED).join(', ')}${more}.`,
  });
}

async function byCollection(entry: Tcia, servers: Servers): Promise<{ found: TciaSeries[]; notes: string[] }> {
  const asked = entry.collection as string;
  const server = servers.ofCollection(asked);
  const found = await listAll(server, asked, entry);
  if (found.length > 0) return { found, notes: [] };
  const names = await server.collections();
  const meant = names.filter((name) => fold(name) === fold(asked));
  if (meant.length !== 1) throw unknownCollection(asked, names, server.host);
  const [name] = meant as [string];
  if (name === asked) return { found: [], notes: [] };
  return { found: await listAll(server, name, entry), notes: [`TCIA calls this collection "${printable(name)}".`] };
}

/** As few rows as the entry allows. */
async function listAll(server: Nbia, collection: string, { patients, studies }: Tcia): Promise<TciaSeries[]> {
  const base = { Collection: collection };
  if (studies === undefined && patients === undefined) return server.list(base);
  const filters =
    studies === undefined
      ? (patients ?? []).map((PatientID) => ({ ...base, PatientID }))
      : studies.map((StudyInstanceUID) => ({ ...base, StudyInstanceUID }));
  const found: TciaSeries[] = [];
  for (const filter of filters) found.push(...(await server.list(filter)));
  return found;
}

function unknownCollection(asked: string, names: readonly string[], host: string): NotFoundError {
  const near = names.filter((name) => fold(name).includes(fold(asked)) || fold(asked).includes(fold(name)));
  const suggestion = near.length === 0 ? '' : `Near to it: ${printable(near.slice(0, NAMED).join(', '))}. `;
  return new NotFoundError(`There is no collection "${printable(asked)}" at ${host} that is open to the public`, {
    hint: `${suggestion}A collection may have been renamed, retired, moved to the Imaging Data Commons (idc:…), or be under controlled access: its page at https://www.cancerimagingarchive.net/browse-collections/ says which.`,
  });
}

async function fetchManifest(url: string, context: SourceContext): Promise<string[]> {
  const answer = await context.http.ask({ url, headers: { accept: '*/*' } }, context.signal);
  if (answer.status === 404 || answer.status === 410) {
    throw new NotFoundError(`The manifest ${redactUrl(url)} is gone`, {
      host: new URL(url).host,
      hint: "The collection's page has the manifest of its newest version.",
    });
  }
  refuseStatus(answer, 'The manifest');
  if (/^\s*</.test(answer.text)) {
    throw new NetworkError(`${redactUrl(answer.url)} is a page, not a manifest`, { host: new URL(answer.url).host });
  }
  return readManifest(answer.text, redactUrl(url));
}

/** A list in which a series comes twice is the server's mistake, not two series. @throws IntegrityError for one without a UID */
function distinct(series: readonly TciaSeries[]): TciaSeries[] {
  if (series.some(({ SeriesInstanceUID }) => SeriesInstanceUID === '')) {
    throw new IntegrityError('TCIA lists a series without a SeriesInstanceUID');
  }
  return [...new Map(series.map((one) => [one.SeriesInstanceUID, one])).values()];
}

function toRemote(series: TciaSeries, folder: string, into: string | undefined, servers: Servers): RemoteFile {
  const { SeriesInstanceUID: uid, images, bytes } = series;
  const server = servers.ofSeries(uid);
  return {
    path: `${uid}.zip`,
    ...(bytes === undefined ? {} : { unpackedSize: bytes }),
    checksums: [],
    request: () => server.imagesOf(uid),
    unpack: 'zip',
    into: into === undefined ? folder : `${into}/${folder}`,
    inspect: (unpacked) => inspectSeries(unpacked, uid, images),
  };
}

function toCompanion(companion: NonNullable<Tcia['companions']>[number], into: string | undefined): RemoteFile {
  const { url, path, ...facts } = companion;
  const place = facts.into ?? into;
  return remoteFile(
    { path, checksums: [], request: async () => ({ url }) },
    place === undefined ? facts : { ...facts, into: place },
  );
}

function labelOf({ collection, manifest, series }: Tcia): string {
  if (collection !== undefined) return `TCIA ${printable(collection)}`;
  if (manifest !== undefined) return `TCIA ${printable(new URL(manifest).pathname.split('/').at(-1) ?? '')}`;
  return series?.length === 1 ? `TCIA series ${series[0]}` : `TCIA, ${series?.length} series`;
}

/** Names that differ in case, blanks or dashes only are one; so are the addresses of collections' pages. */
function fold(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}
