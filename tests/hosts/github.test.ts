/** The stand-in against what was recorded of the real GitHub (octokit/fixtures, and issues of those who met it). */
import { request as octokit } from '@octokit/request';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { httpGet } from '../support/http-get.js';
import { digestOf, noise } from './content.js';
import { type GitHubHost, startGitHub } from './github.js';
import { gitName } from './github-repo.js';

const TOKEN = 'ghp_good';
const SCANS = noise(5000, 'scans');
const LFS = 'application/vnd.git-lfs+json';

let host: GitHubHost;
let sha: string;

beforeEach(async () => {
  host = await startGitHub({ tokens: [TOKEN], questions: 5, treeLimit: 5 });
  ({ sha } = await host.addRepo('ada/open', {
    refs: ['v1'],
    files: [
      { path: 'README.md', content: '# hello-world' },
      { path: 'data/a/1.bin', content: SCANS, lfs: true },
    ],
  }));
  await host.addRepo('ada/secret', { private: true, files: [{ path: 'a', content: 'a' }] });
  await host.addRelease('ada/open', 'v1', [{ name: 'scans.bin', content: SCANS }]);
});

afterEach(() => host.close());

async function get(path: string, headers: Record<string, string> = {}) {
  const got = await httpGet(host.url(path), { 'user-agent': 'test', ...headers });
  return { ...got, text: String(got.body), json: () => JSON.parse(String(got.body)) };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

describe('the API', () => {
  test('tells of a repository, and how often it may still be asked', async () => {
    const { json, headers } = await get('/api/repos/ada/open');
    expect(json()).toMatchObject({ full_name: 'ada/open', private: false, default_branch: 'main', license: null });
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'x-ratelimit-limit': '5',
      'x-ratelimit-remaining': '4',
      'x-ratelimit-resource': 'core',
      'x-ratelimit-reset': expect.stringMatching(/^\d{10}$/),
    });
    expect(headers['retry-after']).toBeUndefined();
  });

  test('refuses more questions than an hour has, without counting one about the limit', async () => {
    for (let at = 0; at < 5; at++) await get('/api/repos/ada/open');
    const refused = await get('/api/repos/ada/open');
    expect(refused).toMatchObject({ status: 403, headers: { 'x-ratelimit-remaining': '0' } });
    expect(refused.json()).toMatchObject({ message: expect.stringMatching(/^API rate limit exceeded for /) });
    expect(await get('/api/rate_limit')).toMatchObject({ status: 200 });
    expect(await get('/api/repos/ada/open', bearer(TOKEN))).toMatchObject({ status: 200 });
  });

  test('names the commit of a branch, tag or shortened commit', async () => {
    const accept = { accept: 'application/vnd.github.sha' };
    for (const ref of ['main', 'v1', sha.slice(0, 7)]) {
      expect(await get(`/api/repos/ada/open/commits/${ref}`, accept)).toMatchObject({ status: 200, text: sha });
    }
    const unknown = await get('/api/repos/ada/open/commits/none', accept);
    expect([unknown.status, unknown.json().message]).toEqual([422, 'No commit found for SHA: none']);
  });

  test("lists trees with git's own names, and no more than it can", async () => {
    // As GitHub names the README of octokit-fixture-org/hello-world.
    expect(gitName(Buffer.from('# hello-world'))).toBe('93a078d1c3f76aa1ca11def8f882a06df1d4a01b');
    const { json } = await get(`/api/repos/ada/open/git/trees/${sha}?recursive=1`);
    expect(json()).toMatchObject({
      sha,
      truncated: false,
      tree: [
        { path: 'README.md', mode: '100644', type: 'blob', sha: '93a078d1c3f76aa1ca11def8f882a06df1d4a01b', size: 13 },
        { path: 'data', mode: '040000', type: 'tree' },
        { path: 'data/a', mode: '040000', type: 'tree' },
        { path: 'data/a/1.bin', mode: '100644', type: 'blob', size: 129 },
      ],
    });
    const { tree } = (await get(`/api/repos/ada/open/git/trees/${sha}`)).json();
    expect(tree.map(({ path }: { path: string }) => path)).toEqual(['README.md', 'data']);
    const below = await get(`/api/repos/ada/open/git/trees/${tree[1].sha}?recursive=1`);
    expect(below.json().tree.map(({ path }: { path: string }) => path)).toEqual(['a', 'a/1.bin']);
    await host.commit(
      'ada/open',
      ['1', '2', '3', '4', '5', '6'].map((path) => ({ path, content: path })),
      { sha: 'ab'.repeat(20) },
    );
    const more = await get(`/api/repos/ada/open/git/trees/${'ab'.repeat(20)}?recursive=1`);
    expect([more.json().truncated, more.json().tree.length]).toEqual([true, 5]);
  });

  test('sends who asks for an old name to the number of the repository', async () => {
    host.rename('ada/open', 'grace/open');
    const moved = await get('/api/repos/ada/open/releases/latest');
    expect(moved).toMatchObject({
      status: 301,
      headers: {
        location: expect.stringMatching(/\/api\/repositories\/\d+\/releases\/latest$/),
        'x-ratelimit-used': '1',
      },
    });
    expect((await get(String(moved.headers.location))).json()).toMatchObject({ tag_name: 'v1' });
  });

  test('hides what is private as if it were not there, and refuses tokens that nobody has', async () => {
    const hidden = await get('/api/repos/ada/secret');
    expect([hidden.status, hidden.json().message]).toEqual([404, 'Not Found']);
    expect(await get('/api/repos/ada/secret', bearer(TOKEN))).toMatchObject({ status: 200 });
    const refused = await get('/api/repos/ada/open', bearer('ghp_bad'));
    expect([refused.status, refused.json().message]).toEqual([401, 'Bad credentials']);
  });

  test('tells of a release, and gives its files to who wants bytes', async () => {
    const release = (await get('/api/repos/ada/open/releases/tags/v1')).json();
    const sha256 = await digestOf(SCANS, 'sha256');
    expect(release).toMatchObject({
      tag_name: 'v1',
      draft: false,
      assets: [{ name: 'scans.bin', state: 'uploaded', size: 5000, digest: `sha256:${sha256}` }],
    });
    const asset = new URL(release.assets[0].url).pathname;
    expect((await get(`/api${asset}`)).json()).toMatchObject({ name: 'scans.bin' });
    expect(await get(`/api${asset}`, { accept: 'application/octet-stream' })).toMatchObject({ status: 302, text: '' });
  });
});

