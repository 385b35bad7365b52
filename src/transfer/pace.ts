/**
 * How often hosts are asked. A host's known limit holds for every request, of bytes and of listings together; beyond that, what its
 * answers say: a refusal makes the pace slower, good answers bring it back little by little, and an allowance that is used up is
 * waited for before the host has to refuse.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HostLimits } from './host-limits.js';
import { usedUp } from './retry.js';

/** Between two requests after a first refusal, milliseconds; doubled by each further one, up to SLOWEST. */
const SLOWER = 100;
const SLOWEST = 10_000;

/** Refusals within so many milliseconds are one: requests that were on their way together. */
const TOGETHER = 1000;

/** Good answers that halve the space between requests again. */
const GOOD = 20;

/** A wait that is worth a word, milliseconds. */
const LONG = 5000;

interface HostPace {
  /** When the last requests began: as many as the limit allows in its span. */
  begun: number[];
  /** Which of them is the oldest. */
  oldest: number;
  /** Milliseconds between two requests. */
  space: number;
  good: number;
  refusedAt: number;
  /** When the next may begin, as far as space and allowance go. */
  next: number;
  /** Until when a word about waiting was enough. */
  told: number;
}

export interface PaceOptions {
  limits: Readonly<Record<string, HostLimits>>;
  /** Longest wait for a new allowance, milliseconds: one that is longer the host shall refuse itself. */
  longest: number;
  /** Told of waits that are worth a word. */
  onWait?(host: string, milliseconds: number): void;
  /** Default: as long as the clock says. @throws the signal's reason */
  sleep?(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

const asLong = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
  sleep(milliseconds, undefined, signal === undefined ? {} : { signal });

export class Pace {
  readonly #hosts = new Map<string, HostPace>();

  constructor(private readonly options: PaceOptions) {}

  /** Waits until `host` may be asked. @throws the signal's reason */
  async turn(host: string, signal?: AbortSignal): Promise<void> {
    const wait = this.#book(host);
    if (wait <= 0) return;
    if (wait >= LONG) this.#tell(host, wait);
    await (this.options.sleep ?? asLong)(wait, signal);
  }

  /** What a host answered. */
  heard(host: string, status: number, headers: IncomingHttpHeaders): void {
    const pace = this.#paceOf(host);
    const now = performance.now();
    if (status === 429 || status === 503) {
      if (now - pace.refusedAt < TOGETHER) return;
      pace.refusedAt = now;
      pace.good = 0;
      pace.space = Math.min(SLOWEST, Math.max(SLOWER, pace.space * 2));
      return;
    }
    const reset = usedUp(headers);
    if (reset !== undefined && reset <= this.options.longest) pace.next = Math.max(pace.next, now + reset);
    if (pace.space === 0 || ++pace.good < GOOD) return;
    pace.good = 0;
    pace.space = pace.space <= SLOWER ? 0 : pace.space / 2;
  }

  /** Takes the next free moment. @returns milliseconds until then */
  #book(host: string): number {
    const pace = this.#paceOf(host);
    const now = performance.now();
    const limit = this.options.limits[host]?.requests;
    let at = Math.max(now, pace.next);
    if (limit !== undefined) {
      const before = pace.begun[pace.oldest];
      if (before !== undefined) at = Math.max(at, before + limit.per);
      pace.begun[pace.oldest] = at;
      pace.oldest = (pace.oldest + 1) % limit.count;
    }
    pace.next = Math.max(pace.next, at + pace.space);
    return at - now;
  }

  #tell(host: string, wait: number): void {
    const pace = this.#paceOf(host);
    const now = performance.now();
    if (now < pace.told) return;
    pace.told = now + wait;
    this.options.onWait?.(host, wait);
  }

  #paceOf(host: string): HostPace {
    let pace = this.#hosts.get(host);
    if (pace === undefined) {
      pace = { begun: [], oldest: 0, space: 0, good: 0, refusedAt: Number.NEGATIVE_INFINITY, next: 0, told: 0 };
      this.#hosts.set(host, pace);
    }
    return pace;
  }
}
