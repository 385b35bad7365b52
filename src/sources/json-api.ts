/** Questions to the JSON interfaces of repositories, whose firewalls may answer in their place. */
import { NetworkError } from '../errors.js';
import { words } from '../transfer/answer.js';
import type { Answer } from '../transfer/conversation.js';
import type { FileRequest, SourceContext } from './source.js';

/**
 * Asks, and returns the host's own answer whatever its status. A firewall in front of it refuses programs with 202 and nothing,
 * or with 403 and a page: that says nothing about the data, nor about the user's rights.
 * @throws NetworkError
 */
export async function askApi({ http, signal }: SourceContext, request: FileRequest): Promise<Answer> {
  const answer = await http.ask(request, signal);
  const { host } = new URL(answer.url);
  const isPage = /^text\/html/i.test(answer.headers['content-type'] ?? '');
  const isChallenge = answer.status === 202 || answer.headers['x-amzn-waf-action'] !== undefined;
  if (isChallenge || (isPage && (answer.status === 401 || answer.status === 403))) {
    const said = words(answer.text);
    throw new NetworkError(`${host} turns programs away for now: it answered ${answer.status} (${said || 'nothing'})`, {
      host,
      hint: 'Try again later, from another network, or another source (--source).',
    });
  }
  return answer;
}

/** What is known goes into the object, what is undefined or empty does not. */
export function known<K extends string, V>(key: K, value: V | null | undefined | ''): { [P in K]?: V } {
  return (value === undefined || value === null || value === '' ? {} : { [key]: value }) as { [P in K]?: V };
}
