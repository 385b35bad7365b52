/**
 * What S3 says in XML: pages of ListObjectsV2
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html) and errors
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html). The order of elements is not fixed.
 */
import { parseXml, type XmlElement, XmlError } from '@rgrove/parse-xml';

/** An object as a listing has it. */
export interface S3Object {
  key: string;
  size: number;
  /** Without quotes. */
  etag?: string;
  /** Of the checksums that S3 keeps of the whole object: CRC32, CRC32C, CRC64NVME, SHA1, SHA256. */
  algorithms: string[];
  storageClass?: string;
}

export interface S3Page {
  objects: S3Object[];
  /** Asks for the next page; undefined on the last one. */
  next?: string;
}

export interface S3Error {
  code: string;
  message: string;
  /** The region to ask instead. */
  region?: string;
}

/** @throws SyntaxError for what is no page of a listing */
export function readPage(text: string): S3Page {
  const root = rootOf(text);
  if (root?.name !== 'ListBucketResult') throw new SyntaxError('no list of objects');
  const facts = new Map<string, string>();
  const objects: S3Object[] = [];
  // Some hosts that are like S3 do not know this encoding, and then do not say that they use it.
  const inUrlForm = elements(root).some(({ name, text: value }) => name === 'EncodingType' && value === 'url');
  for (const element of elements(root)) {
    if (element.name === 'Contents') objects.push(readObject(element, inUrlForm));
    else facts.set(element.name, element.text);
  }
  if (facts.get('IsTruncated') !== 'true') return { objects };
  const next = facts.get('NextContinuationToken') ?? '';
  if (next === '') throw new SyntaxError('a list that goes on, without the token to ask for the rest');
  return { objects, next };
}

function readObject(contents: XmlElement, inUrlForm: boolean): S3Object {
  const object: S3Object = { key: '', size: Number.NaN, algorithms: [] };
  let isWhole = false;
  for (const { name, text } of elements(contents)) {
    if (name === 'Key') object.key = inUrlForm ? unquoted(text) : text;
    else if (name === 'Size' && /^\d+$/.test(text)) object.size = Number(text);
    else if (name === 'ETag') object.etag = text.replaceAll('"', '');
    else if (name === 'ChecksumAlgorithm') object.algorithms.push(text);
    else if (name === 'ChecksumType') isWhole = text === 'FULL_OBJECT';
    else if (name === 'StorageClass') object.storageClass = text;
  }
  if (object.key === '' || Number.isNaN(object.size)) throw new SyntaxError('an object without a key or a size');
  if (!isWhole) object.algorithms = [];
  return object;
}

/** The form of HTML forms, in which a plus sign is a blank. @throws SyntaxError */
function unquoted(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch (cause) {
    throw new SyntaxError(`a key that cannot be read: ${text}`, { cause });
  }
}

/** The error that an answer holds; undefined when it holds none. */
export function readError(text: string): S3Error | undefined {
  let root: XmlElement | null;
  try {
    root = rootOf(text);
  } catch {
    return undefined;
  }
  if (root?.name !== 'Error') return undefined;
  const facts = new Map(elements(root).map(({ name, text: value }) => [name, value]));
  const region =
    facts.get('Region') ?? /[.-]([a-z]{2}-[a-z0-9-]+)\.amazonaws\.com$/.exec(facts.get('Endpoint') ?? '')?.[1];
  return {
    code: facts.get('Code') ?? '',
    message: facts.get('Message') ?? '',
    ...(region === undefined ? {} : { region }),
  };
}

/** @throws SyntaxError */
function rootOf(text: string): XmlElement | null {
  try {
    return parseXml(text).root;
  } catch (cause) {
    if (cause instanceof XmlError) throw new SyntaxError(cause.message.split('\n', 1)[0], { cause });
    throw cause;
  }
}

function elements({ children }: XmlElement): XmlElement[] {
  return children.filter((child): child is XmlElement => child.type === 'element');
}
