// @ts-check
/** An answer before it is sent: the right one, and what a misbehaviour makes of it. */
import { STATUS_CODES } from 'node:http';
import { gzipSync } from 'node:zlib';
import { judge } from './conditions.js';
import { bufferOf, bytes } from './content.js';

/**
 * @typedef {import('./content.js').Content} Content
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./misbehaviour.js').Misbehaviour} Misbehaviour
 *
 * @typedef {object} HostedFile
 * @property {Content} content
 * @property {string | undefined} etag          with its quotes
 * @property {string | undefined} lastModified  an HTTP date
 * @property {string} type                      media type
 * @property {Record<string, string>} headers   more of them, lower-case names
 *
 * @typedef {object} Reply  the body is bytes [start, end) of the content
 * @property {number} status
 * @property {Record<string, string | string[]>} headers  lower-case names
 * @property {Content} content
 * @property {number} start
 * @property {number} end
 */

/**
 * @param {number} status
 * @param {string | Uint8Array} [body]
 * @param {Record<string, string | string[]>} [headers]
 * @returns {Reply}
 */
export function textReply(status, body = `${status} ${STATUS_CODES[status] ?? ''}\n`, headers = {}) {
  const bodiless = status === 204 || status === 304;
  const content = bytes(bodiless ? '' : body);
  const length = bodiless
    ? {}
    : { 'content-length': String(content.size), 'content-type': 'text/plain; charset=utf-8' };
  return { status, headers: { ...length, ...headers }, content, start: 0, end: content.size };
}

/**
 * @param {number} status
 * @param {unknown} value
 * @param {Record<string, string | string[]>} [headers]
 * @returns {Reply}
 */
export function jsonReply(status, value, headers = {}) {
  return textReply(status, JSON.stringify(value), { 'content-type': 'application/json', ...headers });
}

/**
 * The answer that a faultless host gives to a request for a file.
 * @param {RequestRecord} request
 * @param {HostedFile} file
 * @param {{ ranges?: boolean }} [options]  ranges: whether this route honours them; default true
 * @returns {Reply}
 */
export function fileReply(request, file, { ranges = true } = {}) {
  const { content, etag, lastModified } = file;
  const { size } = content;
  const verdict = ranges
    ? judge(request.method, request.headers, { size, etag, lastModified })
    : /** @type {const} */ ({ status: 200 });
  /** @type {Record<string, string>} */
  const headers = { ...file.headers };
  if (ranges) headers['accept-ranges'] = 'bytes';
  if (etag !== undefined) headers.etag = etag;
  if (lastModified !== undefined) headers['last-modified'] = lastModified;
  switch (verdict.status) {
    case 200:
    case 206: {
      const { start, end } = verdict.status === 206 ? verdict : { start: 0, end: size };
      headers['content-type'] = file.type;
      headers['content-length'] = String(end - start);
      if (verdict.status === 206) headers['content-range'] = `bytes ${start}-${end - 1}/${size}`;
      return { status: verdict.status, headers, content, start, end };
    }
    case 416:
      return textReply(416, undefined, { 'content-range': `bytes */${size}` });
    default:
      return textReply(verdict.status, undefined, headers);
  }
}

/**
 * @param {Reply} reply
 * @param {Misbehaviour} rule
 * @param {RequestRecord} request
 * @returns {Promise<Reply>}
 */
export async function distort(reply, rule, request) {
  let { status, headers, content, start, end } = reply;
  if (rule.status !== undefined || rule.body !== undefined) {
    ({ status, headers, content, start, end } = textReply(rule.status ?? 200, rule.body));
  }
  if (
    rule.gzip === 'always' ||
    (rule.gzip === 'asked' && /\bgzip\b/.test(String(request.headers['accept-encoding'])))
  ) {
    content = bytes(gzipSync(await bufferOf(content)));
    [status, start, end] = [200, 0, content.size];
    headers = { ...headers, 'content-encoding': 'gzip', 'content-length': String(end), vary: 'Accept-Encoding' };
    delete headers['content-range'];
  }
  /** @type {import('./misbehaviour.js').Said} */
  const said = { request, headers: { ...headers }, start, end, size: content.size };
  if (rule.shift !== undefined && status === 206) content = rotated(content, rule.shift);
  if (rule.surplus !== undefined) {
    content = followed(content, end, rule.surplus);
    end += rule.surplus;
  }
  headers = { ...headers };
  if (rule.framing !== undefined) delete headers['content-length'];
  if (rule.framing === 'close') headers.connection = 'close';
  for (const [name, change] of Object.entries(rule.headers ?? {})) {
    const value = typeof change === 'function' ? change(said) : change;
    if (value === null) delete headers[name];
    else headers[name] = value;
  }
  return { status, headers, content, start, end };
}

/**
 * @param {Content} content
 * @param {number} by
 * @returns {Content}
 */
function rotated(content, by) {
  const { size } = content;
  return {
    size,
    async *read(start, end) {
      const from = (((start + by) % size) + size) % size;
      const length = end - start;
      yield* content.read(from, Math.min(size, from + length));
      if (from + length > size) yield* content.read(0, from + length - size);
    },
  };
}

/**
 * `extra` bytes of something else from `end` on.
 * @param {Content} content
 * @param {number} end
 * @param {number} extra
 * @returns {Content}
 */
function followed(content, end, extra) {
  return {
    size: end + extra,
    async *read(from, to) {
      if (from < end) yield* content.read(from, Math.min(to, end));
      if (to > end) yield Buffer.alloc(to - Math.max(from, end), '+');
    },
  };
}
