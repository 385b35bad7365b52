/** Keeping and forgetting the secrets that hosts want. */
import { LOGINS, type Login } from './credentials/logins.js';
import { credentialsFile, forgetSecret, storeSecret } from './credentials/store.js';
import { ActionRequiredError, NotFoundError, UsageError } from './errors.js';
import { printable } from './printable.js';
import { endpointOf } from './sources/endpoint.js';
import { type Conversation, refuseStatus } from './transfer/conversation.js';

export interface LoginResult {
  host: string;
  /** Where the secret is kept. */
  file: string;
  /** Whether the host was asked and took it; some cannot be asked. */
  checked: boolean;
  /** Where another secret was found that is used before this one: a variable, or the host's own file. */
  shadowedBy?: string;
}

/** @throws NotFoundError when no such host takes a login */
export function loginOf(host: string): Login {
  const login = Object.hasOwn(LOGINS, host) ? LOGINS[host] : undefined;
  if (login !== undefined) return login;
  throw new NotFoundError(`There is no login for ${printable(host)}`, {
    hint: `Hosts that medds can log in to: ${Object.keys(LOGINS).join(', ')}.`,
  });
}

/**
 * Tries a secret at its host, where that can be done, and keeps it.
 * @throws ActionRequiredError when the host does not take it: then it is not kept. NetworkError, DiskError, UsageError
 */
export async function logIn(
  host: string,
  secret: string,
  { http, env, signal }: { http: Conversation; env: NodeJS.ProcessEnv; signal?: AbortSignal },
): Promise<LoginResult> {
  const login = loginOf(host);
  // It becomes part of a header, where a line break would begin another one.
  if (secret === '' || /[\u0000-\u001f\u007f]/.test(secret)) {
    throw new UsageError(secret === '' ? 'Nothing was given' : 'It holds characters that no token has', {
      hint: `Make one at ${login.page} .`,
    });
  }
  const { trial } = login;
  if (trial !== undefined) {
    const standard = typeof trial.standard === 'string' ? trial.standard : trial.standard(secret);
    const url = `${endpointOf(trial.method, standard, env)}${trial.path}`;
    const answer = await http.ask({ url, credentials: trial.credentials(secret) }, signal);
    if (answer.status === 401 || answer.status === 403) {
      throw new ActionRequiredError(`${login.title} does not take this ${login.asks.at(-1)?.what}`, {
        host: new URL(url).host,
        url: login.page,
        hint: `Make a new one at ${login.page} .`,
      });
    }
    refuseStatus(answer, `Login at ${login.title}`);
  }
  await storeSecret(host, secret, env);
  const used = await login.find(env);
  const file = credentialsFile(env);
  return {
    host,
    file,
    checked: trial !== undefined,
    ...(used === undefined || used.from === file ? {} : { shadowedBy: used.from }),
  };
}

/** @returns where a secret is still found, that medds did not keep and so does not take away. @throws NotFoundError, DiskError */
export async function logOut(
  host: string,
  env: NodeJS.ProcessEnv,
): Promise<{ host: string; forgotten: boolean; stillAt?: string }> {
  const login = loginOf(host);
  const forgotten = await forgetSecret(host, env);
  const used = await login.find(env);
  return { host, forgotten, ...(used === undefined ? {} : { stillAt: used.from }) };
}
