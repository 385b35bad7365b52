import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SourceEntry } from '../../src/registry/schema.js';
import { digestOf, noise } from '../hosts/content.js';
import { type HuggingFaceHost, startHuggingFace } from '../hosts/huggingface.js';
import { refuse } from '../hosts/misbehaviour.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { closeAgents, fetchInto, requestOf, resolve } from './resolving.js';

type Entry = Extract<SourceEntry, { method: 'huggingface' }>;

const TOKEN = 'hf_good';
const SCANS = noise(5000, 'scans');

let hub: HuggingFaceHost;
let env: Record<string, string>;
let sha: string;

beforeEach(async () => {
  hub = await startHuggingFace({ tokens: { [TOKEN]: ['ada/gated', 'ada/private'], hf_other: [] }, pageSize: 2 });
  env = { MEDDS_ENDPOINT_HUGGINGFACE: hub.origin, HOME: tempDir('nobody') };
  const files = [
    { path: 'images/ct/scan 1.nii', content: SCANS, lfs: true },
    { path: 'images/ct/ünique#2.nii', content: 'two' },
    { path: 'labels.csv', content: 'case,label\n' },
    { path: 'README.md', content: 'Phantoms' },
  ];
  ({ sha } = await hub.addRepo({
    id: 'ada/open',
    files,
    tags: ['doi:10.57967/hf/1234', 'medical'],
    cardData: { pretty_name: 'Phantoms of Ada', license: ['cc-by-4.0'] },
  }));
  await hub.addRepo({ id: 'ada/gated', gated: 'auto', files });
  await hub.addRepo({ id: 'ada/private', private: true, files });
});

afterEach(async () => {
  await hub.close();
  removeTempDirs();
});
afterAll(closeAgents);

const entry = (rest: Partial<Entry> = {}): Entry => ({ method: 'huggingface', repo: 'ada/open', ...rest });
const pathsOf = async (rest: Partial<Entry>) => (await resolve(entry(rest), env)).files.map((file) => file.path);

describe('a repository', () => {
  test('is listed at its commit, with what its card and its tree tell', async () => {
    const resolution = await resolve(entry(), env);
    expect(resolution).toMatchObject({
      label: 'Hugging Face ada/open',
      revision: `hf:ada/open@${sha}`,
      doi: '10.57967/hf/1234',
      title: 'Phantoms of Ada',
      license: { name: 'CC-BY-4.0', spdx: 'CC-BY-4.0' },
      notes: [],
    });
    const common = { unpack: false, into: '' };
    expect(resolution.files).toMatchObject([
      { path: 'images/ct/scan 1.nii', size: 5000, checksums: [`sha256:${await digestOf(SCANS, 'sha256')}`], ...common },
      { path: 'images/ct/ünique#2.nii', size: 3, checksums: [expect.stringMatching(/^git-sha1:/)], ...common },
      { path: 'labels.csv', size: 11, ...common },
      { path: 'README.md', size: 8, ...common },
    ]);
    expect((await requestOf(resolution, 'images/ct/ünique#2.nii')).url).toBe(
      `${hub.origin}/datasets/ada/open/resolve/${sha}/images/ct/%C3%BCnique%232.nii`,
    );
  });

  test('lands in the library, its large files without the token at the other host', async () => {
    const { result, told } = fetchInto('hf:ada/gated', { ...env, HF_TOKEN: TOKEN });
    const { path: folder } = await result;
    expect(Object.keys(await treeOf(folder)).sort()).toEqual([
      'README.md',
      'images/ct/scan 1.nii',
      'images/ct/ünique#2.nii',
      'labels.csv',
    ]);
    expect(hub.cdn.requests.length).toBeGreaterThan(0);
    expect(JSON.stringify(told)).not.toContain(TOKEN);
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
  ])('is chosen from by %s', async (_, rest, expected) => {
    expect(await pathsOf(rest)).toEqual(expected);
  });

  test('is listed no further than what is wanted of it', async () => {
    await pathsOf({ include: ['images/ct/*.nii'] });
    expect(hub.requests.at(-1)?.path).toBe(`/api/datasets/ada/open/tree/${sha}/images/ct`);
  });

  test('is found at branches, tags and commits, whatever main is now', async () => {
    await hub.commit('ada/open', [{ path: 'new.csv', content: 'new' }]);
    expect(await pathsOf({})).toEqual(['new.csv']);
    expect(await pathsOf({ revision: sha })).toHaveLength(4);
    await hub.addRepo({
      id: 'ada/tagged',
      sha: 'ab'.repeat(20),
      refs: { 'v/1': 'ab'.repeat(20) },
      files: [{ path: 'a', content: '' }],
    });
    expect(await resolve(entry({ repo: 'ada/tagged', revision: 'v/1' }), env)).toMatchObject({
      revision: `hf:ada/tagged@${'ab'.repeat(20)}`,
      files: [{ path: 'a', size: 0 }],
    });
  });

  test.each(['model', 'space'] as const)('may be a %s', async (type) => {
    const { sha: commit } = await hub.addRepo({
      id: 'ada/other',
      type,
      files: [{ path: 'a.bin', content: 'a', lfs: true }],
    });
    const resolution = await resolve(entry({ repo: 'ada/other', type }), env);
    expect(resolution.revision).toBe(`hf:${type}s/ada/other@${commit}`);
    const folder = type === 'model' ? '' : 'spaces/';
    expect((await requestOf(resolution, 'a.bin')).url).toBe(`${hub.origin}/${folder}ada/other/resolve/${commit}/a.bin`);
  });

  test('that has another name now is found, and that is said', async () => {
    hub.rename('ada/open', 'grace/open');
    const resolution = await resolve(entry(), env);
    expect(resolution).toMatchObject({
      revision: `hf:grace/open@${sha}`,
      notes: ['ada/open is now called grace/open at Hugging Face.'],
    });
    expect((await requestOf(resolution, 'labels.csv')).url).toContain('/datasets/grace/open/');
    const { result } = fetchInto(entry({ include: ['labels.csv'] }), env);
    expect(await result).toMatchObject({ outcome: 'fetched', files: 1 });
  });

  test('of 20,000 files is listed page by page, and pauses are announced to who has no token', async () => {
    const large = await startHuggingFace();
    const files = Array.from({ length: 20_000 }, (_, at) => ({ path: `d${at % 100}/${at}.txt`, content: '' }));
    await large.addRepo({ id: 'ada/large', files });
    const resolution = await resolve(entry({ repo: 'ada/large' }), {
      ...env,
      HF_ENDPOINT: large.origin,
      MEDDS_ENDPOINT_HUGGINGFACE: '',
    });
    expect(resolution.files).toHaveLength(20_000);
    expect(resolution.notes).toEqual([expect.stringContaining('these are 20000: there will be pauses')]);
    // One for the repository, and 20,101 entries in pages of a thousand.
    expect(large.requests).toHaveLength(22);
    await large.close();
  });

  test('states licences of its own by their names', async () => {
    const cardData = {
      license: 'other',
      license_name: 'phantom-1',
      license_link: 'https://example.org/l',
      pretty_name: 7,
    };
    await hub.addRepo({ id: 'ada/odd', cardData, files: [{ path: 'a', content: 'a' }] });
    const resolution = await resolve(entry({ repo: 'ada/odd' }), env);
    expect(resolution.license).toEqual({ name: 'phantom-1', url: 'https://example.org/l' });
    expect(resolution.title).toBeUndefined();
  });
});

