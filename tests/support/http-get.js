// @ts-check
/** One request with nothing decoded, followed or retried, to see what a host really sends. */
import http from 'node:http';
import https from 'node:https';

/**
 * @typedef {object} Got
 * @property {number} status   0 when there was no answer
 * @property {http.IncomingHttpHeaders} headers
 * @property {Buffer} body     what came of it
 * @property {string | undefined} error  code of the error that ended it; undefined when it ended as announced
 */

/**
 * Never rejects: a connection that breaks is a result.
 * @param {string} url
 * @param {Record<string, string>} [headers]
 * @param {{ method?: string, agent?: http.Agent, ca?: string, signal?: AbortSignal }} [options]
 * @returns {Promise<Got>}
 */
export function httpGet(url, headers = {}, options = {}) {
  const { request } = url.startsWith('https:') ? https : http;
  return new Promise((resolve) => {
    /** @type {Got} */
    const got = { status: 0, headers: {}, body: Buffer.alloc(0), error: undefined };
    /** @param {NodeJS.ErrnoException} error */
    const broken = (error) => resolve({ ...got, error: error.code ?? error.message });
    request(url, { agent: false, ...options, headers }, (response) => {
      got.status = response.statusCode ?? 0;
      got.headers = response.headers;
      response.on('data', (/** @type {Buffer} */ chunk) => {
        got.body = Buffer.concat([got.body, chunk]);
      });
      response.on('error', broken);
      response.on('end', () => resolve(got));
    })
      .on('error', broken)
      .end();
  });
}
