// @ts-check
/** A repository as GitHub shows it: commits with their trees, pointers in place of large files, releases, archives of a commit. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { bufferOf, digestOf } from './content.js';
import { tar } from './phantoms/archives.js';
import { jsonReply, textReply } from './reply.js';

/**
 * @typedef {import('./reply.js').HostedFile} HostedFile
 *
 * @typedef {object} Blob
 * @property {string} path
 * @property {string} mode      of a file `100644`, of a link `120000`, of another repository `160000`
 * @property {HostedFile} hosted  what git holds: of a large file, the pointer
 * @property {string} sha       git's name for that
 * @property {{ oid: string, hosted: HostedFile }} [lfs]
 *
 * @typedef {object} Commit
 * @property {string} sha
 * @property {Blob[]} blobs
 *
 * @typedef {object} Asset
 * @property {number} id
 * @property {string} name
 * @property {string} state
 * @property {HostedFile} hosted
 * @property {string | null} digest
 *
 * @typedef {object} Release
 * @property {number} id
 * @property {string} tag
 * @property {string} name
 * @property {Asset[]} assets
 *
 * @typedef {object} Repo
 * @property {number} id
 * @property {string} name      owner/name
 * @property {boolean} private
 * @property {{ key: string, name: string, spdx_id: string } | null} license
 * @property {Map<string, string>} refs  branches and tags, and the commit of each
 * @property {Commit[]} commits
 * @property {Release[]} releases
 * @property {'budget' | 'quota' | undefined} lfs  why large files are not given
 */

/** @param {Buffer} data */
export const gitName = (data) => createHash('sha1').update(`blob ${data.length}\0`).update(data).digest('hex');

/** @param {import('./content.js').Content} content */
export async function pointerOf(content) {
  const oid = await digestOf(content, 'sha256');
  return { oid, text: `version https://git-lfs.github.com/spec/v1\noid sha256:${oid}\nsize ${content.size}\n` };
}

/** GitHub's own names of trees are hashes of what is in them; here, of where they are. @param {Commit} commit @param {string} folder */
const treeName = ({ sha }, folder) => createHash('sha1').update(`tree ${sha} ${folder}`).digest('hex');

/**
 * A tree of a repository by its name, or by that of its commit.
 * @param {Repo} repo
 * @param {string} sha
 * @param {boolean} recursive
 * @param {number} most  entries that are listed
 * @returns {object | undefined}
 */
export function treeOf(repo, sha, recursive, most) {
  for (const commit of repo.commits) {
    const folder = sha === commit.sha ? '' : foldersOf(commit).find((one) => treeName(commit, one) === sha);
    if (folder === undefined) continue;
    const entries = entriesOf(commit, folder, recursive);
    return {
      sha,
      url: `/repos/${repo.name}/git/trees/${sha}`,
      tree: entries.slice(0, most),
      truncated: entries.length > most,
    };
  }
  return undefined;
}

/** @param {Commit} commit */
function foldersOf({ blobs }) {
  const folders = blobs.flatMap(({ path }) => path.split('/').map((_, at, parts) => parts.slice(0, at).join('/')));
  return [...new Set(folders)].filter((folder) => folder !== '');
}

/** @param {Commit} commit @param {string} folder @param {boolean} recursive */
function entriesOf(commit, folder, recursive) {
  const start = folder === '' ? '' : `${folder}/`;
  const isNear = (/** @type {string} */ path) =>
    path.startsWith(start) && (recursive || !path.slice(start.length).includes('/'));
  const trees = foldersOf(commit)
    .filter(isNear)
    .map((path) => ({ path: path.slice(start.length), mode: '040000', type: 'tree', sha: treeName(commit, path) }));
  const blobs = commit.blobs
    .filter(({ path }) => isNear(path))
    .map(({ path, mode, sha, hosted }) => {
      const shown = { path: path.slice(start.length), mode, sha };
      return mode === '160000' ? { ...shown, type: 'commit' } : { ...shown, type: 'blob', size: hosted.content.size };
    });
  return [...trees, ...blobs].sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The archive of a commit, as codeload.github.com makes it: in one folder, large files as pointers. @param {Commit} commit @param {string} root */
export async function archiveOf({ blobs }, root) {
  const files = blobs.filter(({ mode }) => mode.startsWith('100'));
  const members = files.map(async ({ path, hosted }) => ({
    path: `${root}/${path}`,
    data: await bufferOf(hosted.content),
  }));
  return gzipSync(tar(await Promise.all(members)));
}

/** @param {Repo} repo */
export function repoShape({ id, name, private: isPrivate, license }) {
  const [login, short] = name.split('/');
  return {
    id,
    node_id: `R_${id}`,
    name: short,
    full_name: name,
    private: isPrivate,
    owner: { login, id: 1, type: 'User' },
    html_url: `https://github.com/${name}`,
    description: null,
    fork: false,
    default_branch: 'main',
    license:
      license === null ? null : { ...license, url: `https://api.github.com/licenses/${license.key}`, node_id: 'L_1' },
    visibility: isPrivate ? 'private' : 'public',
  };
}

/** @param {Repo} repo @param {Release} release */
export function releaseShape(repo, release) {
  const { id, tag, name } = release;
  return {
    url: `https://api.github.com/repos/${repo.name}/releases/${id}`,
    html_url: `https://github.com/${repo.name}/releases/tag/${tag}`,
    id,
    tag_name: tag,
    target_commitish: 'main',
    name,
    draft: false,
    prerelease: false,
    created_at: '2026-01-01T00:00:00Z',
    published_at: '2026-01-01T00:00:00Z',
    // The first thirty; the others are listed apart.
    assets: assetsShape(repo, release).slice(0, 30),
    body: '',
  };
}

/** @param {Repo} repo @param {Release} release */
export function assetsShape({ name: repo }, { assets, tag }) {
  return assets.map(({ id, name, state, hosted, digest }) => ({
    url: `https://api.github.com/repos/${repo}/releases/assets/${id}`,
    id,
    node_id: `RA_${id}`,
    name,
    label: '',
    content_type: 'application/octet-stream',
    state,
    size: hosted.content.size,
    digest,
    download_count: 0,
    created_at: '2026-01-01T00:00:00Z',
    updated_at: '2026-01-01T00:00:00Z',
    browser_download_url: `https://github.com/${repo}/releases/download/${tag}/${name}`,
  }));
}

/** By a branch, a tag, a whole commit or its beginning. @param {Repo} repo @param {string} ref */
export function commitOf({ refs, commits }, ref) {
  const sha = refs.get(ref.replace(/^(refs\/)?(heads|tags)\//, '')) ?? ref;
  return commits.find((commit) => commit.sha === sha || (/^[0-9a-f]{7,}$/.test(sha) && commit.sha.startsWith(sha)));
}

export const DOCS = 'https://docs.github.com/rest';

/** A refusal of the API. @param {number} status @param {string} message */
export function problem(status, message) {
  return jsonReply(status, { message, documentation_url: DOCS, status: String(status) });
}

/** A page of github.com. @param {number} status @param {string} title */
export function page(status, title) {
  return textReply(status, `<!DOCTYPE html><html><head><title>${title} · GitHub</title></head></html>`, {
    'content-type': 'text/html; charset=utf-8',
  });
}