describe('mirrors', () => {
  test('are asked for all pages, also where they pass on the address of the Hub itself', async () => {
    const mirror = await startHuggingFace({ pageSize: 2, linkOrigin: 'https://huggingface.co' });
    await mirror.addRepo({
      id: 'ada/open',
      files: ['a', 'b', 'c', 'd'].map((name) => ({ path: name, content: name })),
    });
    const resolution = await resolve(entry(), { HOME: env.HOME as string, HF_ENDPOINT: `${mirror.origin}/` });
    expect(resolution.files).toHaveLength(4);
    await mirror.close();
  });

  test('that cannot say who is let in are asked for the files', async () => {
    hub.misbehave('/api/datasets/ada/gated/auth-check', refuse(404));
    expect((await resolve(entry({ repo: 'ada/gated' }), env)).files).toHaveLength(4);
  });
});

describe('refusals', () => {
  const page = () => `${hub.origin}/datasets/ada`;

  test.each<[string, Partial<Entry>, object]>([
    [
      'a revision',
      { revision: 'v9' },
      { exitCode: 3, message: 'The Hugging Face dataset ada/open has no revision v9' },
    ],
    [
      'a folder',
      { include: ['none/**'] },
      { exitCode: 3, message: 'The Hugging Face dataset ada/open has no folder none' },
    ],
    ['a file', { files: [{ path: 'none.csv' }] }, { exitCode: 3, file: 'none.csv' }],
    ['a file of the size', { files: [{ path: 'labels.csv', size: 12 }] }, { exitCode: 6 }],
    [
      'anything that fits',
      { include: ['*.zip'] },
      { exitCode: 3, message: expect.stringContaining('no file that fits *.zip') },
    ],
  ])('when there is not %s', async (_, rest, expected) => {
    await expect(resolve(entry(rest), env)).rejects.toMatchObject(expected);
  });

  test('of a repository that is not there, or not for everybody: nobody tells which', async () => {
    for (const repo of ['ada/none', 'ada/private']) {
      await expect(resolve(entry({ repo }), env)).rejects.toMatchObject({
        exitCode: 4,
        message: `Hugging Face shows the public no dataset ${repo}`,
        url: `${hub.origin}/datasets/${repo}`,
      });
      await expect(resolve(entry({ repo }), { ...env, HF_TOKEN: 'hf_other' })).rejects.toMatchObject({
        exitCode: 3,
        message: `Hugging Face has no dataset ${repo} that your account may see`,
      });
    }
    expect((await resolve(entry({ repo: 'ada/private' }), { ...env, HF_TOKEN: TOKEN })).files).toHaveLength(4);
  });

  test('of gated files come before any byte, with the page where one is let in', async () => {
    await expect(resolve(entry({ repo: 'ada/gated' }), env)).rejects.toMatchObject({
      exitCode: 4,
      message: 'The Hugging Face dataset ada/gated is gated: its owners want to know who downloads it',
      url: `${page()}/gated`,
      steps: [expect.stringContaining(`${page()}/gated`), expect.any(String), expect.stringContaining('HF_TOKEN')],
    });
    await expect(resolve(entry({ repo: 'ada/gated' }), { ...env, HF_TOKEN: 'hf_other' })).rejects.toMatchObject({
      exitCode: 4,
      message: 'The Hugging Face dataset ada/gated is gated, and the account of HF_TOKEN is not let in',
      url: `${page()}/gated`,
    });
  });

  test('of files whose gate was closed meanwhile name the page as well', async () => {
    hub.misbehave('/api/datasets/ada/gated/auth-check', { status: 200, body: '{}' });
    const { result } = fetchInto(entry({ repo: 'ada/gated' }), { ...env, HF_TOKEN: 'hf_other' });
    await expect(result).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('not in the authorized list'),
    });
  });

  test('of what the Hub has closed', async () => {
    await hub.addRepo({ id: 'ada/closed', disabled: true });
    await expect(resolve(entry({ repo: 'ada/closed' }), env)).rejects.toMatchObject({
      exitCode: 3,
      message: 'Hugging Face has closed the dataset ada/closed',
    });
  });

  test('of a repository with nothing in it', async () => {
    await hub.addRepo({ id: 'ada/empty' });
    await expect(resolve(entry({ repo: 'ada/empty' }), env)).rejects.toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(/^Hugging Face ada\/empty at [0-9a-f]{7} holds no files$/),
    });
  });

  test('of who asks too often, told how long to wait', async () => {
    const headers = { ratelimit: '"api";r=0;t=3000', 'ratelimit-policy': '"fixed window";"api";q=500;w=300' };
    hub.misbehave('/api/datasets/ada/open', refuse(429, { headers }));
    await expect(resolve(entry(), env)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('asks to wait 3000 s'),
    });
    hub.behave();
    hub.misbehave('/api/datasets/ada/open', { ...refuse(429, { headers: { ratelimit: '"api";r=0;t=0' } }), times: 1 });
    expect((await resolve(entry(), env)).files).toHaveLength(4);
  });

  test('of lists that never end, or are none', async () => {
    const tree = `/api/datasets/ada/open/tree/${sha}`;
    const headers = { link: `<${hub.origin}${tree}?recursive=true>; rel="next"` };
    hub.misbehave(tree, { status: 200, body: '[]', headers });
    await expect(resolve(entry(), env)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('never ends'),
    });
    hub.behave();
    hub.misbehave(tree, { status: 200, body: '{}' });
    await expect(resolve(entry(), env)).rejects.toMatchObject({ exitCode: 5 });
    hub.misbehave('/api/datasets/ada/open', { status: 200, body: '{"id":"ada/open"}' });
    await expect(resolve(entry(), env)).rejects.toMatchObject({ exitCode: 5 });
  });
});

