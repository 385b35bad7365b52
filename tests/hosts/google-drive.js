// @ts-check
/**
 * Google Drive on loopback: the public pages (files, the virus-scan form, the quota page, `embeddedfolderview`) as other programs
 * recorded them up to October 2026, and the parts of API v3 that a reader of shared files needs. All of Drive's hosts are this one.
 */
import { digestOf } from './content.js';
import { FileHost } from './file-host.js';
import {
  apiError,
  folderPage,
  INFECTED_PAGE,
  pathOfPage,
  plainPage,
  QUOTA_PAGE,
  resourceOf,
  virusScanPage,
} from './google-drive-pages.js';
import { fileReply, jsonReply, textReply } from './reply.js';

/**
 * @typedef {import('./content.js').Content} Content
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').HostedFile} HostedFile
 * @typedef {import('./reply.js').Reply} Reply
 *
 * @typedef {object} DriveThing  a file, folder, document or shortcut
 * @property {string} id
 * @property {string} name
 * @property {string} type     MIME type; Google's own begin with application/vnd.google-apps.
 * @property {string | undefined} parent  id of the folder
 * @property {string | undefined} resourceKey  without it the thing is not shared
 * @property {'public' | 'private' | 'quota' | 'infected'} state
 * @property {HostedFile} [hosted]
 * @property {string} [md5]
 * @property {string} [sha256]
 * @property {DriveThing} [target]  of a shortcut
 *
 * @typedef {object} ThingFacts
 * @property {string} id
 * @property {string} [name]
 * @property {string} [type]
 * @property {string} [parent]
 * @property {string} [resourceKey]
 * @property {DriveThing['state']} [state]
 * @property {Content | string | Uint8Array} [content]  also of a document: what it is exported as
 * @property {boolean} [hashes]  whether the public address sends x-goog-hash
 * @property {string} [target]   id that a shortcut points to
 *
 * @typedef {object} DriveOptions
 * @property {string[]} [keys]      API keys that are good
 * @property {string[]} [tokens]    OAuth access tokens of someone who sees all
 * @property {string[]} [otherKeys] keys of projects in which the Drive API is not enabled
 * @property {number} [scanLimit]   bytes from which on a file is not scanned for viruses; default: 100 MB
 * @property {boolean} [alwaysAsks] whether the form's uuid is needed besides `confirm=t`
 */

const FOLDER = 'application/vnd.google-apps.folder';
const UUID = '0731bdf8-42b1-43d4-a69d-b05bc8c9b37a';
const HTML = { 'content-type': 'text/html; charset=utf-8' };

export class GoogleDriveHost extends FileHost {
  /** @type {Map<string, DriveThing>} */
  #things = new Map();
  #options;

  /** @param {import('./file-host.js').HostOptions & DriveOptions} [options] */
  constructor({ keys = [], tokens = [], otherKeys = [], scanLimit = 100e6, alwaysAsks = false, ...options } = {}) {
    super(options);
    this.#options = { keys, tokens, otherKeys, scanLimit, alwaysAsks };
  }

  /** @param {ThingFacts} facts @returns {Promise<DriveThing>} */
  async addFile({ id, name = `${id}.bin`, type = 'application/octet-stream', content = '', hashes, target, ...facts }) {
    /** @type {DriveThing} */
    const thing = { parent: undefined, resourceKey: undefined, state: 'public', ...facts, id, name, type };
    const hosted = this.hosted(content, { etag: null, type, disposition: dispositionOf(name) });
    thing.hosted = hosted;
    thing.md5 = await digestOf(hosted.content, 'md5');
    thing.sha256 = await digestOf(hosted.content, 'sha256');
    if (hashes) hosted.headers['x-goog-hash'] = `md5=${Buffer.from(thing.md5, 'hex').toString('base64')}`;
    if (target !== undefined) thing.target = this.thing(target);
    this.#things.set(id, thing);
    return thing;
  }

  /** @param {ThingFacts} facts */
  addFolder(facts) {
    return this.addFile({ name: facts.id, ...facts, type: FOLDER });
  }

