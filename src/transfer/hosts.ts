/** How much is asked of one host at a time. */
import PQueue from 'p-queue';

/**
 * What a host is known to bear, fewer than our default. Sources: zenodo.org advises one or two downloads from one address (its guest limit is
 * 60 to 133 requests a minute); grand-challenge.org and university servers are small.
 */
const CONNECTIONS: Record<string, number> = {
  'zenodo.org': 2,
  'sandbox.zenodo.org': 2,
};

/** Requests a minute that a host allows decide how large a ranged request must be, bytes. */
const SEGMENT: Record<string, number> = {
  'zenodo.org': 256 * 1024 * 1024,
  'sandbox.zenodo.org': 256 * 1024 * 1024,
};

const DEFAULT_SEGMENT = 16 * 1024 * 1024;

export class Hosts {
  readonly #queues = new Map<string, PQueue>();
  readonly #resume = new Map<string, NodeJS.Timeout>();
  readonly #total: PQueue;

  /** @param perHost connections to one host; @param total connections in all */
  constructor(
    readonly perHost: number,
    total: number,
  ) {
    this.#total = new PQueue({ concurrency: total });
  }

  /** Runs `work` when a connection to `host` is free. */
  async run<T>(host: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const release = await this.acquire(host, signal);
    try {
      return await work();
    } finally {
      release();
    }
  }

  /** Waits for a free connection to `host`. @returns what gives it back; may be called twice */
  acquire(host: string, signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const held = () => new Promise<void>((release) => resolve(release));
      this.#queue(host)
        .add(() => this.#total.add(held, { signal }), { signal })
        .catch(reject);
    });
  }

  /** Lets no new request go to `host` for a while: it asked for that. */
  pause(host: string, milliseconds: number): void {
    const queue = this.#queue(host);
    queue.pause();
    clearTimeout(this.#resume.get(host));
    this.#resume.set(
      host,
      setTimeout(() => queue.start(), milliseconds),
    );
  }

  connections(host: string): number {
    return Math.min(this.perHost, CONNECTIONS[host] ?? this.perHost);
  }

  /** Least bytes that one ranged request to `host` should cover. */
  segment(host: string): number {
    return SEGMENT[host] ?? DEFAULT_SEGMENT;
  }

  close(): void {
    for (const timer of this.#resume.values()) clearTimeout(timer);
  }

  #queue(host: string): PQueue {
    let queue = this.#queues.get(host);
    if (queue === undefined) {
      queue = new PQueue({ concurrency: this.connections(host) });
      this.#queues.set(host, queue);
    }
    return queue;
  }
}
