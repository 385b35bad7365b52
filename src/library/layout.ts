/** Where everything of the library lies. Pure: it touches no disk. */
import path from 'node:path';
import { UsageError } from '../errors.js';
import { printable } from '../printable.js';

/** As ID_FORM of the registry's schema, which is not imported: `medds path` must not load it. A test holds them equal. */
export const DATASET_ID = /^[a-z0-9][a-z0-9._-]{0,99}$/;

export interface Layout {
  /** The library's root, absolute. */
  readonly home: string;
  /** The unpacked data. */
  dataset(id: string): string;
  state(id: string): string;
  manifest(id: string): string;
  /** One record a remote file and a file. */
  files(id: string): string;
  /** What the last `verify` found. */
  verified(id: string): string;
  /** What the last `verify --deep` found. */
  images(id: string): string;
  attempt(id: string): string;
  lock(id: string): string;
  /** Parts under way, and what is finished but not committed. */
  parts(id: string): string;
  /** The commit under way. */
  commit(id: string): string;
  /** Kept archives. */
  archives(id: string): string;
  /** What is being deleted: on the file system of the parts, under no dataset's name. */
  readonly trash: string;
}

/** @throws UsageError (from its methods) for an id that is none, so that no path leaves the library */
export function layoutOf(home: string): Layout {
  const root = path.resolve(home);
  const at =
    (...names: [string, ...string[]]) =>
    (id: string) =>
      path.join(root, names[0], checked(id), ...names.slice(1));
  return {
    home: root,
    dataset: at('datasets'),
    state: at('state'),
    manifest: at('state', 'manifest.json'),
    files: at('state', 'files.ndjson'),
    verified: at('state', 'verify.json'),
    images: at('state', 'images.json'),
    attempt: at('state', 'attempt.json'),
    lock: at('state', 'lock'),
    parts: at('parts'),
    commit: at('parts', 'commit'),
    archives: at('archives'),
    trash: path.join(root, 'parts', '.trash'),
  };
}

function checked(id: string): string {
  if (DATASET_ID.test(id)) return id;
  throw new UsageError(`${printable(id)} is no dataset id`, {
    hint: 'An id holds lower-case letters, digits, dots, dashes and underscores. medds list shows them.',
  });
}
