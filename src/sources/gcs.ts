/**
 * Buckets of Google Cloud Storage, listed by its JSON API (https://cloud.google.com/storage/docs/json_api/v1/objects/list) and read
 * at the same host. Public ones need no login; where the reader pays, a token and a project are sent along
 * (https://cloud.google.com/storage/docs/requester-pays).
 */
import { googleCloudProject, googleCloudToken } from '../credentials/google-cloud.js';
import { ActionRequiredError, NetworkError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import type { SourceEntry } from '../registry/schema.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';
import { commonFolder } from './common-folder.js';
import type { Listed } from './facts.js';
import { locateOnGcs } from './gcs-locator.js';
import { askApi } from './json-api.js';
import type { FileRequest, Resolution, Source, SourceContext } from './source.js';
import { chooseTree } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'gcs' }>;

/** The part of an object that is used; numbers come as text. */
interface StoredObject {
  name: string;
  size?: string;
  /** Base64; absent from objects that were composed of others. */
  md5Hash?: string;
  /** Base64, the most significant byte first. */
  crc32c?: string;
}

export const gcs: Source<'gcs'> = {
  locate: locateOnGcs,

  async resolve(entry, context) {
    const bucket = new Bucket(entry, context);
    const { prefix = '' } = entry;
    const where = printable(`gs://${entry.bucket}/${prefix}`);
    const folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
    const files: StoredObject[] = [];
    const wanted = commonFolder(entry);
    for await (const page of bucket.pages(`${folder}${wanted === '' ? '' : `${wanted}/`}`)) files.push(...page);
    // A prefix without a slash at its end may be an object's name.
    const single = files.length === 0 && prefix !== folder ? await bucket.look(prefix) : undefined;
    const listing = (single === undefined ? files : [single]).map((object): Listed => {
      const path = single === undefined ? object.name.slice(folder.length) : prefix.slice(prefix.lastIndexOf('/') + 1);
      return {
        path,
        ...(object.size === undefined ? {} : { size: Number(object.size) }),
        checksums: [...sum('md5', object.md5Hash, 16), ...sum('crc32c', object.crc32c, 4)],
        request: async () => bucket.request(object.name),
      };
    });
    const rules = single === undefined ? entry : { ...entry, unpack: entry.unpack ?? true };
    return {
      label: `Google Cloud Storage ${where.slice('gs://'.length).replace(/\/+$/, '')}`,
      files: chooseTree(listing, rules, where),
      notes: [],
    } satisfies Resolution;
  },
};

class Bucket {
  readonly #base: string;
  /** Only what is not open to all is asked for with them. */
  #credentials: Record<string, string> | undefined;
  #project: string | undefined;

  constructor(
    private readonly entry: Entry,
    private readonly context: SourceContext,
  ) {
    this.#base = context.endpoint('gcs', 'https://storage.googleapis.com');
    if (entry.requesterPays !== true) return;
    this.#credentials = credentialsIn(context);
    this.#project = googleCloudProject(context.env);
    if (this.#credentials === undefined || this.#project === undefined) throw payerNeeded(entry.bucket);
  }

  /** All objects whose names begin so; what stands for a folder is left out. */
  async *pages(prefix: string): AsyncGenerator<StoredObject[]> {
    const seen = new Set<string>();
    let token: string | undefined;
    do {
      const query = new URLSearchParams({
        prefix,
        maxResults: '1000',
        fields: 'kind,items(name,size,md5Hash,crc32c),nextPageToken',
        ...(token === undefined ? {} : { pageToken: token }),
      });
      const answer = await this.#ask(`${this.#api()}?${query}`);
      this.#refuse(answer);
      const page = answer.json<{ kind?: string; items?: StoredObject[]; nextPageToken?: string }>();
      const { kind, items = [], nextPageToken } = page ?? {};
      // An empty list has no items, but says what it is.
      if (kind !== 'storage#objects' || !Array.isArray(items) || items.some(({ name }) => typeof name !== 'string'))
        throw this.#strange(answer);
      if (nextPageToken !== undefined && seen.has(nextPageToken)) throw this.#strange(answer);
      yield items.filter(({ name }) => !name.endsWith('/'));
      if (nextPageToken !== undefined) seen.add(nextPageToken);
      token = nextPageToken;
    } while (token !== undefined);
  }

  /** One object; undefined when it is not there. */
  async look(name: string): Promise<StoredObject | undefined> {
    const answer = await this.#ask(`${this.#api()}/${encodeURIComponent(name)}`);
    if (answer.status === 404) return undefined;
    this.#refuse(answer);
    const object = answer.json<StoredObject>();
    if (typeof object?.name !== 'string') throw this.#strange(answer);
    return object;
  }

  request(name: string): FileRequest {
    const path = name.split('/').map(encodeURIComponent).join('/');
    const url = this.#withProject(`${this.#base}/${this.entry.bucket}/${path}`);
    return this.#credentials === undefined ? { url } : { url, credentials: this.#credentials };
  }

  #api(): string {
    return `${this.#base}/storage/v1/b/${encodeURIComponent(this.entry.bucket)}/o`;
  }

