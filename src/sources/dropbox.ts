/**
 * Links that are shared on Dropbox (https://help.dropbox.com/share/force-download): `dl=1` gives the bytes of a file, and of a
 * folder a zip that is made on the way. Recorded by others in October 2026: a file's bytes come from dl.dropboxusercontent.com,
 * with ranges, an ETag that holds for nothing, as it lacks its quotes, and no name; links that are gone, or have a password, lead
 * to pages with 200.
 */
import { printable } from '../printable.js';
import type { FileFacts, SourceEntry } from '../registry/schema.js';
import { type DropboxLink, locateOnDropbox, readDropboxLink } from './dropbox-link.js';
import { refusalOnPage, refusedByDropbox, TOO_MUCH } from './dropbox-refusal.js';
import { chooseFiles, type Listed } from './facts.js';
import { known } from './json-api.js';
import { asPart, look, lookedAt } from './shared-link.js';
import type { FileRequest, RemoteFile, Source, SourceContext } from './source.js';

type NamedFile = Extract<SourceEntry, { method: 'dropbox' }>['files'][number];

export const dropbox: Source<'dropbox'> = {
  locate: locateOnDropbox,

  async resolve(entry, context) {
    const files: RemoteFile[] = [];
    for (const [index, { url, ...file }] of entry.files.entries()) {
      const shared = new Shared(readDropboxLink(url), context);
      // The first tells whether the source works; others are looked at now only when their size is not known.
      files.push(await toRemote(shared, file, index === 0 || file.size === undefined));
    }
    const more = files.length > 1 ? ` and ${files.length - 1} more` : '';
    return { label: `Dropbox ${printable(files[0]?.path ?? '')}${more}`, files, notes: [] };
  },
};

async function toRemote(shared: Shared, file: Omit<NamedFile, 'url'>, isOpen: boolean): Promise<RemoteFile> {
  const { isFolder, id, name: own } = shared.link;
  const { name, size } = isOpen ? await shared.look() : {};
  const path = file.path ?? `${asPart(own ?? name ?? `dropbox-${id}`)}${isFolder ? '.zip' : ''}`;
  const request = lookedAt((signal) => shared.find(signal), isOpen ? shared.request : undefined);
  const listed: Listed = { path, checksums: [], ...known('size', size), request };
  const facts: FileFacts = { ...(isFolder ? { unpack: 'zip' as const } : {}), ...file, path };
  const [chosen] = chooseFiles([listed], [facts], 'Dropbox') as [RemoteFile];
  // A zip that is made on the way may end early: then it is asked for again.
  return isFolder ? { ...chosen, inspect: async () => undefined } : chosen;
}

/** What lies behind a link. */
class Shared {
  readonly #page: string;
  readonly request: FileRequest;

  constructor(
    readonly link: DropboxLink,
    private readonly context: SourceContext,
  ) {
    const base = context.endpoint('dropbox', 'https://www.dropbox.com');
    this.#page = `${base}${link.page}`;
    this.request = { url: `${base}${link.download}`, ...(link.isFolder ? { ranges: false } : {}) };
  }

  /** The request, once it is sure that it will be answered. */
  async find(signal?: AbortSignal): Promise<FileRequest> {
    await this.look(signal);
    return this.request;
  }

  /** Name and size of a file, as far as they are told. @throws NotFoundError, ActionRequiredError, QuotaError, NetworkError */
  async look(signal = this.context.signal): Promise<{ name?: string; size?: number }> {
    return this.link.isFolder ? this.#lookAtPage(signal) : this.#lookAtFile(signal);
  }

  async #lookAtFile(signal?: AbortSignal): Promise<{ name?: string; size?: number }> {
    const { file, answer } = await look(this.context.http, { ...this.request, final: TOO_MUCH }, signal);
    if (file === undefined) throw refusedByDropbox(answer, this.#page);
    const { name, size } = file;
    // 200 and nothing is no empty file: that is answered with 416.
    const isTold = size !== 0 || answer.status === 416;
    return { ...known('name', name === 'unspecified' ? undefined : name), ...known('size', isTold ? size : undefined) };
  }

  /** A folder's zip cannot be asked for its first byte only. */
  async #lookAtPage(signal?: AbortSignal): Promise<Record<string, never>> {
    const headers = { accept: 'text/html', 'accept-language': 'en' };
    const answer = await this.context.http.ask({ url: this.#page, headers, final: TOO_MUCH }, signal);
    const refusal = refusalOnPage(answer, this.#page);
    if (refusal !== undefined) throw refusal;
    return {};
  }
}
