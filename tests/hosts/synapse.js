// @ts-check
/**
 * Synapse on loopback, as of 2026: entities, their children, access requirements and file handles (sources at
 * https://github.com/Sage-Bionetworks/Synapse-Repository-Services), and links to a store that are good for a while. What the real
 * host would refuse is refused; what a client should never ask for is noted.
 */
import { bytes, digestOf } from './content.js';
import { FileHost } from './file-host.js';
import { jsonReply } from './reply.js';
import { SignedStore } from './signed-store.js';

/**
 * @typedef {import('./content.js').Content} Content
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').Reply} Reply
 *
 * @typedef {object} Account
 * @property {string} name
 * @property {string[]} [scopes]   of its token; default: view and download
 *
 * @typedef {object} EntityFacts
 * @property {string} id
 * @property {string} [name]
 * @property {string} [type]       `Folder`, unless it has content; `Project`, `Link`, `table.TableEntity`, `table.Dataset`, …
 * @property {string} [parent]     what is said of access there holds here too
 * @property {'open' | 'registered' | 'view' | 'private'} [access]
 *   who may download: everybody; every account; none, but all may look; `members`, and nobody else may look
 * @property {string[]} [members]  names of accounts
 * @property {{ name: string, type: string, met?: string[] }[]} [requirements]  `TermsOfUse` and so on; met by these accounts
 * @property {(Content | string | Uint8Array)[]} [versions]  of a file, the first first
 * @property {string} [fileName]   as it was uploaded
 * @property {string} [external]   URL of a file that Synapse does not keep itself
 * @property {boolean} [archived]  the bytes are gone
 * @property {string} [target]     of a link
 * @property {{ entityId: string, versionNumber: number }[]} [items]  of a dataset
 *
 * @typedef {object} Handle
 * @property {string} id
 * @property {Content} content
 */

const PAGE = 50;
const BATCH = 100;
const MOST_AT_A_TIME = 3;
const TYPES =
  'project folder file table link entityview dockerrepo submissionview dataset datasetcollection materializedview virtualtable';
const MODEL = 'org.sagebionetworks.repo.model.';

export class SynapseHost extends FileHost {
  #accounts;
  /** @type {Map<string, EntityFacts & { type: string, name: string, handles: Handle[] }>} */
  #entities = new Map();
  /** @type {Map<string, string[]>} */
  #children = new Map();
  /** @type {Set<RequestRecord>} */
  #open = new Set();
  #handles = 0;
  store;

  /** @param {import('./file-host.js').HostOptions & { accounts?: Record<string, Account> }} [options]  accounts by token */
  constructor({ accounts = {}, ...options } = {}) {
    super(options);
    this.#accounts = accounts;
    this.store = new SignedStore(this, ['authorization']);
  }

  /** What leads a client here. */
  get env() {
    return { MEDDS_ENDPOINT_SYNAPSE: this.origin };
  }

