// @ts-check
/**
 * The Hugging Face Hub on loopback, as recorded up to August 2026: repositories and their trees in pages, gated and private ones,
 * tokens, renamed repositories, /resolve/ with its two kinds of redirects, rate limits. Large files come from a second host. What
 * the Hub answers for a folder that is a file, and to /resolve/ of a renamed repository, was recorded by nobody: guesses.
 */
import { createHash } from 'node:crypto';
import { FileHost } from './file-host.js';
import { anonymous, noEntry, noRevision, notFound, refuse } from './huggingface-answers.js';
import { HubCdn } from './huggingface-cdn.js';
import { ACCOUNT, ANONYMOUS, HubLimits } from './huggingface-limits.js';
import { hubFile, infoOf, treeOf, xetHashOf } from './huggingface-repo.js';
import { fileReply, jsonReply, textReply } from './reply.js';

/**
 * @typedef {import('./content.js').Content} Content
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./huggingface-limits.js').Limits} Limits
 * @typedef {import('./huggingface-repo.js').Commit} Commit
 * @typedef {import('./huggingface-repo.js').HubFile} HubFile
 * @typedef {import('./huggingface-repo.js').HubRepo} HubRepo
 * @typedef {import('./reply.js').Reply} Reply
 *
 * @typedef {object} HubOptions
 * @property {Record<string, string[]>} [tokens]  each with the gated and private repositories that it opens
 * @property {Partial<Limits>} [limits]     in place of those of anonymous users and of accounts
 * @property {number} [pageSize]            entries of a tree in one answer
 * @property {string} [linkOrigin]          what the next page's address begins with; a mirror passes on the Hub's own
 * @property {boolean} [cacheRanges]        whether plain files are given in parts
 *
 * @typedef {{ path: string, content: Content | string | Uint8Array, lfs?: boolean }} FileFacts
 * @typedef {{ id: string, files?: FileFacts[], refs?: Record<string, string>, sha?: string }
 *   & Partial<Pick<HubRepo, 'type' | 'gated' | 'private' | 'disabled' | 'tags' | 'cardData'>>} RepoFacts
 */

const LFS_FROM = 10 * 1024 * 1024;
const XET_INFO = 'application/vnd.xet-fileinfo+json';
const ATTRIBUTES = '*.bin filter=lfs diff=lfs merge=lfs -text\n';

export class HuggingFaceHost extends FileHost {
  /** Where large files come from. */
  cdn = new HubCdn();
  /** @type {HubRepo[]} */
  #repos = [];
  /** Names that repositories had before. @type {Map<string, string>} */
  #renamed = new Map();
  /** Pages of trees that were announced. @type {Map<string, { entries: object[], start: number }>} */
  #cursors = new Map();
  #limits = new HubLimits();
  #options;

  /** @param {import('./file-host.js').HostOptions & HubOptions} [options] */
  constructor({ tokens = {}, limits = {}, pageSize = 1000, linkOrigin, cacheRanges = true, ...options } = {}) {
    super(options);
    this.#options = { tokens, limits, pageSize, linkOrigin, cacheRanges };
  }

  /** @override */
  async start() {
    await this.cdn.start();
    return super.start();
  }

  /** @override */
  async close() {
    const [own, cdn] = await Promise.allSettled([super.close(), this.cdn.close()]);
    for (const ended of [own, cdn]) if (ended.status === 'rejected') throw ended.reason;
  }

  /**
   * Makes a repository, with git's own file as every one has it, and its first commit.
   * @param {RepoFacts} facts
   * @returns {Promise<Commit>}
   */
  async addRepo({ id, files = [], refs = {}, sha, type = 'dataset', ...facts }) {
    /** @type {HubRepo} */
    const repo = {
      ...{ gated: false, private: false, disabled: false, tags: [], cardData: {}, ...facts },
      ...{ id, type, commits: [], refs: new Map(Object.entries(refs)) },
    };
    this.#repos.push(repo);
    return this.commit(id, [{ path: '.gitattributes', content: ATTRIBUTES }, ...files], sha);
  }

  /**
   * Puts other files in place of a repository's, on its main branch.
   * @param {string} id
   * @param {FileFacts[]} files
   * @param {string} [sha]  of the commit; default: one of its own
   * @returns {Promise<Commit>}
   */
  async commit(id, files, sha) {
    const repo = this.#repos.find((one) => one.id === id);
    if (repo === undefined) throw new Error(`the stand-in holds no ${id}`);
    const held = [];
    for (const { path, content, lfs } of files) {
      const hosted = this.hosted(content, { etag: null });
      const file = await hubFile(path, hosted, lfs ?? hosted.content.size > LFS_FROM);
      hosted.etag = `"${file.sha256 ?? file.oid}"`;
      if (file.sha256 !== undefined) this.cdn.keep(file.sha256, hosted);
      held.push(file);
    }
    const made = createHash('sha1').update(`${id} ${repo.commits.length}`).digest('hex');
    const commit = { sha: sha ?? made, files: held };
    repo.commits.push(commit);
    repo.refs.set('main', commit.sha);
    return commit;
  }

