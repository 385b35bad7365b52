// @ts-check
/**
 * Google's storage on loopback, as far as signed links reach it: headers of XML downloads
 * (https://cloud.google.com/storage/docs/xml-api/reference-headers) and the link's end. That an expired link is answered with 400 and
 * ExpiredToken is documented for V4 signatures; that the wrong one is answered with 403 as well.
 */
import { bytes, digestOf } from './content.js';
import { FileHost } from './file-host.js';
import { fileReply, textReply } from './reply.js';

/**
 * @typedef {import('./content.js').Content} Content
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').HostedFile} HostedFile
 * @typedef {import('./reply.js').Reply} Reply
 */

const LIFE = 259200;

export class GoogleStorage extends FileHost {
  /** @type {Map<string, HostedFile>} */
  #objects = new Map();
  /** Links that are good: each has a signature of its own. @type {Set<string>} */
  #signatures = new Set();
  #issued = 0;

  /**
   * Keeps an object; one that is composed has no MD5.
   * @param {string} path
   * @param {Content | string | Uint8Array} content
   * @param {{ composed?: boolean }} [options]
   */
  async put(path, content, { composed = false } = {}) {
    const held = typeof content === 'string' || content instanceof Uint8Array ? bytes(content) : content;
    const [crc, hex] = await Promise.all([digestOf(held, 'crc32c'), digestOf(held, 'md5')]);
    const base64 = (/** @type {string} */ digits) => Buffer.from(digits, 'hex').toString('base64');
    const hash = `crc32c=${base64(crc)}${composed ? '' : `,md5=${base64(hex)}`}`;
    const headers = { 'x-goog-hash': hash, 'x-goog-stored-content-encoding': 'identity' };
    this.#objects.set(path, this.hosted(held, { etag: composed ? '"CJiAgMDP3ocDEAE="' : `"${hex}"`, headers }));
  }

  /** A link to an object, good until `expire`. @param {string} path @returns {string} */
  sign(path) {
    this.#issued += 1;
    const signature = `signature-${this.#issued}`;
    this.#signatures.add(signature);
    const query = new URLSearchParams({
      'X-Goog-Algorithm': 'GOOG4-RSA-SHA256',
      'X-Goog-Expires': String(LIFE),
      'X-Goog-SignedHeaders': 'host',
      'X-Goog-Signature': signature,
    });
    return `${this.origin}${path}?${query}`;
  }

  /** Ends all links that were given so far. */
  expire() {
    this.#signatures.clear();
  }

  /** @override @param {RequestRecord} request @returns {Reply} */
  answer(request) {
    if (request.headers.authorization !== undefined) this.violate(`${request.path} was sent what is Kaggle's secret`);
    if (request.method !== 'GET') {
      this.violate(`${request.method} on a link that is signed for GET`);
      return xml(403, 'SignatureDoesNotMatch', 'Access denied.');
    }
    const signature = request.query.get('X-Goog-Signature') ?? '';
    if (!/^signature-\d+$/.test(signature)) return xml(403, 'SignatureDoesNotMatch', 'Access denied.');
    if (!this.#signatures.has(signature)) return xml(400, 'ExpiredToken', 'Invalid argument.');
    const object = this.#objects.get(decodeURIComponent(request.path));
    if (object === undefined) return xml(404, 'NoSuchKey', 'The specified key does not exist.');
    return fileReply(request, object);
  }
}

/** @param {number} status @param {string} code @param {string} message */
function xml(status, code, message) {
  const body = `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return textReply(status, body, { 'content-type': 'application/xml; charset=UTF-8' });
}
