// @ts-check
/**
 * TCIA on loopback: an NBIA server (REST API version 4, sources at https://github.com/CBIIT/NBIA-TCIA) that knows series, their
 * tables and zips, and logins; and, at any other path, the files that TCIA's web pages offer. What the real host would refuse is
 * refused and noted as a violation.
 */
import { bytes } from './content.js';
import { FileHost } from './file-host.js';
import { jsonReply, textReply } from './reply.js';
import { heldSeries, membersOf, seriesTable, streamedZip, table } from './tcia-series.js';

/**
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').Reply} Reply
 * @typedef {import('./tcia-series.js').HeldSeries} HeldSeries
 * @typedef {import('./tcia-series.js').SeriesFacts} SeriesFacts
 *
 * @typedef {object} TciaOptions
 * @property {Record<string, string>} [accounts]  passwords by user
 * @property {number} [tokenSeconds]              how long a token is good; default: two hours
 *
 * @typedef {object} Truncation  what a server does that fails while it sends: it ends the zip, as if that was all
 * @property {number} images   that get through
 * @property {number} [times]  default: always
 */

const API = '/nbia-api/services/v4/';

/** Parameters that each endpoint takes; version 4 refuses all others. @type {Record<string, string[] | undefined>} */
const PARAMETERS = {
  getCollectionValues: ['format'],
  getSeries: [
    ...[
      'Collection',
      'format',
      'PatientID',
      'StudyInstanceUID',
      'Modality',
      'BodyPartExamined',
      'ManufacturerModelName',
    ],
    ...['Manufacturer', 'SeriesInstanceUID'],
  ],
  getSeriesMetadata: [],
  getDeniedSeries: ['seriesList', 'userName', 'format'],
  getImage: ['SeriesInstanceUID', 'NewFileNames', 'IncludeMD5'],
};

export class TciaHost extends FileHost {
  /** @type {Map<string, HeldSeries>} */
  #series = new Map();
  /** @type {Map<string, Truncation>} */
  #truncations = new Map();
  /** @type {Map<string, number>} */
  #tokens = new Map();
  #accounts;
  #tokenSeconds;

  /** @param {import('./file-host.js').HostOptions & TciaOptions} [options] */
  constructor({ accounts = {}, tokenSeconds = 7200, ...options } = {}) {
    super(options);
    this.#accounts = new Map(Object.entries(accounts));
    this.#tokenSeconds = tokenSeconds;
  }

  /** What MEDDS_ENDPOINT_TCIA is set to. */
  get endpoint() {
    return `${this.origin}/nbia-api`;
  }

  /** Path of all zips; the series is in the query. */
  get imagePath() {
    return `${API}getImage`;
  }

