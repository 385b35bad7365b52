/** The program: the fast commands, or the command-line frame; whatever goes wrong is told in one place. */
import { EXIT } from './errors.js';
import { runFast } from './fast.js';
import { endQuietlyWithReader } from './ui/output.js';

export async function main(argv: readonly string[]): Promise<void> {
  endQuietlyWithReader();
  tellUncaught(argv);
  try {
    if (await runFast(argv)) return;
    const { run } = await import('@oclif/core/run');
    await run([...argv], import.meta.url);
  } catch (error) {
    await tell(error, argv);
  }
}

async function tell(error: unknown, argv: readonly string[]): Promise<void> {
  const { reportError } = await import('./ui/errors.js');
  process.exitCode = await reportError(error, { json: wantsJson(argv), command: commandOf(argv) });
}

/** What fails outside of the command's own course, such as writing its result to a full disk. */
function tellUncaught(argv: readonly string[]): void {
  let telling = false;
  process.on('uncaughtException', (error) => {
    // The second one comes from telling the first.
    if (telling) process.exit(process.exitCode ?? EXIT.unexpected);
    telling = true;
    void tell(error, argv).finally(() => process.exit());
  });
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
