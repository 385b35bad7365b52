/** Conversations with OSF's API (https://developer.osf.io, JSON:API), and where its file service gives bytes. */
import { OSF_API, osfHeaders, osfSecret } from '../credentials/osf.js';
import { ActionRequiredError, NetworkError, NotFoundError } from '../errors.js';
import { words } from '../transfer/answer.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';
import { redactUrl } from '../transfer/redact.js';
import { askApi, known } from './json-api.js';
import type { FileRequest, SourceContext } from './source.js';

const FILES = 'https://files.osf.io/v1';

/** Entries that a page of a listing has at most. */
const PAGE = '100';

const LONG_ID = 24;

interface Related {
  links?: { related?: { href?: string } };
}

/** A project, component or registration. */
export interface OsfNode {
  id: string;
  type: string;
  attributes: { title?: string; date_modified?: string; registration?: boolean };
  relationships?: { license?: Related };
}

/** A file, a folder, or a storage: OSF's own (`osfstorage`) and those of add-ons. */
export interface OsfFile {
  id: string;
  type: string;
  attributes: {
    name: string;
    kind: 'file' | 'folder';
    provider?: string;
    /** At its provider: `/ID` in OSF's own storage, `/folder/name` in others. */
    path?: string;
    /** Bytes; null for folders, and for files of some add-ons. */
    size?: number | null;
    current_version?: number;
    extra?: { hashes?: { md5?: string | null; sha256?: string | null } };
  };
  relationships?: { files?: Related };
  /** `move` and others lead to the file service. */
  links?: { move?: string; upload?: string; download?: string };
}

export class Osf {
  readonly #base: string;
  readonly #files: string;

  private constructor(
    private readonly context: SourceContext,
    private readonly credentials: FileRequest['credentials'],
  ) {
    this.#base = context.endpoint('osf', OSF_API);
    this.#files = context.endpoint('osf-files', FILES);
  }

  static async open(context: SourceContext): Promise<Osf> {
    const secret = await osfSecret(context.env);
    return new Osf(context, secret && osfHeaders(secret.value));
  }

  /**
   * What an id stands for: the API leads from it there, whatever its type. Files that were never looked at in a browser have only
   * the longer id of the file service.
   * @throws NotFoundError, ActionRequiredError, NetworkError
   */
  async find(id: string): Promise<OsfNode | OsfFile> {
    const answer = await this.#ask(`${this.#base}/${id.length === LONG_ID ? 'files' : 'guids'}/${id}/`);
    this.#refuse(answer, `OSF ${id}`, `https://osf.io/${id}/`);
    return documentOf<OsfNode | OsfFile>(answer).data;
  }

  /** All entries of a listing, over all its pages. @param address as the API gives it, or its path @param what for messages */
  async list<T>(address: string, what: string): Promise<T[]> {
    const all: T[] = [];
    const seen = new Set<string>();
    let next: string | null | undefined = this.#page(address);
    while (next) {
      if (seen.has(next)) throw new NetworkError(`OSF lists ${what} in a circle`, { host: new URL(next).host });
      seen.add(next);
      const answer = await this.#ask(next);
      this.#refuse(answer, what, 'https://osf.io/');
      const { data, links } = documentOf<T[]>(answer);
      for (const entry of data) all.push(entry);
      next = links?.next && this.#own(links.next);
    }
    return all;
  }

  async license({ relationships }: OsfNode): Promise<{ name?: string; url?: string } | undefined> {
    const href = relationships?.license?.links?.related?.href;
    if (href === undefined) return undefined;
    const answer = await this.#ask(this.#own(href));
    return answer.status === 200
      ? documentOf<{ attributes: { name?: string; url?: string } }>(answer).data.attributes
      : undefined;
  }

