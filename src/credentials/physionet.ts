/** An account at PhysioNet (https://physionet.org), which takes it as HTTP basic authentication, as its pages tell users of wget. */
import { type Secret, secretOfEnv, storedSecret } from './store.js';

export const PHYSIONET = 'https://physionet.org';

/** From PHYSIONET_USERNAME and PHYSIONET_PASSWORD, or `user:password` as `medds login physionet` keeps it. */
export async function physionetAccount(env: NodeJS.ProcessEnv): Promise<Secret | undefined> {
  const user = secretOfEnv(env, 'PHYSIONET_USERNAME', 'PHYSIONET_USER');
  const password = secretOfEnv(env, 'PHYSIONET_PASSWORD', 'PHYSIONET_PASS');
  const secret =
    user !== undefined && password !== undefined
      ? { value: `${user.value}:${password.value}`, from: `${user.from} and ${password.from}` }
      : await storedSecret('physionet', env);
  return secret !== undefined && secret.value.indexOf(':') > 0 ? secret : undefined;
}

export function physionetHeaders(secret: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(secret).toString('base64')}` };
}
