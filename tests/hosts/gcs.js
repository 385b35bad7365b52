// @ts-check
/**
 * Google Cloud Storage on loopback: lists and objects of the JSON API (https://cloud.google.com/storage/docs/json_api/v1/objects),
 * bytes by the XML API's addresses, and buckets whose readers pay.
 */
import { digestOf } from './content.js';
import { FileHost } from './file-host.js';
import { fileReply, jsonReply, textReply } from './reply.js';

/**
 * @typedef {import('./content.js').Content | string | Uint8Array} Held
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').Reply} Reply
 * @typedef {import('./reply.js').HostedFile} HostedFile
 * @typedef {{ name: string, size: string, md5Hash?: string, crc32c: string, hosted: HostedFile }} StoredObject
 */

export class GcsHost extends FileHost {
  /** @type {Map<string, { objects: Map<string, StoredObject>, payer: boolean, open: boolean }>} */
  #buckets = new Map();
  #tokens;
  #page;

  /** @param {import('./file-host.js').HostOptions & { tokens?: string[], page?: number }} [options]  page: objects in one answer */
  constructor({ tokens = [], page = 1000, ...options } = {}) {
    super(options);
    this.#tokens = new Set(tokens.map((token) => `Bearer ${token}`));
    this.#page = page;
  }

  get env() {
    return { MEDDS_ENDPOINT_GCS: this.origin };
  }

  /**
   * @param {string} bucket
   * @param {Record<string, Held>} objects
   * @param {{ payer?: boolean, open?: boolean, composed?: string[] }} [options]  composed: names of objects without an MD5
   */
  async addBucket(bucket, objects, { payer = false, open = true, composed = [] } = {}) {
    const held = new Map();
    for (const [name, content] of Object.entries(objects)) {
      const hosted = this.hosted(content);
      const [crc, md5] = await Promise.all([digestOf(hosted.content, 'crc32c'), digestOf(hosted.content, 'md5')]);
      const base64 = (/** @type {string} */ hex) => Buffer.from(hex, 'hex').toString('base64');
      const facts = { name, size: String(hosted.content.size), crc32c: base64(crc), hosted };
      held.set(name, composed.includes(name) ? facts : { ...facts, md5Hash: base64(md5) });
    }
    this.#buckets.set(bucket, { objects: held, payer, open });
  }

  /** @override @param {RequestRecord} request @returns {Reply} */
  answer(request) {
    const [, api, rest] = /^\/storage\/v1\/b\/([^/]+)\/o(?:\/(.*))?$/.exec(request.path) ?? [];
    const [, plain = '', object = ''] = /^\/([^/]+)\/(.*)$/.exec(request.path) ?? [];
    const name = api ?? plain;
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) return problem(404, 'The specified bucket does not exist.');
    const known = this.#tokens.has(String(request.headers.authorization));
    // A login that is not good is refused, also where none is needed.
    if (!known && request.headers.authorization !== undefined) return problem(401, 'Invalid Credentials');
    if (bucket.payer && request.query.get('userProject') === null) {
      return problem(400, 'Bucket is a requester pays bucket but no user project provided.');
    }
    if (!bucket.open && !known) {
      return problem(401, 'Anonymous caller does not have storage.objects.list access.');
    }
    if (api === undefined) {
      const found = bucket.objects.get(decodeURIComponent(object));
      return found === undefined ? textReply(404, 'NoSuchKey') : fileReply(request, found.hosted);
    }
    if (rest !== undefined) {
      const found = bucket.objects.get(decodeURIComponent(rest));
      return found === undefined ? problem(404, `No such object: ${name}/${rest}`) : jsonReply(200, shown(found));
    }
    const prefix = request.query.get('prefix') ?? '';
    const all = [...bucket.objects.values()].filter((one) => one.name.startsWith(prefix));
    all.sort((a, b) => (a.name < b.name ? -1 : 1));
    const from = Number(request.query.get('pageToken') ?? 0);
    // Only what is asked for comes back.
    const fields = (request.query.get('fields') ?? '').replace(/\(.*?\)/g, '').split(',');
    const items = all.slice(from, from + this.#page).map(shown);
    const more = from + this.#page < all.length ? { nextPageToken: String(from + this.#page) } : {};
    const answer = { kind: 'storage#objects', ...(items.length === 0 ? {} : { items }), ...more };
    return jsonReply(200, Object.fromEntries(Object.entries(answer).filter(([name]) => fields.includes(name))));
  }
}

/** @param {StoredObject} object */
const shown = ({ hosted: _, ...facts }) => facts;

/** @param {number} code @param {string} message */
const problem = (code, message) =>
  jsonReply(code, { error: { code, message, errors: [{ message, domain: 'global' }] } });
