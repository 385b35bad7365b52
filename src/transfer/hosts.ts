/** How much is asked of one host at a time. */
import PQueue from 'p-queue';

/**
 * What a host is known to bear, fewer than our default. Sources: zenodo.org advises one or two downloads from one address (its guest limit is
 * 60 to 133 requests a minute); grand-challenge.org and university servers are small; files.osf.io takes 3,600 requests an hour; Dataverse
 * servers state no limit, and Harvard's has a firewall that takes many requests for an attack; www.nitrc.org
 * has one too, and what it bears is not known.
 */
const CONNECTIONS: Record<string, number> = {
  'zenodo.org': 2,
  'sandbox.zenodo.org': 2,
  'files.osf.io': 2,
  'dataverse.harvard.edu': 2,
  'www.nitrc.org': 1,
};

/** Requests a minute that a host allows decide how large a ranged request must be, bytes. */
const SEGMENT: Record<string, number> = {
  'zenodo.org': 256 * 1024 * 1024,
  'sandbox.zenodo.org': 256 * 1024 * 1024,
};

const DEFAULT_SEGMENT = 16 * 1024 * 1024;

interface Pause {
  until: number;
  timer: NodeJS.Timeout;
}

export class Hosts {
  readonly #queues = new Map<string, PQueue>();
  readonly #pauses = new Map<string, Pause>();
  readonly #total: PQueue;

  /** @param perHost connections to one host; @param total connections in all */
  constructor(
    readonly perHost: number,
    total: number,
  ) {
    this.#total = new PQueue({ concurrency: total });
  }

  /** Waits for a free connection to `host`. @returns what gives it back; may be called twice. @throws the signal's reason */
  acquire(host: string, signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const held = () => new Promise<void>((release) => resolve(release));
      this.#queue(host)
        .add(() => this.#total.add(held, { signal }), { signal })
        .catch(reject);
    });
  }

  /** Lets no new request go to `host` for so many milliseconds: it asked for that. The longest of several pauses counts. */
  pause(host: string, milliseconds: number): void {
    const until = performance.now() + milliseconds;
    const pause = this.#pauses.get(host);
    if (pause !== undefined && pause.until >= until) return;
    clearTimeout(pause?.timer);
    const queue = this.#queue(host);
    queue.pause();
    this.#pauses.set(host, { until, timer: setTimeout(() => queue.start(), milliseconds) });
  }

  connections(host: string): number {
    return Math.min(this.perHost, CONNECTIONS[host] ?? this.perHost);
  }

  /** Least bytes that one ranged request to `host` should cover. */
  segment(host: string): number {
    return SEGMENT[host] ?? DEFAULT_SEGMENT;
  }

  close(): void {
    for (const { timer } of this.#pauses.values()) clearTimeout(timer);
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
