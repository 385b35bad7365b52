/** How much is asked of one host at a time. */
import PQueue from 'p-queue';
import type { HostLimits } from './host-limits.js';

const DEFAULT_SEGMENT = 16 * 1024 * 1024;

/** Refusals within so many milliseconds are one: requests that were on their way together. */
const TOGETHER = 1000;

/** Good answers a connection, after which one more is tried. */
const GOOD = 8;

interface Pause {
  until: number;
  timer: NodeJS.Timeout;
}

interface Host {
  queue: PQueue;
  pause?: Pause;
  good: number;
  refusedAt: number;
}

export class Hosts {
  readonly #hosts = new Map<string, Host>();
  readonly #total: PQueue;

  /** @param perHost connections to one host; @param total connections in all */
  constructor(
    readonly perHost: number,
    total: number,
    private readonly limits: Readonly<Record<string, HostLimits>>,
  ) {
    this.#total = new PQueue({ concurrency: total });
  }

  /**
   * Waits for a free connection to `host`.
   * @param priority the higher comes first
   * @returns what gives it back; may be called twice. @throws the signal's reason
   */
  acquire(host: string, signal: AbortSignal, priority = 0): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const held = () => new Promise<void>((release) => resolve(release));
      this.#host(host)
        .queue.add(() => this.#total.add(held, { signal, priority }), { signal, priority })
        .catch(reject);
    });
  }

  /** Lets no new request go to `host` for so many milliseconds: it asked for that. The longest of several pauses counts. */
  pause(host: string, milliseconds: number): void {
    const until = performance.now() + milliseconds;
    const known = this.#host(host);
    if (known.pause !== undefined && known.pause.until >= until) return;
    clearTimeout(known.pause?.timer);
    known.queue.pause();
    known.pause = { until, timer: setTimeout(() => known.queue.start(), milliseconds) };
  }

  /** What a host answered: one that refuses gets half as many connections, and one more for every few good answers. */
  heard(name: string, status: number): void {
    const host = this.#host(name);
    const { queue } = host;
    if (status === 429 || status === 503) {
      const now = performance.now();
      host.good = 0;
      if (now - host.refusedAt < TOGETHER) return;
      host.refusedAt = now;
      queue.concurrency = Math.max(1, Math.floor(queue.concurrency / 2));
    } else if (queue.concurrency < this.connections(name) && ++host.good >= GOOD * queue.concurrency) {
      host.good = 0;
      queue.concurrency += 1;
    }
  }

  /** Connections that a host may have while it does not refuse any. */
  connections(host: string): number {
    return Math.min(this.perHost, this.limits[host]?.connections ?? this.perHost);
  }

  /** Least bytes that one ranged request to `host` should cover. */
  segment(host: string): number {
    return this.limits[host]?.segment ?? DEFAULT_SEGMENT;
  }

  close(): void {
    for (const { pause } of this.#hosts.values()) clearTimeout(pause?.timer);
  }

  #host(name: string): Host {
    let host = this.#hosts.get(name);
    if (host === undefined) {
      const queue = new PQueue({ concurrency: this.connections(name) });
      host = { queue, good: 0, refusedAt: Number.NEGATIVE_INFINITY };
      this.#hosts.set(name, host);
    }
    return host;
  }
}
