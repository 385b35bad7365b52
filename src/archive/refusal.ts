/** The errors of unpacking: an IntegrityError that names the archive, says what is wrong with it and what to do. */
import { ActionRequiredError, asDiskError, IntegrityError, MeddsError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';

const HINTS = {
  broken: 'Fetch it again. If it fails in the same way, the archive is broken at its source: use another source.',
  incomplete: 'All parts are needed together. The source may have the others; otherwise use another source.',
  unsafe: 'Nothing of it was kept. Tell the owners of the data, or use another source.',
  encrypted:
    'Put the password that its owners gave you into the environment as MEDDS_ARCHIVE_PASSWORD, and run the same command again: the archive is here.',
  unsupported: 'Keep the archive as it is with --no-unpack, and unpack it with another program.',
} as const;

export type Fault = keyof typeof HINTS;

/** What is wrong, found where the archive's name is not known; `asRefusal` adds that. */
export class FormatError extends Error {
  readonly fault: Fault;

  /** `what` completes a sentence that begins with the archive's name: `holds ...`, `is ...`. */
  constructor(what: string, fault: Fault = 'broken', options?: ErrorOptions) {
    super(what, options);
    this.fault = fault;
  }
}

/** `what` as in FormatError; names inside it have passed `quoted`. */
export function refusal(archive: string, fault: Fault, what: string, cause?: unknown): IntegrityError {
  return new IntegrityError(`${printable(archive)} ${what}.`, { hint: HINTS[fault], file: archive, cause });
}

/** Turns what was thrown while an archive was unpacked into the error that the user sees. */
export function asRefusal(archive: string, error: unknown): unknown {
  if (error instanceof FormatError) {
    const { fault, message, cause = error } = error;
    const told = { hint: HINTS[fault], file: archive, cause };
    if (fault === 'encrypted') return new ActionRequiredError(`${printable(archive)} ${message}.`, told);
    if (fault !== 'incomplete') return refusal(archive, fault, message, cause);
    return new NotFoundError(`${printable(archive)} ${message}.`, told);
  }
  if (error instanceof MeddsError) return error.at({ file: archive });
  return asDiskError(error, { file: archive });
}

/** A member's name, quoted for a message. */
export function quoted(name: string): string {
  return `"${printable(name.length > 200 ? `${name.slice(0, 200)}...` : name)}"`;
}
