/** What a user types for files on NITRC: a project, the address of its page or of its downloads, the address of a file. */

import { UsageError } from '../errors.js';
import { printableArgument } from '../transfer/redact.js';
import { percentDecoded } from './percent.js';
import { asPart } from './shared-link.js';
import type { Located } from './source.js';

const HOST = /^https?:\/\/(?:www\.)?nitrc\.org\//i;

/** Number or name. */
const GROUP = '([a-z0-9][\\w-]*)';

const GROUPS = [
  new RegExp(`^nitrc:${GROUP}$`, 'i'),
  new RegExp(`^https?://(?:www\\.)?nitrc\\.org/projects/${GROUP}/?(?:[?#].*)?$`, 'i'),
  /^https?:\/\/(?:www\.)?nitrc\.org\/frs\/(?:index\.php)?\?(?:.*&)?group_id=(\d+)(?:[&#].*)?$/i,
];

/** `/frs/download.php/ID/NAME`, to which pages may add a slash or two; `/frs/downloadlink.php/ID`. */
const FILE = /^\/frs\/download(link)?\.php\/(\d+)(?:\/([^/]+))?\/*$/i;

export interface NitrcRef {
  id: string;
  /** Undefined for what is a link. */
  name?: string;
}

/** @throws UsageError */
export function locateOnNitrc(typed: string): Located | undefined {
  for (const form of GROUPS) {
    const group = form.exec(typed)?.[1]?.toLowerCase();
    if (group !== undefined) {
      return { id: `nitrc-${group}`, name: `NITRC ${group}`, entry: { method: 'nitrc', group } };
    }
  }
  if (HOST.test(typed) && URL.canParse(typed)) return ofFile(new URL(typed));
  if (!/^nitrc:/i.test(typed)) return undefined;
  throw new UsageError(`${printableArgument(typed)} names nothing on NITRC`, {
    hint: "It is nitrc:PROJECT, with the name that the address of the project's page ends with, or its number.",
  });
}

/** An address that already says that its terms are agreed to is downloaded as any other. */
function ofFile(url: URL): Located | undefined {
  const ref = refIn(url.pathname);
  if (ref === undefined || url.searchParams.has('i_agree')) return undefined;
  const { id, name } = ref;
  const shown = name ?? `file ${id}`;
  const file = name === undefined ? { id, link: true } : { id, path: asPart(name) };
  return { id: name ?? `nitrc-${id}`, name: `NITRC ${shown}`, entry: { method: 'nitrc', files: [file] } };
}

/** The file that a path is for. */
export function refIn(path: string): NitrcRef | undefined {
  const [, link, id, name] = FILE.exec(path) ?? [];
  if (id === undefined) return undefined;
  if (link !== undefined) return { id };
  return name === undefined ? undefined : { id, name: percentDecoded(name) };
}
