/**
 * Links that are shared on Dropbox (https://help.dropbox.com/share/force-download): `dl=1` gives the bytes of a file, and of a
 * folder a zip that is made on the way: no length, no ranges. Recorded in October 2026: a file's bytes come from
 * dl.dropboxusercontent.com, with ranges, an ETag that holds for nothing (it lacks its quotes) and without a name; what is deleted
 * and what has a password answers with a page and 200, and only where that page lies tells which.
 */
import { ActionRequiredError, NetworkError, NotFoundError, QuotaError, UsageError } from '../errors.js';
import { printable } from '../printable.js';
import type { FileFacts, SourceEntry } from '../registry/schema.js';
import { words } from '../transfer/answer.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';
import { redactUrl } from '../transfer/redact.js';
import { chooseFiles } from './facts.js';
import { asPart, decoded, isPage, look, lookedAt } from './shared-link.js';
import type { FileRequest, RemoteFile, Source, SourceContext } from './source.js';

type NamedFile = Extract<SourceEntry, { method: 'dropbox' }>['files'][number];

const HOST = /^(www\.|dl\.)?dropbox(usercontent)?\.com$/i;

/** A shared link's path: of a file (/s, /scl/fi) or of a folder (/sh, /scl/fo) and perhaps something in it. */
const LINK = /^\/(s|scl\/fi|sh|scl\/fo)\/([^/]+)(?:\/([^?]*))?$/;

export const dropbox: Source<'dropbox'> = {
  locate(typed) {
    if (!/^https?:/i.test(typed) || !URL.canParse(typed)) return undefined;
    const url = new URL(typed);
    if (!HOST.test(url.hostname)) return undefined;
    const link = readLink(url);
    if (link === undefined) {
      throw new UsageError(`${redactUrl(url)} is no shared link of Dropbox`, {
        hint: 'Shared links look like https://www.dropbox.com/s/…, /sh/… or /scl/… . In Dropbox, press Share and copy the link.',
      });
    }
    url.hash = '';
    return {
      id: link.isFolder ? `dropbox-${link.id}` : (link.name ?? link.id),
      name: link.name ?? `Dropbox ${link.id}`,
      entry: { method: 'dropbox', files: [{ url: url.href }] },
    };
  },

  async resolve(entry, context) {
    const files: RemoteFile[] = [];
    for (const [index, file] of entry.files.entries()) {
      // The first tells whether the source works; others are looked at now only when their size is not known.
      files.push(await remote(file, index === 0 || file.size === undefined, context));
    }
    const more = files.length > 1 ? ` and ${files.length - 1} more` : '';
    return { label: `Dropbox ${printable(files[0]?.path ?? '')}${more}`, files, notes: [] };
  },
};

interface Link {
  id: string;
  /** The file's or folder's own name, where the address has it. */
  name?: string;
  isFolder: boolean;
}

/** That what is in a shared folder is a file when its name has an ending is a guess: the address does not tell. */
function readLink({ pathname }: URL): Link | undefined {
  const [, kind = '', id, rest = ''] = LINK.exec(pathname) ?? [];
  if (id === undefined) return undefined;
  const parts = rest.split('/').filter(Boolean).map(decoded);
  if (kind === 's' || kind === 'scl/fi') {
    const name = parts.at(-1);
    return { id, isFolder: false, ...(name === undefined ? {} : { name }) };
  }
  // The first part belongs to the folder's id.
  const name = parts.slice(1).at(-1);
  const isFolder = name === undefined || !/\.[A-Za-z0-9]{1,8}$/.test(name);
  return { id, isFolder, ...(name === undefined ? {} : { name }) };
}

