// @ts-check
/** What GitHub's API answers to who may see a repository. */
import { assetsShape, commitOf, problem, releaseShape, repoShape, treeOf } from './github-repo.js';
import { fileReply, jsonReply, textReply } from './reply.js';

/**
 * @typedef {import('./github-repo.js').Repo} Repo
 * @typedef {import('./host-log.js').RequestRecord} RequestRecord
 * @typedef {import('./reply.js').Reply} Reply
 * @typedef {import('./signed-store.js').SignedStore} SignedStore
 */

/**
 * @param {Repo} repo
 * @param {string[]} parts  of the path, after the repository's
 * @param {RequestRecord} request
 * @param {{ host: import('./github.js').GitHubHost, treeLimit: number }} options  treeLimit: entries in one answer
 * @returns {Reply | undefined}  undefined for what is no route
 */
export function answerOfApi(repo, parts, request, { host, treeLimit }) {
  const { query, headers } = request;
  const accept = headers.accept ?? '*/*';
  const [kind, act = '', ...more] = parts;
  if (kind === undefined) return jsonReply(200, repoShape(repo));
  if (repo.commits.every(({ blobs }) => blobs.length === 0) && kind !== 'releases') {
    return problem(409, 'Git Repository is empty.');
  }
  if (kind === 'commits') {
    const sha = commitOf(repo, [act, ...more].join('/'))?.sha;
    if (sha === undefined) return problem(422, `No commit found for SHA: ${[act, ...more].join('/')}`);
    return accept.includes('sha')
      ? textReply(200, sha, { 'content-type': 'application/vnd.github.sha; charset=utf-8' })
      : jsonReply(200, { sha });
  }
  if (kind === 'git' && act === 'trees') {
    const tree = treeOf(repo, more[0] ?? '', query.has('recursive'), treeLimit);
    return tree === undefined ? problem(404, 'Not Found') : jsonReply(200, tree);
  }
  if (kind === 'git' && act === 'blobs') {
    const blob = repo.commits.flatMap(({ blobs }) => blobs).find(({ sha }) => sha === more[0]);
    if (blob === undefined) return problem(404, 'Not Found');
    if (!accept.includes('raw')) return jsonReply(200, { sha: blob.sha, encoding: 'base64', content: '' });
    const type = 'application/vnd.github.raw+json; charset=utf-8';
    return fileReply(request, { ...blob.hosted, type }, { ranges: false });
  }
  if (kind === 'tarball') {
    const location = host.url(
      `/codeload/${repo.name}/legacy.tar.gz/${act}${repo.private ? `?token=codeload-${repo.id}` : ''}`,
      'localhost',
    );
    return textReply(302, '', { location });
  }
  if (kind === 'releases') return ofReleases(repo, [act, ...more], query, accept, host.store);
  return undefined;
}

/**
 * @param {Repo} repo
 * @param {string[]} parts
 * @param {URLSearchParams} query
 * @param {string} accept
 * @param {SignedStore} store
 * @returns {Reply}
 */
function ofReleases(repo, [act = '', ...more], query, accept, store) {
  const { releases } = repo;
  if (act === 'assets') {
    const asset = releases.flatMap(({ assets }) => assets).find(({ id }) => String(id) === more[0]);
    if (asset === undefined) return problem(404, 'Not Found');
    return accept.includes('octet-stream')
      ? textReply(302, '', { location: store.sign(`asset-${asset.id}`) })
      : jsonReply(200, { id: asset.id, name: asset.name });
  }
  if (more[0] === 'assets') {
    const release = releases.find(({ id }) => String(id) === act);
    const size = Math.min(Number(query.get('per_page') ?? 30), 100);
    const start = (Number(query.get('page') ?? 1) - 1) * size;
    return release === undefined
      ? problem(404, 'Not Found')
      : jsonReply(200, assetsShape(repo, release).slice(start, start + size));
  }
  const release =
    act === 'latest' ? releases.at(-1) : releases.find(({ tag }) => act === 'tags' && tag === more.join('/'));
  return release === undefined ? problem(404, 'Not Found') : jsonReply(200, releaseShape(repo, release));
}