  /** @param {string} id @returns {DriveThing} */
  thing(id) {
    const thing = this.#things.get(id);
    if (thing === undefined) throw new Error(`the stand-in holds no ${id}`);
    return thing;
  }

  /** @override @param {RequestRecord} request @returns {Reply} */
  answer(request) {
    const { path, query } = request;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      this.violate(`${request.method} ${path}`);
      return textReply(405);
    }
    if (path.startsWith('/drive/v3/')) return this.#api(request);
    for (const secret of ['authorization', 'x-goog-api-key']) {
      if (request.headers[secret] !== undefined) this.violate(`${path} was sent ${secret}, which is for the API only`);
    }
    if (path === '/uc') return this.#redirect(`/download?id=${query.get('id')}&export=download${keyOf(query)}`, 303);
    if (path === '/ServiceLogin') return page(200, 'Sign in - Google Accounts');
    const id = /^\/(?:drive\/folders|\w+\/d)\/([\w-]+)/.exec(path)?.[1] ?? query.get('id') ?? '';
    const thing = this.#things.get(id);
    if (thing === undefined) return page(404, 'Error 404 (Not Found)!!1');
    const isOpen = thing.state !== 'private' && [undefined, query.get('resourcekey')].includes(thing.resourceKey);
    if (!isOpen) return this.#redirect(`/ServiceLogin?continue=${encodeURIComponent(this.url(path))}`);
    if (path === '/open') return this.#redirect(pathOfPage(thing));
    if (path === '/download') return this.#download(request, thing);
    if (path === '/embeddedfolderview') {
      return thing.type === FOLDER
        ? textReply(200, folderPage(thing, this.#children(id)), HTML)
        : page(404, 'Not Found');
    }
    if (path.endsWith('/export')) return this.#export(thing, query.get('format') ?? '');
    if (path === pathOfPage(thing).split('?')[0]) return page(200, `${thing.name} - Google Drive`);
    this.violate(`${path} is no route that the stand-in knows`);
    return page(404, 'Not Found');
  }

  /** @param {RequestRecord} request @param {DriveThing} thing @returns {Reply} */
  #download(request, thing) {
    const { query } = request;
    const { hosted, id } = thing;
    if (thing.type.startsWith('application/vnd.google-apps.') || hosted === undefined) return page(404, 'Not Found');
    if (thing.state === 'quota') return textReply(200, QUOTA_PAGE, HTML);
    if (thing.state === 'infected') return textReply(200, INFECTED_PAGE, HTML);
    const { scanLimit, alwaysAsks } = this.#options;
    const isConfirmed = query.get('confirm') === 't' && (!alwaysAsks || query.get('uuid') === UUID);
    if (hosted.content.size >= scanLimit && !isConfirmed) {
      /** @type {Record<string, string>} */
      const fields = { id, export: 'download', confirm: 't', uuid: UUID };
      const key = query.get('resourcekey');
      if (key !== null) fields.resourcekey = key;
      return textReply(200, virusScanPage(thing, this.url('/download'), fields), HTML);
    }
    return fileReply(request, hosted);
  }

