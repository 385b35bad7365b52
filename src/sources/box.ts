/**
 * Files and folders that are shared on Box: pages (`/s/HASH`, `/v/NAME`), direct links (`/shared/static/HASH.zip`) and download
 * links (`/index.php?rm=box_download_shared_file`). The last two lead to a signed address at boxcloud.com that is good for
 * minutes and honours ranges, so the shared link is what is asked for, every time.
 */
import { ActionRequiredError, NotFoundError, UsageError } from '../errors.js';
import { printable } from '../printable.js';
import type { FileFacts, SourceEntry } from '../registry/schema.js';
import { redactUrl } from '../transfer/redact.js';
import { type BoxItem, type BoxPage, readBoxPage, refusedByBox } from './box-page.js';
import type { Listed } from './facts.js';
import { asPart, distinctParts, type Look, look, lookedAt } from './shared-link.js';
import type { FileRequest, RemoteFile, Source, SourceContext } from './source.js';
import { chooseTree } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'box' }>;
type NamedFile = NonNullable<Entry['files']>[number];

const HOST = /(^|\.)box\.com$/i;
const PAGE = /^\/(?:s|v)\/[^/]+/;
const FILE = /^\/(?:public|shared)\/static\/([^/]+)$/;

export const box: Source<'box'> = {
  locate(typed) {
    if (!/^https?:/i.test(typed) || !URL.canParse(typed)) return undefined;
    const url = new URL(typed);
    if (!HOST.test(url.hostname)) return undefined;
    const isFile = FILE.test(url.pathname) || url.searchParams.get('rm') === 'box_download_shared_file';
    if (!isFile && !PAGE.test(url.pathname)) {
      throw new UsageError(`${redactUrl(url)} is no shared link of Box`, {
        hint: 'Shared links look like https://app.box.com/s/… or https://app.box.com/shared/static/… .',
      });
    }
    url.hash = '';
    const last = url.searchParams.get('file_id') ?? url.pathname.split('/').filter(Boolean).at(-1) ?? 'link';
    const link = { url: url.href };
    return {
      id: `box-${last}`,
      name: `Box ${last}`,
      entry: isFile ? { method: 'box', files: [link] } : { method: 'box', item: link },
    };
  },

  async resolve(entry, context) {
    const box = new Box(context);
    const files: RemoteFile[] = [];
    for (const [index, file] of (entry.files ?? []).entries()) {
      // The first tells whether the source works; others are looked at now only for what is not known of them.
      const isOpen = index === 0 || file.path === undefined || file.size === undefined;
      const listed = isOpen ? await box.file(file.url) : box.unseen(file.url, file.path);
      files.push(...choose(listed, file, entry));
    }
    let title: string | undefined;
    if (entry.item !== undefined) {
      const tree = await box.item(entry.item.url);
      ({ title } = tree);
      if (tree.file === undefined) {
        files.push(...chooseTree(tree.listing, { ...entry, files: undefined }, `Box folder ${printable(title ?? '')}`));
      } else files.push(...choose(tree.file, {}, entry));
    }
    const [first] = files;
    return {
      label: `Box ${printable(title ?? first?.path ?? '')}${title === undefined && files.length > 1 ? ` and ${files.length - 1} more` : ''}`,
      ...(title === undefined ? {} : { title }),
      files,
      notes: [],
    };
  },
};

function choose(listed: Listed, known: Partial<NamedFile>, { unpack, into }: Entry): RemoteFile[] {
  const facts: FileFacts = { ...known, path: known.path ?? listed.path };
  return chooseTree([{ ...listed, path: facts.path }], { files: [facts], unpack, into }, 'Box');
}

class Box {
  constructor(private readonly context: SourceContext) {}

  /** A file whose bytes a link gives, or whose page it is. */
  async file(link: string): Promise<Listed> {
    const url = this.#address(link);
    if (PAGE.test(url.pathname)) {
      const { file } = await this.item(link);
      if (file !== undefined) return file;
      throw new UsageError(`${redactUrl(link)} is a folder where one file was expected`);
    }
    const { file } = await this.#look(url.href);
    const listed = this.unseen(link, file.name ?? FILE.exec(url.pathname)?.[1] ?? 'download', { url: url.href });
    return file.size === undefined ? listed : { ...listed, size: file.size };
  }

  /** A file that is looked at only when its bytes are wanted. */
  unseen(link: string, name = 'download', found?: FileRequest): Listed {
    const find = async (signal?: AbortSignal): Promise<FileRequest> => {
      const url = this.#address(link);
      if (PAGE.test(url.pathname)) return (await this.file(link)).request(signal);
      await this.#look(url.href, signal);
      return { url: url.href };
    };
    return { path: asPart(name), checksums: [], request: lookedAt(find, found) };
  }

