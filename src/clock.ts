/** This machine's clock, held against those of the hosts that are asked anyway. */
import type { Conversation } from './transfer/conversation.js';

export class HostClocks {
  readonly #ahead: number[] = [];

  /** The same conversation; the `Date` of every answer is noted (RFC 9110 6.6.1). */
  listen(conversation: Conversation): Conversation {
    return {
      ask: async (question, signal) => {
        const answer = await conversation.ask(question, signal);
        const date = Date.parse(answer.headers.date ?? '');
        if (!Number.isNaN(date)) this.#ahead.push(Date.now() - date);
        return answer;
      },
    };
  }

  /** Milliseconds that this machine is ahead, or behind when negative: the median, as a host may be wrong itself. */
  get ahead(): number | undefined {
    return this.#ahead.sort((a, b) => a - b)[Math.floor(this.#ahead.length / 2)];
  }
}
