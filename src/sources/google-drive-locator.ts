/** Google Drive in what people paste: `gdrive:ID`, and the addresses of files, folders and documents. */

import { UsageError } from '../errors.js';
import { printableArgument } from '../transfer/redact.js';
import type { DriveRef } from './google-drive-item.js';
import type { Located } from './source.js';

/** Ids are opaque; all that were ever seen have at least 19 such characters. */
const ID = /^[\w-]{10,}$/;

const HOSTS = /^(drive|docs|drive\.usercontent)\.google\.com$/i;

export function locateOnDrive(typed: string): Located | undefined {
  const short = /^(?:gdrive|google-drive):([^?#]*)(?:\?resourcekey=([\w-]+))?$/i.exec(typed);
  if (short !== null) return located(short[1] ?? '', short[2], 'item', typed);
  if (!/^https?:/i.test(typed) || !URL.canParse(typed)) return undefined;
  const url = new URL(typed);
  if (!HOSTS.test(url.hostname)) return undefined;
  const { pathname, searchParams } = url;
  const key = searchParams.get('resourcekey') ?? undefined;
  const folder = /\/folders\/([^/]+)/.exec(pathname)?.[1];
  if (folder !== undefined) return located(folder, key, 'folder', typed);
  const file = /^\/file\/(?:u\/\d+\/)?d\/([^/]+)/.exec(pathname)?.[1];
  if (file !== undefined) return located(file, key, 'file', typed);
  const document = /^\/(?:document|spreadsheets|presentation)\/(?:u\/\d+\/)?d\/([^/]+)/.exec(pathname)?.[1];
  if (document !== undefined) return located(document, key, 'item', typed);
  const id = searchParams.get('id') ?? '';
  if (/\/(uc|download)$/.test(pathname)) return located(id, key, 'file', typed);
  if (/\/(embeddedfolderview|folderview)$/.test(pathname)) return located(id, key, 'folder', typed);
  return located(id, key, 'item', typed);
}

function located(
  id: string,
  resourceKey: string | undefined,
  kind: 'file' | 'folder' | 'item',
  typed: string,
): Located {
  if (!ID.test(id)) {
    throw new UsageError(`${printableArgument(typed)} names nothing on Google Drive`, {
      hint: 'Known are gdrive:ID and the addresses of files (drive.google.com/file/d/ID) and folders (drive.google.com/drive/folders/ID).',
    });
  }
  const ref: DriveRef = { id, ...(resourceKey === undefined ? {} : { resourceKey }) };
  const entry = { method: 'google-drive' as const };
  return {
    id: `gdrive-${id}`,
    name: `Google Drive ${id}`,
    entry: {
      file: { ...entry, files: [ref] },
      folder: { ...entry, folders: [ref] },
      item: { ...entry, item: ref },
    }[kind],
  };
}
