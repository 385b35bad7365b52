// @ts-check
/**
 * Mendeley Data on loopback: the interface of its pages, `public-api`, as public scripts read it, and files that are redirected to a
 * store. The list of folders is a guess.
 */
import { digestOf } from './content.js';
import { FileHost } from './file-host.js';
import { fileReply, jsonReply, textReply } from './reply.js';

/**
 * @typedef {import('./content.js').Content | string | Uint8Array} Held
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').Reply} Reply
 * @typedef {import('./reply.js').HostedFile} HostedFile
 * @typedef {{ id: string, folder: string, filename: string, sha256: string, hosted: HostedFile }} Kept
 */

export class MendeleyHost extends FileHost {
  /** By id; versions by number. @type {Map<string, { name: string, versions: Map<number, { files: Kept[], folders: { id: string, name: string, parent_id?: string }[] }> }>} */
  #datasets = new Map();
  #count = 0;

  get env() {
    return { MEDDS_ENDPOINT_MENDELEY: this.origin };
  }

  /**
   * @param {string} id
   * @param {number} version
   * @param {Record<string, Held>} files  by path
   */
  async addVersion(id, version, files) {
    const dataset = this.#datasets.get(id) ?? { name: `Dataset ${id}`, versions: new Map() };
    this.#datasets.set(id, dataset);
    /** @type {Kept[]} */
    const kept = [];
    /** @type {Map<string, { id: string, name: string, parent_id?: string }>} */
    const folders = new Map();
    for (const [path, content] of Object.entries(files)) {
      const parts = path.split('/');
      const filename = /** @type {string} */ (parts.pop());
      let folder = 'root';
      for (const [at, name] of parts.entries()) {
        const place = parts.slice(0, at + 1).join('/');
        const known = folders.get(place) ?? {
          id: this.#id(),
          name,
          ...(folder === 'root' ? {} : { parent_id: folder }),
        };
        folders.set(place, known);
        folder = known.id;
      }
      const hosted = this.hosted(content);
      kept.push({ id: this.#id(), folder, filename, sha256: await digestOf(hosted.content, 'sha256'), hosted });
    }
    dataset.versions.set(version, { files: kept, folders: [...folders.values()] });
  }

  /** Path that a file's bytes come from. @param {string} id @param {number} version @param {string} filename */
  storedPath(id, version, filename) {
    const file = this.#datasets
      .get(id)
      ?.versions.get(version)
      ?.files.find((one) => one.filename === filename);
    return `/store/${file?.id}`;
  }

  #id() {
    this.#count += 1;
    return `00000000-0000-4000-8000-${String(this.#count).padStart(12, '0')}`;
  }

  /** @override @param {RequestRecord} request @returns {Reply} */
  answer(request) {
    const [, stored] = /^\/store\/(.*)$/.exec(request.path) ?? [];
    if (stored !== undefined) {
      const file = this.#files().find((one) => one.id === stored);
      return file === undefined ? textReply(404) : fileReply(request, file.hosted);
    }
    const [, of, file] =
      /^\/public-files\/datasets\/([^/]+)\/files\/([^/]+)\/file_downloaded$/.exec(request.path) ?? [];
    if (of !== undefined) return textReply(302, '', { location: `${this.origin}/store/${file}` });
    const [, id = '', rest = ''] = /^\/public-api\/datasets\/([^/]+)(\/.*)?$/.exec(request.path) ?? [];
    const dataset = this.#datasets.get(id);
    if (dataset === undefined) return jsonReply(404, { message: 'Not Found' });
    if (rest === '') {
      const version = Math.max(...dataset.versions.keys());
      const data_licence = {
        short_name: 'CC BY 4.0',
        full_name: 'Attribution',
        url: 'http://creativecommons.org/licenses/by/4.0',
      };
      return jsonReply(200, {
        id,
        name: dataset.name,
        version,
        doi: { id: `10.17632/${id}.${version}` },
        data_licence,
      });
    }
    const version = dataset.versions.get(Number(/^\/folders\/(\d+)$/.exec(rest)?.[1] ?? request.query.get('version')));
    if (version === undefined) return jsonReply(404, { message: 'Not Found' });
    if (rest !== '/files') return jsonReply(200, version.folders);
    const folder = request.query.get('folder_id') ?? 'root';
    const files = version.files.filter((one) => one.folder === folder);
    return jsonReply(
      200,
      files.map(({ id: fileId, filename, sha256, hosted }) => ({
        id: fileId,
        filename,
        size: hosted.content.size,
        content_details: {
          sha256_hash: sha256,
          size: hosted.content.size,
          download_url: `${this.origin}/public-files/datasets/${id}/files/${fileId}/file_downloaded`,
        },
      })),
    );
  }

  #files() {
    return [...this.#datasets.values()].flatMap(({ versions }) => [...versions.values()].flatMap(({ files }) => files));
  }
}
