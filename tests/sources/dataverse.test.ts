import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { logIn, type MeddsError } from '../../src/index.js';
import { loadRegistry } from '../../src/registry/load.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { dataverse } from '../../src/sources/dataverse.js';
import { bytes, digestOf, noise } from '../hosts/content.js';
import { type DataverseHost, startDataverse } from '../hosts/dataverse.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { closeAgents, fetchInto, requestOf, resolve } from './resolving.js';

const SERVER = 'https://data.example.org';
const PID = 'doi:10.5072/FK2/ABC';
const TOKEN = { DATAVERSE_API_TOKEN: 'secret', DATAVERSE_SERVER: SERVER };

let host: DataverseHost;
let env: Record<string, string>;

beforeEach(async () => {
  host = await startDataverse({ tokens: ['secret'] });
  env = { MEDDS_ENDPOINT_DATAVERSE: host.origin };
});
afterEach(async () => {
  await host.close();
  removeTempDirs();
});
afterAll(closeAgents);

type Entry = Extract<SourceEntry, { method: 'dataverse' }>;
const entry = (rest: Partial<Entry> = {}): Entry => ({ method: 'dataverse', server: SERVER, doi: PID, ...rest });
const failure = (source: Entry, more: Record<string, string> = {}) =>
  resolve(source, { ...env, ...more }).then(
    () => expect.unreachable('it should have failed'),
    (error: MeddsError) => error,
  );

