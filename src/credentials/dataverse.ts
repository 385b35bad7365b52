/**
 * A token of one Dataverse installation, good there only (https://guides.dataverse.org/en/latest/api/auth.html). The variables are
 * those of public clients; none of them says whose the token is, so that is said by DATAVERSE_SERVER, or it is Harvard's.
 */
import { UsageError } from '../errors.js';
import { printable } from '../printable.js';
import type { FileRequest, SourceContext } from '../sources/source.js';
import { type Secret, secretOfEnv, storedSecret } from './store.js';

const HARVARD = 'https://dataverse.harvard.edu';

export interface DataverseSecret extends Secret {
  /** Origin of the installation that the token belongs to. */
  server: string;
}

/** From the environment, or `SERVER:TOKEN` as `medds login dataverse` keeps it. @throws UsageError */
export async function dataverseSecret(env: NodeJS.ProcessEnv): Promise<DataverseSecret | undefined> {
  const token = secretOfEnv(env, 'DATAVERSE_API_TOKEN', 'DATAVERSE_KEY');
  if (token !== undefined) return { ...token, server: originOf(env.DATAVERSE_SERVER?.trim() || HARVARD) };
  const stored = await storedSecret('dataverse', env);
  return stored && { ...stored, ...splitDataverseSecret(stored.value) };
}

/** @throws UsageError when the part before the last colon is no server */
export function splitDataverseSecret(secret: string): { server: string; value: string } {
  const colon = secret.lastIndexOf(':');
  return { server: originOf(secret.slice(0, Math.max(colon, 0))), value: secret.slice(colon + 1) };
}

export const dataverseHeaders = (token: string) => ({ 'x-dataverse-key': token });

/** What requests to a server carry: nothing when the token that the user has is another server's. */
export async function dataverseCredentials(
  server: string,
  { env }: SourceContext,
): Promise<FileRequest['credentials']> {
  const secret = await dataverseSecret(env);
  return secret === undefined || secret.server !== originOf(server) ? undefined : dataverseHeaders(secret.value);
}

/** @param server an address, or only a host's name */
function originOf(server: string): string {
  const url = /^https?:\/\//i.test(server) ? server : `https://${server}`;
  if (URL.canParse(url)) return new URL(url).origin;
  throw new UsageError(`${printable(server) || 'Nothing'} is no address of a Dataverse server`, {
    hint: 'It is like https://dataverse.harvard.edu, or only the name of the host.',
  });
}
