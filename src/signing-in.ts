/** Logins of hosts: tried, kept, forgotten. */
import type { Login } from './credentials/logins.js';
import type { LoginResult } from './login.js';
import { type Options, settingsOf } from './options.js';
import { USER_AGENT } from './version.js';

/** What a host wants for a login. @throws NotFoundError when medds has none for it */
export async function loginOf(host: string): Promise<Login> {
  return (await import('./login.js')).loginOf(host);
}

/** Keeps a host's token or account (`user:password`), once the host takes it. @throws ActionRequiredError when it does not */
export async function logIn(host: string, secret: string, options: Options = {}): Promise<LoginResult> {
  const settings = settingsOf(options);
  const { logIn: run } = await import('./login.js');
  const { Agents } = await import('./transfer/agents.js');
  const { startConversation } = await import('./transfer/conversation.js');
  const agents = new Agents();
  try {
    const http = startConversation({ agents, userAgent: USER_AGENT, offline: settings.offline.value });
    return await run(host, secret, { http, env: options.env ?? process.env });
  } finally {
    agents.close();
  }
}

/** Forgets what `logIn` kept. */
export async function logOut(
  host: string,
  options: Pick<Options, 'env'> = {},
): Promise<{ host: string; forgotten: boolean; stillAt?: string }> {
  const { logOut: run } = await import('./login.js');
  return run(host, options.env ?? process.env);
}
