// @ts-check
/**
 * S3 on loopback: buckets in their regions, asked by path or, with a `Host` such as `bucket.s3.eu-west-1.amazonaws.com`, by name.
 * It reads only, and takes nothing that is signed. What the real host would refuse is refused; what a client does that has no
 * business here is noted as a violation.
 */
import { createHash } from 'node:crypto';
import { bytes, digestOf } from './content.js';
import { FileHost } from './file-host.js';
import { fileReply } from './reply.js';
import { listing, location, problem, xmlReply } from './s3-xml.js';

/**
 * @typedef {import('./content.js').Content} Content
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').HostedFile} HostedFile
 * @typedef {import('./reply.js').Reply} Reply
 *
 * @typedef {object} BucketFacts
 * @property {string} [region]       default: us-east-1
 * @property {boolean} [listed]      false: its objects can be read but not listed
 * @property {boolean} [open]        false: closed to the public, as a private bucket and one whose readers pay are
 *
 * @typedef {object} ObjectFacts
 * @property {string} key
 * @property {Content | string | Uint8Array} content
 * @property {number} [parts]        more than one: it came as a multipart upload
 * @property {'AES256' | 'aws:kms'} [encryption]  the ETag of `aws:kms` is no MD5
 * @property {'SHA256' | 'CRC64NVME'} [algorithm] of the checksum that S3 keeps
 * @property {'FULL_OBJECT' | 'COMPOSITE'} [checksumType]
 * @property {string} [storageClass] default: STANDARD
 * @property {boolean} [open]        false: closed to the public
 * @property {Record<string, string>} [metadata]
 *
 * @typedef {{ key: string, hosted: HostedFile, algorithm?: string, checksumType: string, storageClass: string, open: boolean }} HeldObject
 *
 * @typedef {{ name: string, region: string, listed: boolean, open: boolean, objects: Map<string, HeldObject>, sorted?: HeldObject[] | undefined }} Bucket
 */

const LIST_PARAMETERS = [
  ...['list-type', 'prefix', 'delimiter', 'max-keys', 'continuation-token', 'start-after'],
  ...['encoding-type', 'fetch-owner'],
];

const AMAZON = /^(?:(.+)\.)?s3(?:\.([a-z0-9-]+))?\.amazonaws\.com$/;

export class S3Host extends FileHost {
  /** @type {Map<string, Bucket>} */
  #buckets = new Map();
  #pageSize;

  /** @param {import('./file-host.js').HostOptions & { pageSize?: number }} [options]  pageSize: most keys of an answer */
  constructor({ pageSize = 1000, ...options } = {}) {
    super(options);
    this.#pageSize = pageSize;
  }

  /**
   * @param {string} name
   * @param {BucketFacts} [facts]
   */
  addBucket(name, { region = 'us-east-1', listed = true, open = true } = {}) {
    this.#buckets.set(name, { name, region, listed, open, objects: new Map() });
  }