  /**
   * Where a file's bytes are asked for: at the file service, from where it is one redirect to a signed link. OSF's own storage
   * keeps every version, so the one that was listed is named.
   * @param node that the file was listed for; undefined when only the file is known
   */
  request({ id, attributes, links }: OsfFile, node?: string): FileRequest {
    const { provider = 'osfstorage', path = `/${id}`, current_version: version } = attributes;
    const place =
      node === undefined
        ? /\/v1(\/resources\/[^?]+)/.exec(links?.move ?? links?.upload ?? '')?.[1]
        : `/resources/${node}/providers/${provider}${path.split('/').map(encodeURIComponent).join('/')}`;
    const pin = provider === 'osfstorage' && version !== undefined ? `?version=${version}` : '';
    if (place === undefined) return { url: `https://osf.io/download/${id}/${pin}` };
    return { url: `${this.#files}${place}${pin}`, ...known('credentials', this.credentials) };
  }

  #page(address: string): string {
    const url = new URL(address.startsWith('/') ? `${this.#base}${address}` : this.#own(address));
    url.searchParams.set('page[size]', PAGE);
    return url.href;
  }

  /** The API's own addresses, at its mirror where one is used. @throws NetworkError for any other: a token goes along */
  #own(href: string): string {
    for (const base of [this.#base, OSF_API]) {
      if (href.startsWith(`${base}/`)) return `${this.#base}${href.slice(base.length)}`;
    }
    throw new NetworkError(`OSF lists something at ${redactUrl(href)}, which is not its own`);
  }

  async #ask(url: string): Promise<Answer> {
    try {
      return await askApi(this.context, { url, ...known('credentials', this.credentials) });
    } catch (error) {
      // Whoever asks too often is told so, by the conversation, after all tries.
      if (!(error instanceof NetworkError) || this.credentials !== undefined || error.status !== 429) {
        throw error;
      }
      throw new NetworkError(error.message, {
        ...known('host', error.host),
        cause: error,
        hint: 'OSF lets guests ask 100 times an hour, and 10,000 times a day with a token: make one at https://osf.io/settings/tokens and put it into OSF_TOKEN, or try again in an hour.',
      });
    }
  }

  #refuse(answer: Answer, what: string, page: string): void {
    const { host } = new URL(answer.url);
    const said = detailOf(answer);
    if (answer.status === 401 || answer.status === 403) {
      const also = this.credentials === undefined ? '' : ', also with your token';
      throw new ActionRequiredError(`${what} is not open to the public${also}: ${said}`, {
        host,
        url: page,
        steps: [
          'Ask its owners to make it public, or to add you to it. Links that are for reading only work in a browser alone.',
          'Make a token with the scope osf.full_read at https://osf.io/settings/tokens .',
          'Put it into the environment as OSF_TOKEN and run the same command again.',
        ],
      });
    }
    if (answer.status === 410) {
      throw new NotFoundError(`${what} was deleted or withdrawn: ${said}`, { host, hint: `${page} may say why.` });
    }
    if (answer.status === 404)
      throw new NotFoundError(`There is no ${what}: ${said}`, { host, hint: `Look at ${page}` });
    refuseStatus(answer, what);
  }
}

/** What the API says of a refusal. */
function detailOf({ text, status }: Answer): string {
  try {
    const { errors } = JSON.parse(text) as { errors?: { detail?: unknown }[] };
    const detail = errors?.[0]?.detail;
    if (typeof detail === 'string') return words(detail);
  } catch {
    // Not from the API itself.
  }
  return words(text) || `OSF answered ${status}`;
}

interface Document<T> {
  data: T;
  links?: { next?: string | null };
}

/** @throws NetworkError for what is none of the API's */
function documentOf<T>(answer: Answer): Document<T> {
  const document = answer.json<Partial<Document<T>> | null>();
  if (document?.data !== undefined && document.data !== null) return document as Document<T>;
  const { host } = new URL(answer.url);
  throw new NetworkError(`${host} answered ${answer.status} without data: ${words(answer.text)}`, { host });
}
