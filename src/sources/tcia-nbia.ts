/**
 * The REST API of NBIA, the server behind TCIA's DICOM data, in its version 4: sources at https://github.com/CBIIT/NBIA-TCIA
 * (nbia-api), in use by TCIA's own https://github.com/TCIA/data-retriever. Lists come as CSV, which is half of what they are as
 * JSON; an empty one is 200 with no body at all.
 */
import { TciaLogin } from '../credentials/tcia.js';
import { ActionRequiredError, NetworkError, NotFoundError } from '../errors.js';
import { type Answer, type Question, refuseStatus } from '../transfer/conversation.js';
import { csvRows } from './csv.js';
import type { SeriesFacts } from './series-layout.js';
import type { FileRequest, SourceContext } from './source.js';

export interface TciaSeries extends SeriesFacts {
  SeriesInstanceUID: string;
  images?: number;
  /** Of the images, as they come out of the zip. */
  bytes?: number;
  license?: string;
  licenseUrl?: string;
  doi?: string;
}

export interface SeriesFilter {
  Collection?: string;
  PatientID?: string;
  StudyInstanceUID?: string;
}

/** Series that are asked for at a time; the servlet takes 2 MB of form. */
const BATCH = 5_000;

/** Those of a GET, whose address must stay short. */
const SMALL_BATCH = 50;

/** A row has some 500 bytes; the largest collection, NLST, has 200,000 series. */
const LARGEST = 256 * 1024 * 1024;

export class Nbia {
  readonly #login: TciaLogin;

  /** @param base as `https://services.cancerimagingarchive.net/nbia-api` */
  constructor(
    private readonly base: string,
    private readonly context: SourceContext,
  ) {
    this.#login = new TciaLogin(base, context);
  }

  get host(): string {
    return new URL(this.base).host;
  }

  /** Names of the collections that may be seen. */
  async collections(): Promise<string[]> {
    const rows = await this.#rows('getCollectionValues', { format: 'csv' });
    return rows.map((row) => row.get('Collection') ?? '').filter((name) => name !== '');
  }

  /** Series by what they belong to. */
  async list(filter: SeriesFilter): Promise<TciaSeries[]> {
    return (await this.#rows('getSeries', { ...filter, format: 'csv' })).map(toSeries);
  }

  /** Series by their UIDs, in no order; those that may not be seen are left out. */
  async describe(uids: readonly string[]): Promise<TciaSeries[]> {
    const found: TciaSeries[] = [];
    for (let at = 0; at < uids.length; at += BATCH) {
      const form = { list: uids.slice(at, at + BATCH).join(','), format: 'csv' };
      found.push(...rowsOf(await this.#ask({ url: this.#url('getSeriesMetadata'), form })).map(toSeries));
    }
    return found;
  }

  /** Whether the server has one of these series and keeps it from the public; false also where it does not tell. */
  async denies(uids: readonly string[]): Promise<boolean> {
    const seriesList = uids.slice(0, SMALL_BATCH).join(',');
    try {
      return (await this.#rows('getDeniedSeries', { seriesList, format: 'csv' })).length > 0;
    } catch (error) {
      if (error instanceof NetworkError || error instanceof NotFoundError) return false;
      throw error;
    }
  }

  /** Asks for a series as a zip: LICENSE, the images under telling names, and a list of their checksums. */
  async imagesOf(series: string): Promise<FileRequest> {
    const query = { SeriesInstanceUID: series, NewFileNames: 'Yes', IncludeMD5: 'Yes' };
    const credentials = await this.#login.credentials();
    return { url: this.#url('getImage', query), ...(credentials === undefined ? {} : { credentials }) };
  }

  async #rows(endpoint: string, query: Record<string, string>): Promise<Map<string, string>[]> {
    return rowsOf(await this.#ask({ url: this.#url(endpoint, query) }));
  }

  async #ask(question: Question): Promise<Answer> {
    const credentials = await this.#login.credentials();
    const asked = { ...question, headers: { accept: 'text/csv, */*' }, largest: LARGEST };
    const answer = await this.context.http.ask(
      credentials === undefined ? asked : { ...asked, credentials },
      this.context.signal,
    );
    if ([401, 403, 460].includes(answer.status)) throw loginNeeded('What you ask for', this.host);
    refuseStatus(answer, 'TCIA');
    return answer;
  }

  #url(endpoint: string, query: Record<string, string> = {}): string {
    const search = new URLSearchParams(query).toString();
    return `${this.base}/services/v4/${endpoint}${search === '' ? '' : `?${search}`}`;
  }
}

export function loginNeeded(what: string, host: string): ActionRequiredError {
  return new ActionRequiredError(`${what} is not open to the public at ${host}`, {
    host,
    url: 'https://www.cancerimagingarchive.net/nih-controlled-data-access-policy/',
    steps: [
      "Look at the collection's page at https://www.cancerimagingarchive.net/browse-collections/ : it says who may have it, and where it is now.",
      'If you have an account at this server, set TCIA_USERNAME and TCIA_PASSWORD and run the same command again.',
    ],
  });
}

/** @throws NetworkError when the answer is no CSV */
function rowsOf({ text, url }: Answer): Map<string, string>[] {
  const { host } = new URL(url);
  if (/^\s*[<{[]/.test(text))
    throw new NetworkError(`${host} sent something else than the table it was asked for`, { host });
  try {
    return csvRows(text);
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new NetworkError(`${host} sent a table that cannot be read: ${cause.message}`, { host, cause });
  }
}

/** What is used of a row. Columns had blanks in their names, and some other names, before the end of 2025. */
function toSeries(row: Map<string, string>): TciaSeries {
  const value = (...names: string[]): string | undefined => {
    const name = names.find((one) => row.has(one));
    const text = name === undefined ? '' : (row.get(name) as string).trim();
    return text === '' || text === 'null' ? undefined : text;
  };
  const count = (...names: string[]): number | undefined => {
    const text = value(...names);
    return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
  };
  return compact({
    SeriesInstanceUID: value('SeriesInstanceUID', 'Series Instance UID') ?? '',
    StudyInstanceUID: value('StudyInstanceUID', 'Study Instance UID'),
    PatientID: value('PatientID', 'Patient ID'),
    Collection: value('Collection', 'Project'),
    Modality: value('Modality'),
    BodyPartExamined: value('BodyPartExamined', 'Body Part Examined'),
    SeriesNumber: value('SeriesNumber', 'Series Number'),
    SeriesDescription: value('SeriesDescription', 'Series Description'),
    SeriesDate: value('SeriesDate', 'Series Date')?.slice(0, 10),
    StudyDescription: value('StudyDesc', 'StudyDescription', 'Study Description'),
    StudyDate: value('StudyDate', 'Study Date')?.slice(0, 10),
    images: count('ImageCount', 'Image Count'),
    bytes: count('FileSize', 'File Size'),
    license: value('LicenseName', 'License Name'),
    licenseUrl: value('LicenseURI', 'License URI'),
    doi: value('DataDescriptionURI', 'CollectionURI', 'Collection URI')?.replace(/^https?:\/\/(dx\.)?doi\.org\//i, ''),
  });
}

function compact(facts: { [K in keyof TciaSeries]: TciaSeries[K] | undefined }): TciaSeries {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as unknown as TciaSeries;
}