async function remote(file: NamedFile, isOpen: boolean, context: SourceContext): Promise<RemoteFile> {
  const link = readLink(new URL(file.url));
  if (link === undefined) throw new UsageError(`${redactUrl(file.url)} is no shared link of Dropbox`);
  const address = addressOf(file.url, context);
  const find = async (signal = context.signal) => {
    const size = link.isFolder
      ? await lookAtPage(address, context, signal)
      : await lookAtFile(address, context, signal);
    return { size, request: { url: address(true) } satisfies FileRequest };
  };
  const found = isOpen ? await find() : undefined;
  const name = asPart(link.name ?? `dropbox-${link.id}`);
  const path = file.path ?? (link.isFolder ? `${name}.zip` : name);
  const facts: FileFacts = { ...(link.isFolder ? { unpack: 'zip' as const } : {}), ...file, path };
  const size = found?.size;
  const listed = {
    path,
    ...(size === undefined ? {} : { size }),
    checksums: [],
    request: lookedAt(async (signal) => (await find(signal)).request, found?.request),
  };
  const [chosen] = chooseFiles([listed], [facts], 'Dropbox') as [RemoteFile];
  // A zip that is made on the way may end early: then it is asked for again.
  return link.isFolder ? { ...chosen, inspect: async () => undefined } : chosen;
}

type Address = (download: boolean) => string;

/** The link's page or its bytes. `rlkey` is what opens it: everything else of the query stays as well. */
function addressOf(link: string, context: SourceContext): Address {
  const { pathname, searchParams } = new URL(link);
  const base = context.endpoint('dropbox', 'https://www.dropbox.com');
  return (download) => {
    const url = new URL(`${base}${pathname}`);
    for (const [name, value] of searchParams) if (name !== 'dl' && name !== 'raw') url.searchParams.set(name, value);
    url.searchParams.set('dl', download ? '1' : '0');
    return url.href;
  };
}

/** @returns the file's size */
async function lookAtFile(
  address: Address,
  { http }: SourceContext,
  signal?: AbortSignal,
): Promise<number | undefined> {
  const { file, answer } = await look(http, { url: address(true) }, signal);
  if (file === undefined) throw refused(answer, address(false), 'file');
  return file.size;
}

/** A folder's zip cannot be asked for its first byte only, so its page is looked at. */
async function lookAtPage(address: Address, { http }: SourceContext, signal?: AbortSignal): Promise<undefined> {
  const headers = { accept: 'text/html', 'accept-language': 'en' };
  const answer = await http.ask({ url: address(false), headers }, signal);
  const isThere = answer.status === 200 && !isElsewhere(answer) && !isGone(answer);
  if (!isThere) throw refused(answer, address(false), 'folder');
}

const isElsewhere = ({ url }: Answer): boolean => /^\/(sm\/password|login)\b/.test(new URL(url).pathname);

/** A deleted link's page: its title is `Dropbox - File Deleted` or the like. */
const isGone = ({ text }: Answer): boolean => /<title>[^<]*(deleted|not found|404|expired|doesn.t exist)/i.test(text);

function refused(answer: Answer, page: string, what: 'file' | 'folder'): Error {
  const { status, text } = answer;
  const { host, pathname } = new URL(answer.url);
  const shown = redactUrl(page);
  const byHand = [`Open ${shown} in a browser.`, 'Save what it gives, and give that to medds import.'];
  if (pathname.startsWith('/sm/password')) {
    return new ActionRequiredError(`The Dropbox link ${shown} is protected by a password`, {
      host,
      url: shown,
      steps: byHand,
    });
  }
  if (/^\/login\b/.test(pathname) || status === 401 || status === 403) {
    return new ActionRequiredError(`The Dropbox link ${shown} is open to invited people only`, {
      host,
      url: shown,
      steps: [
        'Check that the link is whole: without its rlkey=… it opens for nobody else. Else ask its owners for access.',
        ...byHand,
      ],
    });
  }
  // Traffic of public links is limited: https://help.dropbox.com/share/banned-links
  if (status === 509 || /too much traffic/i.test(text)) {
    return new QuotaError(
      `Dropbox has closed the links of this ${what}'s owners for now: they brought too much traffic`,
      {
        host,
        hint: 'Run the same command again in a day, or use another source (--source).',
      },
    );
  }
  // A file's link that is gone answers 200 and a page: every good one ends at dl.dropboxusercontent.com.
  if (status === 404 || status === 410 || (status === 200 && isPage(answer))) {
    return new NotFoundError(`Dropbox has no ${what} behind ${shown} any more (it says: ${words(text)})`, {
      host,
      hint: `Look at ${shown}. medds info shows other sources.`,
    });
  }
  try {
    refuseStatus(answer, `The Dropbox link ${shown}`);
  } catch (error) {
    return error as Error;
  }
  return new NetworkError(`Dropbox sent something else in place of ${shown}`, { host });
}