describe('locators', () => {
  const harvard = 'https://dataverse.harvard.edu';
  test.each<[string, object]>([
    ['dataverse:dataverse.nl/doi:10.34894/ABC', { server: 'https://dataverse.nl', doi: '10.34894/ABC' }],
    [
      'dataverse:dataverse.nl/10.34894/ABC@2.0',
      { server: 'https://dataverse.nl', doi: '10.34894/ABC', version: '2.0' },
    ],
    ['dataverse:http://localhost:8080/hdl:1902.1/1', { server: 'http://localhost:8080', doi: 'hdl:1902.1/1' }],
    ['dataverse:10.7910/DVN/ABC', { server: harvard, doi: '10.7910/DVN/ABC' }],
    ['doi:10.7910/DVN/ABC', { server: harvard, doi: '10.7910/DVN/ABC' }],
    [`${harvard}/dataset.xhtml?persistentId=doi:10.7910/DVN/ABC`, { server: harvard, doi: '10.7910/DVN/ABC' }],
    [
      'https://demo.dataverse.org/dataset.xhtml?persistentId=doi%3A10.70122%2FFK2%2FA&version=1.2#files',
      { server: 'https://demo.dataverse.org', doi: '10.70122/FK2/A', version: '1.2' },
    ],
    [
      'https://dataverse.nl/file.xhtml?persistentId=doi:10.34894/ABC/DEF&version=DRAFT',
      { server: 'https://dataverse.nl', doi: '10.34894/ABC/DEF' },
    ],
    [
      'https://dataverse.nl/citation?persistentId=doi:10.34894/ABC',
      { server: 'https://dataverse.nl', doi: '10.34894/ABC' },
    ],
  ])('%s', (typed, expected) => {
    expect(dataverse.locate?.(typed)?.entry).toEqual({ method: 'dataverse', ...expected });
  });

  test.each(['https://example.org/?persistentId=7', 'doi:10.34894/ABC', 'zenodo:1'])(
    '%s is left to others',
    (typed) => {
      expect(dataverse.locate?.(typed)).toBeUndefined();
    },
  );

  test.each(['dataverse:', 'dataverse:dataverse.nl', 'dataverse:dataverse.nl/abc'])('%s names nothing', (typed) => {
    expect(() => dataverse.locate?.(typed)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});

describe('datasets', () => {
  test('have their folders, sizes and checksums of any kind, tables as they were uploaded', async () => {
    await host.addDataset({
      pid: PID,
      version: '2.1',
      title: 'A survey',
      files: [
        { name: 'scan.nii.gz', folder: 'sub 1/anat', content: 'scan' },
        { name: 'scan.nii.gz', folder: 'sub 2/anat', content: 'other scan', algorithm: 'SHA-1' },
        { name: 'table.csv', content: 'a,b\n1,2\n', tab: 'a\tb\n1\t2\nlonger' },
        { name: 'lost.csv', content: 'a,b\n', tab: 'a\tb\n', originalKept: false },
      ],
    });
    const resolution = await resolve(entry(), env);
    expect(resolution).toMatchObject({
      label: `Dataverse ${PID} v2.1`,
      revision: `${PID}@2.1`,
      doi: '10.5072/FK2/ABC',
      title: 'A survey',
      license: { name: 'CC0 1.0', spdx: 'CC0-1.0' },
    });
    const [first, second, table] = await Promise.all([
      digestOf(bytes('scan'), 'md5'),
      digestOf(bytes('other scan'), 'sha1'),
      digestOf(bytes('a,b\n1,2\n'), 'md5'),
    ]);
    expect(resolution.files.map(({ path, size, checksums }) => [path, size, checksums])).toEqual([
      ['sub 1/anat/scan.nii.gz', 4, [`md5:${first}`]],
      ['sub 2/anat/scan.nii.gz', 10, [`sha1:${second}`]],
      ['table.csv', 8, [`md5:${table}`]],
      ['lost.tab', undefined, []],
    ]);
    const { result } = fetchInto(entry(), env);
    const tree = await treeOf((await result).path);
    expect(tree['table.csv']).toMatchObject({ size: 8 });
    expect(Object.keys(tree)).toHaveLength(4);
  });

  test('tables whose uploads bear one name each have a path', async () => {
    const files = ['x', 'y'].map((content) => ({ name: 't.csv', content, tab: content }));
    await host.addDataset({ pid: PID, files });
    const paths = (await resolve(entry(), env)).files.map(({ path }) => path);
    expect(new Set(paths).size).toBe(2);
    expect(paths).toEqual([expect.stringMatching(/^t \(\d+\)\.csv$/), expect.stringMatching(/^t \(\d+\)\.csv$/)]);
  });

  test('are chosen from, and placed, by the registry; archives are left as they are unless it says otherwise', async () => {
    await host.addDataset({
      pid: PID,
      files: [
        { name: 'a.zip', folder: 'in', content: 'a' },
        { name: 'b.zip', folder: 'in', content: 'b' },
        { name: 'c.txt', content: 'c' },
      ],
    });
    const rules = { include: ['in/*'], exclude: ['**/b*'], place: [{ from: 'in/{name}.zip', to: '{name}/all.zip' }] };
    expect((await resolve(entry(rules), env)).files).toMatchObject([{ path: 'a/all.zip', unpack: false }]);
    const named = { files: [{ path: 'in/b.zip' }] };
    expect((await resolve(entry(named), env)).files).toMatchObject([{ path: 'in/b.zip', unpack: true }]);
    expect(await failure(entry({ include: ['out/*'] }))).toMatchObject({ exitCode: 3 });
  });

  test('a version is the newest unless one is named', async () => {
    await host.addDataset({ pid: PID, version: '1.0', files: [{ name: 'old.txt', content: 'old' }] });
    await host.addDataset({ pid: PID, version: '2.0', files: [{ name: 'new.txt', content: 'new' }] });
    expect((await resolve(entry(), env)).files).toMatchObject([{ path: 'new.txt' }]);
    expect(await resolve(entry({ version: '1.0' }), env)).toMatchObject({
      revision: `${PID}@1.0`,
      files: [{ path: 'old.txt' }],
    });
    expect(await failure(entry({ version: '7.0' }))).toMatchObject({
      exitCode: 3,
      hint: expect.stringContaining('Its newest is 2.0'),
    });
  });

  test.each([true, false])('of many files are listed, by pages: %s', async (pages) => {
    const many = await startDataverse({ pages });
    const files = Array.from({ length: 2500 }, (_, number) => ({ name: `${number}.txt`, content: '' }));
    await many.addDataset({ pid: PID, files });
    const resolution = await resolve(entry(), { MEDDS_ENDPOINT_DATAVERSE: many.origin });
    expect(resolution.files).toHaveLength(2500);
    expect(many.requests).toHaveLength(pages ? 4 : 1);
    await many.close();
  });

  test('a file with a DOI of its own is fetched alone', async () => {
    const doi = `${PID}/DEF`;
    await host.addDataset({ pid: PID, files: [{ name: 'a.bin', content: noise(3000), pid: doi }] });
    expect(await resolve(entry({ doi }), env)).toMatchObject({
      title: 'a.bin',
      files: [{ path: 'a.bin', size: 3000, unpack: true }],
    });
  });
});

describe('what is not given', () => {
  const closed = [
    { name: 'a.txt', content: 'A' },
    { name: 'b.txt', content: 'B', restricted: true },
  ];

  test('restricted files: exit code 4, with where to ask, and a token opens them', async () => {
    await host.addDataset({ pid: PID, terms: 'Send an <b>e-mail</b> to us', files: closed });
    const error = await failure(entry());
    expect(error).toMatchObject({
      exitCode: 4,
      message: `1 of 2 files of ${PID} at data.example.org are restricted: b.txt`,
      url: `${SERVER}/dataset.xhtml?persistentId=${PID}`,
      hint: 'Terms of access: Send an e-mail to us',
      steps: [
        expect.anything(),
        expect.stringContaining('apiTokenTab'),
        expect.stringContaining('DATAVERSE_API_TOKEN'),
      ],
    });
    expect((await resolve(entry({ exclude: ['b*'] }), env)).files).toHaveLength(1);
    const { result } = fetchInto(entry(), { ...env, ...TOKEN });
    expect(Object.keys(await treeOf((await result).path))).toEqual(['a.txt', 'b.txt']);
  });

  test('files under embargo, or withheld by now: exit code 4; those whose time has come are given', async () => {
    await host.addDataset({ pid: PID, files: [{ name: 'a', content: 'A', embargo: '2999-01-31' }] });
    expect(await failure(entry())).toMatchObject({ exitCode: 4, message: expect.stringContaining('until 2999-01-31') });
    await host.addDataset({ pid: PID, version: '2.0', files: [{ name: 'a', content: 'A', retention: '2020-01-31' }] });
    expect(await failure(entry())).toMatchObject({ exitCode: 4, message: expect.stringContaining('since 2020-01-31') });
    await host.addDataset({ pid: PID, version: '3.0', files: [{ name: 'a', content: 'A', embargo: '2020-01-31' }] });
    expect((await resolve(entry(), env)).files).toHaveLength(1);
  });

  test('a guestbook: exit code 4, and by hand', async () => {
    await host.addDataset({ pid: PID, guestbook: 380, files: [{ name: 'a.txt', content: 'A' }] });
    const { result } = fetchInto(entry(), env);
    await expect(result).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('guestbook'),
      steps: [expect.stringContaining('in a browser'), expect.stringContaining('medds import')],
    });
  });

  test('a token that may not read a file: exit code 4, and not shown', async () => {
    await host.addDataset({ pid: PID, files: [{ name: 'a.txt', content: 'A' }] });
    const path = host.filePath(PID, 'a.txt');
    const body = JSON.stringify({ status: 'ERROR', message: 'not authorized via this endpoint' });
    host.misbehave(path, { status: 403, body });
    const { result } = fetchInto(entry(), { ...env, ...TOKEN });
    const error: MeddsError = await result.then(
      () => expect.unreachable('it should have failed'),
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ exitCode: 4, message: expect.stringContaining('also with your token') });
    expect(JSON.stringify(error)).not.toContain('secret');
  });

  test('drafts are for their owners', async () => {
    await host.addDataset({ pid: PID, state: 'draft', files: [{ name: 'a.txt', content: 'A' }] });
    expect(await failure(entry())).toMatchObject({ exitCode: 4 });
    const draft = await resolve(entry({ version: ':draft' }), { ...env, ...TOKEN });
    expect(draft.files).toHaveLength(1);
  });

  test('what is withdrawn, or was never there: exit code 3', async () => {
    await host.addDataset({ pid: PID, state: 'deaccessioned' });
    expect(await failure(entry())).toMatchObject({
      exitCode: 3,
      message: `${PID} was withdrawn from data.example.org`,
    });
    expect(await failure(entry({ doi: '10.5072/FK2/NONE' }))).toMatchObject({
      exitCode: 3,
      message: 'data.example.org has no dataset or file doi:10.5072/FK2/NONE',
      hint: expect.stringContaining('https://doi.org/10.5072/FK2/NONE'),
    });
  });

  test('a firewall in place of the server: exit code 5, for lists and for files', async () => {
    await host.addDataset({ pid: PID, files: [{ name: 'a.txt', content: 'A' }] });
    const page = {
      status: 403,
      body: '<html><body><h1>Forbidden</h1></body></html>',
      headers: { 'content-type': 'text/html' },
    };
    host.misbehave(host.filePath(PID, 'a.txt'), page);
    await expect(fetchInto(entry(), env).result).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('turns programs away'),
    });
    host.misbehave('*', page);
    expect(await failure(entry())).toMatchObject({ exitCode: 5 });
  });

  test('an answer without data: exit code 5', async () => {
    host.misbehave('*', { status: 200, body: '{"status":"OK"}' });
    expect(await failure(entry())).toMatchObject({ exitCode: 5, message: expect.stringContaining('without data') });
  });
});

