// @ts-check
/**
 * Kaggle's REST API on loopback, as its own clients and other programs use it up to 2026: lists in pages, views, downloads that
 * redirect to a signed link of Google's storage (a host of its own), accounts, competitions with rules. What the real host would refuse is
 * refused and noted. Which files are sent in a zip is a matter of the test; Kaggle's rule for it is not known.
 */
import { bufferOf, bytes } from './content.js';
import { FileHost } from './file-host.js';
import { GoogleStorage } from './google-storage.js';
import { zip } from './phantoms/archives.js';
import { jsonReply, textReply } from './reply.js';

/**
 * @typedef {import('./content.js').Content} Content
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').Reply} Reply
 *
 * @typedef {object} KaggleFile
 * @property {string} name            with its folders
 * @property {Content | string | Uint8Array} content
 * @property {boolean} [wrapped]      sent in a zip
 * @property {number} [size]          listed; default: that of the content
 *
 * @typedef {object} Offer  a version of a dataset, or a competition's data
 * @property {number} id              of the bundle in the storage
 * @property {KaggleFile[]} files
 * @property {Map<string, string>} paths  in the storage, by the file's name; '' is the zip of all
 *
 * @typedef {object} Collection
 * @property {string} slug            owner/slug, or the competition's
 * @property {string} title
 * @property {string} license
 * @property {'public' | 'login' | 'private' | 'rules'} access  login: listed to all, sent to accounts; rules: sent to those who accepted them
 * @property {Set<string>} accepted   accounts that accepted the rules, or see what is private
 * @property {Offer[]} versions
 *
 * @typedef {object} KaggleOptions
 * @property {Record<string, string>} [keys]    by account
 * @property {Record<string, string>} [tokens]  account by access token
 * @property {number} [single]                  single files that may be asked for before 429; one loop met it after about 100
 */

const PAGE = { standard: 20, most: 200 };
const RULES = "You must accept this competition's rules before you'll be able to download files.";

export class KaggleHost extends FileHost {
  storage = new GoogleStorage();
  /** @type {Map<string, Collection>} */
  #collections = new Map();
  #options;
  #asked = 0;
  #bundles = 1000;

  /** @param {import('./file-host.js').HostOptions & KaggleOptions} [options] */
  constructor({ keys = {}, tokens = {}, single = 100, ...options } = {}) {
    super(options);
    this.#options = { keys, tokens, single };
  }

  /** @override */
  async start() {
    await this.storage.start();
    return super.start();
  }

  /** @override */
  async close() {
    await Promise.all([super.close(), this.storage.close()]);
  }

  /**
   * Publishes a dataset, or a new version of one that is there.
   * @param {string} slug  owner/slug
   * @param {KaggleFile[]} files
   * @param {Partial<Omit<Collection, 'slug' | 'versions'>>} [facts]
   */
  addDataset(slug, files, facts) {
    return this.#add(slug, files, { access: 'public', ...facts }, 'kaggle-data-sets');
  }

  /**
   * @param {string} slug
   * @param {KaggleFile[]} files
   * @param {Partial<Omit<Collection, 'slug' | 'versions'>>} [facts]
   */
  addCompetition(slug, files, facts) {
    return this.#add(slug, files, { access: 'rules', ...facts }, 'kaggle-competitions-data/kaggle-v2');
  }

  /**
   * @param {string} slug
   * @param {KaggleFile[]} files
   * @param {Partial<Omit<Collection, 'slug' | 'versions'>> & Pick<Collection, 'access'>} facts
   * @param {string} bucket
   */
  async #add(slug, files, facts, bucket) {
    this.#bundles += 1;
    /** @type {Offer} */
    const offer = { id: this.#bundles, files, paths: new Map() };
    const folder = `/${bucket}/77/${offer.id}`;
    const held = await Promise.all(
      files.map(async ({ name, content }) => ({ path: name, data: await dataOf(content) })),
    );
    for (const [at, { path, data }] of held.entries()) {
      const { content, wrapped: isWrapped = false } = /** @type {KaggleFile} */ (files[at]);
      const place = isWrapped ? `${folder}/compressed/${path}.zip` : `${folder}/${path}`;
      offer.paths.set(path, place);
      await this.storage.put(place, isWrapped ? zip([{ path: path.split('/').at(-1) ?? path, data }]) : content);
    }
    offer.paths.set('', `${folder}/bundle/archive.zip`);
    await this.storage.put(`${folder}/bundle/archive.zip`, zip(held, { level: 0 }));
    const known = this.#collections.get(slug);
    if (known === undefined) {
      const standard = { title: `About ${slug}`, license: 'CC0: Public Domain', accepted: new Set() };
      this.#collections.set(slug, { ...standard, ...facts, slug, versions: [offer] });
    } else known.versions.push(offer);
    return offer;
  }

