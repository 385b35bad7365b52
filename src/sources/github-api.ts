/**
 * What is asked of GitHub's API (https://docs.github.com/en/rest): repositories, commits, trees, releases; and where the bytes of
 * files are. The public has them from github.com and raw.githubusercontent.com, which do not count as questions to the API; of a
 * private repository the API itself gives them.
 */
import { GITHUB_API, githubHeaders, githubLfsHeaders } from '../credentials/github.js';
import type { Secret } from '../credentials/store.js';
import { NetworkError } from '../errors.js';
import { printable } from '../printable.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';
import { isSpent, rateLimit, refuseGitHub } from './github-refusal.js';
import { known } from './json-api.js';
import type { FileRequest, SourceContext } from './source.js';

/** The part of what GitHub says of a repository that is used. */
export interface Repository {
  /** `owner/name` as it is called now. */
  full_name: string;
  private?: boolean;
  default_branch?: string;
  license?: { spdx_id?: string | null; name?: string | null } | null;
}

export interface Tree {
  tree: { path: string; mode: string; type: string; sha: string; size?: number }[];
  /** True when there is more than is listed: 100,000 entries or 7 MB are the most. */
  truncated: boolean;
}

export interface Release {
  id: number;
  tag_name: string;
  name?: string | null;
  assets: Asset[];
}

export interface Asset {
  id: number;
  name: string;
  /** `uploaded` when it is whole. */
  state: string;
  size: number;
  /** `sha256:…`, of what was uploaded since 2025. */
  digest?: string | null;
}

const WEB = 'https://github.com';
const RAW = 'https://raw.githubusercontent.com';

export const COMMIT = /^[0-9a-f]{40}$/;

/** The release that a repository shows first. */
export const LATEST = 'latest';

/** Assets that a release brings along; more are listed apart. */
const INLINE_ASSETS = 30;
const PAGE = 100;

/** Bytes of the largest of git's own files that is read: `.gitattributes`, pointers. */
const SMALL = 1024 * 1024;

/** https://docs.github.com/en/rest/about-the-rest-api/api-versions */
const VERSION = { 'x-github-api-version': '2022-11-28' };

export class GitHub {
  readonly #api: string;
  readonly #raw: string;
  readonly #web: string;

  constructor(
    private readonly context: SourceContext,
    private readonly token: Secret | undefined,
  ) {
    this.#api = context.endpoint('github', GITHUB_API);
    this.#raw = context.endpoint('github-raw', RAW);
    this.#web = context.endpoint('github-web', WEB);
  }

  /** @param name `owner/name`; the answer holds what it is called now. @throws as `refuseGitHub` */
  async repository(name: string): Promise<Repository> {
    const repository = await this.#json<Partial<Repository>>(`/repos/${name}`, name, name);
    const { full_name } = repository;
    if (typeof full_name === 'string' && /^[\w.-]+\/[\w.-]+$/.test(full_name)) return { ...repository, full_name };
    throw this.#strange(`repository for ${name}`);
  }

