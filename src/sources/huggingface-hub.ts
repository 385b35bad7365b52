/**
 * What is asked of the Hugging Face Hub's API (https://huggingface.co/docs/hub/api): a repository at a revision, its tree, and
 * whether its files may be had. Addresses of files are those of /resolve/, which redirects to signed links that live an hour.
 */
import type { Secret } from '../credentials/store.js';
import { NetworkError } from '../errors.js';
import type { Answer } from '../transfer/conversation.js';
import { redactUrl } from '../transfer/redact.js';
import { refuseHub } from './huggingface-refusal.js';
import type { FileRequest, SourceContext } from './source.js';

export type RepoType = 'dataset' | 'model' | 'space';

/** The part of what the Hub says of a repository that is used. */
export interface RepoInfo {
  /** `owner/name` as it is called now. */
  id: string;
  /** Commit that the revision stands for. */
  sha: string;
  /** How one is let in: by accepting terms, or by a person. */
  gated?: false | 'auto' | 'manual';
  tags?: string[];
  cardData?: {
    pretty_name?: unknown;
    license?: unknown;
    license_name?: unknown;
    license_link?: unknown;
  } | null;
}

/** An entry of a tree. */
export interface TreeEntry {
  type: string;
  /** From the repository's root. */
  path: string;
  size?: number;
  /** Git's name for the file, or for the pointer that stands in git for a large one. */
  oid?: string;
  /** `oid` is the SHA-256 of the contents. */
  lfs?: { oid?: string; size?: number };
  xetHash?: string;
}

export const HUB = 'https://huggingface.co';

const COMMIT = /^[0-9a-f]{40}$/;

export class Hub {
  readonly #base: string;
  readonly #credentials: Pick<FileRequest, 'credentials'>;

  constructor(
    private readonly context: SourceContext,
    private readonly type: RepoType,
    private readonly token: Secret | undefined,
  ) {
    this.#base = context.endpoint('huggingface', HUB);
    this.#credentials = token === undefined ? {} : { credentials: { authorization: `Bearer ${token.value}` } };
  }

  /** What medds reads as this repository at this commit. */
  locator(repo: string, commit: string): string {
    return `hf:${this.type === 'dataset' ? '' : `${this.type}s/`}${repo}@${commit}`;
  }

  page(repo: string): string {
    // Models stand at the top.
    return `${this.#base}/${this.type === 'model' ? '' : `${this.type}s/`}${repo}`;
  }

  /** @param revision branch, tag or commit; the main branch when absent. @throws as `refuseHub` */
  async info(repo: string, revision: string | undefined): Promise<RepoInfo> {
    const at = revision === undefined ? '' : `/revision/${encodeURIComponent(revision)}`;
    // The whole answer would name every file once more. Spaces cannot be gated, and are not asked.
    const fields = ['sha', 'tags', 'cardData', ...(this.type === 'space' ? [] : ['gated'])];
    const url = `${this.#api(repo)}${at}?${fields.map((field) => `expand=${field}`).join('&')}`;
    const answer = await this.#ask(url, repo, revision);
    const info = answer.json<RepoInfo>();
    if (typeof info?.id !== 'string' || !COMMIT.test(info.sha)) throw strange(answer, 'what it says of a repository');
    return info;
  }

  /**
   * All below a folder ('' for the root), in pages of a thousand.
   * @throws NotFoundError when there is no such folder, and as `refuseHub`
   */
  async *tree(repo: string, commit: string, folder: string): AsyncGenerator<TreeEntry> {
    const start = `${this.#api(repo)}/tree/${commit}${folder === '' ? '' : `/${encodePath(folder)}`}?recursive=true`;
    const seen = new Set<string>();
    for (let url: string | undefined = start; url !== undefined; ) {
      seen.add(url);
      const answer = await this.#ask(url, repo, commit, folder);
      const entries = answer.json<TreeEntry[]>();
      if (!Array.isArray(entries)) throw strange(answer, 'a list of files');
      yield* entries;
      url = this.#next(answer);
      if (url !== undefined && seen.has(url)) throw strange(answer, 'a list of files, which never ends');
    }
  }

  /** Listings of gated repositories are for everybody, their files are not. @throws as `refuseHub` */
  async checkAccess(repo: string): Promise<void> {
    const answer = await this.#send(`${this.#api(repo)}/auth-check`);
    // A mirror may not know the question; then the first file tells.
    const isUnknown = answer.status === 404 && answer.headers['x-error-code'] === undefined;
    if (!isUnknown) this.#refuse(answer, repo);
  }

  request(repo: string, commit: string, path: string): FileRequest {
    return { url: `${this.page(repo)}/resolve/${commit}/${encodePath(path)}`, ...this.#credentials };
  }

  #api(repo: string): string {
    return `${this.#base}/api/${this.type}s/${repo}`;
  }

  /** The page of a listing that follows. A mirror may pass on the Hub's own address, which is asked for at the mirror. */
  #next({ headers }: Answer): string | undefined {
    const link = /<([^>]+)>\s*;\s*rel="next"/.exec([headers.link ?? ''].flat().join(','))?.[1];
    if (link === undefined || link.startsWith(`${this.#base}/`)) return link;
    const { pathname, search } = new URL(link, HUB);
    return `${this.#base}${pathname}${search}`;
  }

  async #ask(url: string, repo: string, revision: string | undefined, folder?: string): Promise<Answer> {
    const answer = await this.#send(url);
    this.#refuse(answer, repo, revision, folder);
    return answer;
  }

  #send(url: string): Promise<Answer> {
    return this.context.http.ask({ url, ...this.#credentials }, this.context.signal);
  }

  #refuse(answer: Answer, repo: string, revision?: string, folder?: string): void {
    const { token } = this;
    refuseHub(answer, { what: `${this.type} ${repo}`, page: this.page(repo), revision, folder, token });
  }
}

function strange({ url }: Answer, expected: string): NetworkError {
  return new NetworkError(`${redactUrl(url)} is not ${expected}`, {
    host: new URL(url).host,
    hint: 'Run the same command again later. HF_ENDPOINT, if it is set, must lead to the Hub or a mirror of it.',
  });
}

/** Slashes stay; everything else that a path may not hold is encoded. */
function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
