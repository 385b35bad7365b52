/** What GitHub means by a refusal (https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api). */
import { GITHUB_TOKENS } from '../credentials/github.js';
import type { Secret } from '../credentials/store.js';
import { ActionRequiredError, NetworkError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import { words } from '../transfer/answer.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';
import { askedWait } from '../transfer/retry.js';

/** The token is not good, or not for this; without one GitHub may still answer. */
export class TokenRefusedError extends ActionRequiredError {}

/** The API answers no more questions for now. Files whose addresses are known can be had all the same. */
export class RateLimitError extends NetworkError {
  override readonly code = 'RATE_LIMIT';
}

export interface Asked {
  /** What was asked for, for messages: `owner/name`, `release v1 of owner/name`. */
  what: string;
  /** Page of the repository. */
  page: string;
  token: Secret | undefined;
}

/** @throws for every status but 2xx: NotFoundError, ActionRequiredError, TokenRefusedError, RateLimitError, NetworkError */
export function refuseGitHub(answer: Answer, asked: Asked): void {
  const { status, headers, url } = answer;
  if (status >= 200 && status < 300) return;
  const { what, page, token } = asked;
  const { host } = new URL(url);
  const said = messageOf(answer);
  if (isSpent(answer) || (status === 403 && /rate limit/i.test(said))) {
    throw rateLimit(token, host, resetOf(headers));
  }
  // 451 for what somebody owns who did not allow it; 403 for what breaks GitHub's own terms.
  if (status === 451 || /access blocked/i.test(said)) {
    throw new NotFoundError(`GitHub has closed ${what}`, { host, hint: `${page} may say why.` });
  }
  if (token !== undefined && status === 401) {
    throw new TokenRefusedError(`GitHub does not accept the token of ${printable(token.from)}`, {
      host,
      url: GITHUB_TOKENS,
      hint: `Make a new one at ${GITHUB_TOKENS} and put it in its place, or take it away: public repositories need none.`,
    });
  }
  if (token !== undefined && status === 403) throw notAllowed(token, asked, said, headers['x-github-sso'], host);
  if (status === 409) {
    throw new NotFoundError(`GitHub has nothing in ${what}: ${said}`, { host, hint: `Look at ${page}.` });
  }
  // 422: the repository is there, the revision is not.
  if (status === 404 || status === 422) {
    const hidden = token === undefined ? ' Private repositories show themselves only to a token (GITHUB_TOKEN).' : '';
    throw new NotFoundError(`GitHub has no ${what}${token === undefined ? '' : ' that your token may see'}`, {
      host,
      hint: `Look at ${page}.${hidden}`,
    });
  }
  refuseStatus(answer, `GitHub ${what}`);
}

/** Whether the questions of this hour are used up (https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api). */
export function isSpent({ status, headers }: Answer): boolean {
  return (status === 403 || status === 429) && headers['x-ratelimit-remaining'] === '0';
}

/** @param sso what an organization says that wants tokens to be authorized for it */
function notAllowed(
  { from }: Secret,
  { what, page }: Asked,
  said: string,
  sso: string | string[] | undefined,
  host: string,
): TokenRefusedError {
  const message = `GitHub does not let the token of ${printable(from)} read ${what}: ${said}`;
  if (sso === undefined) {
    const hint = `Make one at ${GITHUB_TOKENS} that may read the contents of ${page}, or take it away: public repositories need none.`;
    return new TokenRefusedError(message, { host, url: GITHUB_TOKENS, hint });
  }
  return new TokenRefusedError(message, {
    host,
    url: GITHUB_TOKENS,
    steps: [
      `Open ${GITHUB_TOKENS}, press Configure SSO beside the token, and authorize the organization.`,
      'Run the same command again.',
    ],
  });
}

/** @param until when there will be answers again, where GitHub tells */
export function rateLimit(token: Secret | undefined, host: string, until?: Date): RateLimitError {
  const when = until === undefined ? '' : ` until ${until.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const whose =
    token === undefined
      ? 'this network address has used up its 60 questions an hour'
      : `the token of ${printable(token.from)} has used up its questions of this hour`;
  return new RateLimitError(`GitHub's API answers no more${when}: ${whose}`, {
    host,
    hint:
      token === undefined
        ? `With a token there are 5000: make one at ${GITHUB_TOKENS} (it needs no scopes) and give it to medds: medds login github, or GITHUB_TOKEN in the environment. Or run the same command again later.`
        : 'Run the same command again later.',
  });
}

function resetOf(headers: Answer['headers']): Date | undefined {
  const reset = Number(headers['x-ratelimit-reset']);
  if (headers['x-ratelimit-remaining'] === '0' && reset > 0) return new Date(reset * 1000);
  const wait = askedWait(headers);
  return wait === undefined ? undefined : new Date(Date.now() + wait);
}

/** The message of the API's JSON; else the first words. */
function messageOf({ text }: Answer): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return words(message);
  } catch {
    // Not from the API itself.
  }
  return words(text);
}
