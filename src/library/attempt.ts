/** The fetch of a dataset that is under way, or how the last one failed. */
import fs from 'node:fs/promises';
import { IntegrityError } from '../errors.js';
import { readJson, writeJson } from './atomic.js';
import { onDisk } from './disk.js';
import type { Layout } from './layout.js';

export interface Attempt {
  version: 1;
  id: string;
  name: string;
  source: { name: string; method: string; label: string };
  /** Locator as the user typed it, for a dataset that no registry knows. */
  argument?: string;
  /** Remote files of the plan. */
  files: number;
  /** Bytes to download in all, where the host tells. */
  size?: number;
  /** ISO 8601. */
  startedAt: string;
  updatedAt: string;
  /** What the user must do before it can go on. */
  needs?: { message: string; url?: string; steps: string[] };
  failure?: { code: string; exitCode: number; message: string; hint?: string };
}

/** @returns undefined when there is none, or none that can be read: it only tells, nothing rests on it. @throws DiskError */
export function readAttempt(layout: Layout, id: string): Promise<Attempt | undefined> {
  return onDisk(id, async () => {
    const attempt = await readJson<Attempt>(layout.attempt(id)).catch((error) => {
      if (error instanceof IntegrityError) return undefined;
      throw error;
    });
    const sound = attempt?.version === 1 && attempt.id === id && typeof attempt.source?.label === 'string';
    return sound ? attempt : undefined;
  });
}

/** @throws DiskError */
export function writeAttempt(layout: Layout, attempt: Attempt): Promise<void> {
  return onDisk(attempt.id, async () => {
    await fs.mkdir(layout.state(attempt.id), { recursive: true });
    await writeJson(layout.attempt(attempt.id), attempt);
  });
}

/** @throws DiskError */
export function clearAttempt(layout: Layout, id: string): Promise<void> {
  return onDisk(id, () => fs.rm(layout.attempt(id), { force: true }));
}
