// @ts-check
/** What a stand-in host remembers of its clients, and how tests wait for it: always for an event, never for a time. */

/**
 * @typedef {object} RequestRecord
 * @property {number} id          counted from 1
 * @property {string} method
 * @property {string} path        as sent, without the query
 * @property {URLSearchParams} query
 * @property {import('node:http').IncomingHttpHeaders} headers
 * @property {Buffer} body        what the client sent along
 * @property {number} connection  counted from 1: requests on one kept-alive connection share it
 * @property {number} status      of the answer; 0 before there is one
 * @property {number} sent        bytes of the answer's body
 * @property {'open' | 'complete' | 'cut' | 'aborted'} outcome  cut: by the host; aborted: by the client
 */

export class HostLog {
  /** All requests so far, oldest first. @type {RequestRecord[]} */
  requests = [];
  /** Most requests that were under way at one time. */
  peak = 0;
  #closed = false;
  /** @type {Set<() => void>} */
  #watchers = new Set();
  /** @type {string[]} */
  #violations = [];

  /** @param {string} [path]  default: all */
  requestsOf(path) {
    const wanted = path === undefined ? undefined : pathOf(path);
    return this.requests.filter((request) => wanted === undefined || request.path === wanted);
  }

  /**
   * Bytes of bodies sent for a path, or for all.
   * @param {string} [path]
   */
  bytesSent(path) {
    return this.requestsOf(path).reduce((sum, { sent }) => sum + sent, 0);
  }

  /**
   * Resolves as soon as the condition holds; it is looked at after everything that happens at the host.
   * @param {() => boolean} condition
   * @returns {Promise<void>}
   */
  until(condition) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const holds = condition();
        if (!holds && !this.#closed) return;
        this.#watchers.delete(look);
        if (holds) resolve();
        else reject(new Error('the host was closed before what the test waited for'));
      };
      this.#watchers.add(look);
      look();
    });
  }

  /**
   * Resolves when so many bytes of bodies were sent for the path (undefined: for all).
   * @param {string | undefined} path
   * @param {number} count
   */
  reached(path, count) {
    return this.until(() => this.bytesSent(path) >= count);
  }

  /**
   * Resolves when the path was asked for so many times.
   * @param {string} path
   * @param {number} [times]
   */
  requested(path, times = 1) {
    return this.until(() => this.requestsOf(path).length >= times);
  }

  /** Resolves when no request is under way. */
  idle() {
    return this.until(() => this.requests.every(({ outcome }) => outcome !== 'open'));
  }

  /**
   * Notes that a client did what the real host would refuse; closing the host then fails the test.
   * @param {string} what
   */
  violate(what) {
    this.#violations.push(what);
  }

  /** The violations so far, which from then on count as expected. @returns {string[]} */
  takeViolations() {
    return this.#violations.splice(0);
  }

  /** @param {RequestRecord} request */
  begin(request) {
    this.requests.push(request);
    this.peak = Math.max(this.peak, this.requests.filter(({ outcome }) => outcome === 'open').length);
    this.happened();
  }

  /**
   * @param {RequestRecord} request
   * @param {RequestRecord['outcome']} outcome  only the first one counts
   */
  end(request, outcome) {
    if (request.outcome === 'open') request.outcome = outcome;
    this.happened();
  }

  /** To be called after any change that a test may wait for. */
  happened() {
    for (const look of this.#watchers) look();
  }

  /** Nothing more will happen: who still waits is told so. */
  endLog() {
    this.#closed = true;
    this.happened();
  }
}

/**
 * The path as a client sends it, percent-encoded and without a query.
 * @param {string} path
 */
export function pathOf(path) {
  return new URL(path, 'http://host').pathname;
}