  /** @param {string} from @param {string} to */
  rename(from, to) {
    const repo = this.#repos.find(({ id }) => id === from);
    if (repo === undefined) throw new Error(`the stand-in holds no ${from}`);
    repo.id = to;
    this.#renamed.set(from, to);
  }

  /** Path on `cdn` of a large file, for `bytesSent` and `misbehave`. @param {Commit} commit @param {string} path */
  largePath({ files }, path) {
    return this.cdn.objectPath(files.find((file) => file.path === path)?.sha256 ?? '');
  }

  /** @override @param {RequestRecord} request @returns {Reply} */
  answer(request) {
    const { method, path } = request;
    if (method !== 'GET' && method !== 'HEAD') {
      this.violate(`${method} ${path}`);
      return textReply(405);
    }
    const bucket = path.includes('/resolve/') ? 'resolvers' : 'api';
    const token = tokenOf(request);
    const limits = { ...(token === undefined ? ANONYMOUS : ACCOUNT), ...this.#options.limits };
    const count = this.#limits.take(token ?? 'anonymous', bucket, limits);
    if (!count.allowed) {
      if (!count.waitsOut) this.violate(`${path} before the time that RateLimit asked for`);
      return textReply(429, 'Too Many Requests', count.headers);
    }
    const reply = this.#route(request);
    return { ...reply, headers: { 'x-request-id': `Root=1-${request.id}`, ...count.headers, ...reply.headers } };
  }

  /** @param {RequestRecord} request @returns {Reply} */
  #route(request) {
    const parts = request.path.split('/').slice(1).map(decodeURIComponent);
    if (request.path === '/api/whoami-v2') {
      return this.#opens(request) === undefined ? anonymous() : jsonReply(200, { type: 'user', name: 'ada' });
    }
    if (request.path.startsWith('/api/resolve-cache/')) return this.#cached(request, parts.slice(2));
    const isApi = parts[0] === 'api';
    if (isApi) parts.shift();
    const type = typeOf(parts[0]);
    if (type !== undefined) parts.shift();
    else if (isApi) return this.#unknown(request);
    const [owner, name, view = '', ...rest] = parts;
    const id = `${owner}/${name}`;
    const repo = this.#repos.find((one) => one.id === id && one.type === (type ?? 'model'));
    const now = this.#renamed.get(id);
    if (repo === undefined && now !== undefined) {
      const location = `${request.path.replace(`/${id}`, `/${now}`)}${request.query.size > 0 ? `?${request.query}` : ''}`;
      return textReply(307, `Temporary Redirect. Redirecting to ${location}`, { location });
    }
    const refusal = this.#refusal(request, repo);
    if (repo === undefined || refusal !== undefined) return refusal ?? anonymous();
    if (!isApi) return view === 'resolve' ? this.#resolve(request, repo, rest) : this.#unknown(request);
    if (view === 'auth-check') return this.#gate(request, repo) ?? jsonReply(200, {});
    if (view === 'tree') return this.#tree(request, repo, rest);
    if (view !== '' && view !== 'revision') return this.#unknown(request);
    const commit = commitOf(repo, rest[0] ?? 'main');
    if (commit === undefined) return noRevision(rest[0]);
    const info = infoOf(repo, commit, request.query.getAll('expand'));
    if (info !== undefined) return jsonReply(200, info);
    this.violate(`${request.path}?${request.query} asks for fields that there are not`);
    return jsonReply(400, { error: '"expand" must be one of [...]' });
  }

