/** A personal token of Figshare (https://docs.figshare.com, Authentication): published articles need none. */
import type { FileRequest, SourceContext } from '../sources/source.js';
import { type Secret, secretOfEnv, storedSecret } from './store.js';

export const FIGSHARE_API = 'https://api.figshare.com/v2';

/** Figshare's own tools have no common variable; these are the ones that public clients read. */
export async function figshareSecret(env: NodeJS.ProcessEnv): Promise<Secret | undefined> {
  return secretOfEnv(env, 'FIGSHARE_TOKEN', 'FIGSHARE_API_TOKEN') ?? storedSecret('figshare', env);
}

export const figshareHeaders = (token: string) => ({ authorization: `token ${token}` });

export async function figshareCredentials({ env }: SourceContext): Promise<FileRequest['credentials']> {
  const secret = await figshareSecret(env);
  return secret === undefined ? undefined : figshareHeaders(secret.value);
}
