/**
 * Croissant descriptions (http://mlcommons.org/croissant/1.0 and 1.1), as far as files go: FileObjects and FileSets of `distribution`.
 * Names may come with the prefixes `sc:` and `cr:`, or as whole addresses, as JSON-LD allows.
 */
import { UsageError } from '../errors.js';
import { known } from './json-api.js';

export interface FileObject {
  id: string;
  name: string;
  contentUrl?: string;
  encodingFormat: string;
  /** Bytes, where they are told exactly. */
  size?: number;
  checksums: string[];
  /** Ids of what it is in. */
  containedIn: string[];
}

export interface FileSet {
  id: string;
  containedIn: string[];
  includes: string[];
  excludes: string[];
}

export interface Description {
  name?: string;
  version?: string;
  license?: string;
  doi?: string;
  files: FileObject[];
  sets: FileSet[];
}

type Node = Record<string, unknown>;

/** @param place for messages @throws UsageError when it is no Croissant */
export function readDescription(text: string, place: string): Description {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (cause) {
    throw new UsageError(`${place} is no JSON, and so no Croissant description`, { hint: HINT, cause });
  }
  const dataset = plain(Array.isArray(value) ? value[0] : value);
  const { distribution } = dataset;
  const nodes = listOf(distribution).map(plain);
  if (nodes.length === 0) throw new UsageError(`${place} describes no files (distribution)`, { hint: HINT });
  const files = nodes.filter((node) => typeOf(node) === 'FileObject').map(fileObject);
  const sets = nodes.filter((node) => typeOf(node) === 'FileSet').map(fileSet);
  if (files.length + sets.length === 0) {
    throw new UsageError(`${place} has no FileObject or FileSet in its distribution`, { hint: HINT });
  }
  const [license] = textsOf(dataset.license);
  const doi = [...textsOf(dataset.identifier), ...textsOf(dataset.citeAs), ...textsOf(dataset.url)]
    .map((one) => /\b(10\.\d{4,9}\/[^\s"{},]+)/.exec(one)?.[1])
    .find((one) => one !== undefined);
  return {
    ...known('name', textsOf(dataset.name)[0]),
    ...known('version', dataset.version === undefined ? undefined : String(dataset.version)),
    ...known('license', license),
    ...known('doi', doi),
    files,
    sets,
  };
}

const HINT =
  'Croissant is JSON-LD as mlcommons.org/croissant describes it; Hugging Face and Kaggle offer it for each dataset.';

function fileObject(node: Node): FileObject {
  const [name = idOf(node)] = textsOf(node.name);
  const size = /^(\d+)( ?B)?$/.exec(textsOf(node.contentSize)[0] ?? '')?.[1];
  return {
    id: idOf(node),
    name,
    ...known('contentUrl', textsOf(node.contentUrl)[0]),
    encodingFormat: textsOf(node.encodingFormat)[0] ?? '',
    ...(size === undefined ? {} : { size: Number(size) }),
    // Where none is known, some put an address in its place.
    checksums: sumsOf(node),
    containedIn: refsOf(node.containedIn),
  };
}

function fileSet(node: Node): FileSet {
  return {
    id: idOf(node),
    containedIn: refsOf(node.containedIn),
    includes: textsOf(node.includes),
    excludes: textsOf(node.excludes),
  };
}

/**
 * Checksums as descriptions have them: hexadecimal, Kaggle's in Base64, some under the other's name, and some no checksum at all. Their
 * length tells which they are.
 */
function sumsOf(node: Node): string[] {
  const sums = [node.sha256, node.md5].flatMap((value) => {
    const [text = ''] = textsOf(value);
    const hex = /^[A-Za-z0-9+/]{22}==$/.test(text) ? Buffer.from(text, 'base64').toString('hex') : text.toLowerCase();
    if (!/^([0-9a-f]{32}){1,2}$/.test(hex)) return [];
    return [`${hex.length === 64 ? 'sha256' : 'md5'}:${hex}`];
  });
  return [...new Set(sums)];
}

/** Members by their names alone, whatever vocabulary stands before them. */
function plain(value: unknown): Node {
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name.startsWith('@') ? name : name.replace(/^.*[/#:]/, ''), one]),
  );
}

const typeOf = (node: Node): string => (textsOf(node['@type'])[0] ?? '').replace(/^.*[/#:]/, '');

const idOf = (node: Node): string => textsOf(node['@id'])[0] ?? textsOf(node.name)[0] ?? '';

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

/** Texts, also those in `{ "@value": … }` or `{ "@id": … }` or `{ "url": … }`. */
function textsOf(value: unknown): string[] {
  return listOf(value).flatMap((one) => {
    if (typeof one === 'string') return [one];
    if (typeof one === 'number') return [String(one)];
    if (typeof one !== 'object' || one === null) return [];
    const node = plain(one);
    return [node['@value'], node['@id'], node.url, node.name]
      .filter((text): text is string => typeof text === 'string')
      .slice(0, 1);
  });
}

const refsOf = (value: unknown): string[] => textsOf(value).map((ref) => ref.replace(/^#/, ''));
