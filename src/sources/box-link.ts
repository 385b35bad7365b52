/** Box in what people paste: the pages of shared files and folders, and the links that give a file's bytes at once. */
import { UsageError } from '../errors.js';
import { redactUrl } from '../transfer/redact.js';
import { percentDecoded } from './percent.js';
import type { Located } from './source.js';

export type BoxLink =
  /** A page; `share` is its path without what follows the shared name. */
  | { kind: 'page'; share: string; item?: { type: 'file' | 'folder'; id: string } }
  /** The bytes of a file; `name` is what the address calls it. */
  | { kind: 'file'; name: string };

/** Companies have hosts of their own: `nihcc.app.box.com`, `ibm.ent.box.com`. */
const HOST = /(^|\.)box\.com$/i;

/** `/s/HASH` and `/v/NAME`, a file or a folder below them, and the same inside somebody's page. */
const PAGE = /^(?:\/embed(?:_widget)?)?(\/[sv]\/[^/]+)(?:\/(file|folder)\/(\d+))?\/?$/;

const STATIC = /^\/(?:shared|public)\/static\/([^/]+)\/?$/;

export function readBoxLink({ pathname, searchParams }: URL): BoxLink | undefined {
  const [, share, type, id] = PAGE.exec(pathname) ?? [];
  if (share !== undefined) {
    return { kind: 'page', share, ...(id === undefined ? {} : { item: { type: type as 'file' | 'folder', id } }) };
  }
  const name = STATIC.exec(pathname)?.[1];
  if (name !== undefined) return { kind: 'file', name: percentDecoded(name) };
  if (searchParams.get('rm') !== 'box_download_shared_file') return undefined;
  return { kind: 'file', name: searchParams.get('file_id') ?? searchParams.get('shared_name') ?? 'download' };
}

/** @throws UsageError for what only its owner can open */
export function locateOnBox(typed: string): Located | undefined {
  if (!/^https?:/i.test(typed) || !URL.canParse(typed)) return undefined;
  const url = new URL(typed);
  if (!HOST.test(url.hostname)) return undefined;
  const link = readBoxLink(url);
  if (link === undefined) {
    if (!/^\/(file|folder)\/\d+/.test(url.pathname)) return undefined;
    throw new UsageError(`${redactUrl(url)} is no shared link of Box: only its owner can open it`, {
      hint: 'Press Share in Box and copy the link. It looks like https://app.box.com/s/… or https://app.box.com/shared/static/… .',
    });
  }
  url.hash = '';
  const name = link.kind === 'file' ? link.name : (link.item?.id ?? link.share.slice('/s/'.length));
  const ref = { url: url.href };
  return {
    id: `box-${name}`,
    name: `Box ${name}`,
    entry: link.kind === 'file' ? { method: 'box', files: [ref] } : { method: 'box', item: ref },
  };
}