  /**
   * Path under which an object is asked for.
   * @param {string} bucket
   * @param {string} key
   */
  objectPath(bucket, key) {
    return `/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
  }

  /**
   * @param {string} bucket  that exists
   * @param {ObjectFacts} facts
   */
  async addObject(bucket, facts) {
    const { key, content, parts = 1, encryption, algorithm, checksumType = 'FULL_OBJECT', metadata = {} } = facts;
    const held = typeof content === 'string' || content instanceof Uint8Array ? bytes(content) : content;
    const md5 = await digestOf(held, 'md5');
    // Of several parts it is the MD5 of their MD5s; of a KMS object it is anything.
    const other = createHash('md5').update(`${md5} ${parts} ${encryption}`).digest('hex');
    const etag = parts > 1 ? `${other}-${parts}` : encryption === 'aws:kms' ? other : md5;
    /** @type {Record<string, string>} */
    const headers = { 'x-amz-request-id': '9C7D5181867045BB', server: 'AmazonS3' };
    if (encryption !== undefined) headers['x-amz-server-side-encryption'] = encryption;
    if (facts.storageClass !== undefined) headers['x-amz-storage-class'] = facts.storageClass;
    for (const [name, value] of Object.entries(metadata)) headers[`x-amz-meta-${name}`] = value;
    if (algorithm !== undefined) {
      const digest = Buffer.from(await digestOf(held, 'sha256'), 'hex').subarray(0, algorithm === 'SHA256' ? 32 : 8);
      const composite = checksumType === 'COMPOSITE' ? `-${parts}` : '';
      headers[`x-amz-checksum-${algorithm.toLowerCase()}`] = `${digest.toString('base64')}${composite}`;
      headers['x-amz-checksum-type'] = checksumType;
    }
    const { objects } = this.#changed(bucket);
    objects.set(key, {
      key,
      hosted: this.hosted(held, { etag: `"${etag}"`, type: 'binary/octet-stream', headers }),
      ...(algorithm === undefined ? {} : { algorithm }),
      checksumType,
      storageClass: facts.storageClass ?? 'STANDARD',
      open: facts.open ?? true,
    });
  }

  /** @param {string} bucket @param {string} key */
  removeObject(bucket, key) {
    this.#changed(bucket).objects.delete(key);
  }

  /**
   * @override
   * @param {RequestRecord} request
   * @returns {Reply}
   */
  answer(request) {
    if (request.headers.authorization !== undefined || request.query.has('X-Amz-Signature')) {
      this.violate(`${request.path} is signed`);
      return problem(403, 'InvalidAccessKeyId', 'The AWS Access Key Id you provided does not exist in our records.');
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      this.violate(`${request.method} ${request.path}`);
      return problem(405, 'MethodNotAllowed', 'The specified method is not allowed against this resource.');
    }
    const { name, key, region } = addressed(request);
    const bucket = this.#buckets.get(name);
    const reply = bucket === undefined ? noSuchBucket(name) : this.#inBucket(request, bucket, key, region);
    // Errors of HEAD have no body; nothing else tells them.
    return request.method === 'HEAD' && reply.status >= 300 ? { ...reply, end: reply.start } : reply;
  }

  /**
   * @param {RequestRecord} request
   * @param {Bucket} bucket
   * @param {string} key
   * @param {string | undefined} region  that was asked
   */
  #inBucket(request, bucket, key, region) {
    if (region !== undefined && region !== bucket.region) return elsewhere(bucket);
    if (!bucket.open) return denied();
    if (key !== '') return this.#object(request, bucket, key);
    if (request.method === 'HEAD')
      return xmlReply(bucket.listed ? 200 : 403, '', { 'x-amz-bucket-region': bucket.region });
    if (request.query.has('location')) return xmlReply(200, location(bucket.region));
    return bucket.listed ? this.#list(request, bucket) : denied();
  }

  /**
   * @param {RequestRecord} request
   * @param {Bucket} bucket
   * @param {string} key
   * @returns {Reply}
   */
  #object(request, bucket, key) {
    const object = bucket.objects.get(key);
    // Who may not list a bucket is not told what is missing from it.
    if (object === undefined) {
      return bucket.listed ? problem(404, 'NoSuchKey', 'The specified key does not exist.', { Key: key }) : denied();
    }
    if (!object.open) return denied();
    if (['GLACIER', 'DEEP_ARCHIVE'].includes(object.storageClass) && request.method === 'GET') {
      return problem(403, 'InvalidObjectState', "The operation is not valid for the object's storage class");
    }
    const reply = fileReply(request, object.hosted);
    const wanted = request.headers['x-amz-checksum-mode'] === 'ENABLED' && request.headers.range === undefined;
    for (const name of wanted ? [] : Object.keys(reply.headers)) {
      if (name.startsWith('x-amz-checksum-')) delete reply.headers[name];
    }
    return reply;
  }

  /**
   * @param {RequestRecord} request
   * @param {Bucket} bucket
   * @returns {Reply}
   */
  #list({ path, query }, bucket) {
    const unknown = [...query.keys()].find((name) => !LIST_PARAMETERS.includes(name));
    if (unknown !== undefined) this.violate(`${path} with the parameter ${unknown}`);
    if (query.get('list-type') !== '2') this.violate(`${path} asks for a list in its first version`);
    const encoding = query.get('encoding-type');
    if (encoding !== null && encoding !== 'url')
      return problem(400, 'InvalidArgument', 'Invalid Encoding Method specified in Request');
    const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
    const token = query.get('continuation-token') ?? undefined;
    const after = token === undefined ? (query.get('start-after') ?? '') : keyOf(token);
    if (after === undefined) {
      this.violate(`${path} with a token that it did not get here`);
      return problem(400, 'InvalidArgument', 'The continuation token provided is incorrect');
    }
    const maxKeys = Math.min(Number(query.get('max-keys') ?? 1000), this.#pageSize);
    const { entries, next } = pageOf(inOrder(bucket), { prefix, delimiter, after, maxKeys });
    const body = listing({
      ...{ bucket: bucket.name, prefix, delimiter, maxKeys, url: encoding === 'url', token },
      next: next === undefined ? undefined : tokenOf(next),
      objects: entries.filter((entry) => typeof entry !== 'string'),
      folders: entries.filter((entry) => typeof entry === 'string'),
    });
    return xmlReply(200, body, { 'x-amz-bucket-region': bucket.region });
  }

  /** A bucket that is about to change. @param {string} name @returns {Bucket} */
  #changed(name) {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw new Error(`there is no bucket ${name}`);
    bucket.sorted = undefined;
    return bucket;
  }
}

/**
 * S3, listening.
 * @param {ConstructorParameters<typeof S3Host>[0]} [options]
 */
export function startS3(options) {
  return new S3Host(options).start();
}

/** @param {RequestRecord} request  @returns {{ name: string, key: string, region?: string | undefined }} */
function addressed({ headers, path }) {
  const [, label, region] = AMAZON.exec(String(headers.host)) ?? [];
  // What a plus sign means depends on the reader, so clients must not send one; S3 takes it for a blank in a path.
  const asked = decodeURIComponent(path.slice(1).replaceAll('+', ' '));
  if (label !== undefined) return { name: label, key: asked, region: region ?? 'us-east-1' };
  const slash = asked.includes('/') ? asked.indexOf('/') : asked.length;
  const isAmazon = AMAZON.test(String(headers.host));
  return {
    name: asked.slice(0, slash),
    key: asked.slice(slash + 1),
    region: isAmazon ? (region ?? 'us-east-1') : undefined,
  };
}

/** All objects by the bytes of their keys. @param {Bucket} bucket  @returns {HeldObject[]} */
function inOrder(bucket) {
  bucket.sorted ??= [...bucket.objects.values()]
    .map((object) => ({ object, bytes: Buffer.from(object.key) }))
    .sort((a, b) => Buffer.compare(a.bytes, b.bytes))
    .map(({ object }) => object);
  return bucket.sorted;
}

/**
 * @param {readonly HeldObject[]} objects  in order
 * @param {{ prefix: string, delimiter: string, after: string, maxKeys: number }} query
 * @returns {{ entries: (HeldObject | string)[], next: string | undefined }}  strings are common prefixes; next: the last that was given
 */
function pageOf(objects, { prefix, delimiter, after, maxKeys }) {
  /** @type {Map<string, HeldObject | string>} */
  const found = new Map();
  for (const object of objects) {
    if (!object.key.startsWith(prefix)) continue;
    const end = delimiter === '' ? -1 : object.key.indexOf(delimiter, prefix.length);
    const folder = end === -1 ? undefined : object.key.slice(0, end + delimiter.length);
    const name = folder ?? object.key;
    if (Buffer.compare(Buffer.from(name), Buffer.from(after)) <= 0) continue;
    if (!found.has(name) && found.size === maxKeys)
      return { entries: [...found.values()], next: [...found.keys()].at(-1) };
    found.set(name, folder ?? object);
  }
  return { entries: [...found.values()], next: undefined };
}

/** Opaque, and full of what must be encoded. @param {string} key */
const tokenOf = (key) => `1/+=${Buffer.from(key).toString('base64')}`;

/** @param {string} token @returns {string | undefined} */
const keyOf = (token) => (token.startsWith('1/+=') ? Buffer.from(token.slice(4), 'base64').toString() : undefined);

/** @param {string} name */
const noSuchBucket = (name) =>
  problem(404, 'NoSuchBucket', 'The specified bucket does not exist', { BucketName: name });

const denied = () => problem(403, 'AccessDenied', 'Access Denied');

/** Without a Location: only the header and the body tell where to go. @param {Bucket} bucket */
function elsewhere({ name, region }) {
  const message =
    'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.';
  const more = { Bucket: name, Endpoint: `${name}.s3.${region}.amazonaws.com` };
  return problem(301, 'PermanentRedirect', message, more, { 'x-amz-bucket-region': region });
}
