/** What the thread that unpacks and the one that started it say to each other. Plain values only. */
import { ActionRequiredError, DiskError, type ErrorDetails, IntegrityError, MeddsError } from '../errors.js';
import type { Limits } from './budget.js';
import type { ArchiveKind } from './detect.js';
import type { UnpackedMember } from './tree-writer.js';
import type { ArchiveFile } from './volumes.js';
import type { ZipMember } from './zip-directory.js';

/** Unpack a whole stream archive: the thread does it all. */
export interface StreamJob {
  job: 'stream';
  /** A zip only when it is encrypted. */
  kind: ArchiveKind;
  password?: string;
  archive: ArchiveFile;
  name: string;
  target: string;
  folds: boolean;
  /** As in UnpackOptions. */
  stripTop: boolean;
  limits: Limits;
  /** As in UnpackOptions. */
  done: ReadonlyMap<string, number>;
  /** Reports that are not dealt with yet; the thread waits while there are many. */
  pending: SharedArrayBuffer;
}

/** Write zip members that are sent in batches, until the end is ordered. */
export interface ZipJob {
  job: 'zip';
  archive: ArchiveFile;
  name: string;
  target: string;
}

export type Job = StreamJob | ZipJob;

/** To a zip thread. `hashOnly`: the file is there already, and is to be compared. */
export interface Batch {
  members: ZipMember[];
  hashOnly: boolean;
}

/** To a thread, which does one job after the other. */
export type Order = { order: 'job'; job: Job } | { order: 'batch'; batch: Batch } | { order: 'end' };

/** From a thread: `expect` tells the bytes that there will be; `members` ends a batch, `done` a stream; after `ended` it holds nothing of the archive any more. */
export type Report =
  | { report: 'expect'; bytes: number }
  | { report: 'written'; bytes: number }
  | { report: 'members'; members: UnpackedMember[] }
  | { report: 'done'; files: number; links: number; bytes: number }
  | { report: 'ended' }
  | { report: 'failed'; failure: Failure };

/** An error on its way between threads, which keep no classes. */
export interface Failure {
  type: string;
  message: string;
  hint?: string;
  file?: string;
  stack?: string;
  /** Of an error of the file system. */
  system?: { code: string; path: string | undefined };
}

const CLASSES: Record<string, new (message: string, details: ErrorDetails) => Error> = {
  IntegrityError,
  DiskError,
  ActionRequiredError,
};

export function packError(error: unknown): Failure {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const failure: Failure = { type: name, message };
  if (stack !== undefined) failure.stack = stack;
  const { code, path } = error as NodeJS.ErrnoException;
  if (!(error instanceof MeddsError) && code !== undefined) failure.system = { code, path };
  if (error instanceof MeddsError && error.hint !== undefined) failure.hint = error.hint;
  if (error instanceof MeddsError && error.file !== undefined) failure.file = error.file;
  return failure;
}

export function unpackError({ type, message, hint, file, stack, system }: Failure): Error {
  const details: ErrorDetails = {};
  if (hint !== undefined) details.hint = hint;
  if (file !== undefined) details.file = file;
  const known = CLASSES[type];
  const error = known === undefined ? new Error(message) : new known(message, details);
  if (known !== undefined) return error;
  if (stack !== undefined) error.stack = stack;
  return Object.assign(error, system);
}
