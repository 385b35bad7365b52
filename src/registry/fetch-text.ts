/** A registry from a URL, in one short conversation with its host. */
import { MeddsError, UsageError } from '../errors.js';
import { Agents } from '../transfer/agents.js';
import { refuseStatus, startConversation } from '../transfer/conversation.js';
import { redactUrl } from '../transfer/redact.js';
import { USER_AGENT } from '../version.js';

/** What a host gave, and what it is to be asked about it the next time. */
export interface Fetched {
  text: string;
  etag?: string;
  lastModified?: string;
}

export interface FetchTextOptions {
  offline?: boolean;
  /** What is here of it: it comes back as it is where the host has nothing newer. */
  known?: Fetched;
}

/** @throws UsageError (an address with a password), NetworkError, NotFoundError, ActionRequiredError */
export async function fetchText(url: string, options: FetchTextOptions = {}): Promise<string> {
  return (await fetchRegistry(url, options)).text;
}

/** The same, with what tells this version from others. @throws as `fetchText` */
export async function fetchRegistry(url: string, { offline = false, known }: FetchTextOptions = {}): Promise<Fetched> {
  const { username, password } = new URL(url);
  if (username !== '' || password !== '') {
    throw new UsageError(`The address of the registry ${redactUrl(url)} holds a user name or password`, {
      hint: 'It would end up in logs and settings: put the registry where it can be read without, or copy it to a file.',
    });
  }
  const agents = new Agents();
  try {
    const headers = {
      ...(known?.etag === undefined ? {} : { 'if-none-match': known.etag }),
      ...(known?.etag !== undefined || known?.lastModified === undefined
        ? {}
        : { 'if-modified-since': known.lastModified }),
    };
    // Where one is kept already, nobody waits long for a newer one.
    const patience = known === undefined ? {} : { timeout: 10_000, retry: { tries: 2 } };
    const http = startConversation({ agents, userAgent: USER_AGENT, offline, ...patience });
    const answer = await http.ask({ url, headers });
    if (answer.status === 304 && known !== undefined) return known;
    refuseStatus(answer, `The registry ${redactUrl(url)}`);
    const { etag, 'last-modified': lastModified } = answer.headers;
    return {
      text: answer.text,
      ...(etag === undefined ? {} : { etag }),
      ...(lastModified === undefined ? {} : { lastModified }),
    };
  } catch (error) {
    throw error instanceof MeddsError ? error.at({ file: redactUrl(url) }) : error;
  } finally {
    agents.close();
  }
}