  /** @override @param {RequestRecord} request @returns {Reply} */
  answer(request) {
    const { path, method } = request;
    // Answered so by the real host, although GET is not: a public note of 2026.
    if (method === 'HEAD') return textReply(404, '');
    const [, place] = /^\/api\/v1\/(.*)$/.exec(path) ?? [];
    if (place === undefined || method !== 'GET') {
      this.violate(`${method} ${path} is no route that the stand-in knows`);
      return textReply(404, '<!DOCTYPE html><html><body>404</body></html>', { 'content-type': 'text/html' });
    }
    const account = this.#accountOf(request);
    if (account === null) return refusal(401, 'Unauthorized access');
    if (place === 'competitions/list') {
      return account === undefined ? refusal(401, 'Unauthorized access') : jsonReply(200, { competitions: [] });
    }
    const [, kind = '', act = '', rest = ''] =
      /^(datasets|competitions\/data)\/(view|list|download|download-all)\/(.+)$/.exec(place) ?? [];
    const isDataset = kind === 'datasets';
    const parts = rest.split('/');
    const slug = parts.splice(0, isDataset ? 2 : 1).join('/');
    if (kind === '' || parts.length > (act === 'download' ? 1 : 0)) {
      this.violate(`${path} is no route that the stand-in knows`);
      return textReply(404, '');
    }
    const collection = this.#collections.get(slug);
    if (!isDataset && account === undefined) return refusal(401, 'Unauthenticated');
    // Both were seen for what is not there and for what is private.
    if (collection === undefined) return isDataset ? refusal(403, 'Forbidden') : textReply(404, '');
    if (collection.access === 'private' && !collection.accepted.has(account ?? '')) return textReply(404, '');
    const number = Number(request.query.get('datasetVersionNumber') ?? collection.versions.length);
    const offer = collection.versions[number - 1];
    if (offer === undefined) return textReply(404, '');
    if (act === 'view') return jsonReply(200, viewOf(collection));
    if (act === 'list') return this.#list(request, offer, isDataset);
    return this.#download(collection, offer, decodeURIComponent(parts[0] ?? ''), account);
  }

  /** @param {RequestRecord} request @param {Offer} offer @param {boolean} isDataset @returns {Reply} */
  #list({ query, path }, { files }, isDataset) {
    const size = Number(query.get('pageSize') ?? PAGE.standard);
    if (size > PAGE.most) {
      this.violate(`${path} asks for a page of ${size}; ${PAGE.most} is the most`);
      return refusal(400, 'Page size is too large');
    }
    const token = query.get('pageToken');
    const start = token === null ? 0 : Number(/^CfDJ8-(\d+)$/.exec(token)?.[1] ?? Number.NaN);
    if (Number.isNaN(start)) return refusal(400, 'Invalid page token');
    const listed = files.slice(start, start + size).map(listingOf);
    const next = start + size < files.length ? `CfDJ8-${start + size}` : '';
    return jsonReply(200, {
      [isDataset ? 'datasetFiles' : 'files']: listed,
      nextPageTokenNullable: next === '' ? null : next,
      nextPageToken: next,
      hasNextPageToken: next !== '',
      ...(isDataset ? { errorMessageNullable: null, errorMessage: '', hasErrorMessage: false } : {}),
    });
  }

  /** @param {Collection} collection @param {Offer} offer @param {string} name @param {string | undefined} account @returns {Reply} */
  #download({ access, accepted }, { paths }, name, account) {
    const path = paths.get(name);
    if (path === undefined) return textReply(404, '');
    if (access === 'login' && account === undefined) return refusal(403, 'Forbidden');
    if (access === 'rules' && !accepted.has(account ?? '')) return refusal(403, RULES);
    if (name !== '') this.#asked += 1;
    if (this.#asked > this.#options.single) return refusal(429, 'TooManyRequests');
    return textReply(302, '', { location: this.storage.sign(path) });
  }

  /** @param {RequestRecord} request @returns {string | undefined | null}  null: a secret that nobody has */
  #accountOf({ headers }) {
    const [, scheme, value = ''] = /^(Basic|Bearer) (.+)$/.exec(headers.authorization ?? '') ?? [];
    if (scheme === undefined) return headers.authorization === undefined ? undefined : null;
    if (scheme === 'Bearer') return this.#options.tokens[value] ?? null;
    const [account = '', key] = Buffer.from(value, 'base64').toString().split(':');
    return key !== undefined && this.#options.keys[account] === key ? account : null;
  }
}

/**
 * Kaggle, listening.
 * @param {ConstructorParameters<typeof KaggleHost>[0]} [options]
 */
export function startKaggle(options) {
  return new KaggleHost(options).start();
}

/** @param {number} code @param {string} message */
function refusal(code, message) {
  const text = JSON.stringify({ code, message }).replaceAll("'", '\\u0027');
  return textReply(code, text, { 'content-type': 'application/json' });
}

/** Every member comes twice, and once more as whether it is there. @param {KaggleFile} file */
function listingOf({ name, content, size }) {
  return {
    nameNullable: name,
    creationDate: '2024-01-02T03:04:05.678Z',
    totalBytes: size ?? sizeOf(content),
    ref: '',
    name,
    hasName: true,
    fileType: `.${name.split('.').at(-1)}`,
    columns: [],
  };
}

/** @param {Collection} collection */
function viewOf({ slug, title, license, versions }) {
  return {
    titleNullable: title,
    licenseNameNullable: license,
    currentVersionNumberNullable: versions.length,
    ref: slug,
    title,
    licenseName: license,
    currentVersionNumber: versions.length,
    versions: [],
  };
}

/** @param {KaggleFile['content']} content */
function sizeOf(content) {
  return typeof content === 'string' ? Buffer.byteLength(content) : 'read' in content ? content.size : content.length;
}

/** @param {KaggleFile['content']} content */
function dataOf(content) {
  return bufferOf(typeof content === 'string' || content instanceof Uint8Array ? bytes(content) : content);
}