  /** Why a repository is not shown at all. @param {RequestRecord} request @param {HubRepo | undefined} repo */
  #refusal(request, repo) {
    const opens = this.#opens(request);
    // A gated repository's files are refused in one way to all who are not known.
    const isGatedFile = repo?.gated && !request.path.startsWith('/api/');
    if (tokenOf(request) !== undefined && opens === undefined && !isGatedFile) {
      return anonymous('Invalid credentials in Authorization header');
    }
    if (repo?.disabled) return refuse(403, undefined, 'Access to this resource is disabled.');
    if (repo !== undefined && (!repo.private || opens?.includes(repo.id))) return undefined;
    return opens === undefined ? anonymous() : notFound();
  }

  /** Why a repository's files are not given. @param {RequestRecord} request @param {HubRepo} repo */
  #gate(request, { gated, id, type }) {
    const opens = this.#opens(request);
    if (!gated || opens?.includes(id)) return undefined;
    const start = `Access to ${type} ${id} is restricted`;
    return opens === undefined
      ? refuse(
          401,
          'GatedRepo',
          `${start}. You must have access to it and be authenticated to access it. Please log in.`,
        )
      : refuse(
          403,
          'GatedRepo',
          `${start} and you are not in the authorized list. Visit ${this.origin}/${id} to ask for access.`,
        );
  }

  /** @param {RequestRecord} request @param {HubRepo} repo @param {string[]} rest  revision and folder @returns {Reply} */
  #tree(request, repo, [revision = '', ...folders]) {
    const { query, path } = request;
    const commit = commitOf(repo, revision);
    if (commit === undefined) return noRevision(revision);
    const cursor = query.get('cursor');
    const known = cursor === null ? undefined : this.#cursors.get(cursor);
    if (cursor !== null && known === undefined) {
      this.violate(`${path} with a cursor of the client's own`);
      return jsonReply(400, { error: 'Invalid cursor' });
    }
    const masked = this.#gate(request, repo) !== undefined;
    const entries = known?.entries ?? treeOf(commit, folders.join('/'), query.get('recursive') === 'true', masked);
    if (entries === undefined) return noEntry(commit);
    const start = known?.start ?? 0;
    const end =
      start + (query.get('expand') === 'true' ? Math.min(50, this.#options.pageSize) : this.#options.pageSize);
    /** @type {Record<string, string>} */
    const headers = {};
    if (end < entries.length) {
      const next = Buffer.from(`${commit.sha} ${folders.join('/')} ${end} ${masked}`).toString('base64');
      this.#cursors.set(next, { entries, start: end });
      const search = new URLSearchParams(query);
      search.set('cursor', next);
      headers.link = `<${this.#options.linkOrigin ?? this.origin}${path}?${search}>; rel="next"`;
    }
    return jsonReply(200, entries.slice(start, end), headers);
  }

  /** @param {RequestRecord} request @param {HubRepo} repo @param {string[]} rest  revision and path @returns {Reply} */
  #resolve(request, repo, [revision = '', ...parts]) {
    const gate = this.#gate(request, repo);
    if (gate !== undefined) return gate;
    const commit = commitOf(repo, revision);
    if (commit === undefined) return noRevision(revision);
    const path = parts.join('/');
    const file = commit.files.find((one) => one.path === path);
    if (file === undefined) return noEntry(commit);
    const { sha256, hosted } = file;
    const headers = { 'x-repo-commit': commit.sha, 'x-linked-size': String(hosted.content.size) };
    if (sha256 === undefined) {
      const quoted = parts.map(encodeURIComponent).join('/');
      const etag = encodeURIComponent(`"${file.oid}"`);
      const location = `/api/resolve-cache/${repo.type}s/${repo.id}/${commit.sha}/${quoted}?${encodeURIComponent(request.path)}=&etag=${etag}`;
      const linked = { ...headers, 'x-linked-etag': `"${file.oid}"`, location };
      return textReply(307, `Temporary Redirect. Redirecting to ${location}`, linked);
    }
    const api = `${this.origin}/api/${repo.type}s/${repo.id}`;
    const hash = xetHashOf(file);
    const linked = {
      ...headers,
      'accept-ranges': 'bytes',
      'x-linked-etag': `"${sha256}"`,
      'x-xet-hash': hash,
      link: `<${api}/xet-read-token/${commit.sha}>; rel="xet-auth", <${this.cdn.origin}/v1/reconstructions/${hash}>; rel="xet-reconstruction-info"`,
    };
    if (request.headers.accept?.includes(XET_INFO))
      return jsonReply(200, { hash }, { ...linked, 'content-type': XET_INFO });
    const location = this.cdn.sign(sha256, parts.at(-1) ?? '');
    return textReply(302, `Found. Redirecting to ${location}`, { ...linked, location });
  }

  /** The Hub's own store of plain files. @param {RequestRecord} request @param {string[]} parts @returns {Reply} */
  #cached(request, [kind, owner, name, sha, ...path]) {
    const repo = this.#repos.find((one) => one.id === `${owner}/${name}` && one.type === typeOf(kind));
    const commit = repo?.commits.find((one) => one.sha === sha);
    const file = commit?.files.find((one) => one.path === path.join('/'));
    if (repo === undefined || commit === undefined || file === undefined) return noEntry(commit);
    const gate = this.#gate(request, repo);
    if (gate !== undefined) return gate;
    return fileReply(request, file.hosted, { ranges: this.#options.cacheRanges });
  }

  /** What the token opens; undefined for none and for one that is not known. @param {RequestRecord} request */
  #opens(request) {
    return this.#options.tokens[tokenOf(request) ?? ''];
  }

  /** @param {RequestRecord} request @returns {Reply} */
  #unknown({ path }) {
    this.violate(`${path} is no route that the stand-in knows`);
    return textReply(404, 'Not Found');
  }
}

/**
 * The Hub, listening.
 * @param {ConstructorParameters<typeof HuggingFaceHost>[0]} [options]
 */
export function startHuggingFace(options) {
  return new HuggingFaceHost(options).start();
}

/** @param {RequestRecord} request */
const tokenOf = ({ headers }) => /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];

/** @param {string | undefined} folder @returns {HubRepo['type'] | undefined} */
function typeOf(folder) {
  /** @type {Record<string, HubRepo['type']>} */
  const types = { datasets: 'dataset', models: 'model', spaces: 'space' };
  return types[folder ?? ''];
}

/** @param {HubRepo} repo @param {string} revision */
function commitOf({ commits, refs }, revision) {
  const sha = refs.get(revision === 'HEAD' ? 'main' : revision) ?? revision;
  return commits.find((commit) => commit.sha === sha);
}
