/** A dataset with several sources: which one is used, and when the next one is. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FetchOptions, fetchDataset, type ProgressEvent } from '../../src/index.js';
import type { Dataset, SourceEntry } from '../../src/registry/schema.js';
import { digestOf, noise } from '../hosts/content.js';
import { type FileHost, startFileHost } from '../hosts/file-host.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';

let first: FileHost;
let second: FileHost;
let home: string;
let told: ProgressEvent[];

beforeEach(async () => {
  [first, second] = await Promise.all([startFileHost(), startFileHost()]);
  first.add('/a.bin', 'first a').add('/b.bin', 'first b');
  second.add('/a.bin', 'second a').add('/c.bin', 'second c');
  home = tempDir('fail-over');
  told = [];
});

afterEach(async () => {
  await Promise.all([first.close(), second.close()]);
  removeTempDirs();
});

const files = (host: FileHost, ...names: string[]) => names.map((name) => ({ url: host.url(`/${name}`), path: name }));

function twoSources(): Dataset {
  const sources: SourceEntry[] = [
    { method: 'direct', name: 'first', files: files(first, 'a.bin', 'b.bin') },
    { method: 'direct', name: 'second', files: files(second, 'a.bin', 'c.bin') },
  ];
  return { id: 'two', name: 'Two', registry: 'test', sources };
}

const fetchTwo = (options: FetchOptions = {}, dataset = twoSources()) =>
  fetchDataset(dataset, { home, env: {}, jobs: 1, tries: 2, onProgress: (event) => told.push(event), ...options });

const warnings = () => told.filter((event) => event.event === 'warning').map(({ message }) => message);

it('takes the first source that works', async () => {
  const result = await fetchTwo();
  expect(result.source.name).toBe('first');
  expect(Object.keys(await treeOf(result.path))).toEqual(['a.bin', 'b.bin']);
  expect(second.requests).toEqual([]);
  expect(warnings()).toEqual([]);
});

it.each([
  ['is gone', { status: 404 }],
  ['refuses', { status: 403 }],
])('goes on with the next source when a file of the first %s, and mixes nothing', async (_, rule) => {
  first.misbehave('/b.bin', rule);
  const result = await fetchTwo();
  expect(result.source.name).toBe('second');
  expect(Object.keys(await treeOf(result.path))).toEqual(['a.bin', 'c.bin']);
  expect(warnings()).toEqual([expect.stringContaining('Trying the next source')]);
});

it('leaves a host that cannot be reached as long as nothing has come from it', async () => {
  const dataset = twoSources();
  dataset.sources[0] = {
    method: 'direct',
    name: 'first',
    // Nothing listens on port 9 of this address.
    files: [{ url: 'http://127.0.0.1:9/a.bin', path: 'a.bin' }],
  };
  expect((await fetchTwo({}, dataset)).source.name).toBe('second');
});

it('waits for a host that is away when much has come from it', async () => {
  first.add('/b.bin', noise(3_000_000)).misbehave('/b.bin', { noAnswer: 'reset' });
  await expect(fetchTwo()).rejects.toMatchObject({ exitCode: 5, dataset: 'two' });
  expect(second.requests).toEqual([]);

  first.behave();
  expect((await fetchTwo()).source.name).toBe('first');
  expect(first.requests.filter(({ path }) => path === '/a.bin')).toHaveLength(1);
});

it('stays with the source that is asked for', async () => {
  first.misbehave('/b.bin', { status: 404 });
  await expect(fetchTwo({ source: 'first' })).rejects.toMatchObject({ exitCode: 3 });
  expect(second.requests).toEqual([]);
});

it('does not take another source for a broken file', async () => {
  const dataset = twoSources();
  const checksum = `md5:${'0'.repeat(32)}`;
  dataset.sources[0] = { method: 'direct', files: files(first, 'a.bin').map((file) => ({ ...file, checksum })) };
  await expect(fetchTwo({}, dataset)).rejects.toMatchObject({ exitCode: 6 });
});

it('says what the user can do when all fail', async () => {
  first.misbehave('*', { status: 404 });
  const dataset = twoSources();
  dataset.sources[1] = {
    method: 'manual',
    name: 'second',
    host: 'example.org',
    url: 'https://example.org/data',
    steps: ['Log in.', 'Download data.zip.'],
  };
  await expect(fetchTwo({}, dataset)).rejects.toMatchObject({ exitCode: 4, url: 'https://example.org/data' });
});

describe('sources that have the same file', () => {
  const big = noise(70 * 1024 * 1024, 'big');
  let checksum: string;

  async function mirrored(): Promise<Dataset> {
    checksum ??= `sha256:${await digestOf(big, 'sha256')}`;
    first.add('/big.bin', big);
    second.add('/copy.bin', big);
    const facts = { size: big.size, checksum, unpack: false };
    const sources: SourceEntry[] = [
      { method: 'direct', name: 'first', files: [{ url: first.url('/big.bin'), path: 'big.bin', ...facts }] },
      { method: 'direct', name: 'second', files: [{ url: second.url('/copy.bin'), path: 'copy.bin', ...facts }] },
    ];
    return { id: 'mirrored', name: 'Mirrored', registry: 'test', sources };
  }

  it('are mirrors: one goes on in the middle of a file where the other ends', async () => {
    const dataset = await mirrored();
    first.misbehave('/big.bin', { cutAt: 1024 * 1024 });
    first.misbehave('/big.bin', { noAnswer: 'reset', skip: 1 });
    const result = await fetchTwo({}, dataset);
    expect(result).toMatchObject({ outcome: 'fetched', source: { name: 'first' }, verified: { checksums: 1 } });
    expect(warnings()).toEqual([expect.stringContaining('big.bin: going on without')]);
    expect(second.bytesSent('/copy.bin')).toBeGreaterThan(big.size / 2);
  });

  it('are not, when one is asked for by name', async () => {
    const dataset = await mirrored();
    first.misbehave('/big.bin', { noAnswer: 'reset' });
    await expect(fetchTwo({ source: 'first' }, dataset)).rejects.toMatchObject({ exitCode: 5 });
    expect(second.requests).toEqual([]);
  });
});