describe('the bytes', () => {
  test("of a release come by a link that lives for a while, without anybody's token", async () => {
    const { status, headers } = await get('/web/ada/open/releases/download/v1/scans.bin');
    expect([status, headers['content-type']]).toEqual([302, 'text/html; charset=utf-8']);
    const link = String(headers.location);
    expect(await get(link, { range: 'bytes=10-19' })).toMatchObject({
      status: 206,
      headers: { 'accept-ranges': 'bytes' },
    });
    host.store.expire();
    expect(await get(link)).toMatchObject({ status: 403 });
    await get(link, bearer(TOKEN));
    expect(host.takeViolations()).toEqual([expect.stringContaining('was sent authorization')]);
    expect(await get('/web/ada/open/releases/download/v1/none')).toMatchObject({ status: 404, text: 'Not Found' });
    expect(String((await get('/web/ada/open/releases/latest/download/scans.bin')).headers.location)).toContain(
      '/download/v1/',
    );
  });

  test('of a file are those in git: of a large one, its pointer', async () => {
    expect(await get(`/raw/ada/open/${sha}/README.md`)).toMatchObject({ status: 200, text: '# hello-world' });
    const { text } = await get('/raw/ada/open/main/data/a/1.bin');
    expect(text).toMatch(/^version https:\/\/git-lfs\.github\.com\/spec\/v1\noid sha256:[0-9a-f]{64}\nsize 5000\n$/);
    expect(await get(`/raw/ada/open/${sha}/none`)).toMatchObject({ status: 404, text: '404: Not Found' });
    await get(`/raw/ada/open/${sha}/README.md`, bearer(TOKEN));
    expect(host.takeViolations()).toEqual([expect.stringContaining('was sent a token')]);
  });

  test('of everything are packed while they are sent', async () => {
    const moved = await get(`/web/ada/open/archive/${sha}.tar.gz`);
    const { status, headers } = await get(String(moved.headers.location), { range: 'bytes=0-9' });
    expect([moved.status, status, headers['content-length'], headers['transfer-encoding']]).toEqual([
      302,
      200,
      undefined,
      'chunked',
    ]);
    expect(headers).toMatchObject({ 'content-type': 'application/x-gzip', etag: expect.stringMatching(/^W\//) });
  });
});

describe('Git LFS', () => {
  async function batch(body: object, headers: Record<string, string> = {}, repo = 'ada/open') {
    const answer = await fetch(host.url(`/web/${repo}.git/info/lfs/objects/batch`), {
      method: 'POST',
      headers: { accept: LFS, 'content-type': LFS, ...headers },
      body: JSON.stringify({ operation: 'download', transfers: ['basic'], hash_algo: 'sha256', ...body }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  }
  const ofObject = async () => ({ oid: await digestOf(SCANS, 'sha256'), size: 5000 });

  test('gives links to what it has, and says of each what it has not', async () => {
    const gone = { oid: '1'.repeat(64), size: 123 };
    const { status, body } = await batch({ objects: [await ofObject(), gone] });
    expect(status).toBe(200);
    expect(body).toEqual({
      objects: [
        {
          ...(await ofObject()),
          actions: {
            download: { href: expect.stringContaining('/store/'), expires_at: expect.any(String), expires_in: 3600 },
          },
        },
        { ...gone, error: { code: 404, message: 'Object does not exist on the server' } },
      ],
    });
  });

  test('is told who asks only where that is needed', async () => {
    const basic = { authorization: `Basic ${Buffer.from(`x:${TOKEN}`).toString('base64')}` };
    expect(await batch({ objects: [] }, {}, 'ada/secret')).toMatchObject({ status: 401 });
    expect(await batch({ objects: [] }, basic, 'ada/secret')).toMatchObject({ status: 200 });
    expect(await batch({ objects: [] }, {}, 'ada/none')).toMatchObject({ status: 404 });
    await batch({ objects: [] }, basic);
    await batch({ objects: [] }, { accept: 'application/json' });
    await batch({ objects: Array.from({ length: 101 }, () => ({ oid: '1'.repeat(64), size: 1 })) });
    expect(host.takeViolations()).toHaveLength(3);
  });
});

describe('by the client of its makers', () => {
  const repo = { owner: 'ada', repo: 'open' };
  const client = (token?: string) =>
    octokit.defaults({ baseUrl: `${host.origin}/api`, headers: token === undefined ? {} : bearer(token) });

  test('repositories, commits and trees are read', async () => {
    const ask = client();
    expect((await ask('GET /repos/{owner}/{repo}', repo)).data.full_name).toBe('ada/open');
    const mediaType = { format: 'sha' };
    expect((await ask('GET /repos/{owner}/{repo}/commits/{ref}', { ...repo, ref: 'v1', mediaType })).data).toBe(sha);
    const listing = { ...repo, tree_sha: sha, recursive: '1' };
    const { tree } = (await ask('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', listing)).data;
    expect(tree.map(({ path }) => path)).toEqual(['README.md', 'data', 'data/a', 'data/a/1.bin']);
  });

  test('files of releases and of private repositories are downloaded', async () => {
    const ask = client(TOKEN);
    const { assets } = (await ask('GET /repos/{owner}/{repo}/releases/latest', repo)).data;
    const asset = { ...repo, asset_id: assets[0]?.id ?? 0, headers: { accept: 'application/octet-stream' } };
    const { data } = await ask('GET /repos/{owner}/{repo}/releases/assets/{asset_id}', asset);
    expect((data as unknown as ArrayBuffer).byteLength).toBe(5000);
    const secret = { owner: 'ada', repo: 'secret', file_sha: gitName(Buffer.from('a')), mediaType: { format: 'raw' } };
    const blob = await ask('GET /repos/{owner}/{repo}/git/blobs/{file_sha}', secret);
    expect(blob.data).toBe('a');
  });

  test('renamed repositories are followed, and refusals are told', async () => {
    host.rename('ada/open', 'grace/open');
    expect((await client()('GET /repos/{owner}/{repo}', repo)).data.full_name).toBe('grace/open');
    const none = { owner: 'ada', repo: 'none' };
    await expect(client()('GET /repos/{owner}/{repo}', none)).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('Not Found'),
    });
    await expect(client('ghp_bad')('GET /repos/{owner}/{repo}', none)).rejects.toMatchObject({ status: 401 });
  });
});
