/** Connections: kept alive, and through the proxy that the environment names (HTTP_PROXY, HTTPS_PROXY, NO_PROXY). */
import http from 'node:http';
import https from 'node:https';
import { HttpProxyAgent } from 'http-proxy-agent';
import { HttpsProxyAgent } from 'https-proxy-agent';
import { getProxyForUrl } from 'proxy-from-env';
import type { AddressGuard } from './address-guard.js';

const KEPT_ALIVE = {
  keepAlive: true,
  keepAliveMsecs: 30_000,
  scheduling: 'lifo',
  maxFreeSockets: 64,
  // A host of several addresses: after so long the next is tried. Node's own 250 ms are less than a handshake takes over a bad line.
  autoSelectFamilyAttemptTimeout: 1000,
} as const;

export class Agents {
  readonly #direct;
  readonly #proxied = new Map<string, http.Agent>();
  /** By origin: to read the environment for every request takes a tenth of it. */
  readonly #known = new Map<string, http.Agent>();

  /** @param guard against addresses that may not be connected to. A proxy looks names up itself: only what is written out is refused then */
  constructor(private readonly guard?: AddressGuard) {
    const options = guard === undefined ? KEPT_ALIVE : { ...KEPT_ALIVE, lookup: guard.lookup };
    this.#direct = { 'http:': new http.Agent(options), 'https:': new https.Agent(options) };
  }

  /** @throws ActionRequiredError (the guard) */
  for(url: URL): http.Agent {
    this.guard?.refuse(url);
    const known = this.#known.get(url.origin);
    if (known !== undefined) return known;
    const agent = this.#choose(url);
    this.#known.set(url.origin, agent);
    return agent;
  }

  #choose(url: URL): http.Agent {
    const proxy = getProxyForUrl(url.href);
    if (proxy === '') return this.#direct[url.protocol as 'http:' | 'https:'];
    const key = `${url.protocol} ${proxy}`;
    let agent = this.#proxied.get(key);
    if (agent === undefined) {
      // A tunnel for https only: many proxies refuse one to port 80.
      const ProxyAgent = url.protocol === 'https:' ? HttpsProxyAgent : HttpProxyAgent;
      agent = new ProxyAgent(proxy, KEPT_ALIVE);
      this.#proxied.set(key, agent);
    }
    return agent;
  }

  /** Closes idle connections, so that a process that is done can end. */
  close(): void {
    for (const agent of [...Object.values(this.#direct), ...this.#proxied.values()]) agent.destroy();
  }
}
