// @ts-check
/**
 * OSF on loopback, as of 2026: projects, components, registrations and files of the API (https://developer.osf.io), and the file
 * service that redirects to signed links (WaterButler).
 */
import { createHash } from 'node:crypto';
import { digestOf } from './content.js';
import { FileHost } from './file-host.js';
import { jsonReply, textReply } from './reply.js';
import { SignedStore } from './signed-store.js';

/**
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').Reply} Reply
 * @typedef {import('./content.js').Content | string | Uint8Array} Held
 *
 * @typedef {object} NodeFacts
 * @property {string} id
 * @property {'nodes' | 'registrations' | 'preprints'} [type]
 * @property {string} [title]
 * @property {string} [parent]    id of the project that it is a component of
 * @property {'public' | 'private' | 'deleted'} [state]
 * @property {{ name: string, url: string }} [license]
 * @property {Record<string, Held>} [files]   by path, in OSF's own storage
 * @property {Record<string, Record<string, Held> | null>} [addons]  by provider; null: it cannot be listed
 *
 * @typedef {NodeFacts & { type: string, state: string }} HeldNode
 *
 * @typedef {object} Entry  a file or folder
 * @property {string} id
 * @property {string | undefined} guid
 * @property {string} node
 * @property {string} provider
 * @property {string} parent      id of its folder; '' is the storage itself
 * @property {string} name
 * @property {string} path        at its provider
 * @property {{ size: number, md5: string, sha256: string } | undefined} facts  of a file
 */

const PAGE_LIMIT = 100;
const NO_LOGIN = 'Authentication credentials were not provided.';

export class OsfHost extends FileHost {
  #tokens;
  #guests;
  /** @type {Map<string, HeldNode>} */
  #nodes = new Map();
  /** @type {Map<string, Entry>} */
  #entries = new Map();
  store;

  /** @param {import('./file-host.js').HostOptions & { tokens?: string[], guests?: number }} [options]  guests: requests that they have */
  constructor({ tokens = [], guests = 100, ...options } = {}) {
    super(options);
    this.#tokens = tokens;
    this.#guests = guests;
    this.store = new SignedStore(this, ['authorization']);
  }

  /** What leads a client here. */
  get env() {
    return { MEDDS_ENDPOINT_OSF: `${this.origin}/v2`, MEDDS_ENDPOINT_OSF_FILES: `${this.origin}/v1` };
  }

  /** @param {NodeFacts} facts */
  async addNode({ type = 'nodes', state = 'public', ...facts }) {
    this.#nodes.set(facts.id, { ...facts, type, state });
    for (const [path, content] of Object.entries(facts.files ?? {}))
      await this.#addFile(facts.id, 'osfstorage', path, content);
    for (const [provider, files] of Object.entries(facts.addons ?? {})) {
      for (const [path, content] of Object.entries(files ?? {})) await this.#addFile(facts.id, provider, path, content);
    }
  }

  /** Gives a file the short id that it has once somebody looked at it. @param {string} node @param {string} path @param {string} guid */
  lookAt(node, path, guid) {
    const entry = this.#entryAt(node, 'osfstorage', path);
    if (entry !== undefined) entry.guid = guid;
  }

  /** Id of a file. @param {string} node @param {string} path */
  fileId(node, path) {
    return this.#entryAt(node, 'osfstorage', path)?.id ?? '';
  }

  /** Path in the object store that its bytes come from. @param {string} node @param {string} path */
  storedPath(node, path) {
    return this.store.path(this.fileId(node, path));
  }