  /**
   * @param {SeriesFacts} facts
   * @returns {HeldSeries}
   */
  addSeries(facts) {
    const held = heldSeries(facts, this.#series.size + 1);
    this.#series.set(held.series, held);
    return held;
  }

  /** @param {string} uid */
  removeSeries(uid) {
    this.#series.delete(uid);
  }

  /**
   * @param {string} uid
   * @param {Truncation} truncation
   */
  truncate(uid, truncation) {
    this.#truncations.set(uid, { ...truncation });
  }

  /** Zips of this series that were asked for. @param {string} uid */
  imageRequests(uid) {
    return this.requestsOf(this.imagePath).filter(({ query }) => query.get('SeriesInstanceUID') === uid);
  }

  /**
   * @override
   * @param {RequestRecord} request
   * @returns {Reply | Promise<Reply>}
   */
  answer(request) {
    if (request.path === '/nbia-api/oauth/token') return this.#token(request);
    if (!request.path.startsWith('/nbia-api/')) return super.answer(request);
    const endpoint = request.path.startsWith(API) ? request.path.slice(API.length) : '';
    const allowed = PARAMETERS[endpoint];
    if (allowed === undefined) {
      this.violate(`${request.path} is no route that the stand-in knows`);
      return textReply(404, '<html><body>HTTP Status 404 – Not Found</body></html>', { 'content-type': 'text/html' });
    }
    const unknown = [...request.query.keys()].find((name) => !allowed.includes(name));
    if (unknown !== undefined) {
      this.violate(`${endpoint} with the parameter ${unknown}`);
      return textReply(400, `Invalid query parameter: '${unknown}'. Allowed parameters are: [${allowed.join(', ')}]`);
    }
    const reader = this.#readerOf(request);
    if (reader === undefined) return textReply(401, 'Unauthorized');
    const visible = [...this.#series.values()].filter(({ restricted }) => !restricted || reader === 'user');
    switch (endpoint) {
      case 'getCollectionValues':
        return collections(visible, request);
      case 'getSeries':
        return list(visible, request);
      case 'getSeriesMetadata':
        return this.#metadata(visible, request);
      case 'getDeniedSeries':
        return this.#denied(request);
      default:
        return this.#image(visible, request);
    }
  }

  /**
   * @param {readonly HeldSeries[]} visible
   * @param {RequestRecord} request
   */
  #metadata(visible, request) {
    if (request.method !== 'POST') {
      this.violate(`${request.method} getSeriesMetadata`);
      return textReply(405, 'Method Not Allowed');
    }
    const form = new URLSearchParams(request.body.toString());
    const uids = new Set((form.get('list') ?? '').split(',').filter((uid) => uid !== ''));
    if (uids.size === 0) {
      this.violate('getSeriesMetadata without a list');
      return missing('A form parameter, list, containing at least one SeriesInstanceUID is required.');
    }
    const found = visible.filter(({ series }) => uids.has(series));
    return tableReply(seriesTable(found, 'metadata', form.get('format') ?? 'csv'), form.get('format') ?? 'csv');
  }

  /** @param {RequestRecord} request */
  #denied(request) {
    const uids = (request.query.get('seriesList') ?? '').split(',');
    const rows = uids
      .filter((uid) => this.#series.get(uid)?.restricted === true)
      .map((uid) => ({ SeriesInstanceUID: uid }));
    return tableReply(table(rows, ['SeriesInstanceUID'], formatOf(request)), formatOf(request));
  }

  /**
   * @param {readonly HeldSeries[]} visible
   * @param {RequestRecord} request
   * @returns {Reply}
   */
  #image(visible, request) {
    if (request.method === 'HEAD') return textReply(500, '');
    const uid = request.query.get('SeriesInstanceUID');
    if (uid === null) {
      this.violate('getImage without a series');
      return missing('A parameter, SeriesInstanceUID, is required for this API call.');
    }
    const held = visible.find(({ series }) => series === uid);
    if (held === undefined) {
      return missing(
        `The user has not been granted the access to image with given SeriesInstanceUID,${uid}. Please contact System Admin to resolve this issue.`,
      );
    }
    const md5 = request.query.get('IncludeMD5')?.toLowerCase() === 'yes';
    const content = bytes(streamedZip(membersOf(held, { md5, ...this.#cutOf(uid) })));
    // Made while it is sent: no length, no validators, no ranges.
    const headers = {
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${uid}.zip"`,
    };
    return { status: 200, headers, content, start: 0, end: content.size };
  }

  /** @param {string} uid */
  #cutOf(uid) {
    const truncation = this.#truncations.get(uid);
    if (truncation === undefined || truncation.times === 0) return {};
    if (truncation.times !== undefined) truncation.times -= 1;
    return { images: truncation.images };
  }

  /**
   * @param {RequestRecord} request
   * @returns {Reply}
   */
  #token(request) {
    const form = new URLSearchParams(request.body.toString());
    if (request.method !== 'POST' || form.get('grant_type') !== 'password') {
      this.violate(`${request.method} ${request.path} without a password`);
      return textReply(400, 'Wrong grant_type entered. Valid grant_type is password or refresh_token.');
    }
    const password = this.#accounts.get(form.get('username') ?? '');
    if (password === undefined || password !== form.get('password')) {
      return jsonReply(401, { error: 'invalid_grant', error_description: 'Invalid user credentials' });
    }
    const token = `token-${this.#tokens.size + 1}`;
    this.#tokens.set(token, Date.now() + this.#tokenSeconds * 1000);
    return jsonReply(200, {
      access_token: token,
      session_state: 'c0ffee',
      expires_in: this.#tokenSeconds,
      'not-before-policy': 0,
      refresh_expires_in: this.#tokenSeconds,
      scope: 'openid email profile',
      id_token: 'id',
      refresh_token: 'refresh',
      token_type: 'Bearer',
    });
  }

  /**
   * @param {RequestRecord} request
   * @returns {'guest' | 'user' | undefined}  undefined for a token that is none or is over
   */
  #readerOf({ headers }) {
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    if (token === undefined) return 'guest';
    return (this.#tokens.get(token) ?? 0) > Date.now() ? 'user' : undefined;
  }
}

/**
 * TCIA, listening.
 * @param {ConstructorParameters<typeof TciaHost>[0]} [options]
 */
export function startTcia(options) {
  return new TciaHost(options).start();
}

/**
 * @param {readonly HeldSeries[]} visible
 * @param {RequestRecord} request
 */
function collections(visible, request) {
  const names = [...new Set(visible.map(({ collection }) => collection))].sort();
  const rows = names.map((Collection) => ({ Collection }));
  return tableReply(table(rows, ['Collection'], formatOf(request)), formatOf(request));
}

/**
 * @param {readonly HeldSeries[]} visible
 * @param {RequestRecord} request
 */
function list(visible, request) {
  const { query } = request;
  const fits = (/** @type {string} */ name, /** @type {string} */ value) => (query.get(name) ?? value) === value;
  const found = visible.filter(
    (held) =>
      fits('Collection', held.collection) &&
      fits('PatientID', held.patient) &&
      fits('StudyInstanceUID', held.study) &&
      fits('SeriesInstanceUID', held.series) &&
      fits('Modality', held.modality),
  );
  return tableReply(seriesTable(found, 'series', formatOf(request)), formatOf(request));
}

/** @param {RequestRecord} request */
function formatOf({ query }) {
  return query.get('format') ?? 'json';
}

/**
 * @param {string} text
 * @param {string} format
 */
function tableReply(text, format) {
  if (text === '') return textReply(200, '');
  return textReply(200, text, { 'content-type': format.toLowerCase() === 'csv' ? 'text/csv' : 'application/json' });
}

/** Text, although it is labelled otherwise. @param {string} text */
function missing(text) {
  return textReply(400, text, { 'content-type': 'application/json' });
}