  /** What a page shows: one file, or all files of a folder and the folders in it. */
  async item(link: string): Promise<{ title?: string; file?: Listed; listing: Listed[] }> {
    const url = this.#address(link);
    const page = await this.#page(url);
    const fileId = /\/file\/(\d+)/.exec(url.pathname)?.[1];
    if (page.type === 'file' || fileId !== undefined) {
      const id = fileId ?? String(page.id);
      const known = page.item ?? page.folder?.items.find((item) => String(item.id) === id);
      if (known !== undefined)
        return { file: this.#listed(url, page, known, asPart(known.name)), title: known.name, listing: [] };
      const file = await this.file(this.#download(url, page, id));
      return { file, title: file.path, listing: [] };
    }
    const title = page.folder?.currentFolderName;
    const listing = await this.#walk(url, page);
    return { ...(title === undefined ? {} : { title }), listing };
  }

  async #walk(url: URL, root: BoxPage): Promise<Listed[]> {
    const listing: Listed[] = [];
    const start = root.folder?.currentFolderID ?? root.id;
    const waiting = [{ id: start, prefix: '', page: root as BoxPage | undefined }];
    for (const { id, prefix, page } of waiting) {
      const items = await this.#folder(url, id, page);
      const parts = distinctParts(items.map((item) => ({ id: String(item.id), name: item.name })));
      for (const [index, item] of items.entries()) {
        const path = `${prefix}${parts[index]}`;
        if (item.type === 'folder') waiting.push({ id: item.id, prefix: `${path}/`, page: undefined });
        else if (item.type === 'file') listing.push(this.#listed(url, root, item, path));
      }
    }
    return listing;
  }

  /** All entries of a folder, twenty a page. @param first its first page, when it is here */
  async #folder(url: URL, id: number, first?: BoxPage): Promise<BoxItem[]> {
    const items = new Map<number, BoxItem>();
    let pages = 1;
    for (let number = 1; number <= pages; number++) {
      const { folder } = number === 1 && first !== undefined ? first : await this.#page(folderPage(url, id, number));
      // A folder that cannot be shown has come as the topmost one before.
      if (folder === undefined || folder.currentFolderID !== id) {
        throw new NotFoundError(`Box shows no folder ${id} behind ${redactUrl(url)}`);
      }
      for (const item of folder.items) items.set(item.id, item);
      pages = Math.max(pages, folder.pageCount ?? 1);
    }
    return [...items.values()];
  }

  #listed(url: URL, page: BoxPage, item: BoxItem, path: string): Listed {
    if (item.canDownload === false) {
      throw new ActionRequiredError(
        `The owners of ${printable(item.name)} on Box let it be looked at, but not downloaded`,
        {
          url: redactUrl(url),
          file: path,
        },
      );
    }
    const listed = { ...this.unseen(this.#download(url, page, String(item.id))), path };
    return item.itemSize === undefined ? listed : { ...listed, size: item.itemSize };
  }

  #download({ origin }: URL, { sharedName }: BoxPage, id: string): string {
    const query = new URLSearchParams({ rm: 'box_download_shared_file', shared_name: sharedName, file_id: `f_${id}` });
    return `${origin}/index.php?${query}`;
  }

  async #page(url: URL): Promise<BoxPage> {
    const headers = { accept: 'text/html', 'accept-language': 'en' };
    const answer = await this.context.http.ask({ url: url.href, headers }, this.context.signal);
    if (answer.status !== 200) throw refusedByBox(answer, url.href);
    return readBoxPage(answer, url.href);
  }

  async #look(url: string, signal = this.context.signal): Promise<Required<Pick<Look, 'file'>>> {
    const { file, answer } = await look(this.context.http, { url }, signal);
    if (file === undefined) throw refusedByBox(answer, url);
    return { file };
  }

  /** Companies have hosts of their own; MEDDS_ENDPOINT_BOX stands for them all. */
  #address(link: string): URL {
    const url = new URL(link);
    return new URL(`${this.context.endpoint('box', url.origin)}${url.pathname}${url.search}`);
  }
}

function folderPage(url: URL, id: number, page: number): URL {
  const shared = PAGE.exec(url.pathname)?.[0] ?? url.pathname;
  return new URL(`${url.origin}${shared}/folder/${id}${page === 1 ? '' : `?page=${page}`}`);
}
