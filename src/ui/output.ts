/** Writing results to stdout and everything else to stderr. */
import { asDiskError } from '../errors.js';
import { printable } from '../printable.js';

/** A result. Ends with a newline, whether the text does or not. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') || text === '' ? text : `${text}\n`);
}

/** Something for the person at the terminal, not for the next program. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Something is not as it should be, but the command goes on. */
export function warn(message: string): void {
  note(`Warning: ${printable(message)}`);
}

/** One JSON document. */
export function printJson(document: unknown): void {
  print(jsonText(document));
}

/** JSON in which characters that could steer a terminal are escaped; it reads back to the same. */
export function jsonText(document: unknown): string {
  return JSON.stringify(document, undefined, 2).replace(
    /[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * A reader that has seen enough (`medds list | head`) is no error; a result that cannot be written is one. Whatever becomes of stderr,
 * the work goes on: what would be said there can be said nowhere else.
 */
export function endQuietlyWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw asDiskError(error, {
      file: 'standard output',
      hint: 'The rest of the work is done. Run the command again with its output elsewhere.',
    });
  });
  process.stderr.on('error', () => undefined);
}
