/**
 * The page of a shared link of Box: what lies behind it is written into the page as JSON, `Box.postStreamData`. It has no
 * documentation; these are the shapes that public programs read in 2026 (jbsparrow/CyberDropDownloader's `box` crawler among them).
 */
import type { Answer } from '../transfer/conversation.js';
import { known } from './json-api.js';

export interface BoxItem {
  type: 'file' | 'folder' | 'web_link';
  id: string;
  name: string;
  /** Bytes. */
  size?: number;
  /** False for what may only be looked at. */
  canDownload: boolean;
}

/** One page of a folder's entries: Box shows twenty. */
export interface BoxFolder {
  id: string;
  name?: string;
  items: BoxItem[];
  pages: number;
  /** Entries of all pages. */
  count?: number;
}

export interface BoxPage {
  /** What downloads are asked for with, also where the address has a name of its own (/v/NAME). */
  sharedName: string;
  /** What the link was made for. */
  type: 'file' | 'folder';
  id: string;
  folder?: BoxFolder;
  /** Files that the page tells of by themselves, by id. */
  files: ReadonlyMap<string, BoxItem>;
}

interface Item {
  type?: BoxItem['type'];
  id: number | string;
  name: string;
  itemSize?: number;
  canDownload?: boolean;
}

interface Folder {
  currentFolderID: number | string;
  currentFolderName?: string;
  items?: Item[];
  pageCount?: number;
  folderItemCount?: number;
}

interface SharedItem {
  sharedName: string;
  itemType?: BoxPage['type'];
  itemID: number | string;
}

const PLACE = '/app-api/enduserapp';

/** Undefined when the page tells of nothing that is shared. */
export function readBoxPage({ text }: Answer): BoxPage | undefined {
  const data = postStreamData(text);
  const shared = data[`${PLACE}/shared-item`] as SharedItem | undefined;
  if (shared === undefined) return undefined;
  const folder = data[`${PLACE}/shared-folder`] as Folder | undefined;
  const files = new Map<string, BoxItem>();
  for (const [place, value] of Object.entries(data)) {
    const id = /\/item\/f_(\d+)$/.exec(place)?.[1];
    const item = (value as { items?: Item[] }).items?.[0];
    if (id !== undefined && item !== undefined) files.set(id, toItem({ ...item, type: 'file' }));
  }
  return {
    sharedName: shared.sharedName,
    type: shared.itemType ?? (folder === undefined ? 'file' : 'folder'),
    id: String(shared.itemID),
    ...known('folder', folder && toFolder(folder)),
    files,
  };
}

function toFolder({ currentFolderID, currentFolderName, items = [], pageCount, folderItemCount }: Folder): BoxFolder {
  return {
    id: String(currentFolderID),
    ...known('name', currentFolderName),
    items: items.map(toItem),
    pages: pageCount ?? 1,
    ...known('count', folderItemCount),
  };
}

function toItem({ type = 'file', id, name, itemSize, canDownload }: Item): BoxItem {
  return { type, id: String(id), name, ...known('size', itemSize), canDownload: canDownload !== false };
}

function postStreamData(html: string): Record<string, unknown> {
  const start = /Box\.postStreamData\s*=\s*(?={)/.exec(html);
  if (start === null) return {};
  try {
    return JSON.parse(objectAt(html.slice(start.index + start[0].length))) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** The JSON object that a text begins with; all of the text when its braces do not match. */
function objectAt(text: string): string {
  let depth = 0;
  for (const { 0: found, index } of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (found === '{') depth += 1;
    if (found === '}') depth -= 1;
    if (depth === 0) return text.slice(0, index + 1);
  }
  return text;
}
