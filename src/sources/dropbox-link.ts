/** Dropbox in what people paste: shared links to files and folders, old (`/s/`, `/sh/`) and new (`/scl/fi/`, `/scl/fo/`). */
import { UsageError } from '../errors.js';
import { redactUrl } from '../transfer/redact.js';
import { percentDecoded } from './percent.js';
import { asPart } from './shared-link.js';
import type { Located } from './source.js';

export interface DropboxLink {
  isFolder: boolean;
  id: string;
  /** The file's or folder's own name, where the address has it. */
  name?: string;
  /** Where its page is, without its host: `/scl/fi/ID/NAME?rlkey=KEY`. */
  page: string;
  /** Where its bytes are. */
  download: string;
}

const HOST = /^((www|dl)\.)?dropbox(usercontent)?\.com$/i;

/** A kind, an id, and what follows: a file's name, or a folder's second id and the path of something in it. */
const LINK = /^\/(s|sh|scl\/fi|scl\/fo)\/(?:(?:dl|raw)\/)?([^/]+)(?:\/(.*))?$/;

/** Says how the link is answered: with a page, the bytes, or the bytes as a browser shows them. */
const FORMS = ['dl', 'raw'];

/**
 * That what lies in a shared folder is a file when its name has an ending is a guess: the address does not tell.
 * @throws UsageError for what is no shared link
 */
export function readDropboxLink(typed: string): DropboxLink {
  const url = new URL(typed);
  const [, kind = '', id, rest = ''] = LINK.exec(url.pathname) ?? [];
  if (id === undefined) {
    throw new UsageError(`${redactUrl(url)} is no shared link of Dropbox`, {
      hint: 'Press Share in Dropbox and copy the link. It looks like https://www.dropbox.com/scl/… , /s/… or /sh/… .',
    });
  }
  const parts = rest.split('/').filter(Boolean).map(percentDecoded);
  const isInFolder = kind === 'sh' || kind === 'scl/fo';
  const name = isInFolder ? parts.slice(1).at(-1) : parts.at(-1);
  const isFolder = isInFolder && !/\.[A-Za-z][A-Za-z0-9]{0,7}$/.test(name ?? '');
  const path = `/${kind}/${id}${rest === '' ? '' : `/${rest}`}`;
  const as = (dl: string) => {
    // `rlkey` opens the link, others (`st`, `e`) come with it.
    const query = new URLSearchParams([...url.searchParams].filter(([field]) => !FORMS.includes(field)));
    query.set('dl', dl);
    return `${path}?${query}`;
  };
  return { isFolder, id, ...(name === undefined ? {} : { name: asPart(name) }), page: as('0'), download: as('1') };
}

export function locateOnDropbox(typed: string): Located | undefined {
  if (!/^https?:/i.test(typed) || !URL.canParse(typed)) return undefined;
  const url = new URL(typed);
  if (!HOST.test(url.hostname)) return undefined;
  const { id, name = `Dropbox ${id}` } = readDropboxLink(typed);
  url.hash = '';
  return { id: `dropbox-${id}`, name, entry: { method: 'dropbox', files: [{ url: url.href }] } };
}
