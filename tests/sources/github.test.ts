import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SourceEntry } from '../../src/registry/schema.js';
import { digestOf, noise } from '../hosts/content.js';
import { type GitHubHost, startGitHub } from '../hosts/github.js';
import { gitName } from '../hosts/github-repo.js';
import { refuse } from '../hosts/misbehaviour.js';
import { removeTempDirs } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { closeAgents, fetchInto, fileOf, requestOf, resolve } from './resolving.js';

type Entry = Extract<SourceEntry, { method: 'github' }>;

const SCANS = noise(5000, 'scans');
const ATTRIBUTES = { path: '.gitattributes', content: '*.nii filter=lfs diff=lfs merge=lfs -text\n' };
const FILES = [
  { path: 'images/ct/scan 1.nii', content: SCANS },
  { path: 'images/ct/ünique#2.nii', content: 'two' },
  { path: 'labels.csv', content: 'case,label\n' },
  { path: 'README.md', content: 'Phantoms' },
];

let host: GitHubHost;
let sha: string;

beforeEach(async () => {
  host = await startGitHub();
  const license = { key: 'cc-by-4.0', name: 'Creative Commons Attribution 4.0 International', spdx_id: 'CC-BY-4.0' };
  ({ sha } = await host.addRepo('ada/open', { files: FILES, refs: ['v1', 'dev/next'], license }));
});

afterEach(async () => {
  await host.close();
  removeTempDirs();
});
afterAll(closeAgents);

const entry = (rest: Partial<Entry> = {}): Entry => ({ method: 'github', repo: 'ada/open', ...rest });
const ask = (rest: Partial<Entry> = {}) => resolve(entry(rest), host.env);
const pathsOf = async (rest: Partial<Entry>) => (await ask(rest)).files.map(({ path }) => path);
const asked = () => host.requests.map(({ method, path }) => `${method} ${path}`);

