/**
 * Every failure that a user may meet. An error carries its exit code, a stable `code` for scripts, and what to do next.
 * The table of exit codes in docs/exit-codes.md is checked against EXIT by a test.
 */

/** Process exit codes; scripts rely on them. */
export const EXIT = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  notFound: 3,
  actionRequired: 4,
  network: 5,
  integrity: 6,
  disk: 7,
  busy: 8,
  incomplete: 9,
  interrupted: 130,
} as const;

export interface ErrorDetails {
  /** What the user can do now, as one or more imperative sentences. */
  hint?: string;
  dataset?: string;
  /** Relative path of the file concerned. */
  file?: string;
  host?: string;
  cause?: unknown;
}

/** Base of all expected failures. Anything else that is thrown is a fault of medds (exit code 1). */
export abstract class MeddsError extends Error {
  abstract readonly exitCode: number;
  abstract readonly code: string;
  readonly hint?: string;
  dataset?: string;
  file?: string;
  readonly host?: string;

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    if (details.hint !== undefined) this.hint = details.hint;
    if (details.dataset !== undefined) this.dataset = details.dataset;
    if (details.file !== undefined) this.file = details.file;
    if (details.host !== undefined) this.host = details.host;
  }

  /** Adds the dataset or file where the place that threw could not know it; never overwrites. */
  at(where: { dataset?: string; file?: string }): this {
    if (where.dataset !== undefined) this.dataset ??= where.dataset;
    if (where.file !== undefined) this.file ??= where.file;
    return this;
  }
}

/** The command line, a setting or a registry file is wrong. */
export class UsageError extends MeddsError {
  readonly exitCode = EXIT.usage;
  readonly code = 'USAGE';
}

/** No such dataset, source, record or file. */
export class NotFoundError extends MeddsError {
  readonly exitCode = EXIT.notFound;
  readonly code: string = 'NOT_FOUND';
}

/** The user chose what the dataset does not have. Other sources have the same, so they are not asked. */
export class ChoiceError extends NotFoundError {
  override readonly code = 'NO_MATCH';
}

/** The user must act first: log in, accept terms, download by hand. */
export class ActionRequiredError extends MeddsError {
  readonly exitCode = EXIT.actionRequired;
  readonly code = 'ACTION_REQUIRED';
  /** Page where the user acts. */
  readonly url?: string;
  /** Numbered steps, each one sentence. */
  readonly steps: string[];

  constructor(message: string, details: ErrorDetails & { url?: string; steps?: string[] } = {}) {
    super(message, details);
    if (details.url !== undefined) this.url = details.url;
    this.steps = details.steps ?? [];
  }
}

/** The network or the host failed after all tries. */
export class NetworkError extends MeddsError {
  readonly exitCode = EXIT.network;
  readonly code: string = 'NETWORK';
  /** Status of the host's last answer, when that is what went wrong. */
  readonly status?: number;

  constructor(message: string, details: ErrorDetails & { status?: number } = {}) {
    super(message, { hint: 'Try again later: what is here is kept. Or take another source (--source).', ...details });
    if (details.status !== undefined) this.status = details.status;
  }
}

/** The host gives no more of a file for now, to nobody: its quota is used up. Another source may still have it. */
export class QuotaError extends NetworkError {
  override readonly code = 'QUOTA';
}

/** A checksum, a size or an archive is wrong. */
export class IntegrityError extends MeddsError {
  readonly exitCode = EXIT.integrity;
  readonly code = 'INTEGRITY';
}

/** The local disk is full, read-only, or not permitted. */
export class DiskError extends MeddsError {
  readonly exitCode = EXIT.disk;
  readonly code = 'DISK';
}

/** Another medds process holds the dataset. */
export class BusyError extends MeddsError {
  readonly exitCode = EXIT.busy;
  readonly code = 'BUSY';
}

/** The dataset is not complete here. */
export class IncompleteError extends MeddsError {
  readonly exitCode = EXIT.incomplete;
  readonly code = 'INCOMPLETE';
}

/** Ctrl-C or a signal; what was downloaded stays. */
export class InterruptedError extends MeddsError {
  readonly exitCode = EXIT.interrupted;
  readonly code = 'INTERRUPTED';
}

/** What an aborted signal means: its reason, when that is an error of ours. */
export function interruption({ reason }: AbortSignal, message = 'Interrupted', where: ErrorDetails = {}): MeddsError {
  return reason instanceof MeddsError ? reason : new InterruptedError(message, { ...where, cause: reason });
}

const DISK_CODES: Record<string, string> = {
  ENOSPC: 'the disk is full, or holds as many files as it can',
  EDQUOT: 'the disk quota is used up',
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'operation not permitted',
  EMFILE: 'too many open files',
  ENFILE: 'too many open files',
  EIO: 'the disk reported an I/O error',
  ENOTDIR: 'a file stands where a folder should be',
  EISDIR: 'a folder stands where a file should be',
  ENAMETOOLONG: 'a path is too long for this file system',
};

/** Turns a file system error into a DiskError that names the path; returns anything else as it came. */
export function asDiskError(error: unknown, where?: ErrorDetails): unknown {
  if (error instanceof MeddsError) return error;
  const { code, path } = error as NodeJS.ErrnoException;
  const reason = code === undefined ? undefined : DISK_CODES[code];
  if (reason === undefined) return error;
  return new DiskError(`${path === undefined ? 'Cannot write' : `Cannot use ${path}`}: ${reason}.`, {
    hint: 'Free some space or correct the permissions, or move the library: medds config set home FOLDER. Then run the same command again; what is here is kept.',
    ...where,
    cause: error,
  });
}
