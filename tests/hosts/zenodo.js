// @ts-check
/**
 * Zenodo on loopback (InvenioRDM as deployed on zenodo.org in 2026): records, versions, files, access and rate limits of the REST
 * API (https://developers.zenodo.org), and the file route of the web pages. What the real host would refuse is refused and noted as
 * a violation, so that a test fails although the client coped.
 */
import { digestOf } from './content.js';
import { FileHost } from './file-host.js';
import { RateLimit } from './rate-limit.js';
import { fileReply, jsonReply, textReply } from './reply.js';
import { defaultShape, fileShape, filesShape, rdmShape } from './zenodo-record.js';

/**
 * @typedef {import('./content.js').Content} Content
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').Reply} Reply
 * @typedef {import('./zenodo-record.js').ZenodoRecord} ZenodoRecord
 * @typedef {import('./zenodo-record.js').ZenodoFile} ZenodoFile
 *
 * @typedef {object} ZenodoOptions
 * @property {{ limit: number, seconds: number }} [rateLimit]  default: 133 in a minute, as a guest has
 * @property {string[]} [tokens]  access tokens that open restricted records
 * @property {boolean} [etags]    whether the file route sends ETags; the capture of November 2023 has none
 *
 * @typedef {object} RecordFacts
 * @property {string} id
 * @property {string} [concept]  default: the number before
 * @property {string} [title]
 * @property {string} [license]
 * @property {ZenodoRecord['access']} [access]
 * @property {ZenodoRecord['deleted']} [deleted]
 * @property {{ key: string, content: Content | string | Uint8Array, md5?: string }[]} [files]  md5: to lie about it
 */

const RDM = 'application/vnd.inveniordm.v1+json';
const ARCHIVE_LIMIT = 300_000_000;
const NO_RECORD = 'The persistent identifier does not exist.';

export class ZenodoHost extends FileHost {
  /** In order of their versions. @type {ZenodoRecord[]} */
  #records = [];
  #rate;
  #tokens;
  #etags;

  /** @param {import('./file-host.js').HostOptions & ZenodoOptions} [options] */
  constructor({ rateLimit = { limit: 133, seconds: 60 }, tokens = [], etags = false, ...options } = {}) {
    super(options);
    this.#rate = new RateLimit(rateLimit.limit, rateLimit.seconds);
    this.#tokens = new Set(tokens);
    this.#etags = etags;
  }

