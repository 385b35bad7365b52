/** Articles and collections of Figshare and of its institutions' portals, which share one API (https://docs.figshare.com). */
import { FIGSHARE_API, figshareCredentials } from '../credentials/figshare.js';
import { ActionRequiredError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import type { SourceEntry } from '../registry/schema.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';
import { distinctPaths } from './distinct.js';
import type { Listed } from './facts.js';
import { type Article, type ArticleFile, noFiles, onlyLinks } from './figshare-article.js';
import { FigshareDownload } from './figshare-download.js';
import { locateOnFigshare } from './figshare-locator.js';
import { askApi, known } from './json-api.js';
import { statedLicense } from './license.js';
import { asPart } from './shared-link.js';
import type { FileRequest, Resolution, Source, SourceContext } from './source.js';
import { chooseTree } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'figshare' }>;

/** Entries of a listing that the API gives at a time, at most. */
const PAGE = 1000;

export const figshare: Source<'figshare'> = {
  locate: locateOnFigshare,

  async resolve(entry, context) {
    const host = new Figshare(context, await figshareCredentials(context));
    if (entry.collection !== undefined) return ofCollection(host, entry, entry.collection);
    return entry.article === undefined
      ? ofFile(host, entry, entry.file as string)
      : ofArticle(host, entry, entry.article);
  },
};

async function ofArticle(host: Figshare, entry: Entry, number: string): Promise<Resolution> {
  const article = await host.article(number, entry.version);
  const { listing, notes } = await host.listing(article, entry.version === undefined);
  const pinned = `${number}${article.version === undefined ? '' : `.v${article.version}`}`;
  const newest = entry.version === undefined ? undefined : await host.newestVersion(number);
  if (newest !== undefined && newest > (entry.version as number)) {
    notes.push(`Figshare has version ${newest} of this article; version ${entry.version} is what is fetched.`);
  }
  return {
    label: `Figshare ${pinned}`,
    revision: `figshare:${pinned}`,
    ...known('doi', article.doi),
    ...known('title', article.title),
    ...known('license', statedLicense(article.license?.name, article.license?.url)),
    files: chooseTree(listing, unpacked(entry), `Figshare article ${pinned}`),
    notes,
  };
}

/** Every article in a folder that its title and number name: titles alone may be alike, and numbers say nothing. */
async function ofCollection(host: Figshare, entry: Entry, number: string): Promise<Resolution> {
  const collection = await host.collection(number);
  const listing: Listed[] = [];
  const notes: string[] = [];
  for (const id of await host.articlesOf(number)) {
    const article = await host.article(String(id));
    const title = asPart(article.title ?? 'article').slice(0, 80);
    const folder = `${title.trim()} (${id})`;
    const held = await host.listing(article, true);
    for (const file of held.listing) listing.push({ ...file, path: `${folder}/${file.path}` });
    notes.push(...held.notes);
  }
  const pinned = `c.${number}${collection.version === undefined ? '' : `.v${collection.version}`}`;
  return {
    label: `Figshare collection ${number}`,
    revision: `figshare:${pinned}`,
    ...known('doi', collection.doi),
    ...known('title', collection.title),
    files: chooseTree(listing, entry, `Figshare collection ${number}`),
    notes,
  };
}

async function ofFile(host: Figshare, entry: Entry, number: string): Promise<Resolution> {
  const { name = number, size } = await host.download.facts(number);
  const listed: Listed = {
    path: asPart(name),
    ...known('size', size),
    checksums: [],
    request: host.download.request(number),
  };
  return {
    label: `Figshare file ${number}`,
    title: name,
    files: chooseTree([listed], unpacked(entry), `Figshare file ${number}`),
    notes: [],
  };
}

/** An article is a handful of files that somebody put together for download: archives among them are unpacked, as on Zenodo. */
function unpacked(entry: Entry): Entry {
  return entry.unpack === undefined ? { ...entry, unpack: true } : entry;
}

class Figshare {
  readonly #base: string;
  readonly download: FigshareDownload;

