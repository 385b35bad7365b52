// @ts-check
/**
 * The Imaging Data Commons on loopback: its REST API, version 3 (sources at https://github.com/ImagingDataCommons/IDC-REST-MCP), as
 * far as it tells of collections and answers SQL over the index of series, and, on a host of their own, its public buckets. At any
 * other path it has files. What the real host would refuse is refused and noted as a violation.
 */
import { createHash } from 'node:crypto';
import { FileHost } from './file-host.js';
import { select } from './idc-sql.js';
import { jsonReply, textReply } from './reply.js';
import { startS3 } from './s3.js';

/**
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').Reply} Reply
 * @typedef {import('./idc-sql.js').Row} Row
 *
 * @typedef {object} SeriesFacts
 * @property {string} collection
 * @property {string} [patient]      default: PATIENT_1
 * @property {string} [study]        a UID; default: one for each patient
 * @property {string} [series]       a UID; default: the next
 * @property {string} [modality]     default: CT
 * @property {string} [bucket]       default: idc-open-data
 * @property {string} [license]      default: CC BY 3.0
 * @property {string} [doi]
 * @property {string} [analysis]     whose result it is
 * @property {boolean} [prior]       of an earlier release only
 * @property {(import('./content.js').Content | Uint8Array | string)[]} [images]  default: one
 *
 * @typedef {{ uuid: string, bucket: string, patient: string, study: string, series: string, keys: string[], row: Row }} HeldSeries
 */

const ROOT = '1.3.6.1.4.1.14519.5.2.1.7777';

const TABLES = ['index', 'prior_versions_index'];

const STEP = { max: 10_000, default: 5000 };

export class IdcHost extends FileHost {
  /** @type {import('./s3.js').S3Host} */
  s3;
  /** @type {HeldSeries[]} */
  #series = [];
  /** @type {Map<string, Row[]>} */
  #tables = new Map(TABLES.map((name) => [name, []]));
  #maxRows;
  #buckets = new Set();
  /** True: conditions are left aside, as the routes for cohorts do with a filter in the wrong place. */
  ignoresConditions = false;

  /**
   * @param {import('./s3.js').S3Host} s3
   * @param {import('./file-host.js').HostOptions & { maxRows?: number }} [options]  maxRows: most rows of an answer
   */
  constructor(s3, { maxRows = STEP.max, ...options } = {}) {
    super(options);
    this.s3 = s3;
    this.#maxRows = maxRows;
  }

  /** Variables that lead medds here. */
  get env() {
    return { MEDDS_ENDPOINT_IDC: this.origin, MEDDS_ENDPOINT_S3: this.s3.origin };
  }