describe('a repository', () => {
  test('is listed at its commit, with what git and GitHub know of it', async () => {
    const resolution = await ask();
    expect(resolution).toMatchObject({
      label: 'GitHub ada/open',
      revision: `github:ada/open@${sha}`,
      license: { name: 'Creative Commons Attribution 4.0 International', spdx: 'CC-BY-4.0' },
      notes: [],
    });
    const common = { unpack: false, into: '' };
    expect(resolution.files).toMatchObject([
      { path: 'README.md', size: 8, ...common },
      { path: 'images/ct/scan 1.nii', size: 5000, checksums: [expect.stringMatching(/^git-sha1:/)], ...common },
      { path: 'images/ct/ünique#2.nii', size: 3, checksums: [`git-sha1:${gitName(Buffer.from('two'))}`], ...common },
      { path: 'labels.csv', size: 11, ...common },
    ]);
    expect(await requestOf(resolution, 'images/ct/ünique#2.nii')).toEqual({
      url: `${host.origin}/raw/ada/open/${sha}/images/ct/%C3%BCnique%232.nii`,
    });
  });

  test('costs the API two questions when a commit is named, and three otherwise', async () => {
    await ask({ ref: sha });
    expect(asked()).toEqual(['GET /api/repos/ada/open', `GET /api/repos/ada/open/git/trees/${sha}`]);
    await ask({ ref: 'v1' });
    expect(asked().slice(2)).toContain('GET /api/repos/ada/open/commits/v1');
    expect(host.requests.every(({ headers }) => headers['x-github-api-version'] === '2022-11-28')).toBe(true);
  });

  test.each<[string, Partial<Entry>, string[]]>([
    ['include', { include: ['images/**'] }, ['images/ct/scan 1.nii', 'images/ct/ünique#2.nii']],
    ['exclude', { exclude: ['**/*.nii', '*.md'] }, ['labels.csv']],
    [
      'place',
      { include: ['images/**/s*'], place: [{ from: 'images/{kind}/{file}', to: '{kind}-{file}' }] },
      ['ct-scan 1.nii'],
    ],
    ['files', { files: [{ path: 'labels.csv', size: 11 }] }, ['labels.csv']],
    ['a pattern', { files: [{ path: 'labels.csv', pattern: 'label*.csv' }] }, ['labels.csv']],
  ])('is chosen from by %s', async (_, rest, expected) => {
    expect(await pathsOf(rest)).toEqual(expected);
  });

  test('is found at branches, tags and commits, whatever main is now', async () => {
    const { sha: next } = await host.commit('ada/open', [{ path: 'new.csv', content: 'new' }], { refs: ['dev/next'] });
    expect(await pathsOf({})).toEqual(['new.csv']);
    expect(await ask({ ref: 'dev/next' })).toMatchObject({ revision: `github:ada/open@${next}` });
    for (const ref of [sha, sha.slice(0, 7), 'v1', 'tags/v1']) {
      expect(await ask({ ref })).toMatchObject({ revision: `github:ada/open@${sha}` });
    }
  });

  test('lands in the library, every file checked against its name in git', async () => {
    const { result } = fetchInto(entry({ include: ['**/*.nii', 'labels.csv'], into: 'open' }), host.env);
    const { path: folder } = await result;
    expect(Object.keys(await treeOf(folder)).sort()).toEqual([
      'open/images/ct/scan 1.nii',
      'open/images/ct/ünique#2.nii',
      'open/labels.csv',
    ]);
    host.misbehave(`/raw/ada/open/${sha}/labels.csv`, { status: 200, body: 'CASE,LABEL\n' });
    await expect(fetchInto(entry(), host.env).result).rejects.toMatchObject({ exitCode: 6, file: 'labels.csv' });
  });

  test('that has another name now is found, and that is said', async () => {
    host.rename('ada/open', 'grace/open');
    const resolution = await ask();
    expect(resolution).toMatchObject({
      revision: `github:grace/open@${sha}`,
      notes: ['ada/open is now called grace/open at GitHub.'],
    });
    expect((await requestOf(resolution, 'labels.csv')).url).toContain('/raw/grace/open/');
    expect((await resolve(entry({ repo: 'Grace/Open' }), host.env)).notes).toEqual([]);
  });

  test('has links and other repositories that are left out, which is said', async () => {
    const links = [
      { path: 'latest', mode: '120000', content: 'images' },
      { path: 'tools', mode: '160000', content: '' },
    ];
    await host.commit('ada/open', [...FILES, ...links]);
    expect((await ask()).notes).toEqual(['Left out, as they are links or other repositories: latest, tools.']);
    expect((await ask({ include: ['*.csv'] })).notes).toEqual([]);
  });

  test('of 100,000 files is listed by one answer', async () => {
    await host.close();
    host = await startGitHub({ treeLimit: 200_000 });
    const files = Array.from({ length: 3 }, (_, at) => ({ path: `a/${at}`, content: String(at) }));
    const commit = await host.addRepo('ada/large', { files });
    const [model] = commit.blobs;
    if (model === undefined) throw new Error('no file');
    commit.blobs = Array.from({ length: 100_000 }, (_, at) => ({ ...model, path: `case_${at % 300}/${at}.png` }));
    const resolution = await resolve(entry({ repo: 'ada/large', exclude: ['**/7.png'] }), host.env);
    expect(resolution.files).toHaveLength(99_999);
    expect(host.requests).toHaveLength(3);
  });
});

describe('a tree that GitHub does not list at once', () => {
  const files = ['a/1', 'a/2', 'b/c/3', 'b/c/4', 'b/d/5', 'b/d/6', 'e'].map((path) => ({ path, content: path }));

  beforeEach(async () => {
    await host.close();
    host = await startGitHub({ treeLimit: 4 });
    await host.addRepo('ada/large', { files });
  });

  test('is listed folder by folder', async () => {
    const { files: found } = await resolve(entry({ repo: 'ada/large' }), host.env);
    expect(found.map(({ path }) => path).sort()).toEqual(files.map(({ path }) => path));
  });

  test('is listed no further than what is wanted of it', async () => {
    const { files: found } = await resolve(entry({ repo: 'ada/large', include: ['b/d/*'] }), host.env);
    expect(found.map(({ path }) => path)).toEqual(['b/d/5', 'b/d/6']);
    expect(
      host.requests.filter(({ path }) => path.includes('/trees/')).map(({ query }) => query.get('recursive')),
    ).toEqual([
      '1', // all of it
      null, // its top
      '1', // b
      null,
      '1', // b/d
    ]);
  });

  test('may hold a folder that is never listed whole', async () => {
    await host.commit(
      'ada/large',
      ['1', '2', '3', '4', '5'].map((path) => ({ path, content: path })),
    );
    await expect(resolve(entry({ repo: 'ada/large' }), host.env)).rejects.toMatchObject({
      exitCode: 5,
      hint: expect.stringContaining('Clone the repository'),
    });
  });
});

