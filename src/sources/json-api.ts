/** Questions to the JSON interfaces of repositories, whose firewalls may answer in their place. */
import { NetworkError } from '../errors.js';
import { words } from '../transfer/answer.js';
import type { Answer, Question } from '../transfer/conversation.js';
import type { SourceContext } from './source.js';

/**
 * Asks, and returns the host's own answer, whatever its status.
 * @throws NetworkError, also when a firewall answers in the host's place
 */
export async function askApi({ http, signal }: SourceContext, question: Question): Promise<Answer> {
  const answer = await http.ask(question, signal);
  refuseFirewall(answer);
  return answer;
}

/**
 * A firewall refuses programs with 202 and nothing, or with 403 and a page: that says nothing about the data, nor about the
 * user's rights. @throws NetworkError
 */
export function refuseFirewall({ status, headers, text, url }: Answer): void {
  const isPage = /^text\/html/i.test(headers['content-type'] ?? '');
  const isChallenge = status === 202 || headers['x-amzn-waf-action'] !== undefined;
  if (!isChallenge && !(isPage && (status === 401 || status === 403))) return;
  const { host } = new URL(url);
  throw new NetworkError(`${host} turns programs away for now: it answered ${status} (${words(text) || 'nothing'})`, {
    host,
    hint: 'Try again later, from another network, or another source (--source).',
  });
}

/** An object with what is known, and without what is undefined, null or empty. */
export function known<K extends string, V>(key: K, value: V | null | undefined | ''): { [P in K]?: V } {
  return (value === undefined || value === null || value === '' ? {} : { [key]: value }) as { [P in K]?: V };
}
