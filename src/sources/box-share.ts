/**
 * What lies behind shared links of Box. A file's bytes are asked for at its stable link, which leads to a signed address at
 * boxcloud.com: good for minutes, and with ranges. Folders are listed by their pages: the interface that these use in a browser
 * answers with the topmost folder whichever it is asked for (recorded by others in 2026).
 */
import PQueue from 'p-queue';
import { NetworkError, UsageError } from '../errors.js';
import { printable } from '../printable.js';
import { redactUrl } from '../transfer/redact.js';
import { readBoxLink } from './box-link.js';
import { type BoxFolder, type BoxItem, type BoxPage, readBoxPage } from './box-page.js';
import { refusedByBox, viewOnly } from './box-refusal.js';
import type { Listed } from './facts.js';
import { FirstLook } from './first-look.js';
import { known } from './json-api.js';
import { asPart, distinctParts, look, lookedAt } from './shared-link.js';
import type { FileRequest, SourceContext } from './source.js';

export interface BoxTree {
  name?: string;
  /** The one file that the link is for. */
  file?: Listed;
  /** All files of the folder that it is for. */
  files: Listed[];
  notes: string[];
}

/** Pages of folders that are asked for at a time. */
const AT_A_TIME = 4;

/** A folder of more pages than this, a million entries, is a fault. */
const MOST_PAGES = 50_000;

export class BoxShare {
  readonly #pages = new PQueue({ concurrency: AT_A_TIME });

  constructor(private readonly context: SourceContext) {}

