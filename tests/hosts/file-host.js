// @ts-check
/**
 * A file host on loopback: a real HTTP server that answers as RFC 9110 wants it until it is told to misbehave, and remembers all
 * that it was asked. Hosts with an interface of their own (Zenodo and others) extend it and override `answer`.
 */
import http from 'node:http';
import https from 'node:https';
import { setTimeout as wait } from 'node:timers/promises';
import { bytes } from './content.js';
import { HostLog, pathOf } from './host-log.js';
import { Pace } from './pace.js';
import { distort, fileReply, textReply } from './reply.js';
import { RuleBook } from './rule-book.js';
import { send } from './send.js';

/**
 * @typedef {import('./content.js').Content} Content
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./misbehaviour.js').Misbehaviour} Misbehaviour
 * @typedef {import('./reply.js').HostedFile} HostedFile
 * @typedef {import('./reply.js').Reply} Reply
 *
 * @typedef {object} HostOptions
 * @property {{ key: string, cert: string }} [tls]  serve https
 * @property {number} [latency]              ms before every answer
 * @property {number} [bytesPerSecond]       of every connection
 * @property {number} [totalBytesPerSecond]  of all connections together
 *
 * @typedef {object} FileOptions
 * @property {string | null} [etag]          with its quotes; default: one of its own for each content; null: none
 * @property {string | null} [lastModified]  an HTTP date; likewise
 * @property {string} [type]                 media type
 * @property {string} [disposition]          Content-Disposition
 * @property {Record<string, string>} [headers]  more of them, lower-case names
 */

export class FileHost extends HostLog {
  #origin = '';
  #revision = 0;
  #rules = new RuleBook();
  /** @type {Map<string, HostedFile>} */
  #files = new Map();
  /** @type {Set<{ path: string, release: () => void }>} */
  #stalls = new Set();
  /** @type {WeakMap<import('node:net').Socket, { id: number, pace: Pace }>} */
  #connections = new WeakMap();
  #connectionCount = 0;
  #options;
  #totalPace;
  #server;

