/** What all downloads of a process share: connections, limits, the clock that notices stalls, the digest workers. */
import type { IncomingMessage } from 'node:http';
import { NetworkError } from '../errors.js';
import type { FileRequest } from '../sources/source.js';
import type { AddressGuard } from './address-guard.js';
import { Agents } from './agents.js';
import { DigestPool } from './digest.js';
import { HOST_LIMITS, type HostLimits } from './host-limits.js';
import { Hosts } from './hosts.js';
import { Pace } from './pace.js';
import { DEFAULT_RETRY, type RetryPolicy } from './retry.js';
import { SmallWriter } from './small-writer.js';
import { Throttle } from './throttle.js';
import { sendRequest, type WireResponse } from './wire.js';

export interface EngineOptions {
  /** Connections to one host. */
  connections: number;
  /** Connections in all. */
  totalConnections?: number;
  /** Bytes a second, all downloads together. */
  limitRate?: number;
  /** Milliseconds without a byte after which a connection is given up. */
  stallTimeout?: number;
  retry?: Partial<RetryPolicy>;
  userAgent: string;
  /** Refuse every request. */
  offline?: boolean;
  /** What hosts bear. Default: what is known of them. */
  limits?: Readonly<Record<string, HostLimits>>;
  /** Against addresses that may not be connected to. */
  guard?: AddressGuard;
  /** Told of waits, in milliseconds, that a host's limit asks for. */
  onWait?(host: string, milliseconds: number): void;
}

interface Watched {
  body: IncomingMessage;
  /** When bytes came last; Infinity while nobody waits for any. */
  last: number;
}

export interface Watch {
  /** Bytes came, or are waited for from now on. */
  touch(): void;
  /** No bytes are wanted for now: they are being written, or a rate limit holds. */
  hold(): void;
  done(): void;
}

export class Engine {
  readonly agents: Agents;
  readonly hosts: Hosts;
  readonly pace: Pace;
  readonly throttle: Throttle;
  readonly digests = new DigestPool();
  readonly small = new SmallWriter();
  readonly retry: RetryPolicy;
  readonly stallTimeout: number;
  readonly #watched = new Set<Watched>();
  readonly #clock: NodeJS.Timeout;

  constructor(readonly options: EngineOptions) {
    const { limits = HOST_LIMITS, onWait, guard } = options;
    this.agents = new Agents(guard);
    this.retry = { ...DEFAULT_RETRY, ...options.retry };
    this.hosts = new Hosts(options.connections, options.totalConnections ?? 64, limits);
    this.pace = new Pace({ limits, longest: this.retry.longest, ...(onWait === undefined ? {} : { onWait }) });
    this.throttle = new Throttle(options.limitRate);
    this.stallTimeout = options.stallTimeout ?? 60_000;
    this.#clock = setInterval(() => this.#dropStalled(), Math.min(1000, this.stallTimeout / 4)).unref();
  }

  /** @throws NetworkError (offline, a refused redirect), the connection's error */
  async send(request: FileRequest, headers: Record<string, string>, signal: AbortSignal): Promise<WireResponse> {
    if (this.options.offline === true) {
      throw new NetworkError('medds is offline (--offline or MEDDS_OFFLINE) and these bytes are not here', {
        hint: 'Run the command again without --offline and MEDDS_OFFLINE.',
      });
    }
    return sendRequest(request, {
      agents: this.agents,
      userAgent: this.options.userAgent,
      headers,
      timeout: this.stallTimeout,
      signal,
      turn: (host) => this.pace.turn(host, signal),
      heard: (host, status, headers) => {
        this.pace.heard(host, status, headers);
        this.hosts.heard(host, status);
      },
    });
  }

  /** Watches a body that is being read, and ends it when no bytes come for too long. */
  watch(body: IncomingMessage): Watch {
    const watched = { body, last: performance.now() };
    this.#watched.add(watched);
    return {
      touch: () => {
        watched.last = performance.now();
      },
      hold: () => {
        watched.last = Number.POSITIVE_INFINITY;
      },
      done: () => {
        this.#watched.delete(watched);
      },
    };
  }

  /** Ends every connection and worker. Downloads must have ended before. */
  async close(): Promise<void> {
    clearInterval(this.#clock);
    this.hosts.close();
    this.agents.close();
    await Promise.all([this.digests.close(), this.small.close()]);
  }

  #dropStalled(): void {
    const now = performance.now();
    for (const { body, last } of this.#watched) {
      if (now - last <= this.stallTimeout) continue;
      const seconds = Math.round(this.stallTimeout / 1000);
      body.destroy(Object.assign(new Error(`no bytes for ${seconds} seconds`), { code: 'ETIMEDOUT' }));
    }
  }
}
