// @ts-check
/**
 * Figshare on loopback, as of 2026: articles, their versions, collections and downloads of the API (https://docs.figshare.com), the
 * open download host, and the web pages' own download route, which a firewall shuts.
 */
import { digestOf } from './content.js';
import { FileHost } from './file-host.js';
import { jsonReply, textReply } from './reply.js';
import { SignedStore } from './signed-store.js';

/**
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').Reply} Reply
 *
 * @typedef {object} FileFacts
 * @property {string} name
 * @property {import('./content.js').Content | string | Uint8Array} [content]
 * @property {string} [folder]
 * @property {string} [link]         where the file is, when it is only linked to
 * @property {string} [computed]     md5 that Figshare has computed; '' when it has not; default: the right one
 *
 * @typedef {object} ArticleFacts
 * @property {number} id
 * @property {number} [version]      default: 1; one more for each
 * @property {string} [doi]
 * @property {string} [title]
 * @property {string} [license]      as Figshare writes it
 * @property {FileFacts[]} [files]
 * @property {number} [listed]       files that the article itself lists; default: all
 * @property {'public' | 'embargoed' | 'confidential' | 'metadata' | 'no-download' | 'private'} [state]
 *
 * @typedef {ArticleFacts & { version: number, shapes: Record<string, unknown>[] }} HeldArticle
 */

const PAGE_LIMIT = 1000;

export class FigshareHost extends FileHost {
  #tokens;
  /** In order of their versions. @type {HeldArticle[]} */
  #articles = [];
  /** @type {Map<number, { title: string, articles: number[] }>} */
  #collections = new Map();
  /** Names and states of files by number. @type {Map<string, { name: string, isPrivate: boolean }>} */
  #files = new Map();
  #nextFile = 44_000_001;
  store;

  /** @param {import('./file-host.js').HostOptions & { tokens?: string[] }} [options] */
  constructor({ tokens = [], ...options } = {}) {
    super(options);
    this.#tokens = tokens;
    this.store = new SignedStore(this, ['authorization']);
  }

  /** What leads a client here. */
  get env() {
    return { MEDDS_ENDPOINT_FIGSHARE: `${this.origin}/v2`, MEDDS_ENDPOINT_FIGSHARE_FILES: this.origin };
  }

  /** Publishes an article or a newer version of one. @param {ArticleFacts} facts @returns {Promise<HeldArticle>} */
  async addArticle(facts) {
    const version = facts.version ?? this.#articles.filter(({ id }) => id === facts.id).length + 1;
    const shapes = [];
    for (const file of facts.files ?? []) shapes.push(await this.#addFile(file, facts.state === 'private'));
    const article = { ...facts, version, shapes };
    this.#articles.push(article);
    return article;
  }

  /** @param {number} id @param {number[]} articles @param {string} [title] */
  addCollection(id, articles, title = `Collection ${id}`) {
    this.#collections.set(id, { title, articles });
  }

  /** Number of a file of the newest version of an article. @param {number} article @param {string} name */
  fileId(article, name) {
    const held = this.#articles.findLast(({ id }) => id === article);
    return String(held?.shapes.find((shape) => shape.name === name)?.id);
  }

  /** @param {FileFacts} facts @param {boolean} isPrivate */
  async #addFile({ name, content = '', folder, link, computed }, isPrivate) {
    const id = this.#nextFile++;
    const hosted = this.hosted(content, { disposition: `attachment; filename="${name}"` });
    const md5 = await digestOf(hosted.content, 'md5');
    this.store.put(String(id), hosted);
    this.#files.set(String(id), { name, isPrivate });
    return {
      id,
      name,
      size: link === undefined ? hosted.content.size : 0,
      is_link_only: link !== undefined,
      download_url: link ?? `https://ndownloader.figshare.com/files/${id}`,
      supplied_md5: link === undefined ? md5 : '',
      computed_md5: link === undefined ? (computed ?? md5) : '',
      mimetype: 'application/octet-stream',
      folder,
    };
  }

