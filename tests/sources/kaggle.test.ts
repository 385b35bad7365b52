import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { logIn, type MeddsError } from '../../src/index.js';
import { readinessOf } from '../../src/readiness.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { kaggle } from '../../src/sources/kaggle.js';
import { noise } from '../hosts/content.js';
import { type KaggleHost, startKaggle } from '../hosts/kaggle.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { closeAgents, fetchInto, fileOf, requestOf, resolve } from './resolving.js';

let host: KaggleHost;
let env: Record<string, string>;
const MiB = 1024 * 1024;

beforeEach(async () => {
  host = await startKaggle({ keys: { ada: 'good-key' }, tokens: { KGAT_good: 'ada', plain: 'ada' } });
  env = { MEDDS_ENDPOINT_KAGGLE: host.origin, HOME: '/nowhere' };
});
afterEach(async () => {
  await host.close();
  removeTempDirs();
});
afterAll(closeAgents);

type Entry = Extract<SourceEntry, { method: 'kaggle' }>;
const set = (rest: Partial<Entry> = {}): Entry => ({ method: 'kaggle', dataset: 'ada/phantoms', ...rest });
const race = (rest: Partial<Entry> = {}): Entry => ({ method: 'kaggle', competition: 'segment', ...rest });
const KEY = { KAGGLE_USERNAME: 'ada', KAGGLE_KEY: 'good-key' };
const BASIC = `Basic ${Buffer.from('ada:good-key').toString('base64')}`;
const LIST = '/api/v1/datasets/list/ada/phantoms';

const FILES = [
  { name: 'labels.csv', content: 'case,label\n1,0\n', wrapped: true },
  { name: 'images/a b.nii.gz', content: 'voxels' },
  { name: 'images/__init__.py', content: '' },
];
const manyFiles = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ name: `images/${at}.png`, content: `pixels of ${at}` }));

const failure = (source: Entry, more: Record<string, string> = {}) =>
  resolve(source, { ...env, ...more }).then(
    () => expect.unreachable('it should have failed'),
    (error: MeddsError) => error,
  );

