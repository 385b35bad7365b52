/** When to try again, and after how long. Pure functions; the waiting is done elsewhere. */
import type { IncomingHttpHeaders } from 'node:http';

export interface RetryPolicy {
  /** Tries in a row that bring next to nothing. */
  tries: number;
  /** Failed tries for one file in all, whatever they brought. */
  total: number;
  /** First wait, milliseconds; doubles with every try. */
  base: number;
  /** Longest wait of our own choosing, milliseconds. */
  cap: number;
  /** Longest wait that a host may ask for, milliseconds; more than that ends the attempt. */
  longest: number;
}

export const DEFAULT_RETRY: RetryPolicy = { tries: 8, total: 1000, base: 500, cap: 60_000, longest: 10 * 60_000 };

/** Statuses after which the same request may succeed (RFC 9110, RFC 6585). */
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529]);

export const isTransientStatus = (status: number): boolean => TRANSIENT.has(status);

/** Exponential back-off with full jitter over its upper half. `attempt` counts from 1. */
export function backOff(policy: RetryPolicy, attempt: number, random = Math.random): number {
  const ceiling = Math.min(policy.cap, policy.base * 2 ** (attempt - 1));
  return ceiling / 2 + (ceiling / 2) * random();
}

/**
 * Milliseconds that a host asks to wait: `Retry-After` in seconds or as a date (RFC 9110 10.2.3), also as seconds since 1970, as
 * OSF's file service has it (waterbutler/core/exceptions.py of github.com/CenterForOpenScience/waterbutler), or the reset time of an
 * exhausted `RateLimit` (draft-ietf-httpapi-ratelimit-headers: `"default";r=0;t=30`, before that `limit=10, remaining=0, reset=30`,
 * before that three headers). Some hosts send Retry-After on every answer, so ask only for a status that refuses.
 */
export function askedWait(headers: IncomingHttpHeaders, now = clockOf(headers)): number | undefined {
  const after = headers['retry-after'];
  if (after !== undefined) {
    if (/^\d+(\.\d+)?$/.test(after.trim())) {
      const seconds = Number(after);
      return seconds < EPOCH ? seconds * 1000 : Math.max(0, seconds * 1000 - now);
    }
    // Date.parse takes almost anything for a date, "-1" too: only what begins with a weekday is one.
    const date = /^\s*[A-Za-z]{3,9},? /.test(after) ? Date.parse(after) : Number.NaN;
    if (!Number.isNaN(date)) return Math.max(0, date - now);
  }
  return usedUp(headers, now);
}

/**
 * Milliseconds until a host gives a new allowance of requests, when its answer says that none is left of the present one: the
 * `RateLimit` headers above, or `X-RateLimit-Remaining` and `-Reset`, which GitHub and Zenodo give as seconds since 1970.
 */
export function usedUp(headers: IncomingHttpHeaders, now = clockOf(headers)): number | undefined {
  const resets = [...String(headers.ratelimit ?? '').matchAll(EXHAUSTED)].map(([, seconds]) => Number(seconds) * 1000);
  for (const prefix of ['ratelimit', 'x-ratelimit']) {
    const [remaining, reset] = [headers[`${prefix}-remaining`], headers[`${prefix}-reset`]];
    if (remaining !== '0' || typeof reset !== 'string' || !/^\d+$/.test(reset)) continue;
    const seconds = Number(reset);
    resets.push(seconds < EPOCH ? seconds * 1000 : Math.max(0, seconds * 1000 - now));
  }
  return resets.length === 0 ? undefined : Math.max(...resets);
}

/** A host's times are by its own clock; this machine's may be wrong by any length. */
function clockOf({ date = '' }: IncomingHttpHeaders): number {
  const time = Date.parse(date);
  return Number.isNaN(time) ? Date.now() : time;
}

/** From so many seconds on, a number is a time and not a wait: they are 31 years, or the year 2001. */
const EPOCH = 1e9;

/** Nothing remaining, and the seconds until there is. A quotation mark begins the next of several policies. */
const EXHAUSTED = /\b(?:r|remaining)\s*=\s*0\b[^"]*?\b(?:t|reset)\s*=\s*(\d+)/gi;

const TRANSIENT_CODES = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'ENETUNREACH',
  'ENETDOWN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'EAI_AGAIN',
]);

/** Faults of the connection that may pass. A name that does not exist and a bad certificate do not. */
export function isTransientFault(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isTransientFault);
  // A DOMException's code is a number.
  const code: unknown = (error as NodeJS.ErrnoException | undefined)?.code;
  return typeof code === 'string' && (TRANSIENT_CODES.has(code) || code.startsWith('HPE_'));
}
