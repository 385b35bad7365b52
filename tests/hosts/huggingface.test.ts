import { createHash } from 'node:crypto';
import { datasetInfo, downloadFile, fileDownloadInfo, listFiles } from '@huggingface/hub';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { httpGet } from '../support/http-get.js';
import { bufferOf, noise } from './content.js';
import { type HuggingFaceHost, startHuggingFace } from './huggingface.js';

const TOKEN = 'hf_good';
const LARGE = noise(5000, 'large');
const hex = (algorithm: string, data: string | Buffer) => createHash(algorithm).update(data).digest('hex');

let hub: HuggingFaceHost;
let sha: string;
let sha256: string;

beforeEach(async () => {
  hub = await startHuggingFace({ tokens: { [TOKEN]: ['ada/gated', 'ada/private'], hf_other: [] }, pageSize: 3 });
  const files = [
    { path: 'data/deep/scan 1.bin', content: LARGE, lfs: true },
    { path: 'data/labels.csv', content: 'case,label\n' },
    { path: 'README.md', content: 'Phantoms' },
  ];
  ({ sha } = await hub.addRepo({ id: 'ada/open', files, cardData: { license: 'cc-by-4.0' } }));
  await hub.addRepo({ id: 'ada/gated', gated: 'manual', files });
  await hub.addRepo({ id: 'ada/private', private: true, files });
  sha256 = hex('sha256', await bufferOf(LARGE));
});

afterEach(() => hub.close());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function api(path: string, headers: Record<string, string> = {}) {
  const got = await httpGet(hub.url(path), headers);
  return { ...got, json: () => JSON.parse(got.body.toString()) };
}

describe('trees', () => {
  test('name files as git does, large ones by their SHA-256, in pages', async () => {
    const first = await api('/api/datasets/ada/open/tree/main?recursive=true');
    expect(first.json()).toEqual([
      { type: 'file', path: '.gitattributes', size: 42, oid: expect.stringMatching(/^[0-9a-f]{40}$/) },
      { type: 'directory', path: 'data', size: 0, oid: expect.any(String) },
      { type: 'directory', path: 'data/deep', size: 0, oid: expect.any(String) },
    ]);
    const next = /^<([^>]+)>; rel="next"$/.exec(String(first.headers.link))?.[1] as string;
    const last = await httpGet(next);
    expect(last.headers.link).toBeUndefined();
    expect(JSON.parse(last.body.toString())).toMatchObject([
      { path: 'data/deep/scan 1.bin', size: 5000, lfs: { oid: sha256, size: 5000, pointerSize: 129 } },
      { path: 'data/labels.csv', oid: hex('sha1', 'blob 11\0case,label\n'), size: 11 },
      { path: 'README.md' },
    ]);
  });

  test('may be asked for a folder, and only its own level', async () => {
    const { json } = await api('/api/datasets/ada/open/tree/main/data');
    expect(json().map(({ path }: { path: string }) => path)).toEqual(['data/deep', 'data/labels.csv']);
    expect(await api('/api/datasets/ada/open/tree/main/none')).toMatchObject({
      status: 404,
      headers: { 'x-error-code': 'EntryNotFound' },
    });
  });

  test('take no cursor that a client made up', async () => {
    expect((await api('/api/datasets/ada/open/tree/main?cursor=3')).status).toBe(400);
    expect(hub.takeViolations()).toHaveLength(1);
  });
});

test('a repository tells the fields that are asked for, and no others', async () => {
  const { json } = await api('/api/datasets/ada/open/revision/main?expand=sha&expand=gated');
  expect(json()).toEqual({ _id: expect.any(String), id: 'ada/open', sha, gated: false });
  expect((await api('/api/datasets/ada/open?expand=size')).status).toBe(400);
  expect(hub.takeViolations()).toHaveLength(1);
});

describe('files', () => {
  test('of git are redirected to the own cache; the length is that of the redirect', async () => {
    const { status, headers } = await httpGet(
      hub.url('/datasets/ada/open/resolve/main/data/labels.csv'),
      {},
      { method: 'HEAD' },
    );
    expect(status).toBe(307);
    expect(headers).toMatchObject({
      location: expect.stringMatching(`^/api/resolve-cache/datasets/ada/open/${sha}/data/labels\\.csv\\?`),
      'x-linked-size': '11',
      'x-linked-etag': `"${hex('sha1', 'blob 11\0case,label\n')}"`,
      'x-repo-commit': sha,
      ratelimit: '"resolvers";r=2999;t=300',
      'ratelimit-policy': '"fixed window";"resolvers";q=3000;w=300',
    });
    expect(Number(headers['content-length'])).toBeGreaterThan(11);
    expect((await httpGet(hub.url(String(headers.location)))).body.toString()).toBe('case,label\n');
  });

  test('that are large are redirected to a signed address on another host, which gives ranges', async () => {
    const { status, headers } = await httpGet(hub.url('/datasets/ada/open/resolve/main/data/deep/scan%201.bin'));
    expect(status).toBe(302);
    expect(headers).toMatchObject({ 'x-linked-size': '5000', 'x-linked-etag': `"${sha256}"` });
    const location = String(headers.location);
    expect(location.startsWith(`${hub.cdn.origin}/xet-bridge-us/`)).toBe(true);
    const part = await httpGet(location, { range: 'bytes=10-19' });
    expect(part).toMatchObject({ status: 206, headers: { 'content-range': 'bytes 10-19/5000' } });
    expect(await httpGet(location, bearer(TOKEN))).toMatchObject({ status: 400 });
    expect(hub.cdn.takeViolations()).toHaveLength(1);
    hub.cdn.expire();
    const { status: late, body } = await httpGet(location);
    expect([late, body.toString()]).toEqual([403, expect.stringContaining('<Code>AccessDenied</Code>')]);
  });
});

