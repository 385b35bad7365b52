// @ts-check
/** So many requests in a window of time, announced in headers on every answer, as Flask-Limiter (and so Zenodo) does it. */

export class RateLimit {
  /** @readonly */ limit;
  /** @readonly */ seconds;
  /** @type {Map<string, { until: number, used: number }>} */
  #windows = new Map();

  /**
   * @param {number} limit    requests
   * @param {number} seconds  length of the window
   */
  constructor(limit, seconds) {
    this.limit = limit;
    this.seconds = seconds;
  }

  /** As the refusal words it. */
  toString() {
    return `${this.limit} per ${this.seconds === 60 ? '1 minute' : `${this.seconds} seconds`}`;
  }

  /**
   * Counts one request of a client.
   * @param {string} client
   * @returns {{ allowed: boolean, waitsOut: boolean, headers: Record<string, string> }}
   *   waitsOut: false for a request that came although an earlier one in this window was refused
   */
  take(client) {
    const now = Date.now();
    let window = this.#windows.get(client);
    if (window === undefined || window.until <= now) {
      window = { until: now + this.seconds * 1000, used: 0 };
      this.#windows.set(client, window);
    }
    window.used += 1;
    const wait = Math.ceil((window.until - now) / 1000);
    return {
      allowed: window.used <= this.limit,
      waitsOut: window.used <= this.limit + 1,
      headers: {
        'x-ratelimit-limit': String(this.limit),
        'x-ratelimit-remaining': String(Math.max(0, this.limit - window.used)),
        'x-ratelimit-reset': String(Math.ceil(window.until / 1000)),
        'retry-after': String(wait),
      },
    };
  }
}
