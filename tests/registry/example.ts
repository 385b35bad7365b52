/** What a host may hold for an entry of which nothing is known but what it says itself. */
import type { SourceEntry } from '../../src/registry/schema.js';

/** A path that a glob of the registry fits. */
export const exampleOf = (glob: string): string =>
  glob
    .replaceAll('**', 'one/two.nii.gz')
    .replaceAll('*', 'one')
    .replace(/\{([^,}]+),[^}]*\}/g, '$1')
    .replace(/\[(.)[^\]]*\]/g, '$1');

/** The files that an entry names, or examples of what its globs fit, or of a tree that it takes whole. */
export function takenBy(entry: SourceEntry): string[] {
  const { files = [], include } = entry as { files?: readonly { path?: string }[]; include?: readonly string[] };
  if (files.length > 0) return files.flatMap(({ path }) => path ?? []);
  return include?.map(exampleOf) ?? ['one/two.nii.gz', 'table.csv'];
}

/** What `takenBy` tells, and where the entry chooses, something that it must leave. */
export function heldFor(entry: SourceEntry): string[] {
  const { files, include } = entry as { files?: unknown; include?: unknown };
  return [...takenBy(entry), ...(files === undefined && include === undefined ? [] : ['elsewhere/spare.bin'])];
}