  #withProject(url: string): string {
    if (this.#project === undefined) return url;
    return `${url}${url.includes('?') ? '&' : '?'}userProject=${encodeURIComponent(this.#project)}`;
  }

  async #ask(url: string): Promise<Answer> {
    const ask = (credentials = this.#credentials) =>
      askApi(this.context, {
        url: this.#withProject(url),
        headers: { accept: 'application/json' },
        ...(credentials === undefined ? {} : { credentials }),
      });
    const answer = await ask();
    if (this.#credentials !== undefined || (answer.status !== 401 && answer.status !== 403)) return answer;
    this.#credentials = credentialsIn(this.context);
    return this.#credentials === undefined ? answer : ask();
  }

  #refuse(answer: Answer): void {
    const { bucket } = this.entry;
    const { host } = new URL(answer.url);
    if (answer.status === 400 && /requester pays/i.test(answer.text)) throw payerNeeded(bucket);
    if (answer.status === 404) {
      throw new NotFoundError(`There is no bucket gs://${bucket}`, {
        host,
        hint: 'Look for a misspelt name. medds info shows other sources.',
      });
    }
    if (answer.status === 401 || answer.status === 403) {
      throw new ActionRequiredError(
        `gs://${bucket} is not open to ${this.#credentials === undefined ? 'everybody' : 'this login'}`,
        {
          host,
          steps: [
            'Ask its owners for access for your Google account.',
            'Put a token into the environment: export GOOGLE_OAUTH_ACCESS_TOKEN=$(gcloud auth print-access-token)',
            'Run the same command again.',
          ],
        },
      );
    }
    refuseStatus(answer, `gs://${bucket}`);
  }

  #strange(answer: Answer): NetworkError {
    const { host } = new URL(answer.url);
    return new NetworkError(`${host} sent something else than a list of gs://${this.entry.bucket}`, { host });
  }
}

function credentialsIn({ env }: SourceContext): Record<string, string> | undefined {
  const token = googleCloudToken(env);
  return token && { authorization: `Bearer ${token.value}` };
}

function payerNeeded(bucket: string): ActionRequiredError {
  return new ActionRequiredError(`Who reads gs://${bucket} pays for it`, {
    host: 'storage.googleapis.com',
    url: 'https://cloud.google.com/storage/docs/requester-pays',
    steps: [
      'Choose a project of yours that Google may bill, and put its id into the environment as GOOGLE_CLOUD_PROJECT.',
      'Put a token into the environment: export GOOGLE_OAUTH_ACCESS_TOKEN=$(gcloud auth print-access-token)',
      'Run the same command again.',
    ],
  });
}

function sum(algorithm: string, base64: string | undefined, bytes: number): string[] {
  if (typeof base64 !== 'string') return [];
  const raw = Buffer.from(base64, 'base64');
  return raw.length === bytes ? [`${algorithm}:${raw.toString('hex')}`] : [];
}
