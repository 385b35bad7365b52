// @ts-check
/** A Girder server on loopback: collections, folders, items and files of its REST API (https://girder.readthedocs.io/en/latest/api-docs.html). */
import { createHash } from 'node:crypto';
import { digestOf } from './content.js';
import { FileHost } from './file-host.js';
import { fileReply, jsonReply } from './reply.js';

/**
 * @typedef {import('./content.js').Content | string | Uint8Array} Held
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').Reply} Reply
 * @typedef {import('./reply.js').HostedFile} HostedFile
 * @typedef {{ _id: string, name: string, parentType: string, parentId: string }} Folder
 * @typedef {{ _id: string, name: string, folderId: string, files: { _id: string, name: string, size: number, sha512: string, hosted: HostedFile }[] }} Item
 */

const BASE = '/database/api/v1';

export class GirderHost extends FileHost {
  /** @type {Map<string, { _id: string, name: string, open: boolean }>} */
  #collections = new Map();
  /** @type {Map<string, Folder>} */
  #folders = new Map();
  /** @type {Map<string, Item>} */
  #items = new Map();

  /** What the API's address is to a client. */
  get api() {
    return `${this.origin}${BASE}`;
  }

  get env() {
    return { MEDDS_ENDPOINT_GIRDER: this.api };
  }

  /** Ids are what their names make them. @param {string} name */
  id(name) {
    return createHash('sha256').update(name).digest('hex').slice(0, 24);
  }

  /**
   * A collection with files by path; `FOLDER/ITEM//NAME` is one of several files of an item.
   * @param {string} name
   * @param {Record<string, Held>} files
   * @param {{ open?: boolean }} [options]
   */
  async addCollection(name, files, { open = true } = {}) {
    const collection = this.id(name);
    this.#collections.set(collection, { _id: collection, name, open });
    for (const [path, content] of Object.entries(files)) {
      const [place = '', inItem] = path.split('//');
      const parts = place.split('/');
      const itemName = /** @type {string} */ (parts.pop());
      let parent = { type: 'collection', id: collection };
      for (const [at, part] of parts.entries()) {
        const _id = this.id(`${name} ${parts.slice(0, at + 1).join('/')}`);
        this.#folders.set(_id, { _id, name: part, parentType: parent.type, parentId: parent.id });
        parent = { type: 'folder', id: _id };
      }
      const _id = this.id(`${name} item ${place}`);
      const item = this.#items.get(_id) ?? { _id, name: itemName, folderId: parent.id, files: [] };
      const hosted = this.hosted(content);
      item.files.push({
        _id: this.id(`${name} file ${path}`),
        name: inItem ?? itemName,
        size: hosted.content.size,
        sha512: await digestOf(hosted.content, 'sha512'),
        hosted,
      });
      this.#items.set(_id, item);
    }
  }

  /** @param {string} collection @param {string} path */
  filePath(collection, path) {
    return `${BASE}/file/${this.id(`${collection} file ${path}`)}/download`;
  }

  /** @override @param {RequestRecord} request @returns {Reply} */
  answer(request) {
    const [, rest = ''] = new RegExp(`^${BASE}/(.*)$`).exec(request.path) ?? [];
    const [kind = '', id, what] = rest.split('/');
    if (id !== undefined && !/^[0-9a-f]{24}$/.test(id)) return problem(400, `Invalid ObjectId: ${id}`);
    const closed = [...this.#collections.values()].some(({ open }) => !open);
    if (closed && kind !== 'file') return problem(401, 'Read access denied for collection.');
    const limit = Number(request.query.get('limit') ?? 50);
    const offset = Number(request.query.get('offset') ?? 0);
    const page = (/** @type {object[]} */ all) =>
      jsonReply(200, limit === 0 ? all.slice(offset) : all.slice(offset, offset + limit));
    if (kind === 'collection' && id !== undefined)
      return found(this.#collections.get(id), `Invalid collection id (${id}).`);
    if (kind === 'folder' && id !== undefined) return found(this.#folders.get(id), `Invalid folder id (${id}).`);
    if (kind === 'folder') {
      const [type, parent] = [request.query.get('parentType'), request.query.get('parentId')];
      return page(
        [...this.#folders.values()].filter(({ parentType, parentId }) => parentType === type && parentId === parent),
      );
    }
    if (kind === 'item' && id === undefined) {
      const folder = request.query.get('folderId');
      return page(
        [...this.#items.values()].filter(({ folderId }) => folderId === folder).map(({ files: _, ...item }) => item),
      );
    }
    const item = this.#items.get(id ?? '');
    if (kind === 'item' && what === 'files') return page((item?.files ?? []).map(({ hosted: _, ...file }) => file));
    if (kind === 'item') return found(item && { _id: item._id, name: item.name }, `Invalid item id (${id}).`);
    const file = [...this.#items.values()].flatMap(({ files }) => files).find((one) => one._id === id);
    if (kind === 'file' && what === 'download' && file !== undefined) return fileReply(request, file.hosted);
    return problem(400, `Invalid ${kind} id (${id}).`);
  }
}

/** @param {object | undefined} value @param {string} message */
const found = (value, message) => (value === undefined ? problem(400, message) : jsonReply(200, value));

/** @param {number} status @param {string} message */
const problem = (status, message) => jsonReply(status, { message, type: status === 400 ? 'validation' : 'access' });
