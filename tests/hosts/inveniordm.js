// @ts-check
/** A repository that runs InvenioRDM on loopback: records, lists of files (https://inveniordm.docs.cern.ch/reference/), and their bytes. */
import { digestOf } from './content.js';
import { FileHost } from './file-host.js';
import { fileReply, jsonReply } from './reply.js';

/**
 * @typedef {import('./content.js').Content | string | Uint8Array} Held
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').Reply} Reply
 * @typedef {import('./reply.js').HostedFile} HostedFile
 * @typedef {{ files?: 'public' | 'restricted', until?: string, latest?: boolean, deleted?: boolean }} RecordFacts
 */

export class InvenioHost extends FileHost {
  /** @type {Map<string, RecordFacts & { held: Map<string, { md5: string, hosted: HostedFile }> }>} */
  #records = new Map();

  get env() {
    return { MEDDS_ENDPOINT_INVENIORDM: this.origin };
  }

  /** @param {string} id @param {Record<string, Held>} files @param {RecordFacts} [facts] */
  async addRecord(id, files, facts = {}) {
    const held = new Map();
    for (const [key, content] of Object.entries(files)) {
      const hosted = this.hosted(content);
      held.set(key, { md5: await digestOf(hosted.content, 'md5'), hosted });
    }
    this.#records.set(id, { ...facts, held });
  }

  /** @param {string} id @param {string} key */
  filePath(id, key) {
    return `/records/${id}/files/${encodeURIComponent(key)}`;
  }

  /** @override @param {RequestRecord} request @returns {Reply} */
  answer(request) {
    const [, api, id = '', list, key] = /^(\/api)?\/records\/([^/]+)(\/files)?(?:\/(.*))?$/.exec(request.path) ?? [];
    const record = this.#records.get(id);
    if (record === undefined)
      return jsonReply(404, { status: 404, message: 'The persistent identifier does not exist.' });
    if (record.deleted) return jsonReply(410, { status: 410, message: 'The record has been deleted.' });
    const isOpen = (record.files ?? 'public') === 'public';
    if (list === undefined) {
      return jsonReply(200, {
        id,
        metadata: {
          title: `Record ${id}`,
          rights: [
            {
              id: 'cc-by-4.0',
              title: { en: 'Creative Commons Attribution 4.0 International' },
              props: { url: 'https://creativecommons.org/licenses/by/4.0/legalcode' },
            },
          ],
        },
        pids: { doi: { identifier: `10.57754/FDAT.${id}` } },
        access: {
          record: 'public',
          files: record.files ?? 'public',
          embargo: { active: record.until !== undefined, until: record.until },
        },
        versions: { index: 1, is_latest: record.latest ?? true },
      });
    }
    if (!isOpen) return jsonReply(403, { status: 403, message: 'Permission denied.' });
    if (key !== undefined) {
      const file = record.held.get(decodeURIComponent(key));
      return file === undefined ? jsonReply(404, { status: 404 }) : fileReply(request, file.hosted);
    }
    const entries = [...record.held].map(([name, { md5, hosted }]) => ({
      key: name,
      size: hosted.content.size,
      checksum: `md5:${md5}`,
    }));
    return api === undefined ? jsonReply(404, {}) : jsonReply(200, { enabled: true, entries });
  }
}
