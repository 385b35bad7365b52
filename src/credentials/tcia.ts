/**
 * A login at an NBIA server, for collections that only some accounts may see. TCIA itself has none of these in NBIA since July
 * 2025; an institution's own server may. NBIA gives a token for a name and a password, good for two hours or so (KeycloakGetToken
 * of https://github.com/CBIIT/NBIA-TCIA).
 */
import { ActionRequiredError } from '../errors.js';
import type { FileRequest, SourceContext } from '../sources/source.js';
import { refuseStatus } from '../transfer/conversation.js';
import { type Secret, secretOfEnv, storedSecret } from './store.js';

type Credentials = FileRequest['credentials'];

/** Seconds before its end from which on a token is not used any more. */
const SPARE = 60;

export class TciaLogin {
  #token: Promise<{ credentials: Credentials; until: number }> | undefined;

  /** @param base of the server, as `https://host/nbia-api` */
  constructor(
    private readonly base: string,
    private readonly context: SourceContext,
  ) {}

  /**
   * What requests to this server carry: nothing when the user has named no account.
   * @throws ActionRequiredError when the server does not know the account, NetworkError
   */
  async credentials(): Promise<Credentials> {
    const known = await this.#token?.catch(() => undefined);
    if (known === undefined || known.until <= Date.now()) this.#token = this.#logIn();
    return (await this.#token)?.credentials;
  }

  async #logIn(): Promise<{ credentials: Credentials; until: number }> {
    const account = await tciaAccount(this.context.env);
    if (account === undefined) return { credentials: undefined, until: Number.POSITIVE_INFINITY };
    const url = `${this.base}/oauth/token`;
    const form = { username: account.user, password: account.password, client_id: 'NBIA', grant_type: 'password' };
    const answer = await this.context.http.ask({ url, form }, this.context.signal);
    if (answer.status === 400 || answer.status === 401) {
      throw new ActionRequiredError(`${new URL(url).host} does not accept the account of ${account.from}`, {
        host: new URL(url).host,
        hint: 'Correct TCIA_USERNAME and TCIA_PASSWORD, or unset both: public collections need no account.',
      });
    }
    refuseStatus(answer, 'Login');
    const { access_token: token, expires_in: seconds = 0 } = answer.json<{
      access_token: string;
      expires_in?: number;
    }>();
    return { credentials: { authorization: `Bearer ${token}` }, until: Date.now() + (seconds - SPARE) * 1000 };
  }
}

export interface Account extends Secret {
  user: string;
  password: string;
}

/** From TCIA_USERNAME and TCIA_PASSWORD, or `user:password` as `medds login tcia` keeps it. */
export async function tciaAccount(env: NodeJS.ProcessEnv): Promise<Account | undefined> {
  const user = secretOfEnv(env, 'TCIA_USERNAME');
  const password = secretOfEnv(env, 'TCIA_PASSWORD');
  const secret =
    user !== undefined && password !== undefined
      ? { value: `${user.value}:${password.value}`, from: `${user.from} and ${password.from}` }
      : await storedSecret('tcia', env);
  const colon = secret?.value.indexOf(':') ?? -1;
  if (secret === undefined || colon < 1) return undefined;
  return { ...secret, user: secret.value.slice(0, colon), password: secret.value.slice(colon + 1) };
}
