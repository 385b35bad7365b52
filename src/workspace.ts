/** A dataset's place in the library while a command works on it: locked, recovered from earlier crashes, its attempt written down. */
import path from 'node:path';
import { ActionRequiredError, BusyError, EXIT, InterruptedError, MeddsError } from './errors.js';
import { type Attempt, clearAttempt, writeAttempt } from './library/attempt.js';
import { isCode, makeFolder, onDisk } from './library/disk.js';
import type { Layout } from './library/layout.js';
import { acquireLock } from './library/lock.js';
import { takenOver } from './library/staged-folder.js';
import { Staging } from './library/staging.js';
import type { OnProgress } from './progress.js';

export interface Workspace {
  layout: Layout;
  id: string;
  staging: Staging;
  /** Says what is being fetched, so that status can tell after a crash, too. */
  begin(attempt: Omit<Attempt, 'version' | 'id' | 'startedAt' | 'updatedAt' | 'needs' | 'failure'>): Promise<void>;
}

export interface WorkspaceOptions {
  /** Name of the command, for others who wait for the lock. */
  command: string;
  /** False: do not wait when another process holds the dataset. */
  wait: boolean;
  onProgress: OnProgress;
  signal: AbortSignal;
}

/** Runs `work` on a dataset that nobody else works on. @throws BusyError, DiskError, and what `work` throws */
export async function inWorkspace<T>(
  layout: Layout,
  id: string,
  options: WorkspaceOptions,
  work: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  await onDisk(id, () => makeFolders(layout, id));
  const lock = await acquireLock(layout, id, {
    command: options.command,
    wait: options.wait,
    signal: options.signal,
    onWait: (holder) =>
      options.onProgress({
        event: 'note',
        message: `Waiting for another medds process that works on ${id} (${holder.command}, process ${holder.pid} on ${holder.host}).`,
      }),
  });
  let attempt: Attempt | undefined;
  let staging: Staging | undefined;
  try {
    staging = await Staging.open(layout, id);
    const result = await work({
      layout,
      id,
      staging,
      begin: async (facts) => {
        const now = new Date().toISOString();
        attempt = { version: 1, id, ...facts, startedAt: now, updatedAt: now };
        await writeAttempt(layout, attempt);
      },
    });
    if (attempt !== undefined) await clearAttempt(layout, id);
    return result;
  } catch (thrown) {
    const error = isLost(thrown, layout.parts(id)) ? takenOver(id, thrown) : thrown;
    // What another process works on now is for that one to tell of.
    if (attempt !== undefined && !(error instanceof BusyError)) await record(layout, attempt, error);
    throw error instanceof MeddsError ? error.at({ dataset: id }) : error;
  } finally {
    await staging?.close().catch(() => undefined);
    await lock.release();
  }
}

/** What a lock and a staging need, so that a disk which cannot hold them is told of before anything else. */
async function makeFolders(layout: Layout, id: string): Promise<void> {
  for (const folder of [path.dirname(layout.dataset(id)), path.dirname(layout.parts(id)), layout.state(id)]) {
    await makeFolder(folder);
  }
}

/** Whether something of our own work is not there: where locks lie, another process may have taken it. */
function isLost(error: unknown, parts: string): boolean {
  const { path: place } = error as NodeJS.ErrnoException;
  return isCode(error, 'ENOENT') && place?.startsWith(parts + path.sep) === true;
}

/** What was interrupted, or waits for the user, has not failed: it is partial. */
async function record(layout: Layout, attempt: Attempt, error: unknown): Promise<void> {
  attempt.updatedAt = new Date().toISOString();
  if (error instanceof ActionRequiredError) {
    const { message, url, steps } = error;
    attempt.needs = { message, ...(url === undefined ? {} : { url }), steps };
  } else if (!(error instanceof InterruptedError)) {
    const { message } = error as Error;
    attempt.failure =
      error instanceof MeddsError
        ? {
            code: error.code,
            exitCode: error.exitCode,
            message,
            ...(error.hint === undefined ? {} : { hint: error.hint }),
          }
        : { code: 'UNEXPECTED', exitCode: EXIT.unexpected, message };
  }
  // On a full disk this may fail, too; the first error is the one to show.
  await writeAttempt(layout, attempt).catch(() => undefined);
}
