/**
 * The REST API of the Imaging Data Commons, version 3 (https://api.imaging.datacommons.cancer.gov/v3/docs; sources at
 * https://github.com/ImagingDataCommons/IDC-REST-MCP), which is in beta. Series are asked for by its SQL: it tells more of them than
 * the other routes do, and a condition that it does not understand is an error there, where those select the whole archive.
 */
import { NetworkError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import { words } from '../transfer/answer.js';
import { type Answer, type Question, refuseStatus } from '../transfer/conversation.js';
import { BUCKET } from './s3-address.js';
import type { LayoutField, SeriesFacts } from './series-layout.js';
import type { SourceContext } from './source.js';

const HOST = 'https://api.imaging.datacommons.cancer.gov';

/** One version of a series: its folder in a bucket is named by its UUID. */
export interface IdcSeries extends SeriesFacts {
  SeriesInstanceUID: string;
  /** '' where an earlier release does not tell it. */
  bucket: string;
  uuid: string;
  /** Images in it. */
  instances?: number;
  /** `CC BY 4.0` */
  license?: string;
  doi?: string;
  /** Whose analysis it is, when it was not acquired but derived. */
  analysis?: string;
}

export interface IdcCollection {
  id: string;
  name?: string;
  /** Of all its series. */
  series?: number;
  /** Where the API tells of it, and what it tells. */
  url: string;
  text: string;
}

/** Columns, and the values of which a series has one; a series fits when all do. */
export type Conditions = Partial<Record<Column, readonly string[]>>;

const IDENTITY = ['collection_id', 'PatientID', 'StudyInstanceUID', 'SeriesInstanceUID', 'Modality'] as const;
const PLACE = ['aws_bucket', 'crdc_series_uuid'] as const;
const DETAILS = [
  ...([
    'StudyDate',
    'StudyDescription',
    'SeriesDate',
    'SeriesNumber',
    'SeriesDescription',
    'BodyPartExamined',
  ] as const),
  ...(['instanceCount', 'license_short_name', 'source_DOI', 'analysis_result_id'] as const),
];

type Column = (typeof IDENTITY)[number] | (typeof PLACE)[number] | (typeof DETAILS)[number];

/** The newest release, and series of earlier ones that are in it no more, of which less is told. */
const TABLES = {
  index: [...IDENTITY, ...PLACE, ...DETAILS],
  prior_versions_index: [...IDENTITY, ...PLACE],
} as const satisfies Record<string, readonly Column[]>;

type Row = Partial<Record<Column, string | number | null>>;

/** Rows of an answer: as many as the API gives at most. */
const PAGE = 10_000;

/** Values of one question. */
const BATCH = 2_000;

const UUID = /^[0-9a-f-]{36}$/;

export class IdcApi {
  readonly #base: string;

  constructor(private readonly context: SourceContext) {
    this.#base = `${context.endpoint('idc', HOST)}/v3`;
  }

  get host(): string {
    return new URL(this.#base).host;
  }

  /** Version of the index behind the answers, `24.2.2`: its first number is that of the release of data. */
  async version(): Promise<string | undefined> {
    const answer = await this.#ask({ url: `${this.#base}/version` });
    refuseStatus(answer, 'IDC');
    const { idc_index_data_version: version } = answer.json<{ idc_index_data_version?: unknown }>();
    return typeof version === 'string' ? printable(version) : undefined;
  }

  /** Ids of all collections. */
  async collections(): Promise<string[]> {
    const answer = await this.#ask({ url: `${this.#base}/collections` });
    refuseStatus(answer, 'IDC');
    const list = answer.json<{ collection_id?: unknown }[]>();
    if (!Array.isArray(list)) throw this.#unreadable();
    return list.flatMap(({ collection_id: id }) => (typeof id === 'string' ? [id] : []));
  }

  /** Undefined when there is none of that id. */
  async collection(id: string): Promise<IdcCollection | undefined> {
    const url = `${this.#base}/collections/${encodeURIComponent(id)}`;
    const answer = await this.#ask({ url });
    if (answer.status === 404) return undefined;
    refuseStatus(answer, `IDC ${printable(id)}`);
    const { collection_id: said, collection_name: name, series } = answer.json<Record<string, unknown>>();
    if (said !== id) throw this.#unreadable();
    return {
      ...{ id, url, text: answer.text },
      ...(typeof name === 'string' && name !== '' ? { name } : {}),
      ...(typeof series === 'number' ? { series } : {}),
    };
  }

  /**
   * The series that fit, in the order of their UUIDs.
   * @throws NetworkError, also when the API sends others than were asked for
   */
  async series(conditions: Conditions, table: keyof typeof TABLES = 'index'): Promise<IdcSeries[]> {
    const [longest] = (Object.entries(conditions) as [Column, readonly string[]][]).sort(
      (a, b) => b[1].length - a[1].length,
    );
    if (longest === undefined) throw new TypeError('series of no condition would be all of the archive');
    const [column, values] = longest;
    const found: IdcSeries[] = [];
    for (let at = 0; at < values.length; at += BATCH) {
      const batch = { ...conditions, [column]: values.slice(at, at + BATCH) };
      for await (const rows of this.#pages(batch, table)) found.push(...rows);
    }
    return found;
  }

  /** Pages by what comes after the last UUID: an answer that is cut off anywhere then loses nothing. */
  async *#pages(conditions: Conditions, table: keyof typeof TABLES): AsyncGenerator<IdcSeries[]> {
    const columns = TABLES[table].join(', ');
    const fits = Object.entries(conditions).map(([name, values]) => `${name} IN (${values.map(quoted).join(', ')})`);
    for (let after = '', limit = PAGE; ; ) {
      const where = [...fits, `crdc_series_uuid > ${quoted(after)}`].join(' AND ');
      const sql = `SELECT ${columns} FROM ${table} WHERE ${where} ORDER BY crdc_series_uuid LIMIT ${limit}`;
      const { rows, truncated, max } = await this.#sql(sql, limit);
      if (truncated) {
        // Its limit is lower than it was: which rows it left out is not known.
        if (max >= limit || max < 1) throw this.#unreadable();
        limit = max;
        continue;
      }
      const series = rows.map((row) => this.#checked(row, conditions, table));
      if (series.some(({ uuid }) => uuid <= after)) throw this.#notAsked();
      yield series;
      if (rows.length < limit) return;
      after =
        series
          .map(({ uuid }) => uuid)
          .sort()
          .at(-1) ?? after;
    }
  }

  async #sql(sql: string, limit: number): Promise<{ rows: Row[]; truncated: boolean; max: number }> {
    const answer = await this.#ask({ url: `${this.#base}/sql`, json: { sql, max_rows: limit } });
    if (answer.status === 400 || answer.status === 422) {
      throw new NetworkError(`${this.host} does not understand what it is asked: ${messageOf(answer)}`, {
        host: this.host,
        hint: 'Its interface has changed. A newer medds may know it; until then use another source (--source).',
      });
    }
    refuseStatus(answer, 'IDC');
    const { rows, truncated, max_rows: max } = answer.json<Record<string, unknown>>();
    if (!Array.isArray(rows)) throw this.#unreadable();
    return { rows: rows as Row[], truncated: truncated === true, max: typeof max === 'number' ? max : limit };
  }

  /** A row as a series. @throws NetworkError when it is none, or not one of those that were asked for */
  #checked(row: Row, conditions: Conditions, table: keyof typeof TABLES): IdcSeries {
    const text = (column: Column): string | undefined => {
      const value = row[column];
      return value === null || value === undefined || value === '' ? undefined : String(value);
    };
    for (const [column, values] of Object.entries(conditions) as [Column, readonly string[]][]) {
      if (!values.includes(text(column) ?? '')) throw this.#notAsked();
    }
    const [uid, bucket = '', uuid] = [text('SeriesInstanceUID'), text('aws_bucket'), text('crdc_series_uuid')];
    if (uid === undefined || uuid === undefined || !UUID.test(uuid)) throw this.#unreadable();
    if (bucket === '' ? table === 'index' : !BUCKET.test(bucket)) throw this.#unreadable();
    const facts: Partial<Record<LayoutField | 'license' | 'doi' | 'analysis', string | undefined>> = {
      Collection: text('collection_id'),
      PatientID: text('PatientID'),
      StudyInstanceUID: text('StudyInstanceUID'),
      StudyDate: text('StudyDate')?.slice(0, 10),
      StudyDescription: text('StudyDescription'),
      SeriesNumber: text('SeriesNumber'),
      SeriesDescription: text('SeriesDescription'),
      SeriesDate: text('SeriesDate')?.slice(0, 10),
      Modality: text('Modality'),
      BodyPartExamined: text('BodyPartExamined'),
      license: text('license_short_name'),
      doi: text('source_DOI'),
      analysis: text('analysis_result_id'),
    };
    const { instanceCount: instances } = row;
    return {
      ...{ SeriesInstanceUID: uid, bucket, uuid },
      ...(Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as SeriesFacts),
      ...(typeof instances === 'number' ? { instances } : {}),
    };
  }

  async #ask(question: Question): Promise<Answer> {
    const answer = await this.context.http.ask(question, this.context.signal);
    if (answer.status === 410) {
      throw new NotFoundError(`${this.host} has given up this version of its interface: ${messageOf(answer)}`, {
        host: this.host,
        hint: 'A newer medds may know the next one; until then use another source (--source), or a .s5cmd manifest.',
      });
    }
    return answer;
  }

  #notAsked(): NetworkError {
    return new NetworkError(`${this.host} sent series that were not asked for`, {
      host: this.host,
      hint: 'It may have ignored the question and sent its whole archive. Try again later, or use another source (--source).',
    });
  }

  #unreadable(): NetworkError {
    return new NetworkError(`${this.host} sent something else than what it was asked for`, { host: this.host });
  }
}

/** As SQL writes a text. */
const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function messageOf(answer: Answer): string {
  try {
    const { error, message } = answer.json<{ error?: { message?: string }; message?: string }>();
    return printable(String(error?.message ?? message ?? words(answer.text)).slice(0, 300));
  } catch {
    return words(answer.text);
  }
}
