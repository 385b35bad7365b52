// @ts-check
/**
 * The Hub's rate limits: so many requests in a window of five minutes, one count for the API and one for files, told in headers of
 * every answer (https://huggingface.co/docs/hub/rate-limits).
 */

/** @typedef {{ api: number, resolvers: number, seconds: number }} Limits */

/** Of who is not known. @type {Limits} */
export const ANONYMOUS = { api: 500, resolvers: 3000, seconds: 300 };
/** Of a free account. @type {Limits} */
export const ACCOUNT = { api: 1000, resolvers: 5000, seconds: 300 };

export class HubLimits {
  /** @type {Map<string, { until: number, used: number }>} */
  #windows = new Map();

  /**
   * Counts one request.
   * @param {string} client
   * @param {'api' | 'resolvers'} bucket
   * @param {Limits} limits
   * @returns {{ allowed: boolean, waitsOut: boolean, headers: Record<string, string> }}
   *   waitsOut: false for a request that came although earlier ones in this window had been refused
   */
  take(client, bucket, limits) {
    const now = Date.now();
    const key = `${bucket} ${client}`;
    let window = this.#windows.get(key);
    if (window === undefined || window.until <= now) {
      window = { until: now + limits.seconds * 1000, used: 0 };
      this.#windows.set(key, window);
    }
    window.used += 1;
    const quota = limits[bucket];
    const left = Math.max(0, quota - window.used);
    return {
      allowed: window.used <= quota,
      // Several connections may meet the limit at one time.
      waitsOut: window.used <= quota + 16,
      headers: {
        ratelimit: `"${bucket}";r=${left};t=${Math.ceil((window.until - now) / 1000)}`,
        'ratelimit-policy': `"fixed window";"${bucket}";q=${quota};w=${limits.seconds}`,
      },
    };
  }
}
