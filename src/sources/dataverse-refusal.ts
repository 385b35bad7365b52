/** What it means when a Dataverse server does not give what it was asked for. */
import { ActionRequiredError, NetworkError, NotFoundError } from '../errors.js';
import { words } from '../transfer/answer.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';
import { refuseFirewall } from './json-api.js';

/** A dataset at its server, for messages. */
export interface Place {
  /** `https://dataverse.harvard.edu`. */
  server: string;
  /** Persistent id with its scheme, `doi:10.…`. */
  id: string;
  /** Whether a token is sent along. */
  hasToken: boolean;
}

export const pageOf = ({ server, id }: Place): string =>
  `${server}/dataset.xhtml?persistentId=${encodeURIComponent(id).replaceAll('%3A', ':').replaceAll('%2F', '/')}`;

/** @param what is closed, and why, as a sentence without its full stop */
export function accessNeeded(what: string, place: Place, terms?: string): ActionRequiredError {
  const { server, hasToken } = place;
  const page = pageOf(place);
  return new ActionRequiredError(`${what}${hasToken ? ', also with your token' : ''}`, {
    host: new URL(server).host,
    url: page,
    steps: [
      `Log in at ${server} and ask for access at ${page} .`,
      `Once it is granted, make a token at ${server}/dataverseuser.xhtml?selectTab=apiTokenTab .`,
      `Put it into the environment as DATAVERSE_API_TOKEN, and ${server} as DATAVERSE_SERVER, and run the same command again.`,
    ],
    ...(terms ? { hint: `Terms of access: ${words(terms)}` } : {}),
  });
}

/** @throws for every answer that is no record @param what was asked for, for messages */
export function refuseRecord(answer: Answer, what: string, place: Place): void {
  if (answer.status === 401 || answer.status === 403) {
    throw accessNeeded(`${what} is not open to the public: ${messageOf(answer)}`, place);
  }
  refuseStatus(answer, what);
}

/** @throws always: what was looked at is no file */
export function refuseFile(answer: Answer, place: Place): never {
  refuseFirewall(answer);
  const { host } = new URL(answer.url);
  const message = messageOf(answer);
  const what = `A file of ${place.id}`;
  if (answer.status === 400 && /guestbook/i.test(message)) {
    const page = pageOf(place);
    throw new ActionRequiredError(`${host} wants its guestbook filled in before it gives files of ${place.id}`, {
      host,
      url: page,
      steps: [
        `Open ${page} in a browser and download the files: it asks who you are.`,
        'Give what you saved to medds import.',
      ],
    });
  }
  if (answer.status === 401 || answer.status === 403) throw accessNeeded(`${what} is closed: ${message}`, place);
  if (answer.status === 404 || answer.status === 410) {
    throw new NotFoundError(`${what} is gone from ${host}: ${message}`, {
      host,
      hint: 'A newer version of the dataset may have replaced it.',
    });
  }
  refuseStatus(answer, what);
  throw new NetworkError(`${host} sent a page in place of a file of ${place.id}: ${message}`, { host });
}

/** What the server says, in its own JSON or otherwise. */
function messageOf({ text, status }: Answer): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return words(message);
  } catch {
    // Not from Dataverse itself.
  }
  return words(text) || `it answered ${status}`;
}
