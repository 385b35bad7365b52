// @ts-check
/**
 * An object store on loopback, as hosts redirect to it: by links that are signed, under another origin than the host's, and good
 * for a while only. Credentials of the host have no place here.
 */
import { fileReply, textReply } from './reply.js';

/**
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').HostedFile} HostedFile
 * @typedef {import('./reply.js').Reply} Reply
 */

export class SignedStore {
  #era = 1;
  #host;
  #secrets;
  /** @type {Map<string, HostedFile>} */
  #files = new Map();

  /**
   * @param {import('./file-host.js').FileHost} host  that the store is a part of, as `localhost`
   * @param {string[]} secrets  names of request headers that hold the host's credentials, lower-case
   */
  constructor(host, secrets) {
    this.#host = host;
    this.#secrets = secrets;
  }

  /** Where a file's bytes are asked for; what `bytesSent` and `misbehave` want. @param {string} key */
  path(key) {
    return `/store/${encodeURIComponent(key)}`;
  }

  /** @param {string} key @param {HostedFile} file */
  put(key, file) {
    this.#files.set(this.path(key), file);
  }

  /** A link that is good until `expire`. @param {string} key */
  sign(key) {
    return this.#host.url(`${this.path(key)}?X-Amz-Expires=10&X-Amz-Signature=signature-${this.#era}`, 'localhost');
  }

  /** All links given so far are refused from now on. */
  expire() {
    this.#era += 1;
  }

  /** @param {RequestRecord} request @returns {Reply | undefined}  undefined for what is not in the store */
  answer(request) {
    if (!request.path.startsWith('/store/')) return undefined;
    const leaked = this.#secrets.filter((name) => request.headers[name] !== undefined);
    if (leaked.length > 0) {
      this.#host.violate(`${request.path} was sent ${leaked.join(', ')}, which are for the host alone`);
      return error(400, 'InvalidArgument', 'Only one auth mechanism allowed');
    }
    if (request.query.get('X-Amz-Signature') !== `signature-${this.#era}`) {
      return error(403, 'AccessDenied', 'Request has expired');
    }
    const file = this.#files.get(request.path);
    return file === undefined ? error(404, 'NoSuchKey', 'The specified key does not exist.') : fileReply(request, file);
  }
}

/** @param {number} status @param {string} code @param {string} message */
function error(status, code, message) {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return textReply(status, body, { 'content-type': 'application/xml' });
}
