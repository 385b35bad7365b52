/** Sources of a dataset that offer the same file, told by size and checksum, are mirrors of each other. */
import { candidates, resolveSource } from './choose.js';
import type { PlannedFile } from './plan.js';
import type { Dataset, SourceEntry } from './registry/schema.js';
import type { RemoteFile, SourceContext } from './sources/source.js';
import { linkAbort } from './transfer/linked-abort.js';

/** What all files together must come to, for other hosts to be asked what they have. Bytes. */
const WORTH = 64 * 1024 * 1024;

/** How long other hosts may take to say what they offer. Milliseconds. */
const PATIENCE = 10_000;

/**
 * Gives the files that are to be fetched the mirrors that other sources of the dataset are. Those are asked at the same time and not
 * waited for long; what they cannot offer, or want a login for, is no matter.
 * @param chosen the source that the files are of
 */
export async function findMirrors(
  dataset: Dataset,
  chosen: SourceEntry,
  files: readonly PlannedFile[],
  context: SourceContext,
): Promise<void> {
  const wanted = files.filter(({ done, remote }) => done === undefined && keysOf(remote).length > 0);
  const bytes = wanted.reduce((sum, { remote }) => sum + (remote.size ?? 0), 0);
  const others = candidates(dataset).filter((entry) => entry !== chosen && isOpen(entry));
  if (bytes < WORTH || others.length === 0) return;
  const stop = linkAbort(context.signal ?? new AbortController().signal);
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  const offers = await Promise.all(others.map((entry) => offeredBy(entry, { ...context, signal: stop.signal })));
  clearTimeout(timer);
  stop.unlink();
  const byKey = new Map<string, RemoteFile[]>();
  for (const file of offers.flat()) for (const key of keysOf(file)) byKey.set(key, [...(byKey.get(key) ?? []), file]);
  for (const file of wanted) {
    const { remote } = file;
    const same = new Set(keysOf(remote).flatMap((key) => byKey.get(key) ?? []));
    if (same.size > 0) file.remote = { ...remote, mirrors: [...(remote.mirrors ?? []), ...same] };
  }
}

/** Whether a program may ask it without anything of the user's. */
function isOpen({ method, requires = [] }: SourceEntry): boolean {
  return method !== 'manual' && requires.length === 0;
}

async function offeredBy(entry: SourceEntry, context: SourceContext): Promise<RemoteFile[]> {
  try {
    return (await resolveSource(entry, context)).resolution.files;
  } catch {
    return [];
  }
}

/** Equal for equal contents. What a host makes on the way, or wraps, is not the file itself. */
function keysOf({ size, checksums, wrapped, inspect }: RemoteFile): string[] {
  if (size === undefined || wrapped !== undefined || inspect !== undefined) return [];
  return checksums.map((checksum) => `${checksum} ${size}`);
}
