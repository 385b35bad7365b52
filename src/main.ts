/** The program: the two fast commands, or the command-line frame; whatever goes wrong is told in one place. */
import { runFast } from './fast.js';
import { endQuietlyWithReader } from './ui/output.js';

export async function main(argv: readonly string[]): Promise<void> {
  endQuietlyWithReader();
  try {
    if (!(await runFast(argv))) {
      const { run } = await import('@oclif/core/run');
      await run([...argv], import.meta.url);
    }
  } catch (error) {
    const { reportError } = await import('./ui/errors.js');
    process.exitCode = await reportError(error, { json: wantsJson(argv), command: commandOf(argv) });
  }
}

/** Looked for by hand, because the error may be that the command line cannot be parsed. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? argv.length : end).includes('--json');
}

/** `medds config set`, for the hint of a wrong command line. */
function commandOf(argv: readonly string[]): string {
  const words = argv.slice(0, argv[0] === 'config' ? 2 : 1);
  return ['medds', ...words.filter((word) => /^[a-z]+$/.test(word))].join(' ');
}