  /** @param {EntityFacts} facts @returns {this} */
  addEntity({ versions = [], ...facts }) {
    const handles = versions.map((content) => {
      this.#handles += 1;
      const held = typeof content === 'string' || content instanceof Uint8Array ? bytes(content) : content;
      const id = String(this.#handles + 1000);
      this.store.put(id, this.hosted(held));
      return { id, content: held };
    });
    const isFile = handles.length > 0 || facts.external !== undefined;
    const { id, name = id, type = isFile ? 'FileEntity' : 'Folder', parent = '' } = facts;
    this.#entities.set(id, { ...facts, name, type, handles });
    const siblings = this.#children.get(parent);
    if (siblings === undefined) this.#children.set(parent, [id]);
    else siblings.push(id);
    return this;
  }

  /** Where a file's bytes are asked for. @param {string} id */
  storedPath(id) {
    return this.store.path(this.#entities.get(id)?.handles.at(-1)?.id ?? '');
  }

  /** @override @param {RequestRecord} request @param {RequestRecord['outcome']} outcome */
  end(request, outcome) {
    this.#open.delete(request);
    super.end(request, outcome);
  }

  /** @override @param {RequestRecord} request @returns {Reply | Promise<Reply>} */
  answer(request) {
    const stored = this.store.answer(request);
    if (stored !== undefined) return stored;
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const account = token === undefined ? undefined : this.#accounts[token];
    if (token !== undefined && account === undefined) return refusal(401, 'Invalid access token');
    const original = this.requests.find(({ id }) => id === request.id) ?? request;
    if (account !== undefined) {
      this.#open.add(original);
      if (this.#open.size > MOST_AT_A_TIME) {
        this.violate(`${this.#open.size} questions at a time`);
        return jsonReply(429, {
          reason: `Too many concurrent requests. Allowed ${MOST_AT_A_TIME} concurrent connections at any time.`,
        });
      }
    }
    const isFileService = request.path.startsWith('/file/v1/');
    const lacking = (isFileService ? ['download'] : ['view']).filter(
      (scope) => account !== undefined && !(account.scopes ?? ['view', 'download']).includes(scope),
    );
    if (lacking.length > 0) {
      const description = `Request lacks scope(s) required by this service: ${lacking.join(', ')}`;
      const error = 'insufficient_scope';
      return jsonReply(403, { reason: `${error}. ${description}`, error, error_description: description });
    }
    return this.#route(request, account?.name) ?? this.#unknown(request);
  }

  /** @param {RequestRecord} request @param {string | undefined} account */
  #route(request, account) {
    const { method, path } = request;
    if (method === 'GET') {
      if (path === '/repo/v1/userProfile') {
        return jsonReply(200, { ownerId: account === undefined ? '273950' : '1', userName: account ?? 'anonymous' });
      }
      const id = /^\/repo\/v1\/entity\/(syn\d+)\/accessRequirement$/.exec(path)?.[1];
      return id === undefined ? undefined : this.#requirementsReply(id);
    }
    if (method !== 'POST' || !request.headers['content-type']?.startsWith('application/json')) return undefined;
    const asked = JSON.parse(request.body.toString());
    if (path === '/repo/v1/entity/children') return this.#childrenReply(asked, account);
    if (path === '/repo/v1/entity/header') return this.#headersReply(asked, account);
    if (path === '/file/v1/fileHandle/batch') return this.#batchReply(asked, account);
    const [, id, version] = /^\/repo\/v1\/entity\/(syn\d+)(?:\/version\/(\d+))?\/bundle2$/.exec(path) ?? [];
    return id === undefined ? undefined : this.#bundleReply(id, version, asked, account);
  }

  /** @param {RequestRecord} request */
  #unknown({ method, path }) {
    this.violate(`${method} ${path} is no route that the stand-in knows`);
    return refusal(404, 'POST or GET not found');
  }

  /** The entity, its folder, and so on up to the project. @param {string} id */
  #line(id) {
    const line = [];
    for (let at = this.#entities.get(id); at !== undefined; at = this.#entities.get(at.parent ?? '')) line.push(at);
    return line;
  }