test.each([
  ['/datasets/ada/open/resolve/main/none.csv', undefined, 404, 'EntryNotFound'],
  ['/api/datasets/ada/open/revision/none', undefined, 404, 'RevisionNotFound'],
  ['/api/datasets/ada/none', TOKEN, 404, 'RepoNotFound'],
  ['/api/datasets/ada/none', undefined, 401, undefined],
  ['/api/datasets/ada/private', undefined, 401, undefined],
  ['/api/datasets/ada/private', 'hf_other', 404, 'RepoNotFound'],
  ['/api/datasets/ada/private', TOKEN, 200, undefined],
  ['/api/datasets/ada/open', 'hf_broken', 401, undefined],
  ['/api/datasets/ada/gated', undefined, 200, undefined],
  ['/api/datasets/ada/gated/auth-check', undefined, 401, 'GatedRepo'],
  ['/api/datasets/ada/gated/auth-check', 'hf_other', 403, 'GatedRepo'],
  ['/api/datasets/ada/gated/auth-check', TOKEN, 200, undefined],
  ['/datasets/ada/gated/resolve/main/README.md', 'hf_broken', 401, 'GatedRepo'],
  ['/datasets/ada/gated/resolve/main/README.md', TOKEN, 307, undefined],
])('%s with token %s is answered %d %s', async (path, token, status, code) => {
  const got = await api(path, token === undefined ? {} : bearer(token));
  expect([got.status, got.headers['x-error-code']]).toEqual([status, code]);
  if (status === 401 && code === undefined) {
    expect(got.json().error).toBe(
      token === undefined ? 'Invalid username or password.' : 'Invalid credentials in Authorization header',
    );
  }
});

test('a renamed repository is redirected to, with all that was asked', async () => {
  hub.rename('ada/open', 'ada/new');
  const { status, headers } = await api('/api/datasets/ada/open/tree/main?recursive=true');
  expect([status, headers.location]).toEqual([307, '/api/datasets/ada/new/tree/main?recursive=true']);
});

test('who asks too often is told for how long not to', async () => {
  const busy = await startHuggingFace({ limits: { api: 1, seconds: 55 } });
  await busy.addRepo({ id: 'ada/open' });
  await httpGet(busy.url('/api/datasets/ada/open'));
  const { status, headers } = await httpGet(busy.url('/api/datasets/ada/open'));
  expect([status, headers.ratelimit]).toEqual([429, expect.stringMatching(/^"api";r=0;t=5[45]$/)]);
  await busy.close();
});

describe('the own client of Hugging Face', () => {
  const repo = { type: 'dataset', name: 'ada/open' } as const;
  const base = () => ({ repo, hubUrl: hub.origin });

  test('lists the tree through all pages', async () => {
    const paths: string[] = [];
    for await (const { path, type } of listFiles({ ...base(), recursive: true })) if (type === 'file') paths.push(path);
    expect(paths).toEqual(['.gitattributes', 'data/deep/scan 1.bin', 'data/labels.csv', 'README.md']);
    const { name, gated } = await datasetInfo({ name: 'ada/gated', hubUrl: hub.origin });
    expect([name, gated]).toEqual(['ada/gated', 'manual']);
  });

  test('learns size and name of both kinds of files', async () => {
    const plain = await fileDownloadInfo({ ...base(), path: 'data/labels.csv' });
    expect(plain).toMatchObject({ size: 11, etag: `"${hex('sha1', 'blob 11\0case,label\n')}"` });
    const large = await fileDownloadInfo({ ...base(), path: 'data/deep/scan 1.bin', revision: sha });
    expect(large).toMatchObject({ size: 5000, etag: `"${sha256}"`, xet: { hash: expect.any(String) } });
    expect(await fileDownloadInfo({ ...base(), path: 'none.csv' })).toBeNull();
  });

  test('downloads both, by plain HTTP', async () => {
    const plain = await downloadFile({ ...base(), path: 'data/labels.csv' });
    expect(await plain?.text()).toBe('case,label\n');
    const large = await downloadFile({ ...base(), path: 'data/deep/scan 1.bin', xet: false });
    expect(Buffer.from((await large?.arrayBuffer()) as ArrayBuffer)).toEqual(await bufferOf(LARGE));
    expect(
      await (await downloadFile({ ...base(), path: 'data/deep/scan 1.bin', xet: false }))?.slice(5, 9).text(),
    ).toBe((await bufferOf(LARGE)).subarray(5, 9).toString());
  });

  test('is let in by its token, and told why it is not', async () => {
    const gated = { repo: { type: 'dataset', name: 'ada/gated' }, hubUrl: hub.origin, path: 'README.md' } as const;
    expect(await (await downloadFile({ ...gated, accessToken: TOKEN }))?.text()).toBe('Phantoms');
    await expect(downloadFile({ ...gated, accessToken: 'hf_other' })).rejects.toMatchObject({ statusCode: 403 });
    await expect(downloadFile(gated)).rejects.toMatchObject({ statusCode: 401 });
  });
});