  /**
   * @param {SeriesFacts} facts
   * @returns {Promise<HeldSeries>}
   */
  async addSeries(facts) {
    const { collection, patient = 'PATIENT_1', bucket = 'idc-open-data', images = ['an image'] } = facts;
    const number = this.#series.length + 1;
    const uuid = uuidOf(`series ${number}`);
    const study = facts.study ?? `${ROOT}.1.${[...createHash('md5').update(patient).digest()].slice(0, 3).join('')}`;
    const series = facts.series ?? `${ROOT}.2.${number}`;
    const keys = images.map((_, at) => `${uuid}/${uuidOf(`image ${number} ${at}`)}.dcm`);
    if (!this.#buckets.has(bucket)) this.s3.addBucket(bucket);
    this.#buckets.add(bucket);
    for (const [at, key] of keys.entries()) {
      await this.s3.addObject(bucket, { key, content: images[at] ?? '' });
    }
    const identity = {
      collection_id: collection,
      PatientID: patient,
      StudyInstanceUID: study,
      SeriesInstanceUID: series,
      Modality: facts.modality ?? 'CT',
      aws_bucket: bucket,
      crdc_series_uuid: uuid,
    };
    /** @type {Row} */
    const row = {
      ...identity,
      StudyDate: '2003-12-12',
      StudyDescription: 'CT CHEST',
      SeriesDate: '2003-12-12',
      SeriesNumber: String(number),
      SeriesDescription: `Series's ${number}`,
      BodyPartExamined: 'CHEST',
      instanceCount: images.length,
      license_short_name: facts.license ?? 'CC BY 3.0',
      source_DOI: facts.doi ?? '10.7937/k9/tcia.0000.phantom',
      analysis_result_id: facts.analysis ?? null,
    };
    this.#tables
      .get(facts.prior === true ? 'prior_versions_index' : 'index')
      ?.push(facts.prior === true ? identity : row);
    const held = { uuid, bucket, patient, study, series, keys, row };
    this.#series.push(held);
    return held;
  }

  /** What the API tells of a collection. @param {string} id */
  about(id) {
    const rows = this.#rows('index').filter((row) => row.collection_id === id);
    const count = (/** @type {string} */ column) => new Set(rows.map((row) => row[column])).size;
    const licenses = [...new Set(rows.map((row) => row.license_short_name))];
    return {
      collection_id: id,
      collection_name: id.replaceAll('_', ' '),
      cancer_types: 'None',
      tumor_locations: 'Phantom',
      species: 'Human',
      subjects: count('PatientID'),
      supporting_data: null,
      description: `<p>Made for tests, ${id}.</p>`,
      patients: count('PatientID'),
      studies: count('StudyInstanceUID'),
      series: rows.length,
      instances: rows.reduce((sum, row) => sum + Number(row.instanceCount), 0),
      size_TB: 0,
      modalities: [...new Set(rows.map((row) => row.Modality))].sort(),
      licenses: licenses.map((name) => ({
        license_short_name: name,
        series: rows.filter((row) => row.license_short_name === name).length,
        size_TB: 0,
      })),
    };
  }

  /**
   * @override
   * @param {RequestRecord} request
   * @returns {Reply | Promise<Reply>}
   */
  answer(request) {
    const { method, path } = request;
    if (path.startsWith('/v2/') || path.startsWith('/v1/')) {
      this.violate(`${path} is of an interface that is gone`);
      return jsonReply(410, {
        code: 410,
        message: 'IDC v2 API endpoints have been deprecated',
        documentation: 'See v3.',
      });
    }
    if (!path.startsWith('/v3/')) return super.answer(request);
    if (path === '/v3/sql') return method === 'POST' ? this.#sql(request) : this.#notAllowed(request);
    if (method !== 'GET' && method !== 'HEAD') return this.#notAllowed(request);
    if (path === '/v3/version') {
      return jsonReply(200, {
        idc_version: 'v24',
        idc_index_data_version: '24.2.2',
        api_version: '3.0.0b2',
        build: '968e137',
      });
    }
    const ids = [...new Set(this.#rows('index').map((row) => String(row.collection_id)))].sort();
    if (path === '/v3/collections')
      return jsonReply(
        200,
        ids.map((id) => ({ collection_id: id, collection_name: id })),
      );
    const id = decodeURIComponent(/^\/v3\/collections\/([^/]+)$/.exec(path)?.[1] ?? '');
    if (id === '') {
      this.violate(`${path} is no route that the stand-in knows`);
      return jsonReply(404, { detail: 'Not Found' });
    }
    if (!ids.includes(id)) return problem(404, 'not_found', `Collection not found: '${id}'`);
    return jsonReply(200, this.about(id));
  }

  /** Ends both hosts. @override */
  async close() {
    await Promise.all([super.close(), this.s3.close()]);
  }

  /** @param {RequestRecord} request */
  #sql(request) {
    /** @type {{ sql?: unknown, max_rows?: unknown }} */
    const { sql, max_rows: wanted = STEP.default } = JSON.parse(request.body.toString());
    if (typeof sql !== 'string' || typeof wanted !== 'number') {
      this.violate('/v3/sql without a question');
      return jsonReply(422, { detail: [{ type: 'missing', loc: ['body', 'sql'], msg: 'Field required' }] });
    }
    if (!/^\s*(SELECT|WITH)\b/i.test(sql)) {
      return problem(400, 'invalid_query', 'Only read-only SELECT (or WITH ... SELECT) statements are allowed.');
    }
    // A value above the limit is taken for the limit, without a word.
    const max = Math.max(1, Math.min(wanted, this.#maxRows));
    const found = select(sql, this.#tables, { ignoresConditions: this.ignoresConditions });
    if ('error' in found) {
      this.violate(`/v3/sql: ${found.error}`);
      return problem(400, 'invalid_query', found.error);
    }
    const rows = found.rows.slice(0, max);
    const truncated = found.rows.length > max;
    return jsonReply(200, { columns: found.columns, rows, row_count: rows.length, truncated, max_rows: max });
  }

  /** @param {string} table */
  #rows(table) {
    return this.#tables.get(table) ?? [];
  }

  /** @param {RequestRecord} request */
  #notAllowed({ method, path }) {
    this.violate(`${method} ${path}`);
    return textReply(405, JSON.stringify({ detail: 'Method Not Allowed' }), { 'content-type': 'application/json' });
  }
}

/**
 * IDC and its buckets, listening.
 * @param {import('./file-host.js').HostOptions & { maxRows?: number, pageSize?: number }} [options]
 */
export async function startIdc({ pageSize, ...options } = {}) {
  const s3 = await startS3(pageSize === undefined ? {} : { pageSize });
  return new IdcHost(s3, options).start();
}

/** @param {string} seed */
export function uuidOf(seed) {
  const hex = createHash('md5').update(seed).digest('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/**
 * @param {number} status
 * @param {string} code
 * @param {string} message
 */
function problem(status, code, message) {
  return jsonReply(status, { error: { code, message } });
}
