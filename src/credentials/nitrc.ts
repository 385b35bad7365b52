/** An account at NITRC (https://www.nitrc.org), by the variables that public scripts read; NITRC's own tools have none. */
import { type Secret, secretOfEnv, storedSecret } from './store.js';

export const NITRC = 'https://www.nitrc.org';

/** Page on which accounts are made. */
export const NITRC_REGISTRATION = 'https://www.nitrc.org/account/register.php';

export interface NitrcAccount extends Secret {
  user: string;
  password: string;
}

/** From NITRC_USERNAME and NITRC_PASSWORD, or `user:password` as `medds login nitrc` keeps it. */
export async function nitrcAccount(env: NodeJS.ProcessEnv): Promise<NitrcAccount | undefined> {
  const user = secretOfEnv(env, 'NITRC_USERNAME', 'NITRC_USER');
  const password = secretOfEnv(env, 'NITRC_PASSWORD', 'NITRC_PASS');
  const secret =
    user !== undefined && password !== undefined
      ? { value: `${user.value}:${password.value}`, from: `${user.from} and ${password.from}` }
      : await storedSecret('nitrc', env);
  const colon = secret?.value.indexOf(':') ?? -1;
  if (secret === undefined || colon < 1) return undefined;
  return { ...secret, user: secret.value.slice(0, colon), password: secret.value.slice(colon + 1) };
}

/**
 * For NITRC's image repository, which knows the same accounts, in lower case, and can be asked whether it takes one
 * (https://github.com/NrgXnat/oasis-scripts).
 */
export function nitrcHeaders(secret: string): Record<string, string> {
  const colon = secret.indexOf(':');
  const account = `${secret.slice(0, colon).toLowerCase()}${secret.slice(colon)}`;
  return { authorization: `Basic ${Buffer.from(account).toString('base64')}` };
}
