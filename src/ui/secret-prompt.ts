/** Asks for a secret: at the terminal without showing what is typed, or from what is piped in. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { Login } from '../credentials/logins.js';
import { InterruptedError, UsageError } from '../errors.js';
import { note } from './output.js';

/** The answers with a colon between them; lines of the input where it is no terminal. @throws UsageError when there are none */
export async function askSecret({ title, page, asks }: Login): Promise<string> {
  const { stdin, stderr } = process;
  const terminal = stdin.isTTY === true && stderr.isTTY === true;
  if (terminal) note(`${title}: make what is asked for at ${page}`);
  let hidden = false;
  const output = new Writable({
    write(chunk, _encoding, done) {
      if (terminal && !hidden) stderr.write(chunk);
      done();
    },
  });
  const lines = createInterface({ input: stdin, output, terminal });
  const ended = new Promise<never>((_, reject) => {
    lines.once('SIGINT', () => reject(new InterruptedError('Interrupted; nothing was kept')));
    lines.once('close', () => reject(new UsageError(`No ${asks.at(-1)?.what} was given`)));
  });
  // Ended by us, it is no error.
  ended.catch(() => undefined);
  try {
    const answers: string[] = [];
    for (const { what, shown = false } of asks) {
      hidden = !shown;
      if (terminal && hidden) stderr.write(`${what}: `);
      const answer = await Promise.race([lines.question(shown ? `${what}: ` : ''), ended]).finally(() => {
        if (terminal && hidden) stderr.write('\n');
      });
      answers.push(answer.trim());
    }
    return answers.join(':');
  } finally {
    lines.close();
  }
}