  /** A file, by its page or its bytes, looked at. @throws UsageError for what is no file */
  async file(link: string): Promise<Listed> {
    const read = this.#read(link);
    if (read.kind === 'page') {
      const { file } = await this.item(link);
      if (file === undefined) throw new UsageError(`${redactUrl(link)} is a folder where one file was expected`);
      return file;
    }
    const { name, size } = await this.#look(link);
    const found = { url: this.#address(link).href };
    return { ...this.unseen(link, name ?? read.name, found), ...known('size', size) };
  }

  /** A file that is looked at when its bytes are wanted. */
  unseen(link: string, name: string, found?: FileRequest): Listed {
    const find = async (signal?: AbortSignal): Promise<FileRequest> => {
      if (this.#read(link).kind === 'page') return (await this.file(link)).request(signal);
      await this.#look(link, signal);
      return { url: this.#address(link).href };
    };
    return { path: asPart(name), checksums: [], request: lookedAt(find, found) };
  }

  /** The file or folder of a page, or of a link that gives bytes. */
  async item(link: string): Promise<BoxTree> {
    const read = this.#read(link);
    if (read.kind === 'file') {
      const file = await this.file(link);
      return { name: file.path, file, files: [], notes: [] };
    }
    const below = read.item === undefined ? '' : `/${read.item.type}/${read.item.id}`;
    const page = await this.#page(link, `${read.share}${below}`);
    const { type, id } = read.item ?? page;
    if (type === 'folder') {
      const root = folderOf(page, read.item?.id ?? page.folder?.id ?? id, link);
      return this.#folder(link, read.share, page, root);
    }
    const item = page.files.get(id) ?? page.folder?.items.find((one) => one.id === id);
    const download = this.#download(link, page, id);
    if (item === undefined) return this.item(download);
    if (!item.canDownload) throw viewOnly(item.name, link);
    const file = { ...this.unseen(download, item.name), ...known('size', item.size) };
    return { name: file.path, file, files: [], notes: [] };
  }

  /** Level by level, so that several folders can be listed at a time and the order is always the same. */
  async #folder(link: string, share: string, page: BoxPage, root: BoxFolder): Promise<BoxTree> {
    const tree: BoxTree = { ...known('name', root.name), files: [], notes: [] };
    const looks = new FirstLook((url, signal) => this.#look(url, signal));
    const toFile = (item: BoxItem, path: string): Listed => {
      const url = this.#download(link, page, item.id);
      const request = item.canDownload
        ? looks.request(url, () => ({ url: this.#address(url).href }))
        : () => Promise.reject(viewOnly(item.name, link));
      return { path, checksums: [], ...known('size', item.size), request };
    };
    const left: string[] = [];
    let level: { prefix: string; id: string; first?: BoxFolder }[] = [{ prefix: '', id: root.id, first: root }];
    while (level.length > 0) {
      const listed = await Promise.all(level.map(({ id, first }) => this.#entries(link, share, id, first))).catch(
        (error) => {
          this.#pages.clear();
          throw error;
        },
      );
      const below: typeof level = [];
      for (const [at, { prefix }] of level.entries()) {
        const { items, missing } = listed[at] as Entries;
        if (missing > 0) {
          const where = printable(prefix || '/');
          tree.notes.push(`Box shows ${missing} entries of ${where} fewer than it counts there.`);
        }
        const parts = distinctParts(items);
        for (const [index, item] of items.entries()) {
          const path = `${prefix}${parts[index]}`;
          if (item.type === 'folder') below.push({ prefix: `${path}/`, id: item.id });
          else if (item.type === 'file') tree.files.push(toFile(item, path));
          else left.push(path);
        }
      }
      level = below;
    }
    if (left.length > 0) tree.notes.push(`Left out, as they only lead elsewhere: ${printable(left.join(', '))}.`);
    return tree;
  }

  /** All entries of a folder. @param first its first page, when it is here */
  async #entries(link: string, share: string, id: string, first?: BoxFolder): Promise<Entries> {
    const ask = async (number: number) => folderOf(await this.#page(link, `${share}/folder/${id}`, number), id, link);
    const start = first ?? (await ask(1));
    const others = Array.from({ length: Math.max(0, start.pages - 1) }, (_, index) => ask(index + 2));
    // What is added meanwhile moves an entry to the next page: it is then shown twice.
    const items = new Map<string, BoxItem>();
    for (const page of [start, ...(await Promise.all(others))]) for (const item of page.items) items.set(item.id, item);
    return { items: [...items.values()], missing: (start.count ?? 0) - items.size };
  }

  async #page(link: string, path: string, number = 1): Promise<BoxPage> {
    const base = this.context.endpoint('box', new URL(link).origin);
    const url = `${base}${path}${number === 1 ? '' : `?page=${number}`}`;
    const headers = { accept: 'text/html', 'accept-language': 'en' };
    const { signal } = this.context;
    const answer = await this.#pages.add(() => this.context.http.ask({ url, headers }, signal));
    const page = answer.status === 200 ? readBoxPage(answer) : undefined;
    if (page === undefined) throw refusedByBox(answer, link);
    return page;
  }

  async #look(link: string, signal = this.context.signal): Promise<{ name?: string; size?: number }> {
    const { file, answer } = await look(this.context.http, { url: this.#address(link).href }, signal);
    if (file === undefined) throw refusedByBox(answer, link);
    const { name, size } = file;
    // 200 and nothing is no empty file: that is answered with 416.
    const isTold = size !== 0 || answer.status === 416;
    return { ...known('name', name), ...known('size', isTold ? size : undefined) };
  }

  #download(link: string, { sharedName }: BoxPage, id: string): string {
    const query = new URLSearchParams({ rm: 'box_download_shared_file', shared_name: sharedName, file_id: `f_${id}` });
    return `${new URL(link).origin}/index.php?${query}`;
  }

  #read(link: string) {
    const read = readBoxLink(new URL(link));
    if (read !== undefined) return read;
    throw new UsageError(`${redactUrl(link)} is no shared link of Box`);
  }

  /** MEDDS_ENDPOINT_BOX stands for all of Box's hosts. */
  #address(link: string): URL {
    const { origin, pathname, search } = new URL(link);
    return new URL(`${this.context.endpoint('box', origin)}${pathname}${search}`);
  }
}

/** @throws NetworkError for another folder: one that cannot be shown has come as the topmost one before, which would never end */
function folderOf({ folder }: BoxPage, id: string, link: string): BoxFolder {
  if (folder?.id === id && folder.pages <= MOST_PAGES) return folder;
  throw new NetworkError(`Box does not show folder ${id} of ${redactUrl(link)} where it should`, {
    hint: 'Try again later, or open the link in a browser and give what you save to medds import.',
  });
}

interface Entries {
  items: BoxItem[];
  /** Entries that the folder should have besides. */
  missing: number;
}