  /** @param {HostOptions} [options] */
  constructor(options = {}) {
    super();
    this.#options = options;
    this.#totalPace = new Pace(options.totalBytesPerSecond);
    /** @type {http.RequestListener} */
    const listener = (message, response) => {
      this.#handle(message, response).catch((error) => {
        this.violate(`the stand-in failed at ${message.method} ${message.url}: ${error?.stack ?? error}`);
        response.destroy();
      });
    };
    this.#server = options.tls === undefined ? http.createServer(listener) : https.createServer(options.tls, listener);
  }

  /** Begins to listen, on a free port. @returns {Promise<this>} */
  async start() {
    await new Promise((resolve, reject) => {
      this.#server.once('error', reject).listen(0, '127.0.0.1', () => resolve(undefined));
    });
    const { port } = /** @type {import('node:net').AddressInfo} */ (this.#server.address());
    this.#origin = `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`;
    return this;
  }

  /** Scheme, host and port, without a trailing slash. */
  get origin() {
    return this.#origin;
  }

  /**
   * @param {string} path  '/a.zip', with a query if need be
   * @param {string} [hostname]  to come by another name, 'localhost' say
   */
  url(path, hostname) {
    const url = new URL(path, this.#origin);
    if (hostname !== undefined) url.hostname = hostname;
    return url.href;
  }

  /**
   * Offers content at a path, or replaces what is there; the validators change with it.
   * @param {string} path
   * @param {Content | string | Uint8Array} content
   * @param {FileOptions} [options]
   * @returns {this}
   */
  add(path, content, options) {
    this.#files.set(pathOf(path), this.hosted(content, options));
    return this;
  }

  /**
   * A file with validators of its own, for hosts that keep their files elsewhere than by path.
   * @param {Content | string | Uint8Array} content
   * @param {FileOptions} [options]
   * @returns {HostedFile}
   */
  hosted(content, { etag, lastModified, type, disposition, headers = {} } = {}) {
    this.#revision += 1;
    const held = typeof content === 'string' || content instanceof Uint8Array ? bytes(content) : content;
    const date = new Date(Date.UTC(2024, 0, 1, 0, 0, this.#revision)).toUTCString();
    return {
      content: held,
      etag: etag === null ? undefined : (etag ?? `"${this.#revision}-${held.size.toString(16)}"`),
      lastModified: lastModified === null ? undefined : (lastModified ?? date),
      type: type ?? 'application/octet-stream',
      headers: disposition === undefined ? headers : { ...headers, 'content-disposition': disposition },
    };
  }

  /**
   * @param {string} path  '*' for all
   * @param {Misbehaviour} rule
   * @returns {this}
   */
  misbehave(path, rule) {
    this.#rules.add(path, rule);
    return this;
  }

  /** Takes all misbehaviour back. What is stalled stays so until `release`. */
  behave() {
    this.#rules.clear();
  }

  /**
   * Resolves when so many answers for the path are stalled.
   * @param {string} path
   * @param {number} [count]
   */
  stalled(path, count = 1) {
    return this.until(() => [...this.#stalls].filter((stall) => stall.path === pathOf(path)).length >= count);
  }

  /**
   * Lets stalled answers go on.
   * @param {string} [path]  default: all
   */
  release(path) {
    for (const stall of this.#stalls) {
      if (path === undefined || stall.path === pathOf(path)) stall.release();
    }
  }

  /** Ends all connections. Fails when a client did what the real host would refuse. */
  async close() {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
    this.endLog();
    const violations = this.takeViolations();
    if (violations.length > 0) throw new Error(`the host was misused:\n${violations.join('\n')}`);
  }

  /**
   * What is answered when nothing misbehaves.
   * @param {RequestRecord} request  its headers are those that the host believes to have got
   * @returns {Reply | Promise<Reply>}
   */
  answer(request) {
    const file = this.#files.get(request.path);
    if (file === undefined) return textReply(404);
    if (request.method !== 'GET' && request.method !== 'HEAD') return textReply(405, undefined, { allow: 'GET, HEAD' });
    return fileReply(request, file);
  }

  /**
   * @param {http.IncomingMessage} message
   * @param {http.ServerResponse} response
   */
  async #handle(message, response) {
    const body = await bodyOf(message);
    if (body === undefined) return;
    const connection = this.#connectionOf(message.socket);
    const request = recordOf(message, body, this.requests.length + 1, connection.id);
    response.once('close', () => this.end(request, response.writableFinished ? 'complete' : 'aborted'));
    this.begin(request);

    const rule = this.#rules.take(request);
    const latency = rule.latency ?? this.#options.latency ?? 0;
    if (latency > 0) await wait(latency);
    if (rule.noAnswer !== undefined) {
      if (rule.noAnswer === 'silence') await this.#stall(request.path, response);
      this.end(request, 'cut');
      if (rule.noAnswer === 'reset') message.socket.resetAndDestroy();
      else message.socket.destroy();
      return;
    }

    const reply = await distort(await this.answer(asBelieved(request, rule)), rule, request);
    request.status = reply.status;
    const outcome = await send(response, reply, rule, {
      paces: [connection.pace, this.#totalPace],
      onSent: (count) => {
        request.sent += count;
        this.happened();
      },
      beforeCut: () => this.end(request, 'cut'),
      stall: () => this.#stall(request.path, response),
      become: (content) => this.add(request.path, content),
    });
    this.end(request, outcome);
  }

  /** @param {import('node:net').Socket} socket */
  #connectionOf(socket) {
    const known = this.#connections.get(socket);
    if (known !== undefined) return known;
    this.#connectionCount += 1;
    const connection = { id: this.#connectionCount, pace: new Pace(this.#options.bytesPerSecond) };
    this.#connections.set(socket, connection);
    return connection;
  }

  /**
   * @param {string} path
   * @param {http.ServerResponse} response
   * @returns {Promise<void>}
   */
  #stall(path, response) {
    return new Promise((resolve) => {
      const stall = {
        path,
        release: () => {
          this.#stalls.delete(stall);
          resolve();
        },
      };
      this.#stalls.add(stall);
      response.once('close', stall.release);
      this.happened();
    });
  }
}

/**
 * A file host that listens.
 * @param {HostOptions} [options]
 */
export function startFileHost(options) {
  return new FileHost(options).start();
}

/**
 * @param {http.IncomingMessage} message
 * @returns {Promise<Buffer | undefined>}  undefined when the client went away before it was through
 */
async function bodyOf(message) {
  const chunks = [];
  try {
    for await (const chunk of message) chunks.push(chunk);
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}

/**
 * @param {http.IncomingMessage} message
 * @param {Buffer} body
 * @param {number} id
 * @param {number} connection
 * @returns {RequestRecord}
 */
function recordOf({ method = 'GET', url = '/', headers }, body, id, connection) {
  const { pathname: path, searchParams: query } = new URL(url, 'http://host');
  return { id, method, path, query, headers, body, connection, status: 0, sent: 0, outcome: 'open' };
}

/**
 * @param {RequestRecord} request
 * @param {Misbehaviour} rule
 * @returns {RequestRecord}
 */
function asBelieved(request, { asIf = {} }) {
  const headers = { ...request.headers };
  for (const [name, value] of Object.entries(asIf)) {
    if (value === null) delete headers[name];
    else headers[name] = value;
  }
  return { ...request, headers };
}
