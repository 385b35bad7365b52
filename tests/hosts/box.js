// @ts-check
/**
 * Box on loopback: the pages of shared links, the links that give bytes, and boxcloud.com, where they lead, as `localhost`. All of
 * Box's other hosts are this one. Statuses of refusals, and that boxcloud.com sends no validators, are guesses: none were recorded.
 */
import { BANDWIDTH_PAGE, filePage, folderPage, LOGIN_PAGE, PASSWORD_PAGE, REMOVED_PAGE } from './box-pages.js';
import { FileHost } from './file-host.js';
import { fileReply, textReply } from './reply.js';

/**
 * @typedef {import('./content.js').Content} Content
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').HostedFile} HostedFile
 * @typedef {import('./reply.js').Reply} Reply
 *
 * @typedef {object} BoxThing
 * @property {number} id
 * @property {string} name
 * @property {'file' | 'folder' | 'web_link'} type
 * @property {number | undefined} [parent]
 * @property {HostedFile} [hosted]
 *
 * @typedef {object} Share
 * @property {BoxThing} thing
 * @property {string} sharedName
 * @property {'open' | 'password' | 'private' | 'removed' | 'bandwidth' | 'view-only'} state
 */

const HTML = { 'content-type': 'text/html; charset=utf-8' };

export class BoxHost extends FileHost {
  #era = 1;
  /** @type {Map<number, BoxThing>} */
  #things = new Map();
  /** @type {Map<number, BoxThing[]>} */
  #children = new Map();
  /** By the last part of their addresses: shared name, vanity name, and the name of a static link. @type {Map<string, Share>} */
  #shares = new Map();

  /** @param {{ id: number, name?: string, parent?: number, content?: Content | string | Uint8Array }} facts */
  addFile({ id, name = `${id}.bin`, parent, content = '' }) {
    const disposition = `attachment;filename="${name.replace(/[^\x20-\x7e]|["\\]/g, '_')}";filename*=UTF-8''${encodeURIComponent(name)}`;
    const hosted = this.hosted(content, { etag: null, lastModified: null, disposition });
    return this.#add({ id, name, parent, hosted, type: 'file' });
  }

  /** @param {{ id: number, name?: string, parent?: number, type?: 'folder' | 'web_link' }} facts */
  addFolder({ id, name = `folder ${id}`, parent, type = 'folder' }) {
    return this.#add({ id, name, parent, type });
  }

