/** Asks before something is deleted. */
import { createInterface } from 'node:readline/promises';
import { InterruptedError, UsageError } from '../errors.js';

/** @throws UsageError where nobody can be asked, InterruptedError when the answer is no */
export async function confirm(question: string, yes: boolean): Promise<void> {
  if (yes) return;
  if (process.stdin.isTTY !== true || process.stderr.isTTY !== true) {
    throw new UsageError(`${question} Nobody can be asked here`, { hint: 'Say so with --yes.' });
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await Promise.race([
      terminal.question(`${question} [y/N] `),
      new Promise<string>((resolve) => terminal.once('close', () => resolve(''))),
    ]);
    if (/^y(es)?$/i.test(answer.trim())) return;
  } finally {
    terminal.close();
  }
  throw new InterruptedError('Nothing was deleted');
}
