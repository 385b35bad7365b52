/**
 * The part of Synapse's API that reads entities and hands out links to their bytes (https://rest-docs.synapse.org/rest/; schemas at
 * https://github.com/Sage-Bionetworks/Synapse-Repository-Services). Many calls answer 200 for what they refuse, with the refusal inside.
 */
import PQueue from 'p-queue';
import type { Secret } from '../credentials/store.js';
import { SYNAPSE_API, synapseHeaders, synapseToken } from '../credentials/synapse.js';
import { NetworkError, NotFoundError } from '../errors.js';
import type { Answer } from '../transfer/conversation.js';
import { redactUrl } from '../transfer/redact.js';
import { askApi, known } from './json-api.js';
import type { FileRequest, SourceContext } from './source.js';
import type { SynapseRef } from './synapse-locator.js';
import {
  type Asked,
  loginNeeded,
  permissionNeeded,
  type Requirement,
  refuseSynapse,
  requirementsUnmet,
} from './synapse-refusal.js';

/** More questions at a time from one account are refused with 429 (UserConcurrentConnectionThrottler). */
export const AT_A_TIME = 3;

/** Seconds that a link to bytes lives, unless it says something else itself (FileHandleManagerImpl). */
const LIFE = 30;

/** Seconds before its end from which on a link is not used any more. */
const SPARE = 5;

/** Types of entities, as requests name them: all are asked for, so that what cannot be fetched can be told of. */
const TYPES = [
  ...['project', 'folder', 'file', 'table', 'link', 'entityview', 'dockerrepo', 'submissionview'],
  ...['dataset', 'datasetcollection', 'materializedview', 'virtualtable'],
];

/** A file's bytes as Synapse keeps them. */
interface FileHandle {
  id: string;
  fileName?: string;
  contentMd5?: string;
  /** Bytes. */
  contentSize?: number | string;
}

export interface Entity {
  id: string;
  name: string;
  /** `org.sagebionetworks.repo.model.FileEntity`, and others. */
  concreteType: string;
  versionNumber?: number;
  modifiedOn?: string;
  /** Of a file. */
  dataFileHandleId?: string;
  /** Of a link. */
  linksTo?: { targetId: string; targetVersionNumber?: number };
  /** Of a dataset. */
  items?: { entityId: string; versionNumber?: number }[];
}

export interface Bundle {
  entity: Entity;
  fileHandles?: FileHandle[];
  restrictionInformation?: {
    hasUnmetAccessRequirement?: boolean;
    userEntityPermissions?: { canDownload?: boolean };
  };
}

/** An entity as listings have it. */
export interface Header {
  id: string;
  name: string;
  /** As `concreteType`. */
  type: string;
  /** The newest. */
  versionNumber?: number;
}

/** What is known of a file's bytes. */
export interface FileFacts {
  handle: string;
  name?: string;
  size?: number;
  md5?: string;
}

export class Synapse {
  readonly #base: string;
  readonly #questions = new PQueue({ concurrency: AT_A_TIME });

  private constructor(
    private readonly context: SourceContext,
    private readonly secret: Secret | undefined,
  ) {
    this.#base = context.endpoint('synapse', SYNAPSE_API);
  }

  static async open(context: SourceContext): Promise<Synapse> {
    return new Synapse(context, await synapseToken(context.env));
  }

  /** An entity with all that its download depends on. @throws NotFoundError, ActionRequiredError, NetworkError */
  async bundle({ id, version }: SynapseRef, signal?: AbortSignal): Promise<Bundle> {
    const path = `entity/${id}${version === undefined ? '' : `/version/${version}`}/bundle2`;
    const wanted = { includeEntity: true, includeFileHandles: true, includeRestrictionInformation: true };
    const answer = await this.#ask(`repo/v1/${path}`, id, wanted, signal);
    const bundle = answer.json<Partial<Bundle> | null>();
    if (typeof bundle?.entity?.concreteType !== 'string') throw this.#unreadable(`the entity ${id}`);
    return bundle as Bundle;
  }

  /** What lies in a project or folder, not deeper. */
  async children(parentId: string): Promise<Header[]> {
    const all: Header[] = [];
    const seen = new Set<string>();
    let nextPageToken: string | null = null;
    do {
      const wanted = { parentId, includeTypes: TYPES, sortBy: 'NAME', sortDirection: 'ASC', nextPageToken };
      const answer: Answer = await this.#ask('repo/v1/entity/children', parentId, wanted);
      const page: { page?: Header[]; nextPageToken?: string } | null = answer.json();
      nextPageToken = page?.nextPageToken ?? null;
      if (!Array.isArray(page?.page) || (nextPageToken !== null && seen.has(nextPageToken))) {
        throw this.#unreadable(`what lies in ${parentId}`);
      }
      if (nextPageToken !== null) seen.add(nextPageToken);
      for (const header of page.page) all.push(header);
    } while (nextPageToken !== null);
    return all;
  }