  /** Exports are made while they are sent: no length, no ranges. @param {DriveThing} thing @param {string} format @returns {Reply} */
  #export({ hosted, name }, format) {
    if (hosted === undefined || !['docx', 'xlsx', 'pptx'].includes(format)) return page(400, 'Bad Request');
    const headers = {
      'content-type': 'application/octet-stream',
      'content-disposition': dispositionOf(`${name}.${format}`),
    };
    return { status: 200, headers, content: hosted.content, start: 0, end: hosted.content.size };
  }

  /** @param {RequestRecord} request @returns {Reply} */
  #api(request) {
    const { path, query, headers } = request;
    const { keys, tokens, otherKeys } = this.#options;
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    const key = [headers['x-goog-api-key'] ?? query.get('key') ?? []].flat()[0];
    if (token === undefined && key === undefined) {
      this.violate(`${path} without a key or token`);
      return jsonReply(403, apiError(403, 'forbidden', "Method doesn't allow unregistered callers."));
    }
    if (token !== undefined && !tokens.includes(token)) {
      return jsonReply(401, apiError(401, 'authError', 'Invalid Credentials'));
    }
    if (key !== undefined && otherKeys.includes(key)) {
      const message = 'Google Drive API has not been used in project 1 before or it is disabled.';
      return jsonReply(403, apiError(403, 'accessNotConfigured', message, { status: 'PERMISSION_DENIED' }));
    }
    if (key !== undefined && !keys.includes(key)) {
      const more = { status: 'INVALID_ARGUMENT', details: [{ reason: 'API_KEY_INVALID', domain: 'googleapis.com' }] };
      return jsonReply(400, apiError(400, 'badRequest', 'API key not valid. Please pass a valid API key.', more));
    }
    if (path === '/drive/v3/files') return this.#list(request);
    const [, id = '', exported] = /^\/drive\/v3\/files\/([\w-]+)(\/export)?$/.exec(path) ?? [];
    const thing = this.#things.get(id);
    const keyHeader = headers['x-goog-drive-resource-keys'];
    const sees = thing?.resourceKey === undefined || keyHeader === `${id}/${thing.resourceKey}`;
    if (thing === undefined || !sees || (thing.state === 'private' && token === undefined)) {
      return jsonReply(404, apiError(404, 'notFound', `File not found: ${id}.`));
    }
    if (exported !== undefined) return this.#export(thing, /word/.test(query.get('mimeType') ?? '') ? 'docx' : 'xlsx');
    if (query.get('alt') !== 'media') return jsonReply(200, resourceOf(thing));
    if (thing.state === 'quota') {
      const message = 'The download quota for this file has been exceeded.';
      return jsonReply(403, apiError(403, 'downloadQuotaExceeded', message));
    }
    if (thing.state === 'infected') {
      const message = 'This file has been identified as malware or spam and cannot be downloaded.';
      return jsonReply(403, apiError(403, 'cannotDownloadAbusiveFile', message));
    }
    const { hosted } = thing;
    if (hosted === undefined || thing.type.startsWith('application/vnd.google-apps.')) {
      return jsonReply(403, apiError(403, 'fileNotDownloadable', 'Only files with binary content can be downloaded.'));
    }
    return fileReply(request, { ...hosted, headers: {} });
  }

  /** @param {RequestRecord} request @returns {Reply} */
  #list({ query, path }) {
    const parent = /^'([\w-]+)' in parents and trashed = false$/.exec(query.get('q') ?? '')?.[1];
    const size = Number(query.get('pageSize') ?? 100);
    if (parent === undefined || size > 1000) {
      this.violate(`${path}?${query} is no list that the stand-in gives`);
      return jsonReply(400, apiError(400, 'invalid', 'Invalid Value'));
    }
    const all = this.#children(parent);
    const start = Number(query.get('pageToken') ?? 0);
    const end = start + size;
    return jsonReply(200, {
      files: all.slice(start, end).map(resourceOf),
      ...(end < all.length ? { nextPageToken: String(end) } : {}),
    });
  }

  /** @param {string} id */
  #children(id) {
    return [...this.#things.values()].filter(({ parent }) => parent === id);
  }

  /** @param {string} path @param {number} [status] */
  #redirect(path, status = 302) {
    return textReply(status, '', { location: `${this.origin}${path}` });
  }
}

/**
 * Google Drive, listening.
 * @param {ConstructorParameters<typeof GoogleDriveHost>[0]} [options]
 */
export function startGoogleDrive(options) {
  return new GoogleDriveHost(options).start();
}

/** @param {number} status @param {string} title */
const page = (status, title) => textReply(status, plainPage(title), HTML);

/** @param {URLSearchParams} query */
function keyOf(query) {
  const key = query.get('resourcekey');
  return key === null ? '' : `&resourcekey=${key}`;
}

/** Both forms, as Drive sends them. @param {string} name */
function dispositionOf(name) {
  const plain = name.replace(/[^\x20-\x7e]|["\\]/g, '_');
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeURIComponent(name)}`;
}