describe('locators', () => {
  const file = (name: string) => ({ files: [{ path: name }] });

  test.each<[string, object]>([
    ['kaggle:ada/phantoms', set()],
    ['kaggle:datasets/ada/phantoms', set()],
    ['KAGGLE:ada/phantoms@3', set({ version: 3 })],
    ['kaggle:ada/phantoms/versions/3', set({ version: 3 })],
    ['kaggle:ada/phantoms@3/images/a b.png', set({ version: 3, ...file('images/a b.png') })],
    ['kaggle:ada/phantoms/labels.csv', set(file('labels.csv'))],
    ['kaggle:competitions/segment', race()],
    ['kaggle:c/segment/train.csv', race(file('train.csv'))],
    ['https://www.kaggle.com/datasets/ada/phantoms', set()],
    ['https://kaggle.com/datasets/ada/phantoms/data?select=labels.csv', set(file('labels.csv'))],
    ['https://www.kaggle.com/datasets/ada/phantoms/versions/2', set({ version: 2 })],
    ['https://www.kaggle.com/ada/phantoms', set()],
    ['https://www.kaggle.com/competitions/segment/rules', race()],
    ['https://www.kaggle.com/c/segment/data', race()],
    ['https://www.kaggle.com/api/v1/datasets/download/ada/phantoms', set()],
    [
      'https://www.kaggle.com/api/v1/datasets/download/ada/phantoms/images%2Fa.png?datasetVersionNumber=2',
      set({ version: 2, ...file('images/a.png') }),
    ],
    ['https://www.kaggle.com/api/v1/competitions/data/download-all/segment', race()],
    ['https://www.kaggle.com/api/v1/competitions/data/download/segment/train.csv', race(file('train.csv'))],
  ])('%s', (typed, entry) => {
    expect(kaggle.locate?.(typed)?.entry).toEqual(entry);
  });

  test.each(['https://example.org/datasets/ada/phantoms', 'zenodo:1', 'ada/phantoms'])(
    '%s is not of Kaggle',
    (typed) => {
      expect(kaggle.locate?.(typed)).toBeUndefined();
    },
  );

  test.each([
    'kaggle:',
    'kaggle:ada',
    'kaggle:ada/phantoms@0',
    'kaggle:ada/phan toms',
    'https://www.kaggle.com/datasets',
    'https://www.kaggle.com/code/ada/notebook',
    'https://www.kaggle.com/ada',
  ])('%s names nothing', (typed) => {
    expect(() => kaggle.locate?.(typed)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  test('bring the file, the version, or all', async () => {
    await host.addDataset('ada/phantoms', FILES);
    await host.addDataset('ada/phantoms', [...FILES, { name: 'new.csv', content: 'new' }]);
    const one = await fetchInto('kaggle:ada/phantoms@1/labels.csv', env).result;
    expect(one.id).toBe('kaggle-ada-phantoms-labels.csv');
    expect(Object.keys(await treeOf(one.path))).toEqual(['labels.csv']);
    const old = await fetchInto('kaggle:ada/phantoms@1', env).result;
    expect(Object.keys(await treeOf(old.path))).toEqual(FILES.map(({ name }) => name).sort());
    await expect(fetchInto('kaggle:ada/phantoms@1/new.csv', env).result).rejects.toMatchObject({ exitCode: 3 });
  });
});

describe('a dataset of few files', () => {
  beforeEach(() => host.addDataset('ada/phantoms', FILES, { title: 'Phantoms', license: 'CC BY-NC-SA 4.0' }));

  test('is offered file by file, in the version that is the newest now', async () => {
    const resolution = await resolve(set(), env);
    expect(resolution).toMatchObject({
      label: 'Kaggle ada/phantoms@1',
      revision: 'kaggle:ada/phantoms@1',
      title: 'Phantoms',
      license: { name: 'CC BY-NC-SA 4.0', spdx: 'CC-BY-NC-SA-4.0' },
      notes: [],
    });
    expect(resolution.files).toMatchObject([
      { path: 'labels.csv', size: 15, checksums: [], unpack: false, wrapped: 'labels.csv' },
      { path: 'images/a b.nii.gz', size: 6, wrapped: 'images/a b.nii.gz' },
      { path: 'images/__init__.py', size: 0 },
    ]);
    expect(await requestOf(resolution, 'images/a b.nii.gz')).toEqual({
      url: `${host.origin}/api/v1/datasets/download/ada/phantoms/images%2Fa%20b.nii.gz?datasetVersionNumber=1`,
    });
  });

  test('is fetched; what comes in a zip is taken out, and checksums of the storage are checked', async () => {
    const { result } = fetchInto(set(), env);
    const { path: folder, verified } = await result;
    const tree = await treeOf(folder);
    expect(Object.entries(tree).map(([name, held]) => [name, 'size' in held && held.size])).toEqual([
      ['images/__init__.py', 0],
      ['images/a b.nii.gz', 6],
      ['labels.csv', 15],
    ]);
    // What is said of a zip around a file is checked, and is not the file's.
    expect(verified).toEqual({ checksums: 2, of: 3, algorithms: ['md5'] });
    const whole = await fetchInto(set({ include: ['images/a*'] }), env).result;
    expect(whole.verified).toEqual({ checksums: 1, of: 1, algorithms: ['md5'] });
  });

  test('is chosen from, and placed, by the registry', async () => {
    const place = [{ from: 'images/{name}.nii.gz', to: 'data/{name}.nii.gz' }];
    const { files } = await resolve(set({ include: ['**/*.gz'], place, into: 'kept' }), env);
    expect(files).toMatchObject([{ path: 'data/a b.nii.gz', into: 'kept', wrapped: 'images/a b.nii.gz' }]);
    expect(await failure(set({ include: ['*.nrrd'] }))).toMatchObject({ exitCode: 3 });
    expect(await failure(set({ files: [{ path: 'gone.csv' }] }))).toMatchObject({ exitCode: 3, file: 'gone.csv' });
    expect(await failure(set({ files: [{ path: 'labels.csv', size: 9 }] }))).toMatchObject({ exitCode: 6 });
  });

  test('is pinned by its version, and a newer one is told of', async () => {
    await host.addDataset('ada/phantoms', [{ name: 'new.csv', content: 'new' }]);
    expect((await resolve(set(), env)).files.map(({ path }) => path)).toEqual(['new.csv']);
    const resolution = await resolve(set({ version: 1 }), env);
    expect(resolution).toMatchObject({
      revision: 'kaggle:ada/phantoms@1',
      notes: ['Kaggle has a newer version (2) of ada/phantoms; 1 is fetched.'],
    });
    expect(resolution.files).toHaveLength(3);
    expect(await failure(set({ version: 7 }))).toMatchObject({ exitCode: 3 });
  });

  test('is offered also when Kaggle does not show it as a whole', async () => {
    host.misbehave('/api/v1/datasets/view/ada/phantoms', { status: 403 });
    const { label, files } = await resolve(set(), env);
    expect({ label, count: files.length }).toEqual({ label: 'Kaggle ada/phantoms', count: 3 });
    expect((await files[0]?.request())?.url).not.toContain('datasetVersionNumber');
  });

  test('whose sizes are all zero has sizes that are not known', async () => {
    await host.addDataset(
      'ada/unknown',
      FILES.slice(0, 2).map((file) => ({ ...file, size: 0 })),
    );
    const { result } = fetchInto(set({ dataset: 'ada/unknown' }), env);
    expect(await result).toMatchObject({ files: 2, bytes: 21 });
  });
});

describe('a dataset of many files', () => {
  test('is offered as the zip of all, whose checksum is known beforehand', async () => {
    await host.addDataset('ada/phantoms', manyFiles(60));
    const resolution = await resolve(set({ into: 'kept' }), env);
    expect(resolution.files).toMatchObject([
      {
        path: 'phantoms.zip',
        size: expect.any(Number),
        unpackedSize: expect.any(Number),
        checksums: [expect.stringMatching(/^md5:/)],
        unpack: true,
        into: 'kept',
      },
    ]);
    const { result } = fetchInto(set(), env);
    expect(await result).toMatchObject({ files: 60, verified: { checksums: 1, of: 1 } });
    expect(host.requestsOf('/api/v1/datasets/download/ada/phantoms').length).toBeLessThanOrEqual(4);
  });

  test('is offered file by file when some are chosen', async () => {
    await host.addDataset('ada/phantoms', manyFiles(60));
    for (const rules of [{ exclude: ['*/7.png'] }, { unpack: false }, { place: [{ from: 'a', to: 'b' }] }]) {
      expect((await resolve(set(rules), env)).files.length).toBeGreaterThan(50);
    }
  });

  test('is listed in pages of 200', async () => {
    await host.addDataset('ada/phantoms', manyFiles(401));
    expect((await resolve(set({ unpack: false }), env)).files).toHaveLength(401);
    expect(host.requestsOf(LIST).map(({ query }) => query.get('pageSize'))).toEqual(['200', '200', '200']);
  });

  test('that begins again where it ended does not go on for ever', async () => {
    const page = { datasetFiles: [{ name: 'a' }], nextPageToken: 'again' };
    await host.addDataset('ada/phantoms', FILES);
    host.misbehave(LIST, { status: 200, body: JSON.stringify(page) });
    expect(await failure(set())).toMatchObject({ exitCode: 5, message: expect.stringContaining('same page twice') });
  });

  test('in two sources together lies in one tree', async () => {
    await host.addDataset('ada/one', manyFiles(51));
    await host.addDataset('ada/two', [{ name: 'more.csv', content: 'x' }, ...manyFiles(51)]);
    const of = ['ada/one', 'ada/two'].map((dataset) => set({ dataset }));
    expect(await fetchInto({ method: 'all', of }, env).result).toMatchObject({ files: 52 });
  });
});

describe('competitions', () => {
  test('are given to those who accepted their rules', async () => {
    await host.addCompetition('segment', FILES, { accepted: new Set(['ada']) });
    const { result } = fetchInto(race(), { ...env, ...KEY });
    expect(await result).toMatchObject({ revision: 'kaggle:competitions/segment', files: 3 });
  });

  test('of many files come as the zip of all', async () => {
    await host.addCompetition('segment', manyFiles(60), { accepted: new Set(['ada']) });
    const { files } = await resolve(race(), { ...env, ...KEY });
    expect(files).toMatchObject([{ path: 'segment.zip' }]);
    expect((await files[0]?.request())?.url).toBe(`${host.origin}/api/v1/competitions/data/download-all/segment`);
  });

  test('whose rules are not accepted lead to their page, before any byte', async () => {
    await host.addCompetition('segment', FILES);
    const error = await failure(race(), KEY);
    expect(error).toMatchObject({
      exitCode: 4,
      url: `${host.origin}/competitions/segment/rules`,
      steps: [expect.stringMatching(/KAGGLE_USERNAME and KAGGLE_KEY.*accept the rules/), expect.any(String)],
      message: expect.stringContaining("You must accept this competition's rules"),
    });
    const dataset = { id: 'race', name: 'Race', registry: 'test', sources: [race()] };
    const options = { home: tempDir('home'), jobs: 1, connections: 1, tries: 1, keepArchives: false };
    const [doctor] = await readinessOf([dataset], { ...options, env: { ...env, ...KEY } });
    expect(doctor).toMatchObject({ state: 'click', url: `${host.origin}/competitions/segment/rules` });
  });

  test('want a login', async () => {
    await host.addCompetition('segment', FILES);
    expect(await failure(race())).toMatchObject({
      exitCode: 4,
      steps: [expect.stringContaining('/rules'), expect.stringContaining('medds login kaggle'), expect.any(String)],
    });
    expect(host.requests).toEqual([]);
  });

  test('that do not exist: exit code 3', async () => {
    expect(await failure(race(), KEY)).toMatchObject({ exitCode: 3 });
  });
});

describe('secrets', () => {
  beforeEach(() => host.addDataset('ada/phantoms', FILES, { access: 'login' }));

  const folderWith = (name: string, text: string, mode = 0o600): string => {
    const folder = tempDir('kaggle');
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, name), text);
    chmodSync(path.join(folder, name), mode);
    return folder;
  };
  const json = JSON.stringify({ username: 'ada', key: 'good-key' });
  const homeWith = (place: string, name: string, text: string): string => {
    const home = tempDir('home');
    mkdirSync(path.join(home, place), { recursive: true });
    writeFileSync(path.join(home, place, name), text, { mode: 0o600 });
    return home;
  };

  test.each<[string, string, () => Record<string, string>]>([
    ['a user name and a key', BASIC, () => KEY],
    ['a token', 'Bearer KGAT_good', () => ({ KAGGLE_API_TOKEN: 'KGAT_good' })],
    ['a token before a key', 'Bearer plain', () => ({ KAGGLE_API_TOKEN: 'plain', ...KEY })],
    ['a file with a token', 'Bearer plain', () => ({ KAGGLE_API_TOKEN: path.join(folderWith('t', 'plain\n'), 't') })],
    ['a token as a key', 'Bearer KGAT_good', () => ({ ...KEY, KAGGLE_KEY: 'KGAT_good' })],
    ['kaggle.json of KAGGLE_CONFIG_DIR', BASIC, () => ({ KAGGLE_CONFIG_DIR: folderWith('kaggle.json', json) })],
    ['kaggle.json of ~/.kaggle', BASIC, () => ({ HOME: homeWith('.kaggle', 'kaggle.json', json) })],
    ['kaggle.json of ~/.config', BASIC, () => ({ HOME: homeWith('.config/kaggle', 'kaggle.json', json) })],
    ['kaggle.json of XDG', BASIC, () => ({ XDG_CONFIG_HOME: homeWith('kaggle', 'kaggle.json', json) })],
    ['access_token', 'Bearer plain', () => ({ HOME: homeWith('.kaggle', 'access_token', 'plain\n') })],
    ['access_token.txt', 'Bearer plain', () => ({ HOME: homeWith('.kaggle', 'access_token.txt', 'plain') })],
    ['medds login', BASIC, () => ({ MEDDS_CONFIG_DIR: folderWith('credentials.json', '{"kaggle":"ada:good-key"}') })],
  ])('%s', async (_, authorization, more) => {
    const resolution = await resolve(set(), { ...env, ...more() });
    expect(resolution.notes).toEqual([]);
    expect((await requestOf(resolution, 'labels.csv')).credentials).toEqual({ authorization });
    expect(JSON.stringify(resolution)).not.toMatch(/good|plain/);
  });

  test.skipIf(process.platform === 'win32')('that others may read are told of', async () => {
    const folder = folderWith('kaggle.json', json, 0o644);
    const { notes } = await resolve(set(), { ...env, KAGGLE_CONFIG_DIR: folder });
    expect(notes).toEqual([`Other users of this machine may read ${folder}/kaggle.json: chmod 600 it.`]);
  });

  test.each(['not json', '{"username":"ada"}', '[]', '{"username":"ada","key":""}'])(
    'a kaggle.json that is %s counts as none',
    async (text) => {
      const error = await failure(set(), { KAGGLE_CONFIG_DIR: folderWith('kaggle.json', text) });
      expect(error).toMatchObject({ exitCode: 4, message: expect.stringContaining('only to those who are logged in') });
    },
  );

  test('go to Kaggle and to no other host', async () => {
    await fetchInto(set(), { ...env, ...KEY }).result;
    expect(host.requests.every(({ headers }) => headers.authorization === BASIC)).toBe(true);
    // The storage notes one as a violation, which fails the test at its end.
    expect(host.storage.requests.length).toBeGreaterThan(0);
  });

  test('that are wrong keep nobody from what is public', async () => {
    await host.addDataset('ada/open', FILES);
    const bad = { KAGGLE_USERNAME: 'ada', KAGGLE_KEY: 'bad-key' };
    const resolution = await resolve(set({ dataset: 'ada/open' }), { ...env, ...bad });
    expect(resolution.notes).toEqual([
      expect.stringMatching(/Kaggle does not take the token or key of KAGGLE_USERNAME and KAGGLE_KEY.*asked without/),
    ]);
    expect((await requestOf(resolution, 'labels.csv')).credentials).toBeUndefined();
    const closed = await failure(set(), bad);
    expect(closed).toMatchObject({ exitCode: 4, url: `${host.origin}/settings` });
    expect(JSON.stringify([closed, closed.message])).not.toContain('bad-key');
    expect(await failure(race(), bad)).toMatchObject({ exitCode: 4, url: `${host.origin}/settings` });
  });

  test.each(['ada:good-key', 'KGAT_good'])('medds login takes %s', async (secret) => {
    const own = { ...env, MEDDS_CONFIG_DIR: tempDir('config') };
    expect(await logIn('kaggle', secret, { env: own })).toMatchObject({ checked: true });
    await expect(logIn('kaggle', 'bad', { env: own })).rejects.toMatchObject({ exitCode: 4 });
    expect((await resolve(set(), own)).files).toHaveLength(3);
  });
});

describe('refusals', () => {
  test('what is listed and given to accounts only: exit code 4, and where to log in', async () => {
    await host.addDataset('ada/phantoms', FILES, { access: 'login' });
    const expected = {
      exitCode: 4,
      url: `${host.origin}/datasets/ada/phantoms`,
      steps: [expect.stringContaining('consent'), expect.stringContaining('KAGGLE_API_TOKEN'), expect.any(String)],
    };
    expect(await failure(set())).toMatchObject(expected);
    host.misbehave('/api/v1/datasets/download/ada/phantoms/images%2Fa%20b.nii.gz', { status: 404, body: '' });
    expect(await failure(set())).toMatchObject(expected);
  });

  test('what an account may not have: exit code 4', async () => {
    await host.addDataset('ada/phantoms', FILES);
    const body = JSON.stringify({ code: 403, message: "Permission 'datasets.get' was denied" });
    host.misbehave(LIST, { status: 403, body });
    expect(await failure(set(), KEY)).toMatchObject({
      exitCode: 4,
      message: expect.stringContaining("Permission 'datasets.get' was denied"),
    });
  });

  test('what is private or gone is called both', async () => {
    await host.addDataset('ada/phantoms', FILES, { access: 'private' });
    expect(await failure(set())).toMatchObject({
      exitCode: 3,
      message: expect.stringContaining('or is private'),
      hint: expect.stringContaining('medds login kaggle'),
    });
    expect(await failure(set(), KEY)).toMatchObject({ exitCode: 3 });
    expect(await failure(set({ dataset: 'ada/none' }))).toMatchObject({ exitCode: 4 });
  });

  test.each<[string, object, number]>([
    ['a code in a 200', { code: 401 }, 4],
    ['a code as text', { code: '404', error: 'gone', message: 'server side error' }, 3],
    ['an error in a 200', { error: { code: 403, message: 'no', status: 'PERMISSION_DENIED' } }, 4],
    ['an error message', { datasetFiles: [], errorMessage: 'Try later' }, 5],
    ['an error message that may be null', { errorMessageNullable: 'Try later' }, 5],
    ['something else', { files: [] }, 5],
  ])('%s is an error', async (_, body, exitCode) => {
    await host.addDataset('ada/phantoms', FILES);
    host.misbehave(LIST, { status: 200, body: JSON.stringify(body) });
    expect((await failure(set())).exitCode).toBe(exitCode);
  });

  test('too many requests are waited out', async () => {
    await host.addDataset('ada/phantoms', FILES);
    const body = JSON.stringify({ error: { code: 429, message: 'Too many requests', status: 'RESOURCE_EXHAUSTED' } });
    host.misbehave(LIST, { status: 429, body, times: 2 });
    expect((await resolve(set(), env)).files).toHaveLength(3);
    host.misbehave(LIST, { status: 429, body });
    expect(await failure(set())).toMatchObject({ exitCode: 5, message: expect.stringContaining('Too many requests') });
  });
});

describe('fetching', () => {
  const content = noise(20 * MiB, 'kaggle');
  const big = set({ files: [{ path: 'scan.z01', size: content.size, unpack: false }] });

  test('goes on with a new link when the old one has ended, and asks Kaggle once a link', async () => {
    const { paths } = await host.addDataset('ada/phantoms', [{ name: 'scan.z01', content }]);
    const place = paths.get('scan.z01') as string;
    host.storage.misbehave(place, { when: ({ headers }) => headers.range !== 'bytes=0-0', cutAt: 9 * MiB, times: 1 });
    const { result } = fetchInto(big, env, { connections: 1 });
    await host.storage.reached(place, 9 * MiB);
    host.storage.expire();
    expect(await result).toMatchObject({ verified: { checksums: 1 } });
    expect(host.storage.requests.filter(({ status }) => status === 400)).toHaveLength(1);
    expect(host.storage.bytesSent(place)).toBeLessThan(22 * MiB);
    // The look before, the first link, the second one.
    expect(host.requests.filter(({ path }) => path.endsWith('/scan.z01'))).toHaveLength(3);
  });

  test('resumes a wrapped file in another run', async () => {
    const { paths } = await host.addDataset('ada/phantoms', [{ name: 'scan.z01', content, wrapped: true }]);
    const place = paths.get('scan.z01') as string;
    host.storage.misbehave(place, { when: ({ headers }) => headers.range !== 'bytes=0-0', cutAt: 9 * MiB });
    const first = fetchInto(big, env, { connections: 1, tries: 1 });
    await expect(first.result).rejects.toMatchObject({ exitCode: 5 });
    host.storage.behave();
    const { path: folder } = await fetchInto(big, env, { home: first.home }).result;
    expect(await treeOf(folder)).toMatchObject({ 'scan.z01': { size: content.size } });
    expect(host.storage.bytesSent(place)).toBeLessThan(22 * MiB);
  });

  test('bytes that are not those of the storage are refused', async () => {
    const { paths } = await host.addDataset('ada/phantoms', [{ name: 'a.bin', content: 'right' }]);
    host.storage.misbehave(paths.get('a.bin') as string, { headers: { 'x-goog-hash': `md5=${'A'.repeat(22)}==` } });
    await expect(fetchInto(set(), env).result).rejects.toMatchObject({ exitCode: 6, file: 'a.bin' });
  });

  test('a zip in the zip is unpacked, and a file that is a zip itself is not opened twice', async () => {
    const { zip } = await import('../hosts/phantoms/archives.js');
    const inner = zip([{ path: 'case/scan.nii', data: Buffer.from('voxels') }]);
    await host.addDataset('ada/phantoms', [
      { name: 'one.change2zip', content: inner, wrapped: true },
      { name: 'two.zip', content: zip([{ path: 'one.txt', data: Buffer.from('x') }]) },
    ]);
    const files: Entry['files'] = [{ path: 'one.change2zip', unpack: 'zip', size: inner.length }, { path: 'two.zip' }];
    const { path: folder } = await fetchInto(set({ files }), env).result;
    expect(Object.keys(await treeOf(folder))).toEqual(['case/scan.nii', 'one.txt']);
    const kept = await fetchInto(set({ files }), env, { unpack: false }).result;
    expect(fileOf(await resolve(set({ files }), env), 'one.change2zip').size).toBe(inner.length);
    expect(await treeOf(kept.path)).toMatchObject({ 'one.change2zip': { size: inner.length } });
  });

  test('no secret is told', async () => {
    await host.addDataset('ada/phantoms', FILES, { access: 'login' });
    const { result, told } = fetchInto(set(), { ...env, ...KEY });
    const shown = JSON.stringify([await result, told]);
    for (const secret of ['good-key', BASIC, 'X-Goog-Signature']) expect(shown).not.toContain(secret);
  });
});
