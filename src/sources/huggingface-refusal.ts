/**
 * What the Hub means by a refusal. It says so in headers, X-Error-Code before X-Error-Message, and only then by the status
 * (https://github.com/huggingface/huggingface_hub, `hf_raise_for_status`).
 */
import type { Secret } from '../credentials/store.js';
import { ActionRequiredError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';

/** Page on which tokens are made. */
const TOKENS = 'https://huggingface.co/settings/tokens';

/** The Hub does not know the token; without one it may still answer. */
export class TokenRefusedError extends ActionRequiredError {}

export interface Asked {
  /** The repository, for messages: `dataset owner/name`. */
  what: string;
  /** Its page. */
  page: string;
  revision: string | undefined;
  folder: string | undefined;
  token: Secret | undefined;
}

/** @throws for every status but 2xx: NotFoundError, ActionRequiredError, TokenRefusedError, NetworkError */
export function refuseHub(answer: Answer, asked: Asked): void {
  const { status, headers, url } = answer;
  if (status >= 200 && status < 300) return;
  const { what, page, revision, folder, token } = asked;
  const { host } = new URL(url);
  const code = header(headers['x-error-code']);
  const message = header(headers['x-error-message']);
  if (code === 'GatedRepo') throw gated(asked, status, host);
  if (code === 'RevisionNotFound') {
    throw new NotFoundError(`The Hugging Face ${what} has no revision ${printable(revision ?? 'main')}`, {
      host,
      hint: `${page}/commits/main lists its commits. Branches, tags and whole commit ids are revisions.`,
    });
  }
  if (code === 'EntryNotFound') {
    throw new NotFoundError(`The Hugging Face ${what} has no folder ${printable(folder ?? '')}`, {
      host,
      hint: `${page}/tree/main shows what it holds.`,
    });
  }
  if (/access to this resource is disabled/i.test(message)) {
    throw new NotFoundError(`Hugging Face has closed the ${what}`, { host, hint: `${page} may say why.` });
  }
  if (status === 401) throw token === undefined ? notPublic(asked, host) : refusedToken(token, host);
  if (status === 404) {
    throw new NotFoundError(`Hugging Face has no ${what}${token === undefined ? '' : ' that your account may see'}`, {
      host,
      hint: `Look at ${page}. A model is named hf:models/OWNER/NAME, a space hf:spaces/OWNER/NAME.`,
    });
  }
  refuseStatus(answer, `Hugging Face ${what}`);
}

/** 401 for who is not known, 403 for who is known and has not been let in. */
function gated({ what, page, token }: Asked, status: number, host: string): ActionRequiredError {
  if (status === 401 && token !== undefined) return refusedToken(token, host);
  if (token === undefined) {
    return new ActionRequiredError(`The Hugging Face ${what} is gated: its owners want to know who downloads it`, {
      host,
      url: page,
      steps: [
        `Log in at ${page} and accept what it asks for; some owners look at each request before they grant it.`,
        `Make a token at ${TOKENS} that may read gated repositories.`,
        'Give it to medds: medds login huggingface, or HF_TOKEN in the environment; then run the same command again.',
      ],
    });
  }
  return new ActionRequiredError(`The Hugging Face ${what} is gated, and the account of ${token.from} is not let in`, {
    host,
    url: page,
    steps: [
      `Open ${page} with the account that the token belongs to, and accept what it asks for.`,
      'Where the owners look at each request, wait until they have granted it.',
      `A fine-grained token must also be allowed to read gated repositories: ${TOKENS} shows it.`,
    ],
  });
}

function refusedToken({ from }: Secret, host: string): TokenRefusedError {
  return new TokenRefusedError(`Hugging Face does not accept the token of ${printable(from)}`, {
    host,
    url: TOKENS,
    hint: `Make a new one at ${TOKENS} and put it in its place, or take it away: public repositories need none.`,
  });
}

/** Without a token the Hub does not tell a private repository from one that does not exist. */
function notPublic({ what, page }: Asked, host: string): ActionRequiredError {
  return new ActionRequiredError(`Hugging Face shows the public no ${what}`, {
    host,
    url: page,
    steps: [
      `Check the name at ${page}: it may be misspelt, or no dataset (hf:models/OWNER/NAME is a model).`,
      `If it is private, make a token at ${TOKENS} with an account that may read it.`,
      'Give it to medds: medds login huggingface, or HF_TOKEN in the environment; then run the same command again.',
    ],
  });
}

function header(value: string | string[] | undefined): string {
  return [value ?? ''].flat().join(' ');
}
