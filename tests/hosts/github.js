// @ts-check
/**
 * GitHub on loopback, as recorded up to January 2026: its API (`/api`), github.com with releases and Git LFS (`/web`),
 * raw.githubusercontent.com (`/raw`), codeload.github.com (`/codeload`, as `localhost`), and the storage behind them (signed links). What
 * raw.githubusercontent.com says in headers, and the status of an LFS server whose budget is used up, were recorded by nobody: guesses.
 */
import { createHash } from 'node:crypto';
import { bufferOf, bytes, digestOf } from './content.js';
import { FileHost } from './file-host.js';
import { answerOfApi } from './github-api.js';
import { answerOfLfs } from './github-lfs.js';
import { archiveOf, commitOf, DOCS, gitName, page, pointerOf, problem } from './github-repo.js';
import { RateLimit } from './rate-limit.js';
import { fileReply, jsonReply, textReply } from './reply.js';
import { SignedStore } from './signed-store.js';

/**
 * @typedef {import('./content.js').Content} Content
 * @typedef {import('./github-repo.js').Blob} Blob
 * @typedef {import('./github-repo.js').Commit} Commit
 * @typedef {import('./github-repo.js').Repo} Repo
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').Reply} Reply
 *
 * @typedef {Content | string | Uint8Array} Data
 * @typedef {{ path: string, content?: Data, lfs?: boolean, mode?: string }} FileFacts
 * @typedef {Partial<Pick<Repo, 'private' | 'license' | 'lfs'>> & { files?: FileFacts[], sha?: string, refs?: string[] }} RepoFacts
 *
 * @typedef {object} GitHubOptions
 * @property {string[]} [tokens]      of somebody who may read everything
 * @property {number} [questions]     to the API in an hour from one address; default: 60
 * @property {number} [treeLimit]     entries in one answer; default: 100,000
 * @property {boolean} [ranges]       whether raw files are given in parts
 */

const HOUR = 3600;

export class GitHubHost extends FileHost {
  /** Where bytes of releases and large files come from. */
  store = new SignedStore(this, ['authorization']);
  /** @type {Repo[]} */
  #repos = [];
  /** Names that repositories had before. @type {Map<string, Repo>} */
  #renamed = new Map();
  #ids = 1000;
  #limit;
  #options;

  /** @param {import('./file-host.js').HostOptions & GitHubOptions} [options] */
  constructor({ tokens = [], questions = 60, treeLimit = 100_000, ranges = true, ...options } = {}) {
    super(options);
    this.#limit = new RateLimit(questions, HOUR);
    this.#options = { tokens, treeLimit, ranges };
  }

  /** What leads to it. */
  get env() {
    return {
      MEDDS_ENDPOINT_GITHUB: `${this.origin}/api`,
      MEDDS_ENDPOINT_GITHUB_WEB: `${this.origin}/web`,
      MEDDS_ENDPOINT_GITHUB_RAW: `${this.origin}/raw`,
    };
  }