  /** @override @param {RequestRecord} request @returns {Reply} */
  answer(request) {
    const { path, headers, method } = request;
    const stored = this.store.answer(request);
    if (stored !== undefined) return stored;
    if (method !== 'GET') {
      this.violate(`${method} ${path}`);
      return problem(405, 'MethodNotAllowed', 'Method not allowed');
    }
    if (path.startsWith('/ndownloader/')) {
      this.violate(`${path} is the web pages' route, which a firewall shuts`);
      return textReply(202, '', { 'content-type': 'text/html', 'x-amzn-waf-action': 'challenge' });
    }
    const token = /^token (.+)$/.exec(headers.authorization ?? '')?.[1];
    const open = /^\/files\/(\d+)$/.exec(path)?.[1];
    if (open !== undefined) {
      if (headers.authorization !== undefined) this.violate(`${path} was sent a token, which is for the API`);
      return this.#download(open, false);
    }
    if (token !== undefined && !this.#tokens.includes(token)) return problem(403, 'OAuthInvalidToken', 'Invalid token');
    return this.#api(request, token !== undefined);
  }

  /** @param {RequestRecord} request @param {boolean} isOwner @returns {Reply} */
  #api(request, isOwner) {
    const [, rest = ''] = /^\/v2\/(.+)$/.exec(request.path) ?? [];
    const [kind, id = '', more, number] = rest.split('/');
    if (rest === 'account') return isOwner ? jsonReply(200, { id: 1 }) : problem(403, 'Forbidden', 'Not authorized');
    const download = /^file\/download\/(\d+)$/.exec(rest)?.[1];
    if (download !== undefined) return this.#download(download, isOwner);
    const own = /^account\/articles\/(\d+)$/.exec(rest)?.[1];
    if (own !== undefined) {
      const held = isOwner && this.#articles.findLast(({ id, state }) => id === Number(own) && state === 'private');
      return held ? jsonReply(200, shapeOf(held)) : notFound('Article');
    }
    if (kind === 'collections') return this.#collection(request, Number(id), more);
    if (kind !== 'articles') {
      this.violate(`${request.path} is no route that the stand-in knows`);
      return notFound('Route');
    }
    const versions = this.#articles.filter((article) => article.id === Number(id) && article.state !== 'private');
    const newest = versions.at(-1);
    if (newest === undefined) return notFound('Article');
    if (more === undefined) return jsonReply(200, shapeOf(newest));
    if (more === 'files') return page(request, this, newest.shapes.map(fileShape));
    if (number === undefined) {
      return jsonReply(
        200,
        versions.map(({ version }) => ({
          version,
          url: `https://api.figshare.com/v2/articles/${id}/versions/${version}`,
        })),
      );
    }
    const held = versions.find(({ version }) => version === Number(number));
    return held === undefined ? notFound('ArticleVersion') : jsonReply(200, shapeOf(held));
  }

  /** @param {RequestRecord} request @param {number} id @param {string | undefined} more @returns {Reply} */
  #collection(request, id, more) {
    const collection = this.#collections.get(id);
    if (collection === undefined) return notFound('Collection');
    const { title, articles } = collection;
    if (more === 'articles')
      return page(
        request,
        this,
        articles.map((article) => ({ id: article })),
      );
    return jsonReply(200, { id, title, doi: `10.6084/m9.figshare.c.${id}.v1`, version: 1 });
  }

  /** @param {string} id @param {boolean} isOwner @returns {Reply} */
  #download(id, isOwner) {
    const file = this.#files.get(id);
    if (file === undefined || (file.isPrivate && !isOwner)) return notFound('File');
    return textReply(302, '', { location: this.store.sign(id) });
  }
}

/**
 * Figshare, listening.
 * @param {ConstructorParameters<typeof FigshareHost>[0]} [options]
 */
export function startFigshare(options) {
  return new FigshareHost(options).start();
}

/** @param {HeldArticle} article */
function shapeOf({ id, version, doi, title, license = 'CC BY 4.0', shapes, listed, state = 'public' }) {
  const hidden = state === 'embargoed' || state === 'confidential';
  const folders = shapes.filter(({ folder }) => folder !== undefined).map((shape) => [String(shape.id), shape.folder]);
  return {
    id,
    title: title ?? `Article ${id}`,
    doi: doi ?? `10.6084/m9.figshare.${id}.v${version}`,
    version,
    status: 'public',
    size: shapes.reduce((sum, { size }) => sum + Number(size), 0),
    license: { value: 1, name: license, url: 'https://creativecommons.org/licenses/by/4.0/' },
    url_public_html: `https://figshare.com/articles/dataset/_/${id}`,
    files: hidden ? null : shapes.slice(0, listed).map(fileShape),
    ...(folders.length === 0 ? {} : { folder_structure: Object.fromEntries(folders) }),
    is_embargoed: state === 'embargoed',
    embargo_date: state === 'embargoed' ? '2028-01-31T00:00:00Z' : null,
    is_confidential: state === 'confidential',
    is_metadata_record: state === 'metadata',
    download_disabled: state === 'no-download',
  };
}

/** @param {Record<string, unknown>} shape */
const fileShape = ({ folder: _, ...shape }) => shape;

/** Ten entries unless more are asked for. @param {RequestRecord} request @param {FigshareHost} host @param {unknown[]} items */
function page({ query, path }, host, items) {
  const size = Number(query.get('page_size') ?? 10);
  if (size > PAGE_LIMIT) {
    host.violate(`${path} asks for a page of ${size}; there are ${PAGE_LIMIT} at most`);
    return problem(422, 'UnprocessableEntity', 'page_size');
  }
  const start = (Number(query.get('page') ?? 1) - 1) * size;
  return jsonReply(200, items.slice(start, start + size));
}

/** @param {number} status @param {string} code @param {string} message */
const problem = (status, code, message) => jsonReply(status, { message, code });

/** @param {string} entity */
const notFound = (entity) => problem(404, 'EntityNotFound', `Entity not found: ${entity}`);
