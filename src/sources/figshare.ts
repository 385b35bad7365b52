/**
 * Articles and collections of Figshare and of its institutions' portals, which share one API (https://docs.figshare.com). Bytes
 * are asked for at the API's /file/download/ID, which redirects to a signed link: the web pages' own /ndownloader/ turns
 * programs away.
 */
import { secretOfEnv, storedSecret } from '../credentials/store.js';
import { ActionRequiredError, NetworkError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import type { SourceEntry } from '../registry/schema.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';
import { redactUrl } from '../transfer/redact.js';
import type { Listed } from './facts.js';
import { locateOnFigshare } from './figshare-locator.js';
import { askApi, known } from './json-api.js';
import { asPart } from './shared-link.js';
import type { FileRequest, Resolution, Source, SourceContext } from './source.js';
import { chooseTree } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'figshare' }>;

/** The part of an article that is used. */
interface Article {
  id: number;
  version?: number;
  title?: string;
  doi?: string;
  /** Bytes of all files. */
  size?: number;
  url_public_html?: string;
  license?: { name?: string; url?: string };
  /** Null while the article is under embargo, or confidential. */
  files?: File[] | null;
  is_embargoed?: boolean;
  embargo_date?: string | null;
  is_confidential?: boolean;
  is_metadata_record?: boolean;
  download_disabled?: boolean;
}

interface File {
  id: number;
  name: string;
  size?: number;
  /** The file is somewhere else, at `download_url`. */
  is_link_only?: boolean;
  download_url?: string;
  supplied_md5?: string;
  computed_md5?: string;
}

/** Entries of a listing that the API gives at a time, at most. */
const PAGE = 1000;

export const figshare: Source<'figshare'> = {
  locate: locateOnFigshare,

  async resolve(entry, context) {
    const host = new Figshare(context, await authorization(context));
    return entry.collection === undefined ? ofArticle(host, entry) : ofCollection(host, entry, entry.collection);
  },
};

async function ofArticle(host: Figshare, entry: Entry): Promise<Resolution> {
  const number = entry.article as string;
  const article = await host.article(number, entry.version);
  const { listing, links } = await host.listing(article);
  const pinned = `${number}${article.version === undefined ? '' : `.v${article.version}`}`;
  const notes = links.length === 0 ? [] : [leftOut(links)];
  const newest = entry.version === undefined ? undefined : await host.newestVersion(number);
  if (newest !== undefined && newest > (entry.version as number)) {
    notes.push(`Figshare has version ${newest} of this article; version ${entry.version} is what is fetched.`);
  }
  return {
    label: `Figshare ${pinned}`,
    revision: `figshare:${pinned}`,
    ...known('doi', article.doi),
    ...known('title', article.title),
    ...known('license', licenseOf(article)),
    files: chooseTree(listing, asWhole(entry), `Figshare article ${pinned}`),
    notes,
  };
}

/** Every article in a folder that its title and number name: titles alone may be alike, and numbers say nothing. */
async function ofCollection(host: Figshare, entry: Entry, number: string): Promise<Resolution> {
  const collection = await host.collection(number);
  const listing: Listed[] = [];
  const links: string[] = [];
  for (const id of await host.articlesOf(number)) {
    const article = await host.article(String(id));
    const folder = `${asPart(article.title ?? 'article')
      .slice(0, 80)
      .trim()} (${id})`;
    const held = await host.listing(article);
    for (const file of held.listing) listing.push({ ...file, path: `${folder}/${file.path}` });
    links.push(...held.links);
  }
  const pinned = `c.${number}${collection.version === undefined ? '' : `.v${collection.version}`}`;
  return {
    label: `Figshare collection ${number}`,
    revision: `figshare:${pinned}`,
    ...known('doi', collection.doi),
    ...known('title', collection.title),
    files: chooseTree(listing, entry, `Figshare collection ${number}`),
    notes: links.length === 0 ? [] : [leftOut(links)],
  };
}

/** An article is a handful of files that somebody put together for download: archives among them are unpacked, as on Zenodo. */
function asWhole(entry: Entry): Entry {
  return entry.unpack === undefined ? { ...entry, unpack: true } : entry;
}

class Figshare {
  readonly #base: string;

  constructor(
    private readonly context: SourceContext,
    private readonly credentials: FileRequest['credentials'],
  ) {
    this.#base = context.endpoint('figshare', 'https://api.figshare.com/v2');
  }

  /** @throws NotFoundError, ActionRequiredError, NetworkError */
  async article(number: string, version?: number): Promise<Article> {
    const what = `Figshare article ${number}${version === undefined ? '' : ` version ${version}`}`;
    let answer = await this.#ask(`/articles/${number}${version === undefined ? '' : `/versions/${version}`}`);
    // Without the right to see it an article is not there; one's own that are not published have a place of their own.
    if (answer.status === 404 && this.credentials !== undefined)
      answer = await this.#ask(`/account/articles/${number}`);
    if (answer.status === 404) throw await this.#missing(number, version);
    this.#refuseToken(answer, what);
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
    this.#refuseToken(answer, `Figshare collection ${number}`);
    return answer.json();
  }

  /** Numbers of a collection's articles. */
  async articlesOf(collection: string): Promise<number[]> {
    const articles = await this.#pages<{ id: number }>(`/collections/${collection}/articles`);
    return [...new Set(articles.map(({ id }) => id))];
  }