  /** The commit that a branch, tag or commit stands for; the main branch when absent. @throws as `refuseGitHub` */
  async commit({ full_name: name, default_branch: main = 'HEAD' }: Repository, ref = main): Promise<string> {
    if (COMMIT.test(ref)) return ref;
    const what = `${printable(ref)} in ${name}`;
    const accept = 'application/vnd.github.sha';
    const commit = (await this.#ask(`/repos/${name}/commits/${encodePath(ref)}`, what, name, accept)).text.trim();
    if (COMMIT.test(commit)) return commit;
    throw this.#strange(`commit for ${what}`);
  }

  /** @param sha of a commit or a tree. @throws as `refuseGitHub` */
  async tree({ full_name: name }: Repository, sha: string, recursive: boolean): Promise<Tree> {
    const what = `commit ${sha.slice(0, 7)} in ${name}`;
    const path = `/repos/${name}/git/trees/${sha}${recursive ? '?recursive=1' : ''}`;
    const { tree, truncated } = await this.#json<Partial<Tree>>(path, what, name);
    const isTree = Array.isArray(tree) && tree.every(({ path, sha: name }) => isText(path) && isText(name));
    if (isTree) return { tree, truncated: truncated === true };
    throw this.#strange(`tree for ${what}`);
  }

  /** @param tag or `latest`. @throws as `refuseGitHub` */
  async release({ full_name: name }: Repository, tag: string): Promise<Release> {
    const isLatest = tag === LATEST;
    const what = isLatest ? `release of ${name}` : `release ${printable(tag)} of ${name}`;
    const path = `/repos/${name}/releases/${isLatest ? LATEST : `tags/${encodePath(tag)}`}`;
    const release = await this.#json<Release>(path, what, name);
    if (!Array.isArray(release.assets)) throw this.#strange(`list of files for ${what}`);
    return release.assets.length < INLINE_ASSETS
      ? release
      : { ...release, assets: await this.#assets(name, release.id, what) };
  }

  async #assets(name: string, release: number, what: string): Promise<Asset[]> {
    const assets = new Map<number, Asset>();
    for (let page = 1; ; page++) {
      const address = `/repos/${name}/releases/${release}/assets?per_page=${PAGE}&page=${page}`;
      const before = assets.size;
      const found = await this.#json<Asset[]>(address, what, name);
      if (!Array.isArray(found)) throw this.#strange(`list of files for ${what}`);
      for (const asset of found) assets.set(asset.id, asset);
      if (found.length < PAGE || assets.size === before) return [...assets.values()];
    }
  }

  /** Where a file's bytes are. @param sha git's name for them, which a private repository is asked for */
  file(repository: Repository, commit: string, path: string, sha?: string): FileRequest {
    const { full_name: name } = repository;
    if (repository.private === true) return this.#bytesOfApi(`/repos/${name}/git/blobs/${sha}`, 'vnd.github.raw+json');
    return { url: `${this.#raw}/${name}/${commit}/${encodePath(path)}` };
  }

  /** Where a release's file is; only a private repository is asked for its id. */
  asset(repository: Repository, tag: string, { id, name }: { name: string; id?: number }): FileRequest {
    const { full_name: repo } = repository;
    if (repository.private === true) return this.#bytesOfApi(`/repos/${repo}/releases/assets/${id}`, 'octet-stream');
    const file = encodeURIComponent(name);
    const folder = tag === LATEST ? 'latest/download' : `download/${encodePath(tag)}`;
    return { url: `${this.#web}/${repo}/releases/${folder}/${file}` };
  }

  /** The whole at a commit, made while it is sent: no length, no ranges, and not the same bytes every time. */
  archive({ full_name: name, private: isPrivate }: Repository, commit: string): FileRequest {
    if (isPrivate === true) return this.#bytesOfApi(`/repos/${name}/tarball/${commit}`, 'vnd.github+json');
    return { url: `${this.#web}/${name}/archive/${commit}.tar.gz` };
  }

  /** A small file's text. @throws NotFoundError, ActionRequiredError, NetworkError */
  async read(request: FileRequest, what: string): Promise<string> {
    const { http, signal } = this.context;
    const asked = { ...request, headers: { accept: '*/*', ...request.headers }, largest: SMALL };
    const answer = await http.ask(asked, signal);
    refuseStatus(answer, printable(what));
    return answer.text;
  }

  /** Where git would find the repository, and what its LFS server is sent; one of a public repository needs to know nobody. */
  remote({ full_name: name, private: isPrivate }: Repository): { url: string } & Pick<FileRequest, 'credentials'> {
    const { token } = this;
    return {
      url: `${this.#web}/${name}`,
      ...known('credentials', isPrivate === true && token ? githubLfsHeaders(token.value) : undefined),
    };
  }

  #bytesOfApi(path: string, type: string): FileRequest {
    return { ...this.#request(path), headers: { ...VERSION, accept: `application/${type}` } };
  }

  #request(path: string): FileRequest {
    const { token } = this;
    return { url: `${this.#api}${path}`, ...known('credentials', token && githubHeaders(token.value)) };
  }

  async #json<T>(path: string, what: string, name: string): Promise<T> {
    const answer = (await this.#ask(path, what, name, 'application/vnd.github+json')).json<T | null>();
    if (answer === null) throw this.#strange(`answer for ${what}`);
    return answer;
  }

  async #ask(path: string, what: string, name: string, accept: string): Promise<Answer> {
    const { http, signal } = this.context;
    const question = { ...this.#request(path), headers: { ...VERSION, accept } };
    const { host } = new URL(question.url);
    try {
      let answer = await http.ask({ ...question, final: [429] }, signal);
      // When the questions of the hour are used up, trying again for a minute is of no use.
      if (answer.status === 429 && !isSpent(answer)) answer = await http.ask(question, signal);
      refuseGitHub(answer, { what, page: `${WEB}/${name}`, token: this.token });
      return answer;
    } catch (error) {
      const isLimit = error instanceof NetworkError && error.status === 429;
      throw isLimit ? rateLimit(this.token, host) : error;
    }
  }

  #strange(what: string): NetworkError {
    return new NetworkError(`GitHub's API sent no ${what}`, {
      host: new URL(this.#api).host,
      hint: 'Run the same command again later. MEDDS_ENDPOINT_GITHUB, if it is set, must lead to its API.',
    });
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** Slashes stay; everything else that a path may not hold is encoded. */
function encodePath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
