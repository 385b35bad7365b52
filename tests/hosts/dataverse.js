// @ts-check
/**
 * A Dataverse server on loopback, as of release 6.11: datasets, versions and files of its native API, and its data access API
 * (https://guides.dataverse.org/en/latest/api/), with the firewall of Harvard's before it.
 */
import { digestOf } from './content.js';
import { FileHost } from './file-host.js';
import { fileReply, jsonReply, textReply } from './reply.js';
import { SignedStore } from './signed-store.js';

/**
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').Reply} Reply
 * @typedef {import('./reply.js').HostedFile} HostedFile
 * @typedef {import('./content.js').Content | string | Uint8Array} Held
 *
 * @typedef {object} FileFacts
 * @property {string} name
 * @property {Held} content            as it was uploaded
 * @property {string} [folder]
 * @property {Held} [tab]              the server's own form of a table: it was ingested, and is listed as NAME.tab
 * @property {boolean} [originalKept]  default: true
 * @property {boolean} [restricted]
 * @property {string} [embargo]        until this day
 * @property {string} [retention]      until this day
 * @property {'MD5' | 'SHA-1' | 'SHA-256' | 'SHA-512'} [algorithm]
 * @property {string} [pid]            DOI of its own, with doi:
 *
 * @typedef {object} DatasetFacts
 * @property {string} pid              with doi:
 * @property {string} [version]        default: 1.0
 * @property {string} [title]
 * @property {unknown} [license]
 * @property {string} [terms]          of access
 * @property {number} [guestbook]
 * @property {'released' | 'deaccessioned' | 'draft'} [state]
 * @property {FileFacts[]} [files]
 *
 * @typedef {DatasetFacts & { number: number, version: string, entries: Entry[] }} HeldDataset
 * @typedef {Record<string, unknown> & { label: string, dataFile: Record<string, unknown> }} Entry
 * @typedef {{ facts: FileFacts, dataset: DatasetFacts, original: HostedFile, tab: HostedFile | undefined }} HeldFile
 */

const CC0 = { name: 'CC0 1.0', uri: 'http://creativecommons.org/publicdomain/zero/1.0' };
const NO_PID = 'When accessing a dataset based on Persistent ID, a persistentId query parameter must be present.';

export class DataverseHost extends FileHost {
  #options;
  /** In order of their versions. @type {HeldDataset[]} */
  #datasets = [];
  /** @type {Map<string, HeldFile>} */
  #files = new Map();
  #nextId = 14_000_001;
  store;

  /**
   * @param {import('./file-host.js').HostOptions & { tokens?: string[], redirects?: boolean, pages?: boolean }} [options]
   *   redirects: whether bytes come from an object store; default true. pages: false for a server before 5.14, which knows neither
   *   pages of files nor excludeFiles
   */
  constructor({ tokens = [], redirects = true, pages = true, ...options } = {}) {
    super(options);
    this.#options = { tokens, redirects, pages };
    this.store = new SignedStore(this, ['x-dataverse-key']);
  }