describe('files in Git LFS', () => {
  const large = (name: string, at: number) => ({ path: `${name}/${at}.nii`, content: noise(400 + at, at), lfs: true });
  const batches = () =>
    host.requests.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(String(body)));
  const ofLfs = (rest: Partial<Entry> = {}) => resolve(entry({ repo: 'ada/lfs', ...rest }), host.env);

  test('have the size and checksum that their pointers tell', async () => {
    const small = { path: 'a/small.txt', content: 'x'.repeat(130) };
    await host.addRepo('ada/lfs', {
      files: [ATTRIBUTES, large('a', 1), small, { path: 'b.nii', content: 'no pointer' }],
    });
    const resolution = await ofLfs();
    const sum = await digestOf(noise(401, 1), 'sha256');
    expect(fileOf(resolution, 'a/1.nii')).toMatchObject({ size: 401, checksums: [`sha256:${sum}`] });
    expect(fileOf(resolution, 'a/small.txt')).toMatchObject({ size: 130, checksums: [expect.stringMatching(/^git-/)] });
    const request = await requestOf(resolution, 'a/1.nii');
    expect(request).toMatchObject({ url: expect.stringContaining('/store/'), signed: true });
    expect(batches()).toEqual([
      { operation: 'download', transfers: ['basic'], objects: [{ oid: sum, size: 401 }], hash_algo: 'sha256' },
    ]);
  });

  test('are looked for only among what is wanted, and only where git is told of them', async () => {
    await host.addRepo('ada/lfs', { files: [ATTRIBUTES, large('a', 1), large('b', 2)] });
    await ofLfs({ include: ['a/**'] });
    await ofLfs({ files: [{ path: 'a/1.nii', size: 401 }] });
    expect(asked().some((one) => one.endsWith('/a/1.nii'))).toBe(true);
    expect(asked().some((one) => one.endsWith('/b/2.nii'))).toBe(false);
    await host.commit('ada/lfs', [
      { path: '.gitattributes', content: '* text=auto\n' },
      { path: 'c', content: 'x'.repeat(130) },
    ]);
    await ofLfs();
    expect(asked().some((one) => one.endsWith('/c'))).toBe(false);
  });

  test('are known where .gitattributes went to LFS as well', async () => {
    await host.addRepo('ada/lfs', { files: [{ ...ATTRIBUTES, lfs: true }, large('data', 1)] });
    expect((await ofLfs({ include: ['data/**'] })).files).toMatchObject([{ path: 'data/1.nii', size: 401 }]);
  });

  test('are asked for a hundred at a time', async () => {
    const files = Array.from({ length: 150 }, (_, at) => large('a', at));
    await host.addRepo('ada/lfs', { files: [ATTRIBUTES, ...files, { ...large('b', 7), path: 'b/same.nii' }] });
    const { files: found } = await ofLfs({ include: ['**/*.nii'] });
    await Promise.all(found.map((file) => file.request()));
    expect(batches().map(({ objects }) => objects.length)).toEqual([100, 50, 1]);
    // A link that was refused is not given out again.
    await found[0]?.request();
    expect(batches()).toHaveLength(4);
  });

  test('land in the library, also when a link ends half-way', async () => {
    const content = noise(9_000_000, 'lfs');
    const commit = await host.addRepo('ada/lfs', { files: [ATTRIBUTES, { path: 'a.nii', content, lfs: true }] });
    const file = host.largePath(commit, 'a.nii');
    host.misbehave(file, { stallAt: 1_000_000, times: 1 });
    const { result } = fetchInto(entry({ repo: 'ada/lfs', include: ['a.nii'] }), host.env, { connections: 1 });
    await host.stalled(file);
    host.store.expire();
    host.release(file);
    const sum = await digestOf(content, 'sha256');
    expect(await treeOf((await result).path)).toEqual({ 'a.nii': { size: 9_000_000, sha256: sum } });
  });

  test.each(['budget', 'quota'] as const)('of an owner over the %s are given to nobody', async (lfs) => {
    await host.addRepo('ada/lfs', { lfs, files: [ATTRIBUTES, large('a', 1)] });
    const resolution = await ofLfs();
    await expect(requestOf(resolution, 'a/1.nii')).rejects.toMatchObject({
      exitCode: 5,
      code: 'QUOTA',
      message: expect.stringContaining("its owners' LFS budget is used up"),
      hint: expect.stringContaining('--source'),
    });
  });

  test('that are gone are said to be', async () => {
    const commit = await host.addRepo('ada/lfs', { files: [ATTRIBUTES, large('a', 1)] });
    const resolution = await ofLfs();
    for (const blob of commit.blobs) delete blob.lfs;
    await expect(requestOf(resolution, 'a/1.nii')).rejects.toMatchObject({ exitCode: 3, hint: expect.any(String) });
  });

  test.each([
    [{ status: 403, body: '{"message":"Forbidden"}' }, 4],
    [{ status: 404, body: '{"message":"Not found"}' }, 3],
    [{ status: 501, body: '{"message":"Not implemented"}' }, 5],
    [{ status: 200, body: '{}' }, 5],
    [{ status: 200, body: '<html>' }, 5],
  ])('that the server refuses with %j end with %i', async (rule, exitCode) => {
    await host.addRepo('ada/lfs', { files: [ATTRIBUTES, large('a', 1)] });
    const resolution = await ofLfs();
    host.misbehave('/web/ada/lfs.git/info/lfs/objects/batch', rule);
    await expect(requestOf(resolution, 'a/1.nii')).rejects.toMatchObject({ exitCode });
  });
});