describe('tokens', () => {
  beforeEach(() => host.addDataset({ pid: PID, files: [{ name: 'a.txt', content: 'A', restricted: true }] }));

  test.each<[string, Record<string, string>]>([
    ['DATAVERSE_API_TOKEN', TOKEN],
    [
      'DATAVERSE_KEY, and a server without its scheme',
      { DATAVERSE_KEY: 'secret', DATAVERSE_SERVER: 'data.example.org' },
    ],
  ])('by %s', async (_, variables) => {
    const resolution = await resolve(entry(), { ...env, ...variables });
    expect(await requestOf(resolution, 'a.txt')).toEqual({
      url: host.url(host.filePath(PID, 'a.txt')),
      credentials: { 'x-dataverse-key': 'secret' },
    });
  });

  test('are for Harvard’s server unless another is named, and go to no other', async () => {
    expect(await failure(entry(), { DATAVERSE_API_TOKEN: 'secret' })).toMatchObject({ exitCode: 4 });
    expect(host.requests.every(({ headers }) => headers['x-dataverse-key'] === undefined)).toBe(true);
    const harvard = entry({ server: 'https://dataverse.harvard.edu' });
    expect((await resolve(harvard, { ...env, DATAVERSE_API_TOKEN: 'secret' })).files).toHaveLength(1);
  });

  test('by medds login, which tries them at their server', async () => {
    const kept = { ...env, MEDDS_CONFIG_DIR: tempDir('config') };
    await expect(logIn('dataverse', `${SERVER}:wrong`, { env: kept })).rejects.toMatchObject({ exitCode: 4 });
    await expect(logIn('dataverse', 'not a server:x', { env: kept })).rejects.toMatchObject({ exitCode: 2 });
    expect(await logIn('dataverse', 'data.example.org:secret', { env: kept })).toMatchObject({ checked: true });
    expect((await resolve(entry(), kept)).files).toHaveLength(1);
    expect(await failure(entry({ server: 'https://other.example.org' }), kept)).toMatchObject({ exitCode: 4 });
  });
});