  /** @param {BoxThing} thing */
  #add(thing) {
    this.#things.set(thing.id, thing);
    const { parent } = thing;
    if (parent !== undefined) {
      const siblings = this.#children.get(parent);
      if (siblings === undefined) this.#children.set(parent, [thing]);
      else siblings.push(thing);
    }
    return thing;
  }

  /**
   * @param {number} id  of a file or folder
   * @param {{ sharedName?: string, vanity?: string, ending?: string, state?: Share['state'] }} [facts]  `ending` of its static link, `.zip`
   */
  share(id, { sharedName = `hash${id}`, vanity, ending = '', state = 'open' } = {}) {
    const share = { thing: /** @type {BoxThing} */ (this.#things.get(id)), sharedName, state };
    this.#shares.set(sharedName, share);
    this.#shares.set(`${sharedName}${ending}`, share);
    if (vanity !== undefined) this.#shares.set(vanity, share);
    return share;
  }

  /** Where a file's bytes are asked for now. @param {number} id */
  bytesPath(id) {
    return `/d/1/b1!signature-${this.#era}-${id}../download`;
  }

  /** All links to bytes given so far are refused from now on. */
  expire() {
    this.#era += 1;
  }

  /** @override @param {RequestRecord} request @returns {Reply} */
  answer(request) {
    const { path, query, headers, method } = request;
    if (method !== 'GET') this.violate(`${method} ${path}`);
    if (headers.authorization !== undefined) this.violate(`${path} was sent credentials`);
    if (path.startsWith('/d/1/')) return this.#bytes(request);
    if (String(headers.host).startsWith('localhost')) this.violate(`${path} is not of boxcloud.com`);
    if (path === '/login') return textReply(200, LOGIN_PAGE, HTML);
    const file = /^\/(shared|public)\/static\/([^/]+)$/.exec(path);
    if (file?.[1] === 'shared') return redirect(`/public/static/${file[2]}`, 301);
    if (file !== null) return this.#open(file[2], (share) => this.#download(share, share.thing));
    if (path === '/index.php' && query.get('rm') === 'box_download_shared_file') {
      const thing = this.#things.get(Number(/^f_(\d+)$/.exec(query.get('file_id') ?? '')?.[1]));
      return this.#open(query.get('shared_name') ?? query.get('vanity_name') ?? '', (share) =>
        thing === undefined || !this.#isIn(thing, share.thing) ? gone() : this.#download(share, thing),
      );
    }
    const [, name, type, id] = /^\/[sv]\/([^/]+)(?:\/(file|folder)\/(\d+))?$/.exec(path) ?? [];
    if (name !== undefined) return this.#open(name, (share) => this.#page(share, type, Number(id), query));
    this.violate(`${path} is no route that the stand-in knows`);
    return gone();
  }

  /** @param {string | undefined} name @param {(share: Share) => Reply} answer @returns {Reply} */
  #open(name, answer) {
    const share = this.#shares.get(name ?? '');
    if (share === undefined || share.state === 'removed') return gone();
    if (share.state === 'password') return textReply(200, PASSWORD_PAGE, HTML);
    if (share.state === 'private') return redirect(`/login?redirect_url=${encodeURIComponent(`/s/${name}`)}`);
    return answer(share);
  }

  /** @param {Share} share @param {string | undefined} type @param {number} id @param {URLSearchParams} query @returns {Reply} */
  #page({ thing: shared, sharedName, state }, type, id, query) {
    const thing = type === undefined ? shared : this.#things.get(id);
    if (thing === undefined || !this.#isIn(thing, shared)) return gone();
    const canDownload = state !== 'view-only';
    if (thing.type === 'file') return textReply(200, filePage(sharedName, shared, thing, canDownload), HTML);
    const children = this.#children.get(thing.id) ?? [];
    const number = Number(query.get('page') ?? 1);
    return textReply(200, folderPage(sharedName, shared, thing, children, number, canDownload), HTML);
  }

  /** @param {Share} share @param {BoxThing} thing @returns {Reply} */
  #download({ state }, thing) {
    if (state === 'bandwidth') return textReply(200, BANDWIDTH_PAGE, HTML);
    if (state === 'view-only') return textReply(403, undefined, HTML);
    if (thing.hosted === undefined) return gone();
    return redirect(this.url(this.bytesPath(thing.id), 'localhost'));
  }

  /** @param {RequestRecord} request @returns {Reply} */
  #bytes(request) {
    const [, era, id] = /^\/d\/1\/b1!signature-(\d+)-(\d+)\.\.\/download$/.exec(request.path) ?? [];
    const hosted = this.#things.get(Number(id))?.hosted;
    if (hosted === undefined) return gone();
    return Number(era) === this.#era ? fileReply(request, hosted) : textReply(403, undefined, HTML);
  }

  /** @param {BoxThing} thing @param {BoxThing} shared @returns {boolean} */
  #isIn(thing, shared) {
    if (thing === shared) return true;
    const parent = thing.parent === undefined ? undefined : this.#things.get(thing.parent);
    return parent !== undefined && this.#isIn(parent, shared);
  }
}

/**
 * Box, listening.
 * @param {import('./file-host.js').HostOptions} [options]
 */
export function startBox(options) {
  return new BoxHost(options).start();
}

const gone = () => textReply(404, REMOVED_PAGE, HTML);

/** @param {string} location @param {number} [status] */
const redirect = (location, status = 302) => textReply(status, '', { location });