  /** Names of entities; those that one may not see are left out. @param id whose items they are, for messages */
  async headers(refs: readonly SynapseRef[], id: string): Promise<Header[]> {
    const references = refs.map((ref) => ({ targetId: ref.id, ...known('targetVersionNumber', ref.version) }));
    const answer = await this.#ask('repo/v1/entity/header', id, { references });
    const found = answer.json<{ results?: Header[] } | null>()?.results;
    if (!Array.isArray(found)) throw this.#unreadable(`the items of ${id}`);
    return found;
  }

  /**
   * What is known of a file, when it may be downloaded.
   * @throws ActionRequiredError when it may not, NotFoundError when the entity is no file
   */
  async factsOf({ entity, fileHandles = [], restrictionInformation: restriction }: Bundle): Promise<FileFacts> {
    const asked = this.#asked(entity.id);
    if (restriction?.hasUnmetAccessRequirement === true) {
      throw requirementsUnmet(asked, await this.#requirements(entity.id));
    }
    if (restriction?.userEntityPermissions?.canDownload === false) {
      throw this.secret === undefined ? loginNeeded(asked) : permissionNeeded(asked);
    }
    const { dataFileHandleId: handle } = entity;
    if (handle === undefined) throw new NotFoundError(`${asked.what} is no file`, { host: asked.host });
    // Others are previews. Of what only the owner may see, Synapse tells nothing.
    const { fileName, contentSize, contentMd5 } = fileHandles.find(({ id }) => id === handle) ?? {};
    return {
      handle,
      ...known('name', fileName),
      // A number here, a text elsewhere.
      ...(contentSize === undefined || contentSize === null ? {} : { size: Number(contentSize) }),
      ...known('md5', /^[0-9a-f]{32}$/i.test(contentMd5 ?? '') ? contentMd5?.toLowerCase() : undefined),
    };
  }

  /**
   * Where a file's bytes are, for some seconds: mostly at Amazon, and for files that Synapse does not keep itself at another host.
   * @throws NotFoundError, ActionRequiredError, NetworkError
   */
  async link(ref: SynapseRef, { handle, md5 }: FileFacts, signal?: AbortSignal): Promise<FileRequest> {
    const { id } = ref;
    const wanted = {
      requestedFiles: [{ fileHandleId: handle, associateObjectId: id, associateObjectType: 'FileEntity' }],
      includePreSignedURLs: true,
      includeFileHandles: false,
      includePreviewPreSignedURLs: false,
    };
    const since = Date.now();
    const answer = await this.#ask('file/v1/fileHandle/batch', id, wanted, signal);
    const found = answer.json<{ requestedFiles?: { preSignedURL?: string; failureCode?: string }[] } | null>();
    const { preSignedURL: url, failureCode: failure } = found?.requestedFiles?.[0] ?? {};
    const asked = this.#asked(id);
    if (failure === 'UNAUTHORIZED') {
      // The entity tells why, unless rights have changed meanwhile.
      await this.factsOf(await this.bundle(ref, signal));
      throw this.secret === undefined ? loginNeeded(asked) : permissionNeeded(asked);
    }
    if (failure !== undefined) throw new NotFoundError(`${asked.what} has no file any more`, { host: asked.host });
    if (url === undefined) throw this.#unreadable(`the link to ${id}`);
    if (!/^https?:/i.test(url)) {
      throw new NotFoundError(`${asked.what} is not kept at Synapse but at ${redactUrl(url)}`, {
        host: asked.host,
        hint: 'It can only be fetched by hand.',
      });
    }
    const seconds = Number(/[?&]X-Amz-Expires=(\d+)/.exec(url)?.[1] ?? LIFE);
    return {
      url,
      signed: true,
      until: since + (seconds - SPARE) * 1000,
      ...(md5 === undefined ? {} : { checksum: `md5:${md5}` }),
    };
  }

  /** Conditions of use. They only explain a refusal, so that a fault here is none. */
  async #requirements(id: string): Promise<Requirement[]> {
    try {
      const url = `${this.#base}/repo/v1/entity/${id}/accessRequirement?limit=50&offset=0`;
      const answer = await this.#questions.add(() => askApi(this.context, this.#question(url)));
      return answer.json<{ results?: Requirement[] }>().results ?? [];
    } catch (error) {
      if (error instanceof NetworkError) return [];
      throw error;
    }
  }

  async #ask(path: string, id: string, json: unknown, signal = this.context.signal): Promise<Answer> {
    const question = { ...this.#question(`${this.#base}/${path}`), json };
    const context = signal === undefined ? this.context : { ...this.context, signal };
    const answer = await this.#questions.add(() => askApi(context, question));
    refuseSynapse(answer, this.#asked(id));
    return answer;
  }

  #question(url: string): FileRequest {
    return { url, ...known('credentials', this.secret && synapseHeaders(this.secret.value)) };
  }

  #asked(id: string): Asked {
    return { what: `Synapse ${id}`, id, host: new URL(this.#base).host, ...known('secret', this.secret) };
  }

  #unreadable(what: string): NetworkError {
    const { host } = new URL(this.#base);
    return new NetworkError(`${host} sent something else than ${what}`, { host, hint: 'Try again later.' });
  }
}
