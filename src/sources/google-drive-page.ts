/** Google Drive's pages, read for what they hold. Words change with the reader's language: class names and addresses do not. */
import { decodeHTML } from 'entities';
import { NetworkError } from '../errors.js';
import { words } from '../transfer/answer.js';
import type { Answer } from '../transfer/conversation.js';
import { type DriveFolder, type DriveItem, documentFormat } from './google-drive-item.js';

/**
 * Where the form of the virus-scan page leads; undefined when the page has none. Some forms say POST: as other clients do, the
 * address is asked for by GET whatever they say.
 * @param hosts origins that the form may lead to besides Google's own
 */
export function confirmation({ text, url }: Answer, hosts: readonly string[]): string | undefined {
  const form = /<form\b[^>]*\bid="download-form"[^>]*>([\s\S]*?)<\/form>/i.exec(text);
  const action = attribute(form?.[0] ?? '', 'action');
  if (form === null || action === undefined || !URL.canParse(action, url)) return undefined;
  const next = new URL(action, url);
  for (const [input] of (form[1] ?? '').matchAll(/<input\b[^>]*>/gi)) {
    const [name, value] = [attribute(input, 'name'), attribute(input, 'value')];
    if (attribute(input, 'type') === 'hidden' && name !== undefined) next.searchParams.set(name, value ?? '');
  }
  const trusted = /^https:\/\/([\w-]+\.)*(google|googleusercontent)\.com$/.test(next.origin);
  return trusted || hosts.includes(next.origin) ? next.href : undefined;
}

/**
 * The entries of an `embeddedfolderview` page: names and ids, no sizes. How many it shows at most is not known.
 * @throws NetworkError when the page is none of a folder
 */
export function readFolderPage(html: string): DriveFolder {
  const name = /<title>([^<]*)<\/title>/i.exec(html)?.[1];
  const items: DriveItem[] = [];
  for (const [, tag = '', inner = ''] of html.matchAll(/<a\b([^>]*)>([\s\S]*?)<\/a>/gi)) {
    const item = itemOf(attribute(tag, 'href') ?? '');
    if (item !== undefined) items.push({ ...item, name: titleOf(inner) });
  }
  // An empty folder has the page's frame still.
  if (items.length === 0 && !/flip-(contents|entries)/.test(html)) {
    throw new NetworkError(`Google Drive sent a page that shows no folder: ${words(html)}`, {
      host: 'drive.google.com',
      hint: 'Try again later, or give an API key in GOOGLE_DRIVE_API_KEY: folders are then listed in another way.',
    });
  }
  return { ...(name === undefined ? {} : { name: decodeHTML(name).trim() }), items };
}

function itemOf(href: string): DriveItem | undefined {
  if (!URL.canParse(href)) return undefined;
  const { pathname, searchParams } = new URL(href);
  const key = searchParams.get('resourcekey');
  const rest = { checksums: [], ...(key === null ? {} : { resourceKey: key }) };
  const folder = /\/folders\/([\w-]+)/.exec(pathname)?.[1];
  if (folder !== undefined) return { id: folder, kind: 'folder', ...rest };
  const [, kind = '', id] = /^\/(\w+)\/d\/([\w-]+)/.exec(pathname) ?? [];
  if (id === undefined) return undefined;
  if (kind === 'file') return { id, kind: 'file', ...rest };
  const format = documentFormat(kind);
  return format === undefined ? { id, kind: 'other', ...rest } : { id, kind: 'document', format, ...rest };
}

function titleOf(inner: string): string {
  const title = /class="flip-entry-title"[^>]*>([^<]*)</.exec(inner)?.[1] ?? inner.replace(/<[^>]*>/g, ' ');
  return decodeHTML(title).trim();
}

function attribute(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\b${name}="([^"]*)"`, 'i').exec(tag)?.[1];
  return value === undefined ? undefined : decodeHTML(value);
}