  constructor(
    private readonly context: SourceContext,
    private readonly credentials: FileRequest['credentials'],
  ) {
    this.#base = context.endpoint('figshare', FIGSHARE_API);
    this.download = new FigshareDownload(context, this.#base, credentials);
  }

  /** @throws NotFoundError, ActionRequiredError, NetworkError */
  async article(number: string, version?: number): Promise<Article> {
    let answer = await this.#ask(`/articles/${number}${version === undefined ? '' : `/versions/${version}`}`);
    // Without the right to see it an article is not there; one's own that are not published have a place of their own.
    if (answer.status === 404 && this.credentials !== undefined) {
      answer = await this.#ask(`/account/articles/${number}`);
    }
    if (answer.status === 404) throw await this.#missing(number, version);
    this.#refuse(answer, `Figshare article ${number}${version === undefined ? '' : ` version ${version}`}`);
    return answer.json<Article>();
  }

  async newestVersion(number: string): Promise<number | undefined> {
    const answer = await this.#ask(`/articles/${number}/versions`);
    if (answer.status === 404) return undefined;
    refuseStatus(answer, `Versions of Figshare article ${number}`);
    return Math.max(...answer.json<{ version: number }[]>().map(({ version }) => version));
  }

  async collection(number: string): Promise<{ title?: string; doi?: string; version?: number }> {
    const answer = await this.#ask(`/collections/${number}`);
    if (answer.status === 404) {
      throw new NotFoundError(`There is no public Figshare collection ${number}`, {
        hint: `Look at https://figshare.com/collections/_/${number}.`,
      });
    }
    this.#refuse(answer, `Figshare collection ${number}`);
    return answer.json();
  }

  /** Numbers of a collection's articles. */
  async articlesOf(collection: string): Promise<number[]> {
    const articles = await this.#pages<{ id: number }>(`/collections/${collection}/articles`);
    return [...new Set(articles.map(({ id }) => id))];
  }

  /** The files that an article holds, and what to say of those that it only links to. */
  async listing(article: Article, isNewest: boolean): Promise<{ listing: Listed[]; notes: string[] }> {
    const files = await this.#files(article, isNewest);
    const links = files.filter((file) => file.is_link_only === true);
    if (links.length > 0 && links.length === files.length) throw onlyLinks(article, links);
    const held = files.filter((file) => file.is_link_only !== true);
    const folders = article.folder_structure ?? {};
    const paths = distinctPaths(
      held.map(({ id, name }) => ({ id: String(id), folder: folderOf(folders[String(id)]), name })),
    );
    const listing = held.map((file, at) => this.#listed(file, paths[at] as string));
    const names = links.slice(0, 20).map(({ name }) => name);
    const left = `Left out, as they are only links to other places: ${printable(names.join(', '))}.`;
    return { listing, notes: links.length === 0 ? [] : [left] };
  }

  /**
   * The list inside of an article is all there is, as far as it was ever seen (326 files). Should it end before the article's
   * size is reached, the newest version's own list goes on.
   */
  async #files(article: Article, isNewest: boolean): Promise<ArticleFile[]> {
    const files = article.files ?? [];
    if (files.length === 0 || article.download_disabled === true) {
      throw noFiles(article, this.credentials !== undefined);
    }
    const listed = files.reduce((sum, { size }) => sum + (size ?? 0), 0);
    if (!isNewest || article.size === undefined || listed >= article.size) return files;
    const byId = new Map(files.map((file) => [file.id, file]));
    for (const file of await this.#pages<ArticleFile>(`/articles/${article.id}/files`)) byId.set(file.id, file);
    return [...byId.values()];
  }

  #listed(file: ArticleFile, path: string): Listed {
    // What Figshare computed is of what it has; until it has, there is what the owners said.
    const md5 = [file.computed_md5, file.supplied_md5].find((sum) => /^[0-9a-f]{32}$/i.test(sum ?? ''));
    return {
      path,
      ...known('size', file.size),
      checksums: md5 === undefined ? [] : [`md5:${md5.toLowerCase()}`],
      request: this.download.request(String(file.id)),
    };
  }

  async #pages<T>(path: string): Promise<T[]> {
    const all: T[] = [];
    for (let page = 1; ; page++) {
      const answer = await this.#ask(`${path}?page=${page}&page_size=${PAGE}`);
      refuseStatus(answer, `Figshare ${path}`);
      const items = answer.json<T[]>();
      for (const item of items) all.push(item);
      if (items.length < PAGE) return all;
    }
  }

  #ask(path: string): Promise<Answer> {
    return askApi(this.context, { url: `${this.#base}${path}`, ...known('credentials', this.credentials) });
  }

  #refuse(answer: Answer, what: string): void {
    if ((answer.status === 401 || answer.status === 403) && this.credentials !== undefined) {
      throw new ActionRequiredError(`Figshare does not accept the token it was given for ${what}`, {
        host: new URL(answer.url).host,
        hint: 'Make a new one at https://figshare.com/account/applications, or unset FIGSHARE_TOKEN: public articles need none.',
      });
    }
    refuseStatus(answer, what);
  }

  async #missing(number: string, version: number | undefined): Promise<NotFoundError> {
    const newest = version === undefined ? undefined : await this.newestVersion(number);
    if (newest !== undefined) {
      return new NotFoundError(`Figshare article ${number} has no version ${version}`, {
        hint: `Its newest version is ${newest}.`,
      });
    }
    return new NotFoundError(`There is no public Figshare article ${number}`, {
      hint: `Look at https://figshare.com/articles/_/${number}. Your own unpublished articles need FIGSHARE_TOKEN; a collection is figshare:c.${number}.`,
    });
  }
}

function folderOf(folder: string | undefined): string {
  return (folder ?? '').split('/').filter(Boolean).map(asPart).join('/');
}