  /** @param {string} id @param {string | undefined} account */
  #rights(id, account) {
    const line = this.#line(id);
    const { access = 'registered', members = [] } = line.find((one) => one.access !== undefined) ?? {};
    const isMember = account !== undefined && members.includes(account);
    const unmet = line
      .flatMap(({ requirements = [] }) => requirements)
      .some(({ met = [] }) => account === undefined || !met.includes(account));
    const allowed = { open: true, registered: account !== undefined, view: false, private: isMember }[access];
    return {
      canView: access !== 'private' || isMember,
      unmet,
      canDownload: allowed && !unmet,
      isOpen: access === 'open',
    };
  }

  /** @param {string} id @param {string | undefined} account @returns {Reply | undefined} */
  #closed(id, account) {
    if (!this.#entities.has(id)) return refusal(404, `Resource: '${id}' does not exist`);
    if (this.#rights(id, account).canView) return undefined;
    return refusal(403, 'You lack READ access to the requested entity.');
  }

  /** @param {string} id */
  #headerOf(id) {
    const { name = '', type = '', handles = [] } = this.#entities.get(id) ?? {};
    return {
      name,
      id,
      type: `${MODEL}${type}`,
      versionNumber: Math.max(handles.length, 1),
      versionLabel: String(Math.max(handles.length, 1)),
      isLatestVersion: true,
      benefactorId: 1,
      createdOn: '2024-01-02T03:04:05.678Z',
      modifiedOn: '2024-01-02T03:04:05.678Z',
      createdBy: '1',
      modifiedBy: '1',
    };
  }

  /** @param {Record<string, any>} asked @param {string | undefined} account */
  #childrenReply({ parentId, includeTypes = [], nextPageToken }, account) {
    const types = TYPES.split(' ');
    if (includeTypes.length === 0)
      return refusal(400, 'EntityChildrenRequest.includeTypes must include at least one type');
    const unknown = includeTypes.find((/** @type {string} */ type) => !types.includes(type));
    if (unknown !== undefined) return refusal(400, `${unknown} is no EntityType`);
    const closed = this.#closed(parentId, account);
    if (closed !== undefined) return closed;
    const start = Number(/^(\d+)a50$/.exec(nextPageToken ?? '0a50')?.[1] ?? Number.NaN);
    if (Number.isNaN(start)) return refusal(400, `Unknown nextPageToken: ${nextPageToken}`);
    const visible = (this.#children.get(parentId) ?? [])
      .filter((id) => includeTypes.includes(shortType(this.#entities.get(id)?.type ?? '')))
      .filter((id) => this.#rights(id, account).canView);
    const page = visible.slice(start, start + PAGE).map((id) => this.#headerOf(id));
    const more = start + PAGE < visible.length ? { nextPageToken: `${start + PAGE}a50` } : {};
    return jsonReply(200, { page, ...more });
  }

  /** @param {Record<string, any>} asked @param {string | undefined} account */
  #headersReply({ references = [] }, account) {
    const results = references
      .map((/** @type {{ targetId: string }} */ { targetId }) => targetId)
      .filter((/** @type {string} */ id) => this.#closed(id, account) === undefined)
      .map((/** @type {string} */ id) => this.#headerOf(id));
    return jsonReply(200, { results, totalNumberOfResults: results.length });
  }

  /** @param {string} id @param {string | undefined} version @param {Record<string, boolean>} asked @param {string | undefined} account */
  async #bundleReply(id, version, asked, account) {
    const closed = this.#closed(id, account);
    if (closed !== undefined) return closed;
    const entity = this.#entities.get(id);
    const handles = entity?.handles ?? [];
    const number = Number(version ?? Math.max(handles.length, 1));
    if (entity === undefined || number > Math.max(handles.length, 1)) {
      return refusal(404, `Cannot find a node with id ${id} and version ${version}`);
    }
    const handle = handles[number - 1];
    const rights = this.#rights(id, account);
    const header = this.#headerOf(id);
    return jsonReply(200, {
      ...(asked.includeEntity
        ? {
            entity: {
              ...header,
              type: undefined,
              parentId: entity.parent,
              concreteType: header.type,
              versionNumber: number,
              dataFileHandleId: handle?.id ?? (entity.external === undefined ? undefined : `9${id.slice(3)}`),
              linksTo: entity.target === undefined ? undefined : { targetId: entity.target },
              items: entity.items,
            },
            entityType: shortType(entity.type),
          }
        : {}),
      ...(asked.includeFileHandles ? { fileHandles: await this.#handlesOf(id, handle) } : {}),
      ...(asked.includeRestrictionInformation
        ? {
            restrictionInformation: {
              objectId: Number(id.slice(3)),
              restrictionDetails: [],
              restrictionLevel: this.#levelOf(id),
              hasUnmetAccessRequirement: rights.unmet,
              userEntityPermissions: {
                canView: rights.canView,
                canDownload: rights.canDownload,
                isEntityOpenData: rights.isOpen,
              },
            },
          }
        : {}),
    });
  }

  /** @param {string} id @param {Handle | undefined} handle */
  async #handlesOf(id, handle) {
    const { external, name = '', fileName = name } = this.#entities.get(id) ?? {};
    if (external !== undefined) {
      const concreteType = `${MODEL}file.ExternalFileHandle`;
      return [{ id: `9${id.slice(3)}`, concreteType, externalURL: external, fileName, status: 'AVAILABLE' }];
    }
    if (handle === undefined) return [];
    const file = {
      id: handle.id,
      concreteType: `${MODEL}file.S3FileHandle`,
      contentType: 'application/octet-stream',
      contentMd5: await digestOf(handle.content, 'md5'),
      contentSize: handle.content.size,
      fileName,
      status: 'AVAILABLE',
      storageLocationId: 1,
      isPreview: false,
    };
    const preview = { ...file, id: `8${handle.id}`, contentMd5: '0'.repeat(32), contentSize: 7, isPreview: true };
    return [preview, file];
  }

  /** @param {string} id */
  #levelOf(id) {
    const types = this.#line(id).flatMap(({ requirements = [] }) => requirements.map(({ type }) => type));
    if (types.length === 0) return 'OPEN';
    return types.every((type) => type === 'TermsOfUse') ? 'RESTRICTED_BY_TERMS_OF_USE' : 'CONTROLLED_BY_ACT';
  }

  /** @param {string} id */
  #requirementsReply(id) {
    const requirements = this.#line(id).flatMap(({ requirements = [] }) => requirements);
    const results = requirements.map(({ name, type }, at) => ({
      id: 5000 + at,
      name,
      concreteType: `${MODEL}${type}AccessRequirement`,
      accessType: 'DOWNLOAD',
      subjectIds: [{ id, type: 'ENTITY' }],
    }));
    return jsonReply(200, { totalNumberOfResults: results.length, results });
  }

  /** @param {Record<string, any>} asked @param {string | undefined} account */
  #batchReply({ requestedFiles = [], includePreSignedURLs = false }, account) {
    if (requestedFiles.length === 0 || requestedFiles.length > BATCH) {
      this.violate(`${requestedFiles.length} files in a batch`);
      return refusal(400, `The maximum number of files per request is: ${BATCH}`);
    }
    const results = requestedFiles.map((/** @type {Record<string, string>} */ file) => {
      const { fileHandleId, associateObjectId: id, associateObjectType: type } = file;
      const entity = this.#entities.get(id ?? '');
      const handle = entity?.handles.find((one) => one.id === fileHandleId);
      const isExternal = entity?.external !== undefined && fileHandleId === `9${entity.id.slice(3)}`;
      if (entity === undefined || type !== 'FileEntity' || !(handle !== undefined || isExternal)) {
        return { fileHandleId, failureCode: 'UNAUTHORIZED' };
      }
      if (!this.#rights(entity.id, account).canDownload) return { fileHandleId, failureCode: 'UNAUTHORIZED' };
      if (entity.archived === true) return { fileHandleId, failureCode: 'NOT_FOUND' };
      const preSignedURL = entity.external ?? this.store.sign(fileHandleId ?? '');
      return includePreSignedURLs ? { fileHandleId, preSignedURL } : { fileHandleId };
    });
    return jsonReply(200, { requestedFiles: results });
  }
}

/**
 * Synapse, listening.
 * @param {ConstructorParameters<typeof SynapseHost>[0]} [options]
 */
export function startSynapse(options) {
  return new SynapseHost(options).start();
}

/** `file` of `FileEntity`, `entityview` of `table.EntityView`. @param {string} type */
const shortType = (type) => (type.split('.').at(-1) ?? '').replace(/Entity$/, '').toLowerCase();

/** @param {number} status @param {string} reason */
const refusal = (status, reason) => jsonReply(status, { concreteType: `${MODEL}ErrorResponse`, reason });
