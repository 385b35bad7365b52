/**
 * A token for GitHub's API, from the variables that its own tools read, in their order (https://cli.github.com/manual/gh_help_environment),
 * or from `medds login github`. Public repositories need none, but without one there are 60 questions an hour to a network address.
 */
import { type Secret, secretOfEnv, storedSecret } from './store.js';

export const GITHUB_API = 'https://api.github.com';

/** Page on which tokens are made. One for public repositories needs no scopes. */
export const GITHUB_TOKENS = 'https://github.com/settings/tokens';

export async function githubToken(env: NodeJS.ProcessEnv): Promise<Secret | undefined> {
  return secretOfEnv(env, 'GH_TOKEN', 'GITHUB_TOKEN') ?? storedSecret('github', env);
}

/** For the API alone. */
export const githubHeaders = (token: string) => ({ authorization: `Bearer ${token}` });

/** For Git LFS at github.com, which speaks as git does: any name will do. */
export const githubLfsHeaders = (token: string) => ({
  authorization: `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`,
});