  /**
   * @param {string} name  owner/name
   * @param {RepoFacts} [facts]  `refs`: tags and branches of the commit besides `main`
   * @returns {Promise<Commit>}
   */
  addRepo(name, { files = [], sha, refs = [], ...facts } = {}) {
    this.#ids += 1;
    /** @type {Repo} */
    const repo = {
      ...{ private: false, license: null, lfs: undefined, ...facts },
      ...{ id: this.#ids, name, refs: new Map(), commits: [], releases: [] },
    };
    this.#repos.push(repo);
    return this.commit(name, files, { ...(sha === undefined ? {} : { sha }), refs });
  }

  /**
   * Puts other files in place of a repository's, on its main branch.
   * @param {string} name
   * @param {FileFacts[]} files
   * @param {{ sha?: string, refs?: string[] }} [facts]
   * @returns {Promise<Commit>}
   */
  async commit(name, files, { sha, refs = [] } = {}) {
    const repo = this.#repo(name);
    const made = createHash('sha1').update(`${name} ${repo.commits.length}`).digest('hex');
    /** @type {Commit} */
    const commit = { sha: sha ?? made, blobs: [] };
    for (const facts of files) commit.blobs.push(await this.#blob(facts));
    repo.commits.push(commit);
    for (const ref of ['main', ...refs]) repo.refs.set(ref, commit.sha);
    return commit;
  }

  /** @param {FileFacts} facts @returns {Promise<Blob>} */
  async #blob({ path, content = '', lfs = false, mode = '100644' }) {
    const held = typeof content === 'string' || content instanceof Uint8Array ? bytes(content) : content;
    if (!lfs) {
      const sha = gitName(await bufferOf(held));
      return { path, mode, sha, hosted: this.hosted(held, { etag: `"${sha}"`, lastModified: null }) };
    }
    const { oid, text } = await pointerOf(held);
    const large = this.hosted(held);
    this.store.put(oid, large);
    return { ...(await this.#blob({ path, content: text, mode })), lfs: { oid, hosted: large } };
  }

  /**
   * @param {string} name
   * @param {string} tag
   * @param {{ name: string, content: Data, digest?: boolean, state?: string }[]} assets  `digest`: whether its SHA-256 is told
   */
  async addRelease(name, tag, assets) {
    const repo = this.#repo(name);
    this.#ids += 1;
    /** @type {import('./github-repo.js').Release} */
    const release = { id: this.#ids, tag, name: `Release ${tag}`, assets: [] };
    for (const { name: file, content, digest = true, state = 'uploaded' } of assets) {
      const hosted = this.hosted(content, { disposition: `attachment; filename=${file}` });
      this.#ids += 1;
      const sum = digest ? `sha256:${await digestOf(hosted.content, 'sha256')}` : null;
      release.assets.push({ id: this.#ids, name: file, state, hosted, digest: sum });
      this.store.put(`asset-${this.#ids}`, hosted);
    }
    repo.releases.push(release);
    return release;
  }

  /** @param {string} from @param {string} to */
  rename(from, to) {
    const repo = this.#repo(from);
    repo.name = to;
    this.#renamed.set(from, repo);
  }

  /** Path of a large file's bytes, for `bytesSent` and `misbehave`. @param {Commit} commit @param {string} path */
  largePath({ blobs }, path) {
    return this.store.path(blobs.find((blob) => blob.path === path)?.lfs?.oid ?? '');
  }

  /** @param {string} name */
  #repo(name) {
    const repo = this.#repos.find((one) => one.name === name);
    if (repo === undefined) throw new Error(`the stand-in holds no ${name}`);
    return repo;
  }

  /** @override @param {RequestRecord} request @returns {Reply | Promise<Reply>} */
  answer(request) {
    const stored = this.store.answer(request);
    if (stored !== undefined) return stored;
    const [, host = '', rest = ''] = /^\/(api|web|raw|codeload)\/(.*)$/.exec(request.path) ?? [];
    const parts = rest.split('/').map(decodeURIComponent);
    if (host === 'api') return this.#api(request, parts);
    if (host === 'web' && request.method === 'POST') {
      const repo = this.#repos.find((one) => rest === `${one.name}.git/info/lfs/objects/batch`);
      return answerOfLfs(this, request, repo, this.#options.tokens);
    }
    if (request.headers.authorization !== undefined) {
      this.violate(`${request.path} was sent a token, which is for the API and for LFS only`);
    }
    if (host === 'web') return this.#web(parts);
    if (host === 'raw') return this.#raw(request, parts);
    if (host === 'codeload') return this.#codeload(request, parts);
    return this.#unknown(request);
  }

  /** @param {RequestRecord} request @param {string[]} parts @returns {Reply} */
  #api(request, parts) {
    const { headers } = request;
    if (headers['user-agent'] === undefined) {
      this.violate(`${request.path} without a User-Agent`);
      return problem(403, 'Request forbidden by administrative rules.');
    }
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    const isKnown = token !== undefined && this.#options.tokens.includes(token);
    if (headers.authorization !== undefined && !isKnown) return problem(401, 'Bad credentials');
    if (parts.join('/') === 'rate_limit') return jsonReply(200, { resources: {}, rate: {} });
    const { allowed, headers: counts } = this.#limit.take(token ?? '');
    /** @type {Record<string, string>} */
    const limits = { ...counts, 'x-ratelimit-resource': 'core' };
    limits['x-ratelimit-used'] = String(this.#limit.limit - Number(counts['x-ratelimit-remaining']));
    delete limits['retry-after'];
    const reply = allowed
      ? this.#question(request, parts, isKnown)
      : problem(403, `API rate limit exceeded for ${isKnown ? 'user ID 1' : '127.0.0.1'}.`);
    return { ...reply, headers: { ...limits, ...reply.headers } };
  }

  /** @param {RequestRecord} request @param {string[]} parts @param {boolean} isKnown @returns {Reply} */
  #question(request, parts, isKnown) {
    const [collection, first = '', second = ''] = parts;
    const isById = collection === 'repositories';
    const rest = parts.slice(isById ? 2 : 3);
    const name = `${first}/${second}`.toLowerCase();
    const repo = this.#repos.find((one) => (isById ? String(one.id) === first : one.name.toLowerCase() === name));
    const moved = this.#renamed.get(`${first}/${second}`);
    if (repo === undefined && moved !== undefined && !isById) {
      const query = request.query.size > 0 ? `?${request.query}` : '';
      const location = `${this.origin}/api/${['repositories', moved.id, ...rest].join('/')}${query}`;
      return jsonReply(301, { message: 'Moved Permanently', url: location, documentation_url: DOCS }, { location });
    }
    if (repo === undefined || (repo.private && !isKnown)) return problem(404, 'Not Found');
    const { treeLimit } = this.#options;
    return answerOfApi(repo, rest, request, { host: this, treeLimit }) ?? this.#unknown(request);
  }

  /** @param {string[]} parts @returns {Reply} */
  #web([owner, name, kind, ...more]) {
    const repo = this.#public(`${owner}/${name}`);
    if (repo === undefined) return page(404, 'Page not found');
    if (kind === 'archive') {
      return textReply(302, '', {
        location: this.url(`/codeload/${repo.name}/tar.gz/${more.join('/').replace('.tar.gz', '')}`, 'localhost'),
      });
    }
    const file = more.at(-1);
    const isLatest = more[0] === 'latest';
    const tag = more.slice(1, -1).join('/');
    const release = isLatest ? repo.releases.at(-1) : repo.releases.find((one) => one.tag === tag);
    const asset = release?.assets.find((one) => one.name === file && one.state === 'uploaded');
    if (kind !== 'releases' || asset === undefined) return textReply(404, 'Not Found');
    if (isLatest) {
      return textReply(302, '', {
        location: `${this.origin}/web/${repo.name}/releases/download/${release?.tag}/${file}`,
      });
    }
    return textReply(302, '', {
      location: this.store.sign(`asset-${asset.id}`),
      'content-type': 'text/html; charset=utf-8',
    });
  }

  /** @param {RequestRecord} request @param {string[]} parts @returns {Reply} */
  #raw(request, [owner, name, ref = '', ...more]) {
    const repo = this.#public(`${owner}/${name}`);
    const commit = repo && commitOf(repo, ref);
    const blob = commit?.blobs.find(({ path }) => path === more.join('/'));
    if (blob === undefined) return textReply(404, '404: Not Found');
    return fileReply(request, blob.hosted, { ranges: this.#options.ranges });
  }

  /** Made while it is sent: no length, no parts. @param {RequestRecord} request @param {string[]} parts @returns {Promise<Reply>} */
  async #codeload({ query }, [owner, name, kind, ...more]) {
    const repo = this.#repos.find((one) => one.name === `${owner}/${name}`);
    const commit = repo && commitOf(repo, more.join('/'));
    const isOpen = repo?.private === false || query.get('token') === `codeload-${repo?.id}`;
    if (commit === undefined || !isOpen) return textReply(404, '404: Not Found');
    const root = kind === 'tar.gz' ? `${name}-${more.join('-')}` : `${owner}-${name}-${commit.sha.slice(0, 7)}`;
    const headers = { 'content-type': 'application/x-gzip', etag: `W/"${commit.sha}"` };
    const content = bytes(await archiveOf(commit, root));
    return { status: 200, headers, content, start: 0, end: content.size };
  }

  /** @param {string} name */
  #public(name) {
    return this.#renamed.get(name) ?? this.#repos.find((one) => one.name === name && !one.private);
  }

  /** @param {RequestRecord} request @returns {Reply} */
  #unknown({ method, path }) {
    this.violate(`${method} ${path} is no route that the stand-in knows`);
    return problem(404, 'Not Found');
  }
}

/**
 * GitHub, listening.
 * @param {ConstructorParameters<typeof GitHubHost>[0]} [options]
 */
export function startGitHub(options) {
  return new GitHubHost(options).start();
}
