/**
 * What somebody else's registry may not lead to: this machine and private networks, where services trust whoever can reach them. The
 * address that is connected to counts, not the name, so that neither a redirect nor a name server leads there.
 */
import dns from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { ActionRequiredError } from '../errors.js';
import { printable } from '../printable.js';

/** The special-purpose address registries of IANA (RFC 6890), and what NAT64 and 6to4 make of IPv4 addresses. */
const PRIVATE: [string, number, 'ipv4' | 'ipv6'][] = [
  ['0.0.0.0', 8, 'ipv4'],
  ['10.0.0.0', 8, 'ipv4'],
  ['100.64.0.0', 10, 'ipv4'],
  ['127.0.0.0', 8, 'ipv4'],
  ['169.254.0.0', 16, 'ipv4'],
  ['172.16.0.0', 12, 'ipv4'],
  ['192.0.0.0', 24, 'ipv4'],
  ['192.168.0.0', 16, 'ipv4'],
  ['198.18.0.0', 15, 'ipv4'],
  ['224.0.0.0', 3, 'ipv4'],
  ['::', 127, 'ipv6'],
  ['64:ff9b::', 96, 'ipv6'],
  ['64:ff9b:1::', 48, 'ipv6'],
  ['2002::', 16, 'ipv6'],
  ['fc00::', 7, 'ipv6'],
  ['fe80::', 10, 'ipv6'],
  ['ff00::', 8, 'ipv6'],
];

const blocked = new BlockList();
for (const [net, prefix, family] of PRIVATE) blocked.addSubnet(net, prefix, family);

/** @param address IPv4 or IPv6, the latter also of the form `::ffff:10.0.0.1` */
export function isPrivateAddress(address: string): boolean {
  return blocked.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

export class AddressGuard {
  /**
   * @param author what leads there, as a sentence begins: `The registry https://…`
   * @param allowed hosts (with their ports) that the user has named himself
   */
  constructor(
    private readonly author: string,
    private readonly allowed: ReadonlySet<string> = new Set(),
  ) {}

  /** @throws ActionRequiredError for an address that is written out, and for names of this machine */
  refuse({ host, hostname }: URL): void {
    if (this.allowed.has(host)) return;
    const address = hostname.replace(/^\[|\]$/g, '');
    const isPrivate = isIP(address) === 0 ? /(^|\.)localhost\.?$/i.test(address) : isPrivateAddress(address);
    if (isPrivate) throw this.#refusal(host);
  }

  /** For connections: resolves a name, and refuses when any of its addresses is private. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      if (!this.#isAllowed(hostname) && addresses.some(({ address }) => isPrivateAddress(address))) {
        return callback(this.#refusal(hostname), []);
      }
      const [first] = addresses;
      if (options.all === true || first === undefined) return callback(null, addresses);
      return callback(null, first.address, first.family);
    });
  };

  #isAllowed(hostname: string): boolean {
    return [...this.allowed].some((host) => host.replace(/:\d+$/, '') === hostname);
  }

  #refusal(host: string): ActionRequiredError {
    return new ActionRequiredError(`${printable(this.author)} leads to a private address, ${host}`, {
      host,
      hint: 'If you trust it: MEDDS_ALLOW_PRIVATE=1, or medds config set allow-private true.',
    });
  }
}