  /** An article's files, and the names of those that are only links to other places. */
  async listing(article: Article): Promise<{ listing: Listed[]; links: string[] }> {
    const files = await this.#files(article);
    const links = files.filter((file) => file.is_link_only === true);
    if (links.length > 0 && links.length === files.length) throw onlyLinks(article, links);
    const listing = files.filter((file) => file.is_link_only !== true).map((file) => this.#listed(file));
    return { listing: distinct(listing, article), links: links.map(({ name }) => name) };
  }

  /**
   * The list inside of an article is all there is, as far as it was ever seen (326 files). Should it end before the article's
   * size is reached, the newest version's own list goes on.
   */
  async #files(article: Article): Promise<File[]> {
    const files = article.files ?? [];
    if (files.length === 0 || article.download_disabled === true)
      throw noFiles(article, this.credentials !== undefined);
    const listed = files.reduce((sum, { size }) => sum + (size ?? 0), 0);
    if (article.size === undefined || listed >= article.size) return files;
    const byId = new Map(files.map((file) => [file.id, file]));
    for (const file of await this.#pages<File>(`/articles/${article.id}/files`)) byId.set(file.id, file);
    return [...byId.values()];
  }

  #listed(file: File): Listed {
    const request: FileRequest = {
      url: `${this.#base}/file/download/${file.id}`,
      ...known('credentials', this.credentials),
    };
    // What Figshare computed is of what it has; until it has, there is what the owners said.
    const md5 = [file.computed_md5, file.supplied_md5].find((sum) => /^[0-9a-f]{32}$/i.test(sum ?? ''));
    return {
      path: asPart(file.name),
      ...known('size', file.size),
      checksums: md5 === undefined ? [] : [`md5:${md5.toLowerCase()}`],
      request: async () => request,
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

  #refuseToken(answer: Answer, what: string): void {
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

/** Public articles need none. */
async function authorization({ env }: SourceContext): Promise<FileRequest['credentials']> {
  const token = secretOfEnv(env, 'FIGSHARE_TOKEN', 'FIGSHARE_API_TOKEN') ?? (await storedSecret('figshare', env));
  return token === undefined ? undefined : { authorization: `token ${token.value}` };
}

/** Two files of an article may bear one name: each then has its number. */
function distinct(listing: Listed[], article: Article): Listed[] {
  const seen = new Set<string>();
  for (const file of listing) {
    if (seen.has(file.path)) {
      throw new NetworkError(`Figshare article ${article.id} lists ${printable(file.path)} twice`);
    }
    seen.add(file.path);
  }
  return listing;
}

function noFiles(article: Article, hasToken: boolean): Error {
  const page = pageOf(article);
  const what = `Figshare article ${article.id}`;
  if (article.is_metadata_record === true) {
    return new NotFoundError(`${what} only describes data that is elsewhere`, { hint: `Look at ${page}.` });
  }
  if (article.is_embargoed === true) {
    const until = article.embargo_date ? `until ${printable(article.embargo_date.slice(0, 10))}` : 'for now';
    return new ActionRequiredError(`${what} is under embargo ${until}`, {
      url: page,
      hint: 'Its files cannot be downloaded before.',
    });
  }
  if (article.is_confidential === true || article.download_disabled === true) {
    const reason =
      article.is_confidential === true ? 'are confidential' : 'cannot be downloaded: its owners have switched that off';
    return new ActionRequiredError(`The files of ${what} ${reason}${hasToken ? ', also with your token' : ''}`, {
      url: page,
      steps: [
        `Ask its owners for access at ${page}.`,
        'Once it is granted, make a token at https://figshare.com/account/applications .',
        'Put it into the environment as FIGSHARE_TOKEN and run the same command again.',
      ],
    });
  }
  return new NotFoundError(`${what} holds no files`, { hint: `Look at ${page}.` });
}

function onlyLinks(article: Article, links: readonly File[]): ActionRequiredError {
  const first = links[0]?.download_url;
  return new ActionRequiredError(`Figshare article ${article.id} holds no files, only links to where they are`, {
    url: first === undefined || !URL.canParse(first) ? pageOf(article) : redactUrl(first),
    hint: 'Open the page, or fetch its files by their own address: medds fetch https://…',
  });
}

function leftOut(links: readonly string[]): string {
  return `Left out, as they are only links to other places: ${printable(links.slice(0, 20).join(', '))}.`;
}

function pageOf({ id, url_public_html: page }: Article): string {
  return page !== undefined && URL.canParse(page) ? redactUrl(page) : `https://figshare.com/articles/_/${id}`;
}

/** Figshare writes `CC BY 4.0`, and names other licences in words. */
function licenseOf({ license }: Article): Resolution['license'] {
  if (license?.name === undefined) return undefined;
  const [, kind, version] =
    /^CC (BY(?:-(?:NC|ND|SA|NC-ND|NC-SA))?|0)(?: (\d\.\d))?$/i.exec(
      license.name.replaceAll(/(?<=BY)[ ]|(?<=NC) /g, '-').replace(/-(?=\d)/, ' '),
    ) ?? [];
  return {
    name: printable(license.name),
    ...(kind === undefined ? {} : spdx(kind, version)),
    ...known('url', license.url && redactUrl(license.url)),
  };
}

const spdx = (kind: string, version: string | undefined) =>
  kind === '0' ? { spdx: 'CC0-1.0' } : version === undefined ? {} : { spdx: `CC-${kind.toUpperCase()}-${version}` };
