/** What Kaggle answers in place of a list or a file, in plain words, with what the user can do. */
import type { KaggleSecret } from '../credentials/kaggle.js';
import { ActionRequiredError, NetworkError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import { words } from '../transfer/answer.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';

/** What is asked for, and by whom. */
export interface Asked {
  /** As people call it: `Kaggle dataset owner/slug`. */
  title: string;
  kind: 'dataset' | 'competition';
  /** Where people look at it. */
  page: string;
  /** Of Kaggle's web site, without a trailing slash. */
  base: string;
  secret?: KaggleSecret | undefined;
}

/** Kaggle knows nobody with this secret; what is public is worth asking for without. */
export class KaggleSecretRefusedError extends ActionRequiredError {}

/** Errors come as `{code, message}`, as `{error: {code, message}}`, as a text, or with no body at all; some come with 200. */
interface Refusal {
  code?: number | string;
  message?: string;
  error?: string | { code?: number; message?: string };
  errorMessage?: string | null;
  errorMessageNullable?: string | null;
}

/** @throws for every answer that refuses, whatever its status */
export function refuseKaggle(answer: Answer, asked: Asked): void {
  const refusal = refusalIn(answer);
  const inner = typeof refusal.error === 'object' ? refusal.error : undefined;
  const code = Number(refusal.code ?? inner?.code ?? 0);
  const message =
    refusal.errorMessage ||
    refusal.errorMessageNullable ||
    refusal.message ||
    inner?.message ||
    String(refusal.error ?? '');
  const isRefused = code >= 400 || Boolean(refusal.errorMessage || refusal.errorMessageNullable);
  if (answer.status < 400 && !isRefused) return;
  const status = answer.status >= 400 ? answer.status : code;
  const said = message === '' ? words(answer.status < 400 ? '' : answer.text) : printable(message);
  switch (status) {
    case 401:
      throw asked.secret === undefined ? loginNeeded(asked, said) : secretRefused(asked, asked.secret, said);
    case 403:
      throw notAllowed(asked, said);
    case 404:
    case 410:
      throw missing(asked, said);
    default:
      refuseStatus(answer, asked.title);
      throw new NetworkError(`${asked.title}: Kaggle answered ${status >= 400 ? `${status} ` : ''}(${said})`, {
        host: hostOf(asked),
      });
  }
}

/** Kaggle shows this to nobody, or only to those who are logged in: it does not tell which. */
export function loginNeeded(asked: Asked, said = ''): ActionRequiredError {
  return new ActionRequiredError(`${asked.title} is given only to those who are logged in${inBrackets(said)}`, {
    host: hostOf(asked),
    url: asked.page,
    steps: [
      `Log in and open ${asked.page}${asked.kind === 'competition' ? '/rules to accept its rules' : ': it may want your consent first'}.`,
      `Make a token at ${asked.base}/settings and give it to medds login kaggle, or put it into KAGGLE_API_TOKEN.`,
      'Run the same command again.',
    ],
    hint: 'Kaggle may answer the same for what is gone or private: look whether the page is still there.',
  });
}

function notAllowed(asked: Asked, said: string): ActionRequiredError {
  if (asked.secret === undefined) return loginNeeded(asked, said);
  const { title, kind, page, secret } = asked;
  const host = hostOf(asked);
  if (kind === 'competition') {
    return new ActionRequiredError(`${title}: its rules must be accepted first${inBrackets(said)}`, {
      host,
      url: `${page}/rules`,
      steps: [
        `Open ${page}/rules with the account of ${secret.from} and accept the rules; some competitions want a verified phone number as well.`,
        'Run the same command again.',
      ],
      hint: 'A competition that is over may not take new participants; only they may download its data.',
    });
  }
  return new ActionRequiredError(`${title} is not given to the account of ${secret.from}${inBrackets(said)}`, {
    host,
    url: page,
    steps: [
      `Open ${page} with that account: it may want your consent; a private dataset must be shared with you by its owner.`,
      'Run the same command again.',
    ],
  });
}

function secretRefused(asked: Asked, { from }: KaggleSecret, said: string): ActionRequiredError {
  return new KaggleSecretRefusedError(`Kaggle does not take the token or key of ${from}${inBrackets(said)}`, {
    host: hostOf(asked),
    url: `${asked.base}/settings`,
    hint: `Make a new one at ${asked.base}/settings and put it in place of the old one.`,
  });
}

function missing({ title, page, secret, base }: Asked, said: string): NotFoundError {
  const login =
    secret === undefined ? ` Those who may see it need a login: medds login kaggle (${base}/settings).` : '';
  return new NotFoundError(`${title} is not on Kaggle any more, or is private${inBrackets(said)}`, {
    host: new URL(base).host,
    hint: `Look at ${page}.${login}`,
  });
}

function refusalIn({ text }: Answer): Refusal {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Refusal) : {};
  } catch {
    return {};
  }
}

const hostOf = ({ base }: Asked): string => new URL(base).host;

const inBrackets = (said: string): string => (said === '' ? '' : ` (${said})`);
