/** Secrets travel encrypted, or stay on this machine: on a plain http connection every proxy and router on the way could read them. */
import { isIP } from 'node:net';
import { NetworkError } from '../errors.js';

/** @param credentials headers that hold secrets @throws NetworkError */
export function refuseClearText({ protocol, host, hostname }: URL, credentials: object | undefined): void {
  if (protocol !== 'http:' || credentials === undefined || Object.keys(credentials).length === 0) return;
  const address = hostname.replace(/^\[|\]$/g, '');
  const isHere = isIP(address) === 0 ? /(^|\.)localhost\.?$/i.test(address) : /^127\.|^::1$/.test(address);
  if (isHere) return;
  throw new NetworkError(`${host} is asked over plain http, and that would show your login to everyone on the way`, {
    host,
    hint: 'Use its https address, or take the token away if the data is open to all.',
  });
}
