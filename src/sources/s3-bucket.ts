/** A public bucket of S3, or of a host that speaks as S3 does. Nothing is signed: an account's keys may be refused where none are needed. */
import { ActionRequiredError, NetworkError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';
import { DEFAULT_REGION, REGION, s3Url } from './s3-address.js';
import { checksumsIn, hidesMd5, md5OfEtag } from './s3-checksums.js';
import { readError, readPage, type S3Object } from './s3-xml.js';
import type { FileRequest, SourceContext } from './source.js';

export interface BucketPlace {
  bucket: string;
  region?: string | undefined;
  /** Base URL of a host that is not Amazon's. */
  endpoint?: string | undefined;
}

/** An object that was looked at. */
export interface SeenObject {
  size?: number;
  checksums: string[];
  storageClass?: string;
}

/** What to do about what is not there. */
const GONE = 'Look for a misspelt name. medds info shows other sources.';
export class PublicBucket {
  readonly name: string;
  readonly #endpoint: string;
  #region: string;
  #md5: Promise<boolean> | undefined;

  constructor(
    { bucket, region, endpoint }: BucketPlace,
    private readonly context: SourceContext,
  ) {
    this.name = bucket;
    this.#endpoint = endpoint?.replace(/\/+$/, '') ?? context.endpoint('s3', '');
    this.#region = region ?? DEFAULT_REGION;
  }

  /**
   * All objects whose keys begin so, a page of up to 1,000 at a time, in the order of their keys. What stands for a folder is left out.
   * @throws NotFoundError (no such bucket), ActionRequiredError (not public), NetworkError
   */
  async *pages(prefix: string): AsyncGenerator<S3Object[]> {
    let token: string | undefined;
    do {
      const query = { 'list-type': '2', 'encoding-type': 'url', prefix };
      const answer = await this.#ask('', token === undefined ? query : { ...query, 'continuation-token': token });
      this.#refuse(answer, '');
      const { objects, next } = this.#read(answer);
      if (next !== undefined && next === token) throw this.#unreadable(answer, 'a list that goes on without end');
      yield objects.filter(({ key }) => !key.endsWith('/'));
      token = next;
    } while (token !== undefined);
  }

  /** What is known of one object; undefined when it is not there, or not to be seen. @throws NotFoundError (no such bucket), NetworkError */
  async find(key: string): Promise<SeenObject | undefined> {
    const answer = await this.#ask(key, {}, true);
    if (answer.status === 403 || answer.status === 404) return undefined;
    return this.#seen(answer, key);
  }

  /** The same. @throws also NotFoundError (no such object), ActionRequiredError (not public) */
  async look(key: string): Promise<SeenObject> {
    return this.#seen(await this.#ask(key, {}, true), key);
  }

  /** The text of a small object; undefined when it is not there. @throws NetworkError, ActionRequiredError */
  async text(key: string): Promise<string | undefined> {
    const answer = await this.#ask(key, {});
    if (answer.status === 404) return undefined;
    this.#refuse(answer, key);
    return answer.text;
  }

  /**
   * Whether ETags here may be MD5s, which a listing itself does not tell: one object is looked at, once. Objects that Amazon
   * encrypts with a key of its own cannot be read without an account; hosts like S3 may encrypt all of a bucket and still show it.
   * @throws as `look`
   */
  async showsMd5(objects: readonly S3Object[]): Promise<boolean> {
    const sample = objects.find(({ etag }) => md5OfEtag(etag).length > 0);
    if (sample === undefined) return false;
    this.#md5 ??= this.#hasMd5(sample.key);
    return this.#md5;
  }

  async #hasMd5(key: string): Promise<boolean> {
    const answer = await this.#ask(key, {}, true);
    this.#refuse(answer, key);
    return !hidesMd5(answer);
  }

  request(key: string): FileRequest {
    return { url: this.#url(key) };
  }

  #url(key: string, query: Record<string, string> = {}): string {
    return s3Url(this.#endpoint, this.#region, this.name, key, query);
  }

  /** Asks in the bucket's region, which S3 tells to who asks in another one: by status 301 and, mostly, without a Location. */
  async #ask(key: string, query: Record<string, string>, headOnly = false): Promise<Answer> {
    for (let moves = 0; ; moves++) {
      const answer = await this.context.http.ask(
        {
          url: this.#url(key, query),
          headers: { accept: '*/*', ...(headOnly ? { 'x-amz-checksum-mode': 'ENABLED' } : {}) },
          ...(headOnly ? { method: 'HEAD' as const } : {}),
        },
        this.context.signal,
      );
      if (answer.status !== 301 && answer.status !== 307 && answer.status !== 400) return answer;
      const said = answer.headers['x-amz-bucket-region'];
      const region = typeof said === 'string' ? said : readError(answer.text)?.region;
      const elsewhere = region !== undefined && REGION.test(region) && region !== this.#region;
      // Another host than Amazon's has one address for all regions.
      if (!elsewhere || this.#endpoint !== '' || moves > 0) return answer;
      this.#region = region;
    }
  }

  #seen(answer: Answer, key: string): SeenObject {
    this.#refuse(answer, key);
    const { 'content-length': length, 'x-amz-storage-class': storageClass } = answer.headers;
    return {
      checksums: checksumsIn(answer),
      ...(length !== undefined && /^\d+$/.test(length) ? { size: Number(length) } : {}),
      ...(typeof storageClass === 'string' ? { storageClass } : {}),
    };
  }

  #read(answer: Answer): ReturnType<typeof readPage> {
    try {
      return readPage(answer.text);
    } catch (cause) {
      if (!(cause instanceof SyntaxError)) throw cause;
      throw this.#unreadable(answer, cause.message);
    }
  }

  #unreadable({ url }: Answer, why: string): NetworkError {
    const { host } = new URL(url);
    return new NetworkError(`${host} sent something else than the list it was asked for: ${printable(why)}`, {
      host,
      hint: 'A proxy or a login page may stand in between, or the host does not speak as S3 does.',
    });
  }

  /** @param key of the object that was asked for; '' for the list of them */
  #refuse(answer: Answer, key: string): void {
    const { status } = answer;
    if (status >= 200 && status < 300) return;
    const { host } = new URL(answer.url);
    const error = readError(answer.text);
    const what = printable(`s3://${this.name}/${key}`);
    if (error?.code === 'NoSuchBucket' || (status === 404 && key === '')) {
      throw new NotFoundError(`There is no S3 bucket ${printable(this.name)}`, { host, hint: GONE });
    }
    if (status === 404) throw new NotFoundError(`There is no ${what} (any more)`, { host, hint: GONE });
    if (error?.code === 'InvalidObjectState') throw inColdStorage(what, host);
    if (status === 403) throw this.#closed(what, key, host);
    if (status === 301) {
      const hint = 'Its region can be given: `region` in the registry, or an address that holds it.';
      throw new NetworkError(`${what} is in another region than ${this.#region}, and ${host} does not say in which`, {
        host,
        hint,
      });
    }
    refuseStatus(answer, what);
  }

  #closed(what: string, key: string, host: string): ActionRequiredError {
    const copy = `aws s3 sync s3://${this.name}/ FOLDER --request-payer requester`;
    return new ActionRequiredError(
      key === ''
        ? `The S3 bucket ${printable(this.name)} shows no list to the public`
        : `${what} is not there, or not open to the public: S3 does not tell which`,
      {
        host,
        hint: 'It may be private, have been closed, or want whoever reads to pay (requester pays). medds reads what is open to all, and signs nothing.',
        steps: [
          "Look at the data's own page: it says who may have it.",
          `If you have an AWS account that may read it, copy it with Amazon's own client: ${printable(copy)}`,
          `Then: medds import ${this.context.dataset ?? 'ID'} FOLDER`,
        ],
      },
    );
  }
}

/** Storage classes whose objects must be brought back by their owner before anyone can read them. */
const COLD = new Set(['GLACIER', 'DEEP_ARCHIVE']);

export const isCold = ({ storageClass }: Pick<S3Object, 'storageClass'>): boolean =>
  storageClass !== undefined && COLD.has(storageClass);

export function inColdStorage(what: string, host?: string): NotFoundError {
  return new NotFoundError(`${what} lies in cold storage (S3 Glacier), from which only its owner can bring it back`, {
    ...(host === undefined ? {} : { host }),
    hint: 'Ask the owners of the data, or use another source (--source).',
  });
}
