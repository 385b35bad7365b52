/**
 * A personal access token of OSF (https://developer.osf.io, Authentication), from the variables that osfclient and osfr read. Public
 * projects need none, but guests may ask only a hundred times an hour.
 */
import { type Secret, secretOfEnv, storedSecret } from './store.js';

export const OSF_API = 'https://api.osf.io/v2';

export async function osfSecret(env: NodeJS.ProcessEnv): Promise<Secret | undefined> {
  return secretOfEnv(env, 'OSF_TOKEN', 'OSF_PAT') ?? storedSecret('osf', env);
}

export const osfHeaders = (token: string) => ({ authorization: `Bearer ${token}` });