describe('a release', () => {
  const names = (count: number) =>
    Array.from({ length: count }, (_, at) => ({ name: `part${at}.bin`, content: `${at}` }));

  test('has the files that are attached to it, and unpacks their archives', async () => {
    await host.addRelease('ada/open', 'data/v1', [
      { name: 'scans.bin', content: SCANS },
      { name: 'old.zip', content: 'old', digest: false },
      { name: 'half.zip', content: 'ha', state: 'starter' },
    ]);
    const resolution = await ask({ release: 'data/v1' });
    expect(resolution).toMatchObject({
      label: 'GitHub ada/open data/v1',
      revision: 'https://github.com/ada/open/releases/tag/data/v1',
      title: 'Release data/v1',
      files: [
        { path: 'scans.bin', size: 5000, checksums: [`sha256:${await digestOf(SCANS, 'sha256')}`], unpack: true },
        { path: 'old.zip', size: 3, checksums: [], unpack: true },
      ],
    });
    expect((await requestOf(resolution, 'scans.bin')).url).toBe(
      `${host.origin}/web/ada/open/releases/download/data/v1/scans.bin`,
    );
    expect(await ask({ release: 'latest' })).toMatchObject({ label: 'GitHub ada/open data/v1' });
    await expect(ask({ release: 'data/v1', files: [{ path: 'half.zip' }] })).rejects.toMatchObject({ exitCode: 3 });
  });

  test('lands in the library, also when its link lives shorter than the download', async () => {
    const content = noise(9_000_000, 'release');
    const { assets } = await host.addRelease('ada/open', 'v1', [{ name: 'scans.bin', content }]);
    const file = host.store.path(`asset-${assets[0]?.id}`);
    host.misbehave(file, { stallAt: 1_000_000, times: 1 });
    const { result } = fetchInto('https://github.com/ada/open/releases/tag/v1', host.env, { connections: 1 });
    await host.stalled(file);
    host.store.expire();
    host.release(file);
    expect(Object.keys(await treeOf((await result).path))).toEqual(['scans.bin']);
  });

  test('of hundreds of files is listed whole', async () => {
    await host.addRelease('ada/open', 'v1', names(230));
    expect(await pathsOf({ release: 'v1' })).toEqual(names(230).map(({ name }) => name));
    await host.addRelease('ada/open', 'v2', names(200));
    expect(await pathsOf({ release: 'v2' })).toHaveLength(200);
  });

  test('whose file was replaced is told from the one that the registry knows', async () => {
    await host.addRelease('ada/open', 'v1', [{ name: 'a.bin', content: 'new' }]);
    const checksum = `sha256:${'0'.repeat(64)}`;
    await expect(ask({ release: 'v1', files: [{ path: 'a.bin', checksum }] })).rejects.toMatchObject({ exitCode: 6 });
  });
});

