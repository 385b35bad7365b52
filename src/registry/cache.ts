/**
 * Registries from the web, as they were last read: asked anew by their ETag, and used as they are where nobody answers. One file each,
 * beside the settings, under a name that does not show the address.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { NetworkError } from '../errors.js';
import { writeJson } from '../library/atomic.js';
import { redactUrl } from '../transfer/redact.js';
import type { Fetched } from './fetch-text.js';

interface Kept extends Fetched {
  /** ISO 8601. */
  at: string;
}

/** For so long nobody is asked again. Milliseconds. */
const FRESH = 60_000;

export interface CacheOptions {
  /** Of the settings. */
  folder: string;
  offline: boolean;
  onWarning?(message: string): void;
}

/** @throws as `fetchText`, where nothing is kept */
export async function cachedText(url: string, options: CacheOptions): Promise<string> {
  const { offline, folder, onWarning } = options;
  const file = cacheFile(url, folder);
  const kept = await read(file);
  if (kept !== undefined && (offline || Date.now() - Date.parse(kept.at) < FRESH)) return kept.text;
  try {
    const { fetchRegistry } = await import('./fetch-text.js');
    const fetched = await fetchRegistry(url, { offline, ...(kept === undefined ? {} : { known: kept }) });
    await keep(file, { ...fetched, at: new Date().toISOString() });
    return fetched.text;
  } catch (error) {
    if (!(error instanceof NetworkError) || kept === undefined) throw error;
    onWarning?.(`${redactUrl(url)} does not answer: the registry is used as it was on ${kept.at.slice(0, 10)}`);
    return kept.text;
  }
}

/** Forgets what is kept of a registry. */
export async function forgetCached(url: string, folder: string): Promise<void> {
  await fs.rm(cacheFile(url, folder), { force: true });
}

function cacheFile(url: string, folder: string): string {
  const name = createHash('sha256').update(url).digest('hex').slice(0, 32);
  return path.join(folder, 'registries', `${name}.json`);
}

/** What cannot be read is as good as nothing. */
async function read(file: string): Promise<Kept | undefined> {
  try {
    const kept = JSON.parse(await fs.readFile(file, 'utf8')) as Partial<Kept>;
    return typeof kept.text === 'string' && typeof kept.at === 'string' ? (kept as Kept) : undefined;
  } catch {
    return undefined;
  }
}

/** A help, not a condition: where it cannot be kept, it is asked for again. */
async function keep(file: string, kept: Kept): Promise<void> {
  try {
    await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeJson(file, kept);
  } catch {}
}
