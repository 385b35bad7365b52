// @ts-check
/**
 * GitHub on loopback, as recorded up to January 2026: its API (`/api`), github.com with releases and Git LFS (`/web`),
 * raw.githubusercontent.com (`/raw`), codeload.github.com (`/codeload`), and the storage behind them (`localhost`, signed links). What
 * raw.githubusercontent.com says in headers, and the status of an LFS server whose budget is used up, were recorded by nobody: guesses.
 */
import { createHash } from 'node:crypto';
import { bufferOf, bytes, digestOf } from './content.js';
import { FileHost } from './file-host.js';
import { archiveOf, assetsShape, gitName, pointerOf, releaseShape, repoShape, treeOf } from './github-repo.js';
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

const LFS_TYPE = 'application/vnd.git-lfs+json';
const HOUR = 3600;
const DOCS = 'https://docs.github.com/rest';
const BUDGET = {
  budget:
    'This repository exceeded its LFS budget. The account responsible for the budget should increase it to restore access.',
  quota:
    'This repository is over its data quota. Account responsible for LFS bandwidth should purchase more data packs to restore access.',
};

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
    if (host === 'web' && request.method === 'POST') return this.#lfs(request, parts);
    if (request.headers.authorization !== undefined) {
      this.violate(`${request.path} was sent a token, which is for the API and for LFS only`);
    }
    if (host === 'web') return this.#web(parts);
    if (host === 'raw') return this.#raw(request, parts);
    if (host === 'codeload') return this.#codeload(parts);
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
    return this.#ofRepo(request, repo, rest) ?? this.#unknown(request);
  }

  /** @param {RequestRecord} request @param {Repo} repo @param {string[]} parts @returns {Reply | undefined} */
  #ofRepo({ query, headers }, repo, parts) {
    const accept = headers.accept ?? '*/*';
    const [kind, act = '', ...more] = parts;
    if (kind === undefined) return jsonReply(200, repoShape(repo));
    if (repo.commits.every(({ blobs }) => blobs.length === 0) && kind !== 'releases') {
      return problem(409, 'Git Repository is empty.');
    }
    if (kind === 'commits') {
      const sha = commitOf(repo, [act, ...more].join('/'))?.sha;
      if (sha === undefined) return problem(422, `No commit found for SHA: ${[act, ...more].join('/')}`);
      return accept.includes('sha')
        ? textReply(200, sha, { 'content-type': 'application/vnd.github.sha' })
        : jsonReply(200, { sha });
    }
    if (kind === 'git' && act === 'trees') {
      const tree = treeOf(repo, more[0] ?? '', query.has('recursive'), this.#options.treeLimit);
      return tree === undefined ? problem(404, 'Not Found') : jsonReply(200, tree);
    }
    if (kind === 'git' && act === 'blobs') {
      const blob = repo.commits.flatMap(({ blobs }) => blobs).find(({ sha }) => sha === more[0]);
      if (blob === undefined) return problem(404, 'Not Found');
      if (!accept.includes('raw')) return jsonReply(200, { sha: blob.sha, encoding: 'base64', content: '' });
      return wholeReply(blob.hosted.content, { etag: `"${blob.sha}"` });
    }
    if (kind === 'tarball') {
      const location = `${this.origin}/codeload/${repo.name}/legacy.tar.gz/${act}`;
      return textReply(302, '', { location });
    }
    if (kind === 'releases') return this.#releases(repo, [act, ...more], query, accept);
    return undefined;
  }

  /** @param {Repo} repo @param {string[]} parts @param {URLSearchParams} query @param {string} accept @returns {Reply} */
  #releases(repo, [act = '', ...more], query, accept) {
    const { releases } = repo;
    if (act === 'assets') {
      const asset = releases.flatMap(({ assets }) => assets).find(({ id }) => String(id) === more[0]);
      if (asset === undefined) return problem(404, 'Not Found');
      return accept.includes('octet-stream')
        ? textReply(302, '', { location: this.store.sign(`asset-${asset.id}`) })
        : jsonReply(200, { id: asset.id, name: asset.name });
    }
    if (more[0] === 'assets') {
      const release = releases.find(({ id }) => String(id) === act);
      const size = Math.min(Number(query.get('per_page') ?? 30), 100);
      const start = (Number(query.get('page') ?? 1) - 1) * size;
      return release === undefined
        ? problem(404, 'Not Found')
        : jsonReply(200, assetsShape(repo, release).slice(start, start + size));
    }
    const release =
      act === 'latest' ? releases.at(-1) : releases.find(({ tag }) => act === 'tags' && tag === more.join('/'));
    return release === undefined ? problem(404, 'Not Found') : jsonReply(200, releaseShape(repo, release));
  }

  /** @param {string[]} parts @returns {Reply} */
  #web([owner, name, kind, ...more]) {
    const repo = this.#public(`${owner}/${name}`);
    if (repo === undefined) return page(404, 'Page not found');
    if (kind === 'archive') {
      return textReply(302, '', {
        location: `${this.origin}/codeload/${repo.name}/tar.gz/${more.join('/').replace('.tar.gz', '')}`,
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

  /** Made while it is sent: no length, no parts. @param {string[]} parts @returns {Promise<Reply>} */
  async #codeload([owner, name, kind, ...more]) {
    const repo = this.#repos.find((one) => one.name === `${owner}/${name}`);
    const commit = repo && commitOf(repo, more.join('/'));
    if (commit === undefined) return textReply(404, '404: Not Found');
    const root = kind === 'tar.gz' ? `${name}-${more.join('-')}` : `${owner}-${name}-${commit.sha.slice(0, 7)}`;
    const headers = { 'content-type': 'application/x-gzip', etag: `W/"${commit.sha}"` };
    const content = bytes(await archiveOf(commit, root));
    return { status: 200, headers, content, start: 0, end: content.size };
  }

  /** Git LFS's batch API. @param {RequestRecord} request @param {string[]} parts @returns {Reply} */
  #lfs({ headers, body, path }, [owner, name = '', ...more]) {
    if (more.join('/') !== 'info/lfs/objects/batch' || !name.endsWith('.git')) return page(404, 'Page not found');
    const password = Buffer.from(/^Basic (.+)$/.exec(headers.authorization ?? '')?.[1] ?? '', 'base64')
      .toString()
      .split(':')[1];
    const repo = this.#repos.find((one) => one.name === `${owner}/${name.slice(0, -4)}`);
    if (headers.accept !== LFS_TYPE || headers['content-type'] !== LFS_TYPE) {
      this.violate(`${path} was not spoken to as ${LFS_TYPE}`);
      return lfsProblem(406, 'Not acceptable');
    }
    if (repo?.private === true && !this.#options.tokens.includes(password ?? '')) {
      return lfsProblem(401, 'Credentials needed', { 'lfs-authenticate': 'Basic realm="GitHub"' });
    }
    if (repo === undefined) return lfsProblem(404, 'Not found');
    if (repo.private === false && headers.authorization !== undefined)
      this.violate(`${path} was sent a token without need`);
    if (repo.lfs !== undefined) return lfsProblem(403, BUDGET[repo.lfs]);
    const { operation, objects } = JSON.parse(body.toString());
    if (operation !== 'download' || objects.length > 100) {
      this.violate(`${path} was asked to ${operation} ${objects.length} objects`);
      return lfsProblem(422, 'Unprocessable');
    }
    const held = new Set(repo.commits.flatMap(({ blobs }) => blobs.map(({ lfs }) => lfs?.oid)));
    return lfsReply(200, {
      objects: objects.map((/** @type {{ oid: string, size: number }} */ { oid, size }) => {
        if (!held.has(oid)) return { oid, size, error: { code: 404, message: 'Object does not exist on the server' } };
        const expires_at = new Date(Date.now() + HOUR * 1000).toISOString();
        return { oid, size, actions: { download: { href: this.store.sign(oid), expires_at, expires_in: HOUR } } };
      }),
    });
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

/** By a branch, a tag, a whole commit or its beginning. @param {Repo} repo @param {string} ref */
function commitOf({ refs, commits }, ref) {
  const sha = refs.get(ref.replace(/^(refs\/)?(heads|tags)\//, '')) ?? ref;
  return commits.find((commit) => commit.sha === sha || (/^[0-9a-f]{7,}$/.test(sha) && commit.sha.startsWith(sha)));
}

/** @param {Content} content @param {Record<string, string>} headers @returns {Reply} */
function wholeReply(content, headers) {
  const length = { 'content-length': String(content.size), 'content-type': 'application/octet-stream' };
  return { status: 200, headers: { ...length, ...headers }, content, start: 0, end: content.size };
}

/** @param {number} status @param {string} message @returns {Reply} */
function problem(status, message) {
  return jsonReply(status, { message, documentation_url: DOCS, status: String(status) });
}

/** @param {number} status @param {object} value @param {Record<string, string>} [headers] */
function lfsReply(status, value, headers) {
  return jsonReply(status, value, { 'content-type': `${LFS_TYPE}; charset=utf-8`, ...headers });
}

/** @param {number} status @param {string} message @param {Record<string, string>} [headers] */
function lfsProblem(status, message, headers) {
  return lfsReply(status, { message, documentation_url: DOCS, request_id: '123' }, headers);
}

/** @param {number} status @param {string} title */
function page(status, title) {
  return textReply(status, `<!DOCTYPE html><html><head><title>${title} · GitHub</title></head></html>`, {
    'content-type': 'text/html; charset=utf-8',
  });
}
