// @ts-check
/**
 * Public shares of a Nextcloud on loopback: WebDAV at both of its addresses
 * (https://docs.nextcloud.com/server/latest/developer_manual/client_apis/WebDAV/basic.html), with the checksums that clients upload.
 */
import { digestOf } from './content.js';
import { FileHost } from './file-host.js';
import { fileReply, textReply } from './reply.js';

/**
 * @typedef {import('./content.js').Content | string | Uint8Array} Held
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').Reply} Reply
 * @typedef {import('./reply.js').HostedFile} HostedFile
 * @typedef {{ files: Map<string, { sha1: string, hosted: HostedFile }>, password: string | undefined, single: boolean }} Share
 */

export class NextcloudHost extends FileHost {
  /** @type {Map<string, Share>} */
  #shares = new Map();
  #before29;

  /** @param {import('./file-host.js').HostOptions & { before29?: boolean }} [options] */
  constructor({ before29 = false, ...options } = {}) {
    super(options);
    this.#before29 = before29;
  }

  get env() {
    return { MEDDS_ENDPOINT_NEXTCLOUD: this.origin };
  }

  /** @param {string} token @param {Record<string, Held>} files @param {{ password?: string, single?: boolean }} [options]  single: the share is one file */
  async addShare(token, files, { password, single = false } = {}) {
    const held = new Map();
    for (const [path, content] of Object.entries(files)) {
      const hosted = this.hosted(content);
      held.set(path, { sha1: await digestOf(hosted.content, 'sha1'), hosted });
    }
    this.#shares.set(token, { files: held, password, single });
  }

  /** @param {string} token @param {string} path */
  filePath(token, path) {
    const place = path.split('/').map(encodeURIComponent).join('/');
    return this.#before29 ? `/public.php/webdav/${place}` : `/public.php/dav/files/${token}/${place}`;
  }

  /** @override @param {RequestRecord} request @returns {Reply} */
  answer(request) {
    const given = Buffer.from(String(request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
    const user = given.slice(0, Math.max(0, given.indexOf(':')));
    const secret = given.slice(given.indexOf(':') + 1);
    const [, newer, inNewer = ''] = /^\/public\.php\/dav\/files\/([^/]+)\/?(.*)$/.exec(request.path) ?? [];
    const [, inOlder] = /^\/public\.php\/webdav\/?(.*)$/.exec(request.path) ?? [];
    // A version that does not know the address shows a page.
    if ((newer !== undefined && this.#before29) || (newer === undefined && inOlder === undefined)) {
      return textReply(405, '<html></html>', { 'content-type': 'text/html' });
    }
    const token = newer ?? user;
    const share = this.#shares.get(token);
    if (share === undefined) return error(newer === undefined ? 401 : 404, 'NotFound');
    if (share.password !== undefined && secret !== share.password) return error(401, 'NotAuthenticated');
    const path = decodeURIComponent(newer === undefined ? (inOlder ?? '') : inNewer).replace(/\/$/, '');
    const root = newer === undefined ? '/public.php/webdav/' : `/public.php/dav/files/${token}/`;
    if (request.method === 'PROPFIND') return this.#list(request, share, root, path);
    const file = share.single ? [...share.files.values()][0] : share.files.get(path);
    return file === undefined ? error(404, 'NotFound') : fileReply(request, file.hosted);
  }

  /** @param {RequestRecord} request @param {Share} share @param {string} root @param {string} path @returns {Reply} */
  #list(request, { files, single }, root, path) {
    if (request.headers.depth !== '1') {
      this.violate('a PROPFIND without Depth: 1, which public servers refuse');
      return error(403, 'Forbidden');
    }
    const encode = (/** @type {string} */ one) => one.split('/').map(encodeURIComponent).join('/');
    if (single) {
      const [[name, file] = ['', undefined]] = [...files];
      return multistatus([member(root, name, file)]);
    }
    const below = path === '' ? '' : `${path}/`;
    const inside = [...files].filter(([name]) => name.startsWith(below));
    if (inside.length === 0) return error(404, 'NotFound');
    const folders = new Set(
      inside.flatMap(([name]) =>
        name.slice(below.length).includes('/') ? [name.slice(below.length).split('/')[0]] : [],
      ),
    );
    return multistatus([
      member(`${root}${encode(below)}`, path),
      ...[...folders].map((name) => member(`${root}${encode(`${below}${name}`)}/`, String(name))),
      ...inside
        .filter(([name]) => !name.slice(below.length).includes('/'))
        .map(([name, file]) => member(`${root}${encode(name)}`, name, file)),
    ]);
  }
}

/** @param {string} href @param {string} name @param {{ sha1: string, hosted: HostedFile }} [file] */
function member(href, name, file) {
  const last = name.slice(name.lastIndexOf('/') + 1).replaceAll('&', '&amp;');
  const props =
    file === undefined
      ? '<d:resourcetype><d:collection/></d:resourcetype>'
      : `<d:resourcetype/><d:getcontentlength>${file.hosted.content.size}</d:getcontentlength><oc:checksums><oc:checksum>SHA1:${file.sha1} ADLER32:11e60398</oc:checksum></oc:checksums>`;
  return `<d:response><d:href>${href}</d:href><d:propstat><d:prop><d:displayname>${last}</d:displayname>${props}</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat><d:propstat><d:prop><oc:comments/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>`;
}

/** @param {string[]} members */
function multistatus(members) {
  const text = `<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns" xmlns:oc="http://owncloud.org/ns">${members.join('')}</d:multistatus>`;
  return textReply(207, text, { 'content-type': 'application/xml; charset=utf-8' });
}

/** @param {number} status @param {string} exception */
function error(status, exception) {
  const text = `<?xml version="1.0" encoding="utf-8"?><d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:exception>Sabre\\DAV\\Exception\\${exception}</s:exception></d:error>`;
  return textReply(status, text, { 'content-type': 'application/xml; charset=utf-8' });
}