  /** Publishes a dataset, or a newer version of one. @param {DatasetFacts} facts @returns {Promise<HeldDataset>} */
  async addDataset(facts) {
    const entries = [];
    for (const file of facts.files ?? []) entries.push(await this.#addFile(file, facts));
    const dataset = { ...facts, number: this.#nextId++, version: facts.version ?? '1.0', entries };
    this.#datasets.push(dataset);
    return dataset;
  }

  /** Path that a file is asked for at. @param {string} pid @param {string} label */
  filePath(pid, label) {
    return `/api/access/datafile/${this.#idOf(pid, label)}`;
  }

  /** Path in the object store that its bytes come from. @param {string} pid @param {string} label */
  storedPath(pid, label) {
    return this.store.path(this.#idOf(pid, label));
  }

  /** @param {string} pid @param {string} label */
  #idOf(pid, label) {
    const dataset = this.#datasets.findLast((held) => held.pid === pid);
    return String(dataset?.entries.find((entry) => entry.label === label)?.dataFile.id);
  }

  /** @param {FileFacts} facts @param {DatasetFacts} dataset @returns {Promise<Entry>} */
  async #addFile(facts, dataset) {
    const { name, content, folder, tab, restricted = false, embargo, retention, algorithm = 'MD5', pid = '' } = facts;
    const id = this.#nextId++;
    const original = this.hosted(content, { etag: null, lastModified: null });
    const table = tab === undefined ? undefined : this.hosted(tab, { etag: null, lastModified: null });
    const sum = await digestOf(original.content, algorithm.replace('-', '').toLowerCase());
    this.#files.set(String(id), { facts, dataset, original, tab: table });
    this.store.put(String(id), this.hosted(original.content));
    const label = table === undefined ? name : name.replace(/\.\w+$/, '.tab');
    return {
      label,
      restricted,
      ...(folder === undefined ? {} : { directoryLabel: folder }),
      version: 1,
      dataFile: {
        id,
        persistentId: pid,
        filename: label,
        contentType: table === undefined ? 'application/octet-stream' : 'text/tab-separated-values',
        filesize: (table ?? original).content.size,
        ...(embargo === undefined ? {} : { embargo: { dateAvailable: embargo, reason: 'The consortium wants it.' } }),
        ...(retention === undefined ? {} : { retention: { dateUnavailable: retention } }),
        ...(table === undefined || facts.originalKept === false
          ? {}
          : {
              originalFileFormat: 'text/csv',
              originalFileSize: original.content.size,
              originalFileName: name,
            }),
        rootDataFileId: -1,
        ...(algorithm === 'MD5' ? { md5: sum } : {}),
        checksum: { type: algorithm, value: sum },
        tabularData: table !== undefined,
      },
    };
  }

  /** @override @param {RequestRecord} request @returns {Reply} */
  answer(request) {
    const { path, headers, method } = request;
    const stored = this.store.answer(request);
    if (stored !== undefined) return stored;
    const agent = headers['user-agent'] ?? '';
    if (agent === '' || /python-requests/.test(agent)) {
      this.violate(`${method} ${path} as "${agent}", which the firewall turns away`);
      return textReply(403, '<html><head><title>403 Forbidden</title></head></html>', { 'content-type': 'text/html' });
    }
    if (method !== 'GET') {
      this.violate(`${method} ${path}`);
      return problem(405, 'HTTP 405 Method Not Allowed');
    }
    const key = headers['x-dataverse-key'];
    const isKnown = key !== undefined && this.#options.tokens.includes(String(key));
    if (key !== undefined && !isKnown) return problem(401, 'Bad API key');
    if (path === '/api/users/:me') return isKnown ? ok({ id: 1 }) : problem(401, 'Bad API key');
    const file = /^\/api\/access\/datafile\/(\d+)$/.exec(path)?.[1];
    if (file !== undefined) return this.#access(request, file, isKnown);
    if (path === '/api/files/:persistentId/') return this.#file(request);
    const [, version, files] = /^\/api\/datasets\/:persistentId\/(?:versions\/([^/]+)(\/files)?)?$/.exec(path) ?? [];
    if (version === undefined && path !== '/api/datasets/:persistentId/') {
      this.violate(`${path} is no route that the stand-in knows`);
      return problem(404, 'API endpoint does not exist on this server.');
    }
    return this.#dataset(request, version, files !== undefined, isKnown);
  }

  /** @param {RequestRecord} request @param {string | undefined} number @param {boolean} wantsFiles @param {boolean} isKnown @returns {Reply} */
  #dataset({ query }, number, wantsFiles, isKnown) {
    const pid = query.get('persistentId');
    const versions = this.#datasets.filter((held) => held.pid === pid && (held.state !== 'draft' || isKnown));
    const newest = versions.at(-1);
    if (newest === undefined) {
      const isDraft = this.#datasets.some((held) => held.pid === pid);
      return isDraft ? problem(401, 'User :guest is not permitted to perform requested action.') : problem(404, NO_PID);
    }
    if (newest.state === 'deaccessioned') {
      return number === undefined ? ok(datasetShape(newest)) : noVersion(number, newest.number);
    }
    const excludes = this.#options.pages && query.get('excludeFiles') === 'true';
    if (number === undefined) return ok({ ...datasetShape(newest), latestVersion: versionShape(newest, false) });
    const held = number.startsWith(':')
      ? newest
      : versions.find(({ version }) => version === number || version === `${number}.0`);
    if (held === undefined) return noVersion(number, newest.number);
    if (!wantsFiles) return ok(versionShape(held, !excludes));
    const limit = this.#options.pages
      ? Number(query.get('limit') ?? Number.POSITIVE_INFINITY)
      : Number.POSITIVE_INFINITY;
    const offset = this.#options.pages ? Number(query.get('offset') ?? 0) : 0;
    const data = held.entries.slice(offset, offset + limit);
    return jsonReply(200, { status: 'OK', totalCount: held.entries.length, data });
  }

