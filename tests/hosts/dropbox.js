// @ts-check
/**
 * Dropbox on loopback: shared links, their pages, and dl.dropboxusercontent.com, where `dl=1` leads, as `localhost`. As others
 * recorded it up to October 2026; there the path to the bytes is another one each time, here it is until `expire`. That a link
 * without its rlkey leads to the log-in is a guess.
 */
import { FileHost } from './file-host.js';
import { fileReply, textReply } from './reply.js';

/**
 * @typedef {import('./content.js').Content} Content
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').HostedFile} HostedFile
 * @typedef {import('./reply.js').Reply} Reply
 * @typedef {'open' | 'password' | 'private' | 'deleted' | 'traffic' | 'restricted'} State
 *
 * @typedef {object} Shared
 * @property {number} id
 * @property {HostedFile} hosted  of a folder: the zip that is made of it
 * @property {string | undefined} rlkey
 * @property {State} state
 * @property {boolean} isFolder
 */

const HTML = { 'content-type': 'text/html; charset=utf-8' };

export class DropboxHost extends FileHost {
  #era = 1;
  /** @type {Map<string, Shared>} */
  #shared = new Map();

  /**
   * Shares a file, or a folder as the zip that Dropbox would make of it.
   * @param {string} path  of the link: `/s/KEY/NAME`, `/scl/fi/KEY/NAME`, `/sh/KEY/TOKEN`, `/sh/KEY/TOKEN/NAME`
   * @param {Content | string | Uint8Array} [content]
   * @param {{ rlkey?: string, state?: State, isFolder?: boolean }} [facts]
   */
  share(path, content = '', { rlkey, state = 'open', isFolder = false } = {}) {
    const id = this.#shared.size + 1;
    const hosted = this.hosted(content, {
      etag: `17${id}d`,
      lastModified: null,
      type: isFolder ? 'application/zip' : 'application/binary',
      disposition: `attachment; filename="${isFolder ? 'Folder.zip' : 'unspecified'}"`,
    });
    this.#shared.set(path, { id, hosted, rlkey, state, isFolder });
    return this;
  }

  /** Where the bytes of a link are asked for now. @param {string} path */
  bytesPath(path) {
    const { id, isFolder } = this.#held(path);
    const token = `token-${this.#era}-${id}`;
    return isFolder ? `/zip_download_get/${token}` : `/cd/0/get/${token}/file`;
  }

  /** All addresses of bytes given so far are refused from now on. */
  expire() {
    this.#era += 1;
  }

  /** @param {string} path @param {State} state */
  become(path, state) {
    this.#held(path).state = state;
  }

  /** @param {string} path */
  #held(path) {
    const held = this.#shared.get(path);
    if (held === undefined) throw new Error(`the stand-in shares no ${path}`);
    return held;
  }

  /** @override @param {RequestRecord} request @returns {Reply} */
  answer(request) {
    const { path, query, headers, method } = request;
    if (method !== 'GET') this.violate(`${method} ${path}`);
    if (headers.authorization !== undefined) this.violate(`${path} was sent credentials`);
    if (/^\/(cd\/0\/get|zip_download_get)\//.test(path)) return this.#bytes(request);
    if (String(headers.host).startsWith('localhost')) this.violate(`${path} is not of dl.dropboxusercontent.com`);
    if (path === '/sm/password') return page(200, 'Dropbox - Enter password');
    if (path === '/login') return page(200, 'Login - Dropbox');
    const shared = this.#shared.get(decodeURI(path));
    if (shared === undefined) return page(404, 'Dropbox - 404', 'We can&#39;t find the page you&#39;re looking for.');
    const back = encodeURIComponent(this.url(`${path}?dl=0`));
    switch (shared.rlkey === (query.get('rlkey') ?? undefined) ? shared.state : 'private') {
      case 'password':
        return redirect(`/sm/password?cont=${back}&content_id=AK3f`);
      case 'private':
        return redirect(`/login?cont=${back}`);
      case 'deleted':
        return page(200, 'Dropbox - File Deleted - Simplify your life');
      case 'traffic':
        return page(429, 'Dropbox - Error', TRAFFIC);
      case 'restricted':
        return page(460, 'Dropbox - Restricted Content', 'This file is no longer available.');
      default:
    }
    if (query.get('dl') !== '1') return page(200, 'Dropbox - Simplify your life');
    const more = shared.isFolder ? '_download_id=1&_notify_domain=www.dropbox.com&dl=1' : 'dl=1';
    return redirect(`${this.url(this.bytesPath(decodeURI(path)), 'localhost')}?${more}#`);
  }

  /** If-Range is not looked at. @param {RequestRecord} request @returns {Reply} */
  #bytes(request) {
    const { path, headers } = request;
    const [, era, id] = /\/token-(\d+)-(\d+)/.exec(path) ?? [];
    const shared = [...this.#shared.values()].find((one) => one.id === Number(id));
    if (shared === undefined || Number(era) !== this.#era) return textReply(410, 'Link expired\n');
    const { hosted, isFolder } = shared;
    if (!isFolder) return fileReply({ ...request, headers: { ...headers, 'if-range': undefined } }, hosted);
    if (headers.range !== undefined) this.violate(`${path} was asked for a range, and sends all of the zip`);
    const { content, type } = hosted;
    return { status: 200, headers: { ...hosted.headers, 'content-type': type }, content, start: 0, end: content.size };
  }
}

/**
 * Dropbox, listening.
 * @param {import('./file-host.js').HostOptions} [options]
 */
export function startDropbox(options) {
  return new DropboxHost(options).start();
}

const TRAFFIC =
  'This link is temporarily disabled. The person who shared it hit their daily limit of traffic or downloads.';

/** @param {number} status @param {string} title @param {string} [text] */
function page(status, title, text = title) {
  return textReply(
    status,
    `<!DOCTYPE html><html><head><title>${title}</title></head><body><h1>${text}</h1></body></html>`,
    HTML,
  );
}

/** @param {string} location */
const redirect = (location) => textReply(302, '', { location });
