/** What stands between a user and a file on NITRC, and what the user can do about it. */
import { NITRC_REGISTRATION, type NitrcAccount } from '../credentials/nitrc.js';
import { ActionRequiredError } from '../errors.js';
import { printable } from '../printable.js';
import type { Answer } from '../transfer/conversation.js';

/** Where NITRC sends those who must log in first; with `feedback`, it tells why. */
const LOGIN = '/account/login.php';

export function wantsLogin({ url }: Answer): boolean {
  return new URL(url).pathname.endsWith(LOGIN);
}

/** The page before a file whose owners want an agreement, or to know who downloads it (recorded in addresses of public scripts). */
export function wantsAgreement({ text }: Answer): boolean {
  return /\bi_agree\b/.test(text);
}

/** @param answer that led to the login */
export function loginNeeded(what: string, page: string, answer: Answer): ActionRequiredError {
  const { host, searchParams } = new URL(answer.url);
  const feedback = searchParams.get('feedback')?.replace(/\.$/, '');
  return new ActionRequiredError(
    `${what} is only for those who have an account at NITRC${feedback ? ` (${printable(feedback)})` : ''}`,
    {
      host,
      url: page,
      steps: [
        `Create a free account at ${NITRC_REGISTRATION} .`,
        'Give it to medds login nitrc, or put it into the environment as NITRC_USERNAME and NITRC_PASSWORD.',
        'Run the same command again.',
      ],
    },
  );
}

export function accountRefused({ from }: NitrcAccount, host: string): ActionRequiredError {
  return new ActionRequiredError(`NITRC does not take the account of ${from}`, {
    host,
    url: `https://www.nitrc.org${LOGIN}`,
    hint: `Sign in at https://www.nitrc.org${LOGIN} to see whether name and password are right, and correct them.`,
  });
}

export function permissionNeeded(
  what: string,
  page: string,
  { from }: NitrcAccount,
  host: string,
): ActionRequiredError {
  return new ActionRequiredError(`${what} is not open to the account of ${from}`, {
    host,
    url: page,
    steps: [
      `Sign in at https://www.nitrc.org and open ${page} : the project may want you to join it, or to sign an agreement.`,
      'Run the same command again, once access is granted.',
    ],
  });
}

/** Agreements are good for one session in a browser, so that nobody but the user can give them (datalad, configs/nitrc.cfg). */
export function agreementNeeded(what: string, page: string, host: string, dataset?: string): ActionRequiredError {
  return new ActionRequiredError(`${what} wants an agreement that only you can give, each time`, {
    host,
    url: page,
    steps: [
      `Open ${page} in a browser, sign in if it asks for that, and read what you are to agree to.`,
      'Agree, and save the file.',
      dataset === undefined
        ? 'Use the file from there.'
        : `Give it to medds: medds import ${dataset} FILE (where the dataset has a source by hand).`,
    ],
  });
}
