/** A registry from a URL, in one short conversation with its host. */
import { MeddsError } from '../errors.js';
import { Agents } from '../transfer/agents.js';
import { refuseStatus, startConversation } from '../transfer/conversation.js';
import { redactUrl } from '../transfer/redact.js';
import { USER_AGENT } from '../version.js';

/** @throws NetworkError, NotFoundError, ActionRequiredError */
export async function fetchText(url: string, { offline = false }: { offline?: boolean } = {}): Promise<string> {
  const agents = new Agents();
  try {
    const answer = await startConversation({ agents, userAgent: USER_AGENT, offline }).ask({ url });
    refuseStatus(answer, `The registry ${redactUrl(url)}`);
    return answer.text;
  } catch (error) {
    throw error instanceof MeddsError ? error.at({ file: redactUrl(url) }) : error;
  } finally {
    agents.close();
  }
}
