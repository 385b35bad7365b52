/** When to try again, and after how long. Pure functions; the waiting is done elsewhere. */
import type { IncomingHttpHeaders } from 'node:http';

export interface RetryPolicy {
  /** Tries in a row without a single byte of progress. */
  tries: number;
  /** First wait, milliseconds; doubles with every try. */
  base: number;
  /** Longest wait of our own choosing, milliseconds. */
  cap: number;
  /** Longest wait that a host may ask for, milliseconds; more than that ends the attempt. */
  longest: number;
}

export const DEFAULT_RETRY: RetryPolicy = { tries: 8, base: 500, cap: 60_000, longest: 10 * 60_000 };

/** Statuses after which the same request may succeed (RFC 9110, RFC 6585). */
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529]);

export const isTransientStatus = (status: number): boolean => TRANSIENT.has(status);

/** Exponential back-off with full jitter over its upper half. `attempt` counts from 1. */
export function backOff(policy: RetryPolicy, attempt: number, random = Math.random): number {
  const ceiling = Math.min(policy.cap, policy.base * 2 ** (attempt - 1));
  return ceiling / 2 + (ceiling / 2) * random();
}

/**
 * Milliseconds that a host asks to wait: `Retry-After` in seconds or as a date (RFC 9110 10.2.3), or the reset time of an
 * exhausted `RateLimit` (draft-ietf-httpapi-ratelimit-headers, both its forms). Some hosts send Retry-After on every answer, so
 * ask only for a status that refuses.
 */
export function askedWait(headers: IncomingHttpHeaders, now = Date.now()): number | undefined {
  const after = headers['retry-after'];
  if (after !== undefined) {
    if (/^\d+$/.test(after.trim())) return Number(after) * 1000;
    const date = Date.parse(after);
    if (!Number.isNaN(date)) return Math.max(0, date - now);
  }
  const limit = headers.ratelimit;
  if (typeof limit === 'string') {
    const reset = /(?:^|[;,\s])(?:t|reset)\s*=\s*(\d+)/i.exec(limit);
    if (reset) return Number(reset[1]) * 1000;
  }
  const reset = headers['ratelimit-reset'];
  if (typeof reset === 'string' && /^\d+$/.test(reset) && headers['ratelimit-remaining'] === '0') {
    return Number(reset) * 1000;
  }
  return undefined;
}

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
  'ERR_STREAM_PREMATURE_CLOSE',
  'UND_ERR_SOCKET',
]);

/** Faults of the connection that may pass. A name that does not exist and a bad certificate do not. */
export function isTransientFault(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException)?.code;
  if (error instanceof AggregateError) return error.errors.some(isTransientFault);
  return code !== undefined && (TRANSIENT_CODES.has(code) || code.startsWith('HPE_'));
}
