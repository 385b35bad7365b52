// @ts-check
/**
 * The host that the Hub sends its clients to for large files (cas-bridge.xethub.hf.co, us.aws.cdn.hf.co): signed addresses that end
 * after an hour, ranges, and no tokens.
 */
import { FileHost } from './file-host.js';
import { fileReply, textReply } from './reply.js';

/**
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').HostedFile} HostedFile
 * @typedef {import('./reply.js').Reply} Reply
 */

/** Seconds. */
const LIFE = 3600;

export class HubCdn extends FileHost {
  /** By SHA-256. @type {Map<string, HostedFile>} */
  #objects = new Map();
  #generation = 1;
  /** Bytes from which on a whole file is not given in one answer. */
  largest = 200e9;

  /** @param {string} sha256 @param {HostedFile} hosted */
  keep(sha256, hosted) {
    this.#objects.set(sha256, hosted);
  }

  /** Path of an object, for `bytesSent` and `misbehave`. @param {string} sha256 */
  objectPath(sha256) {
    return `/xet-bridge-us/65c0e0a24913fc50b7ba14d2/${sha256}`;
  }

  /** @param {string} sha256 @param {string} name  what the file is called */
  sign(sha256, name) {
    const query = new URLSearchParams({
      'response-content-disposition': `inline; filename*=UTF-8''${encodeURIComponent(name)}`,
      Expires: String(Math.floor(Date.now() / 1000) + LIFE),
      Signature: `signature-${this.#generation}-${sha256.slice(0, 8)}`,
      'Key-Pair-Id': 'K2EXAMPLE',
    });
    return `${this.origin}${this.objectPath(sha256)}?${query}`;
  }

  /** Ends all addresses that were signed so far. */
  expire() {
    this.#generation += 1;
  }

  /** @override @param {RequestRecord} request @returns {Reply} */
  answer(request) {
    const { path, query, headers, method } = request;
    if (headers.authorization !== undefined) {
      this.violate(`${path} was sent a token, which is for the Hub only`);
      return xml(400, 'InvalidArgument', 'Only one auth mechanism allowed');
    }
    const sha256 = path.split('/').at(-1) ?? '';
    const hosted = this.#objects.get(sha256);
    const isSigned = query.get('Signature') === `signature-${this.#generation}-${sha256.slice(0, 8)}`;
    if (hosted === undefined || !isSigned) return xml(403, 'AccessDenied', 'Access denied');
    if (method === 'GET' && headers.range === undefined && hosted.content.size > this.largest) {
      return textReply(400, '<html><head><title>400 Bad Request</title></head></html>', {
        'content-type': 'text/html',
      });
    }
    return fileReply(request, hosted);
  }
}

/** @param {number} status @param {string} code @param {string} message */
function xml(status, code, message) {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return textReply(status, body, { 'content-type': 'application/xml' });
}