  /** @param {RequestRecord} request @returns {Reply} */
  #file({ query }) {
    const pid = query.get('persistentId');
    const entry = this.#datasets
      .flatMap(({ entries }) => entries)
      .find(({ dataFile }) => dataFile.persistentId === pid);
    return entry === undefined ? problem(404, `Datafile with Persistent ID ${pid} not found.`) : ok(entry);
  }

  /** @param {RequestRecord} request @param {string} id @param {boolean} isKnown @returns {Reply} */
  #access(request, id, isKnown) {
    const held = this.#files.get(id);
    if (held === undefined) return problem(404, `Failed to locate file with id ${id}.`);
    const { facts, dataset, original, tab } = held;
    const isClosed = facts.restricted === true || facts.embargo !== undefined || facts.retention !== undefined;
    if (isClosed && !isKnown) {
      return problem(403, `"${facts.name}" cannot be downloaded: not authorized via this endpoint.`);
    }
    if (dataset.guestbook !== undefined) {
      const text = `You may not download this file without the required Guestbook response for guestbookID ${dataset.guestbook}.`;
      return problem(400, text);
    }
    const wantsOriginal = request.query.get('format') === 'original';
    if (tab !== undefined && !wantsOriginal) {
      if (request.headers.range !== undefined) return problem(404, 'Not Found');
      return fileReply(request, tab, { ranges: false });
    }
    if (tab !== undefined && facts.originalKept === false) return problem(404, 'The original is not kept.');
    if (this.#options.redirects) return textReply(303, '', { location: this.store.sign(id) });
    if (String(request.headers.range ?? '').includes(',')) return problem(416, 'Only one range is supported.');
    // If-Range is not looked at.
    const { 'if-range': _, ...headers } = request.headers;
    const reply = fileReply({ ...request, headers }, original);
    if (reply.status === 200) delete reply.headers['accept-ranges'];
    return reply;
  }
}

/**
 * A Dataverse server, listening.
 * @param {ConstructorParameters<typeof DataverseHost>[0]} [options]
 */
export function startDataverse(options) {
  return new DataverseHost(options).start();
}

/** @param {HeldDataset} dataset */
function datasetShape({ pid, number, guestbook }) {
  const [, authority, identifier] = /^doi:([^/]+)\/(.+)$/.exec(pid) ?? [];
  return {
    id: number,
    identifier,
    persistentUrl: `https://doi.org/${authority}/${identifier}`,
    protocol: 'doi',
    authority,
    separator: '/',
    ...(guestbook === undefined ? {} : { guestbookId: guestbook }),
    datasetType: 'dataset',
    locks: [],
  };
}

/** @param {HeldDataset} dataset @param {boolean} withFiles */
function versionShape({ pid, number, version, title, license, terms, state, entries }, withFiles) {
  const [major, minor] = version.split('.').map(Number);
  return {
    id: number + 1,
    datasetId: number,
    datasetPersistentId: pid,
    ...(state === 'draft' ? {} : { versionNumber: major, versionMinorNumber: minor }),
    versionState: state === 'draft' ? 'DRAFT' : 'RELEASED',
    license: license ?? CC0,
    ...(terms === undefined ? {} : { termsOfAccess: terms }),
    fileAccessRequest: true,
    metadataBlocks: {
      citation: {
        name: 'citation',
        fields: [{ typeName: 'title', multiple: false, typeClass: 'primitive', value: title ?? `Dataset ${pid}` }],
      },
    },
    ...(withFiles ? { files: entries } : {}),
  };
}

/** @param {unknown} data */
const ok = (data) => jsonReply(200, { status: 'OK', data });

/** @param {number} status @param {string} message */
const problem = (status, message) => jsonReply(status, { status: 'ERROR', message });

/** @param {string} version @param {number} id */
const noVersion = (version, id) => problem(404, `Dataset version ${version} of dataset ${id} not found`);