describe('what is not there', () => {
  test.each<[string, Partial<Entry>, string]>([
    ['a repository', { repo: 'ada/none' }, 'GitHub has no ada/none'],
    ['a branch', { ref: 'none' }, 'GitHub has no none in ada/open'],
    ['a commit', { ref: '0'.repeat(40) }, 'GitHub has no commit 0000000 in ada/open'],
    ['a release', { release: 'v9' }, 'GitHub has no release v9 of ada/open'],
    ['any release', { release: 'latest' }, 'GitHub has no release of ada/open'],
    ['a folder', { include: ['none/**'] }, `GitHub ada/open at ${'x'} holds no file that fits none/**`],
    ['a file', { files: [{ path: 'none.csv' }] }, 'no longer holds none.csv'],
  ])('%s', async (_, rest, message) => {
    const shown = message.replace(' x ', ` ${sha.slice(0, 7)} `);
    await expect(ask(rest)).rejects.toMatchObject({ exitCode: 3, message: expect.stringContaining(shown) });
  });

  test('nothing, in an empty repository', async () => {
    await host.addRepo('ada/empty');
    await expect(ask({ repo: 'ada/empty' })).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('empty'),
    });
  });

  test.each([
    [451, 'Repository access blocked'],
    [403, 'Repository access blocked'],
  ])('what GitHub has closed (%i)', async (status, message) => {
    host.misbehave('/api/repos/ada/open', { status, body: JSON.stringify({ message }) });
    await expect(ask()).rejects.toMatchObject({ exitCode: 3, message: 'GitHub has closed ada/open' });
  });

  test.each(['[]', '{}', '{"full_name":"../../x"}', 'null', '{"tree":1}'])('a sensible answer: %s', async (body) => {
    host.misbehave('/api/repos/ada/open', { status: 200, body });
    await expect(ask()).rejects.toMatchObject({ exitCode: 5 });
  });
});

describe('when the API answers no more', () => {
  const SPENT = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1795000000' };
  const UNTIL = "GitHub's API answers no more until 2026-11-18 11:06 UTC";
  const limited = (
    status: number,
    headers: Record<string, string>,
    message = 'API rate limit exceeded for 127.0.0.1.',
  ) => host.misbehave('/api/repos/ada/open', refuse(status, { headers, body: JSON.stringify({ message }) }));

  test.each<[string, number, Record<string, string>, string]>([
    ['its 60 questions', 403, SPENT, `${UNTIL}: this network address has used up its 60 questions`],
    ['the same, by the other status', 429, SPENT, `${UNTIL}: this network address has used up its 60 questions`],
    ['too many at once', 429, {}, "GitHub's API answers no more: this network address"],
    ['a second limit', 403, { 'retry-after': '60' }, "GitHub's API answers no more until 2"],
  ])('because of %s', async (_, status, headers, message) => {
    limited(
      status,
      headers,
      status === 403 && headers !== SPENT ? 'You have exceeded a secondary rate limit.' : undefined,
    );
    await expect(ask()).rejects.toMatchObject({
      exitCode: 5,
      code: 'RATE_LIMIT',
      message: expect.stringContaining(message),
      hint: expect.stringContaining('medds login github'),
    });
  });

  test('as the stand-in counts', async () => {
    await host.close();
    host = await startGitHub({ questions: 2 });
    ({ sha } = await host.addRepo('ada/open', { files: FILES }));
    await ask({ ref: sha });
    await expect(ask({ ref: sha })).rejects.toMatchObject({
      code: 'RATE_LIMIT',
      message: expect.stringContaining(' UTC: '),
    });
  });

  test('what the registry names file by file is fetched all the same', async () => {
    limited(403, SPENT);
    const known = { ref: sha, files: [{ path: 'labels.csv', size: 11, into: 'x' }] };
    expect(await ask(known)).toMatchObject({
      revision: `github:ada/open@${sha}`,
      notes: [expect.stringContaining('The files are fetched without asking it.')],
    });
    const { path: folder } = await fetchInto(entry(known), host.env).result;
    expect(Object.keys(await treeOf(folder))).toEqual(['x/labels.csv']);

    await host.addRelease('ada/open', 'v1', [{ name: 'a.bin', content: 'abc' }]);
    const released = { release: 'v1', files: [{ path: 'a.bin', size: 3 }] };
    expect(await fetchInto(entry(released), host.env).result).toMatchObject({ outcome: 'fetched' });
  });

  test.each<[string, Partial<Entry>]>([
    ['a branch', { ref: 'main', files: [{ path: 'labels.csv', size: 11 }] }],
    ['a file of which nothing is known', { ref: '0'.repeat(40), files: [{ path: 'labels.csv' }] }],
    ['a pattern', { ref: '0'.repeat(40), files: [{ path: 'labels.csv', pattern: '*.csv', size: 11 }] }],
    ['the newest release', { release: 'latest', files: [{ path: 'labels.csv', size: 11 }] }],
    ['a folder', { ref: '0'.repeat(40), include: ['data/**'] }],
  ])('but not %s', async (_, rest) => {
    limited(403, SPENT);
    await expect(ask(rest)).rejects.toMatchObject({ code: 'RATE_LIMIT' });
  });
});