test('bytes of a server without a store resume as well', async () => {
  const own = await startDataverse({ redirects: false });
  const content = noise(9_000_000, 'own');
  await own.addDataset({ pid: PID, files: [{ name: 'a.bin', content }] });
  const path = own.filePath(PID, 'a.bin');
  own.misbehave(path, { when: ({ headers }) => headers.range !== 'bytes=0-0', cutAt: 5_000_000, times: 1 });
  const { result } = fetchInto(entry(), { MEDDS_ENDPOINT_DATAVERSE: own.origin }, { connections: 1 });
  expect(await result).toMatchObject({ outcome: 'fetched' });
  expect(own.bytesSent(path)).toBeLessThan(content.size + 2_000_000);
  await own.close();
});

test('the registry’s own entries come to the files that they name', async () => {
  const { datasets } = await loadRegistry({});
  const entries = datasets.flatMap(({ sources }) => sources).filter((source) => source.method === 'dataverse');
  expect(entries.length).toBeGreaterThan(0);
  for (const source of entries) {
    const { doi, version = '1.0', files: named = [] } = source;
    const files = named.map(({ path, size = 1 }) => ({
      name: path.split('/').at(-1) as string,
      ...(path.includes('/') ? { folder: path.slice(0, path.lastIndexOf('/')) } : {}),
      content: noise(Math.min(size, 1000)),
    }));
    await host.addDataset({ pid: `doi:${doi}`, version, files });
    // Their sizes are scaled down here, so they are left out.
    const small = { ...source, files: named.map(({ size: _, ...facts }) => facts) };
    const resolution = await resolve(small, env);
    expect(resolution.files.map(({ path }) => path)).toEqual(named.map(({ path }) => path));
    expect(resolution.revision).toBe(`doi:${doi}@${version}`);
  }
});