  /**
   * Publishes a record; one with the concept of an earlier one is its newer version.
   * @param {RecordFacts} facts
   * @returns {Promise<ZenodoRecord>}
   */
  async addRecord({
    id,
    concept = String(Number(id) - 1),
    title,
    license = 'cc-by-4.0',
    access = 'open',
    deleted,
    files = [],
  }) {
    /** @type {ZenodoFile[]} */
    const held = [];
    for (const { key, content, md5 } of files) {
      const hosted = this.hosted(content, { type: 'application/octet-stream', ...(this.#etags ? {} : { etag: null }) });
      const sum = md5 ?? (await digestOf(hosted.content, 'md5'));
      if (this.#etags) hosted.etag = `"md5:${sum}"`;
      held.push({ key, size: hosted.content.size, md5: sum, hosted });
    }
    const earlier = this.#records.filter((record) => record.concept === concept);
    for (const record of earlier) record.isLatest = false;
    /** @type {ZenodoRecord} */
    const record = {
      ...{ id, concept, title: title ?? `Record ${id}`, license, access, deleted, files: held },
      ...{ index: earlier.length, isLatest: true },
    };
    this.#records.push(record);
    return record;
  }

  /**
   * The path that a file is downloaded from with ranges; what `bytesSent` and `misbehave` want.
   * @param {string} id
   * @param {string} key
   */
  filePath(id, key) {
    return `/records/${id}/files/${key.split('/').map(encodeURIComponent).join('/')}`;
  }

  /**
   * @override
   * @param {RequestRecord} request
   * @returns {Reply}
   */
  answer(request) {
    const agent = request.headers['user-agent'];
    if (agent === undefined || agent === '') {
      this.violate(`${request.method} ${request.path} without a User-Agent`);
      return textReply(403, 'Forbidden');
    }
    const { allowed, waitsOut, headers } = this.#rate.take(agent);
    if (!allowed) {
      if (!waitsOut) this.violate(`${request.method} ${request.path} before the time that Retry-After asked for`);
      return jsonReply(429, { status: 429, message: this.#rate.toString() }, headers);
    }
    const reply = this.#route(request);
    return { ...reply, headers: { ...headers, ...reply.headers } };
  }

  /**
   * @param {RequestRecord} request
   * @returns {Reply}
   */
  #route(request) {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      this.violate(`${request.method} ${request.path}`);
      return problem(405, 'The method is not allowed for the requested URL.');
    }
    if (this.#tokenOf(request) === 'unknown') return problem(401, 'Unauthorized');
    // An account's own deposits: nothing that is fetched, but a token is tried on it.
    if (request.path === '/api/deposit/depositions') {
      return this.#tokenOf(request) === 'known' ? jsonReply(200, []) : problem(401, 'Unauthorized');
    }
    const [, api, id, rest = ''] = /^(\/api)?\/records\/(\d+)(?:\/(.*))?$/.exec(request.path) ?? [];
    if (id !== undefined) return api === undefined ? this.#page(request, id, rest) : this.#api(request, id, rest);
    const old = /^\/record\/(\d+.*)$/.exec(request.path)?.[1];
    if (old !== undefined) return textReply(301, '', { location: `${this.origin}/records/${old}` });
    this.violate(`${request.path} is no route that the stand-in knows`);
    return problem(404, 'The requested URL was not found on the server.');
  }

  /**
   * @param {RequestRecord} request
   * @param {string} id
   * @param {string} rest  of the path, behind the id
   * @returns {Reply}
   */
  #api(request, id, rest) {
    const record = this.#records.find((candidate) => candidate.id === id);
    if (record === undefined) {
      const newest = this.#newest(id);
      if (newest === undefined || rest !== '') return problem(404, NO_RECORD);
      return textReply(302, '', { location: `${this.origin}/api/records/${newest.id}` });
    }
    if (record.deleted === 'hidden') return problem(404, 'Record not found');
    if (record.deleted === 'visible') return problem(410, 'Record deleted', { tombstone: {} });
    const readable = this.#mayRead(request, record);
    if (rest === '') {
      const accept = this.#accepted(request);
      if (accept === undefined) return problem(406, 'Invalid Accept header.');
      const shape = accept === RDM ? rdmShape : defaultShape;
      return jsonReply(200, shape(this.origin, record, readable), { 'content-type': accept });
    }
    if (rest === 'versions/latest') {
      return textReply(302, '', { location: `${this.origin}/api/records/${this.#newest(record.concept)?.id}` });
    }
    if (rest === 'versions') return this.#versions(request, record);
    if (!readable) return problem(403, 'Permission denied.');
    if (rest === 'files') return jsonReply(200, filesShape(this.origin, record));
    if (rest === 'files-archive' && record.files.reduce((sum, { size }) => sum + size, 0) > ARCHIVE_LIMIT) {
      const limit = `Archive download is only available for records with total file size up to ${ARCHIVE_LIMIT} bytes.`;
      return problem(400, limit);
    }
    const [, quoted = '', content] = /^files\/(.+?)(\/content)?$/.exec(rest) ?? [];
    const key = decodeURIComponent(quoted);
    const file = record.files.find((candidate) => candidate.key === key);
    if (quoted === '') this.violate(`${request.path} is no route that the stand-in knows`);
    if (file === undefined) return problem(404, `No file with the key ${key}.`);
    if (content === undefined) return jsonReply(200, fileShape(this.origin, id, file));
    // This route knows no ranges: https://github.com/zenodo/zenodo/issues/2593
    return fileReply(request, withDisposition(file, 'attachment'), { ranges: false });
  }

  /**
   * The routes of the web pages, which answer in HTML.
   * @param {RequestRecord} request
   * @param {string} id
   * @param {string} rest
   * @returns {Reply}
   */
  #page(request, id, rest) {
    const record = this.#records.find((candidate) => candidate.id === id);
    if (record === undefined || record.deleted === 'hidden') return page(404, NO_RECORD);
    if (record.deleted === 'visible') return page(410, 'Record deleted');
    if (rest === '') return page(200, record.title);
    if (!this.#mayRead(request, record)) return page(403, 'Permission denied.');
    const key = decodeURIComponent(/^files\/(.+)$/.exec(rest)?.[1] ?? '');
    const file = record.files.find((candidate) => candidate.key === key);
    if (file === undefined) return page(404, `No file with the key ${key}.`);
    const disposition = request.query.get('download') === '1' ? 'attachment' : 'inline';
    const reply = fileReply(request, withDisposition(file, disposition));
    delete reply.headers['accept-ranges'];
    return reply;
  }

  /**
   * @param {RequestRecord} request
   * @param {ZenodoRecord} record
   * @returns {Reply}
   */
  #versions(request, record) {
    const size = Number(request.query.get('size') ?? 25);
    if (size > 25) {
      this.violate(`${request.path} asks for a page of ${size}; guests get 25 at most`);
      return problem(400, 'A validation error occurred.');
    }
    const start = (Number(request.query.get('page') ?? 1) - 1) * size;
    const all = this.#records.filter(({ concept }) => concept === record.concept).reverse();
    const hits = all
      .slice(start, start + size)
      .map((version) => defaultShape(this.origin, version, this.#mayRead(request, version)));
    return jsonReply(200, { hits: { hits, total: all.length } });
  }

  /** @param {string} concept */
  #newest(concept) {
    return this.#records.find((record) => record.concept === concept && record.isLatest);
  }

  /**
   * @param {RequestRecord} request
   * @returns {string | undefined}  media type of the answer
   */
  #accepted({ headers, path }) {
    const accept = headers.accept ?? '*/*';
    if (accept.includes(RDM)) return RDM;
    if (/application\/json|application\/\*|\*\/\*/.test(accept)) return 'application/json';
    this.violate(`${path} with Accept: ${accept}`);
    return undefined;
  }

  /**
   * @param {RequestRecord} request
   * @returns {'none' | 'known' | 'unknown'}
   */
  #tokenOf({ headers, query }) {
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? query.get('access_token') ?? undefined;
    if (token === undefined) return 'none';
    return this.#tokens.has(token) ? 'known' : 'unknown';
  }

  /**
   * @param {RequestRecord} request
   * @param {ZenodoRecord} record
   */
  #mayRead(request, { access }) {
    return access === 'open' || this.#tokenOf(request) === 'known';
  }
}

/**
 * Zenodo, listening.
 * @param {ConstructorParameters<typeof ZenodoHost>[0]} [options]
 */
export function startZenodo(options) {
  return new ZenodoHost(options).start();
}

/**
 * @param {number} status
 * @param {string} message
 * @param {object} [more]
 */
function problem(status, message, more) {
  return jsonReply(status, { status, message, ...more });
}

/**
 * @param {number} status
 * @param {string} title
 */
function page(status, title) {
  const html = `<!DOCTYPE html><html><head><title>${title} | Zenodo</title></head><body><h1>${title}</h1></body></html>`;
  return textReply(status, html, { 'content-type': 'text/html; charset=utf-8' });
}

/**
 * @param {ZenodoFile} file
 * @param {'attachment' | 'inline'} kind
 */
function withDisposition({ key, hosted }, kind) {
  const name = key.split('/').at(-1) ?? key;
  // A name that is not ASCII is told in RFC 6266's way, as the framework behind it does (werkzeug.utils.send_file).
  const told = /^[\x20-\x7e]*$/.test(name)
    ? `filename=${name}`
    : `filename=${name.replace(/[^\x20-\x7e]/g, '')}; filename*=UTF-8''${encodeURIComponent(name)}`;
  const disposition = kind === 'inline' ? kind : `attachment; ${told}`;
  return { ...hosted, headers: { ...hosted.headers, 'content-disposition': disposition } };
}
