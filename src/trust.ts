/** Whose word a dataset's addresses are: what others write may not lead to what only this machine, or this house, can reach. */
import type { Dataset, SourceEntry } from './registry/schema.js';
import { isUrl } from './settings/values.js';
import { endpointHosts } from './sources/endpoint.js';
import { AddressGuard } from './transfer/address-guard.js';
import { redactUrl } from './transfer/redact.js';

/**
 * Undefined where the addresses are the user's own: of the bundled registry, of a registry file, or typed.
 * @param lockFile true when they are a lock file's, and no registry here has them
 */
export function guardFor(
  { registry, sources }: Dataset,
  lockFile: boolean,
  env: NodeJS.ProcessEnv = process.env,
): AddressGuard | undefined {
  if (lockFile) return new AddressGuard('The lock file', endpointHosts(env));
  if (isUrl(registry)) return new AddressGuard(`The registry ${registry}`, endpointHosts(env));
  for (const source of sources) {
    if (source.method !== 'croissant' || !isUrl(source.url)) continue;
    // Where the description is, the user has said; where its files are, its author.
    const allowed = new Set([...endpointHosts(env), new URL(source.url).host]);
    return new AddressGuard(`The description ${redactUrl(source.url)}`, allowed);
  }
  return undefined;
}

/** Whether a source leads only where another one, that is trusted, leads too. */
export function leadsOnlyWhere(source: SourceEntry, trusted: SourceEntry | undefined): boolean {
  const known = originsIn(trusted);
  return [...originsIn(source)].every((origin) => known.has(origin));
}

function originsIn(source: SourceEntry | undefined): Set<string> {
  const addresses = JSON.stringify(source ?? {}).match(/https?:\/\/[^/"?#]+/gi) ?? [];
  return new Set(addresses.map((address) => address.toLowerCase()));
}
