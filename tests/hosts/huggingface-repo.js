// @ts-check
/** A repository of the Hub as its API shows it: commits with their trees, what large files are in git, the answer to `expand`. */
import { createHash } from 'node:crypto';
import { bufferOf, digestOf } from './content.js';

/**
 * @typedef {import('./reply.js').HostedFile} HostedFile
 *
 * @typedef {object} HubFile
 * @property {string} path
 * @property {HostedFile} hosted
 * @property {string} oid       git's name for the file, or for the pointer that stands in its place
 * @property {string} [sha256]  of a large file
 *
 * @typedef {object} Commit
 * @property {string} sha
 * @property {HubFile[]} files
 *
 * @typedef {object} HubRepo
 * @property {string} id       owner/name
 * @property {'dataset' | 'model' | 'space'} type
 * @property {false | 'auto' | 'manual'} gated
 * @property {boolean} private
 * @property {boolean} disabled
 * @property {string[]} tags
 * @property {object} cardData
 * @property {Commit[]} commits  oldest first
 * @property {Map<string, string>} refs  branches and tags, and the commit of each
 */

/** What `expand` takes, of that which the stand-in knows; spaces cannot be gated. */
const FIELDS = [
  'author',
  'cardData',
  'disabled',
  'downloads',
  'gated',
  'lastModified',
  'likes',
  'private',
  'sha',
  'siblings',
  'tags',
];

/**
 * @param {string} path
 * @param {HostedFile} hosted
 * @param {boolean} isLarge  kept outside git
 * @returns {Promise<HubFile>}
 */
export async function hubFile(path, hosted, isLarge) {
  const { content } = hosted;
  if (!isLarge) return { path, hosted, oid: gitName(await bufferOf(content)) };
  const sha256 = await digestOf(content, 'sha256');
  return { path, hosted, oid: gitName(Buffer.from(pointerOf(sha256, content.size))), sha256 };
}

/** @param {string} sha256 @param {number} size */
function pointerOf(sha256, size) {
  return `version https://git-lfs.github.com/spec/v1\noid sha256:${sha256}\nsize ${size}\n`;
}

/** @param {Buffer} data */
function gitName(data) {
  return createHash('sha1').update(`blob ${data.length}\0`).update(data).digest('hex');
}

/** @param {HubFile} file */
export const xetHashOf = ({ sha256 }) => createHash('sha256').update(`xet ${sha256}`).digest('hex');

/** An entry of a tree. @param {HubFile} file @param {boolean} masked  whether the caller may not have the file */
function fileShape(file, masked) {
  const { path, hosted, oid, sha256 } = file;
  const { size } = hosted.content;
  if (sha256 === undefined) return { type: 'file', oid, size, path };
  const lfs = { oid: sha256, size, pointerSize: pointerOf(sha256, size).length };
  return { type: 'file', oid, size, lfs, xetHash: masked ? '*'.repeat(64) : xetHashOf(file), path };
}

/**
 * What lies below a folder; undefined when there is none.
 * @param {Commit} commit
 * @param {string} folder  '' for the root
 * @param {boolean} recursive
 * @param {boolean} masked
 */
export function treeOf({ files }, folder, recursive, masked) {
  const start = folder === '' ? '' : `${folder}/`;
  /** @type {Map<string, object>} */
  const entries = new Map();
  for (const file of files) {
    if (!file.path.startsWith(start)) continue;
    const parts = file.path.slice(start.length).split('/');
    const depth = recursive ? parts.length - 1 : Math.min(1, parts.length - 1);
    for (let at = 1; at <= depth; at++) {
      const path = start + parts.slice(0, at).join('/');
      if (!entries.has(path)) entries.set(path, { type: 'directory', oid: gitName(Buffer.from(path)), size: 0, path });
    }
    if (recursive || parts.length === 1) entries.set(file.path, fileShape(file, masked));
  }
  return entries.size === 0 && folder !== '' ? undefined : [...entries.values()];
}

/**
 * @param {HubRepo} repo
 * @param {Commit} commit
 * @param {string[]} expand  fields asked for; none: the usual ones
 * @returns {object | undefined}  undefined for fields that there are not
 */
export function infoOf(repo, commit, expand) {
  const [author] = repo.id.split('/');
  /** @type {Record<string, unknown>} */
  const all = {
    author,
    cardData: repo.cardData,
    disabled: repo.disabled,
    downloads: 0,
    ...(repo.type === 'space' ? {} : { gated: repo.gated }),
    lastModified: '2026-01-01T00:00:00.000Z',
    likes: 0,
    private: repo.private,
    sha: commit.sha,
    siblings: commit.files.map(({ path }) => ({ rfilename: path })),
    tags: repo.tags,
  };
  if (expand.some((field) => !FIELDS.includes(field) || !(field in all))) return undefined;
  const names = expand.length === 0 ? FIELDS : expand;
  return {
    _id: '65c0e0a24913fc50b7ba14d2',
    id: repo.id,
    ...Object.fromEntries(names.filter((name) => name in all).map((name) => [name, all[name]])),
  };
}