  /** @param {string} node @param {string} provider @param {string} path @param {Held} content */
  async #addFile(node, provider, path, content) {
    const parts = path.split('/');
    const name = /** @type {string} */ (parts.pop());
    let parent = '';
    for (const [at, part] of parts.entries()) {
      const folder = parts.slice(0, at + 1).join('/');
      parent = this.#addEntry({ node, provider, parent, name: part, path: folder, facts: undefined }).id;
    }
    const hosted = this.hosted(content);
    const [md5, sha256] = [await digestOf(hosted.content, 'md5'), await digestOf(hosted.content, 'sha256')];
    const entry = this.#addEntry({
      node,
      provider,
      parent,
      name,
      path,
      facts: { size: hosted.content.size, md5, sha256 },
    });
    this.store.put(entry.id, hosted);
  }

  /** @param {Omit<Entry, 'id' | 'guid'>} facts */
  #addEntry(facts) {
    const id = idOf(`${facts.node} ${facts.provider} ${facts.path}`);
    const entry = this.#entries.get(id) ?? { ...facts, id, guid: undefined };
    this.#entries.set(id, entry);
    return entry;
  }

  /** @param {string} node @param {string} provider @param {string} path */
  #entryAt(node, provider, path) {
    return this.#entries.get(idOf(`${node} ${provider} ${path}`));
  }

  /** @override @param {RequestRecord} request @returns {Reply} */
  answer(request) {
    const { path, headers, method } = request;
    const stored = this.store.answer(request);
    if (stored !== undefined) return stored;
    if (method !== 'GET') {
      this.violate(`${method} ${path}`);
      return problem(405, 'Method not allowed.');
    }
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    const isKnown = token !== undefined && this.#tokens.includes(token);
    if (token !== undefined && !isKnown) return problem(401, 'User provided an invalid OAuth2 access token');
    if (path.startsWith('/v1/')) return this.#download(request, isKnown);
    if (!isKnown) {
      this.#guests -= 1;
      if (this.#guests < 0) return problem(429, 'Request was throttled.', { 'retry-after': '3000' });
    }
    if (!path.endsWith('/')) {
      this.violate(`${path} without the slash at its end`);
      return textReply(301, '', { location: `${this.origin}${path}/` });
    }
    return this.#api(request, isKnown);
  }

  /** @param {RequestRecord} request @param {boolean} isKnown @returns {Reply} */
  #api(request, isKnown) {
    const [, kind = '', id = '', rest = ''] = /^\/v2\/([a-z]+)\/([\w-]+)\/(.*)$/.exec(request.path) ?? [];
    if (kind === 'users' && id === 'me')
      return isKnown ? jsonReply(200, { data: { type: 'users' } }) : problem(401, NO_LOGIN);
    const node = this.#nodes.get(kind === 'licenses' ? id.replace('license-', '') : id);
    if (kind === 'licenses' && node?.license !== undefined) {
      return jsonReply(200, { data: { id, type: 'licenses', attributes: node.license } });
    }
    const file = [...this.#entries.values()].find((entry) => entry.id === id || entry.guid === id);
    if (kind === 'guids') {
      if (file?.guid === id) return textReply(302, '', { location: `${this.origin}/v2/files/${id}/` });
      if (node === undefined) return problem(404, 'Not found.');
      return this.#closed(node, isKnown) ?? textReply(302, '', { location: `${this.origin}/v2/${node.type}/${id}/` });
    }
    if (kind === 'files' && file !== undefined) return jsonReply(200, { data: this.#shapeOf(file) });
    if (node === undefined || kind !== node.type) return problem(404, 'Not found.');
    const closed = this.#closed(node, isKnown);
    if (closed !== undefined) return closed;
    if (rest === '') return jsonReply(200, { data: this.#nodeShape(node) });
    if (rest === 'files/') return this.#page(request, this.#storages(node));
    if (rest === 'children/') {
      const children = [...this.#nodes.values()].filter(({ parent }) => parent === id);
      const visible = children.filter(({ state }) => state === 'public' || isKnown);
      return this.#page(
        request,
        visible.map((child) => this.#nodeShape(child)),
      );
    }
    const [, provider = '', folder = ''] = /^files\/(\w+)\/(?:(.+)\/)?$/.exec(rest) ?? [];
    if (node.addons?.[provider] === null) return problem(404, 'The add-on does not answer.');
    const inside = [...this.#entries.values()].filter(
      (entry) => entry.node === id && entry.provider === provider && entry.parent === folder,
    );
    if (provider === '') this.violate(`${request.path} is no route that the stand-in knows`);
    return this.#page(
      request,
      inside.map((entry) => this.#shapeOf(entry)),
    );
  }

  /** @param {HeldNode} node @param {boolean} isKnown @returns {Reply | undefined} */
  #closed({ state }, isKnown) {
    if (state === 'deleted') return problem(410, 'The requested node is no longer available.');
    return state === 'private' && !isKnown ? problem(401, NO_LOGIN) : undefined;
  }

  /** @param {HeldNode} node */
  #storages({ id, type, addons = {} }) {
    return ['osfstorage', ...Object.keys(addons)].map((provider) => ({
      id: `${id}:${provider}`,
      type: 'files',
      attributes: { node: id, path: '/', kind: 'folder', name: provider, provider },
      relationships: { files: related(`${this.origin}/v2/${type}/${id}/files/${provider}/`) },
    }));
  }

  /** @param {HeldNode} node */
  #nodeShape({ id, type, title, license }) {
    return {
      id,
      type,
      attributes: {
        title: title ?? `Project ${id}`,
        date_modified: '2026-03-17T16:11:35.721000',
        registration: type === 'registrations',
        public: true,
      },
      relationships: {
        files: related(`${this.origin}/v2/${type}/${id}/files/`),
        ...(license === undefined ? {} : { license: related(`${this.origin}/v2/licenses/license-${id}/`) }),
      },
      links: { html: `https://osf.io/${id}/` },
    };
  }

  /** @param {Entry} entry */
  #shapeOf({ id, guid, node, provider, name, path, facts }) {
    const type = this.#nodes.get(node)?.type;
    const isOwn = provider === 'osfstorage';
    const resource = `https://files.osf.io/v1/resources/${node}/providers/${provider}`;
    const hashes =
      facts !== undefined && isOwn ? { md5: facts.md5, sha256: facts.sha256 } : { md5: null, sha256: null };
    return {
      id,
      type: 'files',
      attributes: {
        guid: guid ?? null,
        name,
        kind: facts === undefined ? 'folder' : 'file',
        path: `/${isOwn ? id : path}${facts === undefined ? '/' : ''}`,
        size: isOwn ? (facts?.size ?? null) : null,
        provider,
        materialized_path: `/${path}`,
        ...(isOwn && facts !== undefined ? { current_version: 1 } : {}),
        extra: { hashes, downloads: 1 },
      },
      ...(facts === undefined
        ? { relationships: { files: related(`${this.origin}/v2/${type}/${node}/files/${provider}/${id}/`) }, links: {} }
        : { links: { move: `${resource}/${isOwn ? id : path}`, download: `https://osf.io/download/${guid ?? id}/` } }),
    };
  }

  /** Ten entries unless more are asked for. @param {RequestRecord} request @param {unknown[]} items @returns {Reply} */
  #page({ query, path }, items) {
    const size = Number(query.get('page[size]') ?? 10);
    if (size > PAGE_LIMIT) {
      this.violate(`${path} asks for a page of ${size}; there are ${PAGE_LIMIT} at most`);
      return problem(400, 'Invalid page size.');
    }
    const number = Number(query.get('page') ?? 1);
    const hasNext = number * size < items.length;
    const next = hasNext ? `${this.origin}${path}?page=${number + 1}&page%5Bsize%5D=${size}` : null;
    return jsonReply(200, {
      data: items.slice((number - 1) * size, number * size),
      links: { first: null, last: null, prev: null, next, meta: { total: items.length, per_page: size } },
      meta: { version: '2.0' },
    });
  }

  /** The file service. @param {RequestRecord} request @param {boolean} isKnown @returns {Reply} */
  #download({ path, query }, isKnown) {
    const [, id = '', provider = '', rest = ''] = /^\/v1\/resources\/(\w+)\/providers\/(\w+)\/(.*)$/.exec(path) ?? [];
    const node = this.#nodes.get(id);
    const place = decodeURIComponent(rest);
    const entry = provider === 'osfstorage' ? this.#entries.get(place) : this.#entryAt(id, provider, place);
    if (node?.state === 'private' && !isKnown) return jsonReply(403, { code: 403, message: 'Forbidden' });
    if (entry?.facts === undefined || entry.node !== id || !['1', null].includes(query.get('version'))) {
      return jsonReply(404, { code: 404, message: `Could not retrieve file or directory /${place}` });
    }
    return textReply(302, '', { location: this.store.sign(entry.id) });
  }
}

/**
 * OSF, listening.
 * @param {ConstructorParameters<typeof OsfHost>[0]} [options]
 */
export function startOsf(options) {
  return new OsfHost(options).start();
}

/** The same in every run. @param {string} what */
const idOf = (what) => createHash('sha256').update(what).digest('hex').slice(0, 24);

/** @param {string} href */
const related = (href) => ({ links: { related: { href, meta: {} } } });

/** @param {number} status @param {string} detail @param {Record<string, string>} [headers] */
const problem = (status, detail, headers) =>
  jsonReply(status, { errors: [{ detail, status: String(status), source: {} }], meta: { version: '2.0' } }, headers);