test('signed addresses that have ended are asked for anew, from the stable one', async () => {
  const { sha: commit, files } = await hub.addRepo({
    id: 'ada/long',
    files: [{ path: 'a.bin', content: noise(40_000_000), lfs: true }],
  });
  const large = hub.largePath({ sha: commit, files }, 'a.bin');
  hub.cdn.misbehave(large, { stallAt: 1_000_000, times: 1 });
  const { result } = fetchInto(entry({ repo: 'ada/long' }), env, { connections: 1 });
  await hub.cdn.stalled(large);
  hub.cdn.expire();
  hub.cdn.release();
  expect(await result).toMatchObject({ outcome: 'fetched', files: 1 });
  expect(hub.requestsOf(`/datasets/ada/long/resolve/${commit}/a.bin`).length).toBeGreaterThan(1);
});

test('a fetch of more files than the Hub gives at a time waits, as it is asked to', async () => {
  const strict = await startHuggingFace({ limits: { resolvers: 4, seconds: 1 } });
  const files = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({ path: name, content: name }));
  await strict.addRepo({ id: 'ada/many', files });
  const { result } = fetchInto(entry({ repo: 'ada/many' }), { ...env, MEDDS_ENDPOINT_HUGGINGFACE: strict.origin });
  expect(await result).toMatchObject({ outcome: 'fetched', files: 6 });
  expect(strict.requests.filter(({ status }) => status === 307)).toHaveLength(6);
  await strict.close();
});
