/**
 * What Google's Drive API takes: an API key, which sees files that are shared with everyone, or an OAuth access token, which sees
 * what its owner sees (https://developers.google.com/workspace/drive/api/guides/about-auth). Google's tools have no common place
 * for them, so they come from variables or from `medds login google-drive`.
 */
import { type Secret, secretOfEnv, storedSecret } from './store.js';

export interface DriveSecret extends Secret {
  /** Headers for www.googleapis.com only. */
  credentials: Record<string, string>;
}

export async function driveSecret(env: NodeJS.ProcessEnv): Promise<DriveSecret | undefined> {
  const token = secretOfEnv(env, 'GOOGLE_OAUTH_ACCESS_TOKEN');
  if (token !== undefined) return bearer(token);
  const secret =
    secretOfEnv(env, 'GOOGLE_DRIVE_API_KEY', 'GOOGLE_API_KEY') ?? (await storedSecret('google-drive', env));
  if (secret === undefined) return undefined;
  // Access tokens begin so; API keys begin with AIza.
  return secret.value.startsWith('ya29.')
    ? bearer(secret)
    : { ...secret, credentials: { 'x-goog-api-key': secret.value } };
}

const bearer = (secret: Secret): DriveSecret => ({
  ...secret,
  credentials: { authorization: `Bearer ${secret.value}` },
});
