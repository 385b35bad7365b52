/** What Synapse's refusals mean, and what a person can do about them. */

import type { Secret } from '../credentials/store.js';
import { SYNAPSE_TOKENS } from '../credentials/synapse.js';
import { ActionRequiredError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import { words } from '../transfer/answer.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';

/** What was asked for, and by whom. */
export interface Asked {
  /** For messages: `Synapse syn123`. */
  what: string;
  /** With `syn` before it. */
  id: string;
  host: string;
  /** The token that went along. */
  secret?: Secret;
}

/** A condition of use: terms, or an application that people decide on. */
export interface Requirement {
  name?: string;
  /** `org.sagebionetworks.repo.model.TermsOfUseAccessRequirement`, and others. */
  concreteType: string;
}

/** Members of an error; those of OAuth come for tokens that may do too little (OAuthScopeInterceptor of Synapse-Repository-Services). */
interface Refusal {
  reason?: unknown;
  error?: unknown;
  errorCode?: unknown;
}

export const pageOf = (id: string): string => `https://www.synapse.org/Synapse:${id}`;

/** @throws for every status but 2xx */
export function refuseSynapse(answer: Answer, asked: Asked): void {
  const { status } = answer;
  if (status >= 200 && status < 300) return;
  const { what, id, host, secret } = asked;
  const refusal = refusalIn(answer);
  const said = saidIn(answer, refusal);
  if (refusal.error === 'insufficient_scope' && secret !== undefined) throw tokenRefused(asked, secret, said);
  if (status === 401) throw secret === undefined ? loginNeeded(asked, said) : tokenRefused(asked, secret, said);
  if (status === 403 && refusal.errorCode === 'TWO_FA_REQUIRED') {
    throw new ActionRequiredError(`${what} is for accounts with two-factor authentication${said}`, {
      host,
      url: 'https://www.synapse.org',
      steps: [
        'Sign in at https://www.synapse.org and switch two-factor authentication on in the settings of your account.',
        'Run the same command again.',
      ],
    });
  }
  if (status === 403) throw secret === undefined ? loginNeeded(asked, said) : permissionNeeded(asked, said);
  if (status === 400 || status === 404) {
    throw new NotFoundError(`There is no ${what}, or not any more${said}`, { host, hint: `Look at ${pageOf(id)} .` });
  }
  refuseStatus(answer, what);
}

/** Nearly everything on Synapse is for those who have an account, also what is open. */
export function loginNeeded({ what, id, host }: Asked, said = ''): ActionRequiredError {
  return new ActionRequiredError(`${what} is only for those who have an account at Synapse${said}`, {
    host,
    url: pageOf(id),
    steps: [
      'Create a free account at https://www.synapse.org and agree to its terms.',
      `Make a personal access token with the scopes view and download at ${SYNAPSE_TOKENS} .`,
      'Give it to medds login synapse, or put it into the environment as SYNAPSE_AUTH_TOKEN.',
      'Run the same command again.',
    ],
  });
}

/** Terms are accepted, and applications made, in the browser. @param requirements those that there are, met or not */
export function requirementsUnmet(
  { what, id, host, secret }: Asked,
  requirements: readonly Requirement[],
): ActionRequiredError {
  const url = `https://www.synapse.org/AccessRequirements:ID=${id}&TYPE=ENTITY`;
  const named = requirements.map(({ name, concreteType }) => {
    const kind = KINDS[concreteType.split('.').at(-1) ?? ''] ?? 'a requirement';
    return name === undefined || name === '' ? kind : `${printable(name)} (${kind})`;
  });
  return new ActionRequiredError(`${what} has access requirements that you have not met`, {
    host,
    url,
    steps: [
      `Sign in at https://www.synapse.org and open ${url} .`,
      named.length === 0 ? 'Meet what the page asks for.' : `Meet what the page asks for: ${named.join('; ')}.`,
      ...(secret === undefined
        ? [`Make a personal access token at ${SYNAPSE_TOKENS} and give it to medds login synapse.`]
        : []),
      'Run the same command again, once access is granted.',
    ],
  });
}

const KINDS: Readonly<Record<string, string>> = {
  TermsOfUseAccessRequirement: 'terms to accept',
  SelfSignAccessRequirement: 'a statement to sign',
  ManagedACTAccessRequirement: 'an application that people review',
  ACTAccessRequirement: "approval by Synapse's access team",
  LockAccessRequirement: "locked by Synapse's access team",
};

export function permissionNeeded({ what, id, host, secret }: Asked, said = ''): ActionRequiredError {
  return new ActionRequiredError(`The account of ${secret?.from} may not download ${what}${said}`, {
    host,
    url: pageOf(id),
    steps: [
      `Ask its owners for access at ${pageOf(id)} , or join the challenge or team that it belongs to.`,
      'Run the same command again.',
    ],
  });
}

function tokenRefused({ host }: Asked, { from }: Secret, said: string): ActionRequiredError {
  return new ActionRequiredError(`Synapse does not take the token of ${from}${said}`, {
    host,
    url: SYNAPSE_TOKENS,
    hint: `Make a new one with the scopes view and download at ${SYNAPSE_TOKENS} and put it in place of the old one.`,
  });
}

function refusalIn({ text }: Answer): Refusal {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Refusal) : {};
  } catch {
    return {};
  }
}

/** What Synapse says, in brackets. */
function saidIn({ text }: Answer, { reason }: Refusal): string {
  const said = words(typeof reason === 'string' ? reason : text).replace(/\.$/, '');
  return said === '' ? '' : ` (${said})`;
}
