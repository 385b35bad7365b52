import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { logIn, type MeddsError } from '../../src/index.js';
import { loadRegistry } from '../../src/registry/load.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { figshare } from '../../src/sources/figshare.js';
import { bytes, digestOf, noise } from '../hosts/content.js';
import { type FigshareHost, startFigshare } from '../hosts/figshare.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { closeAgents, fetchInto, requestOf, resolve } from './resolving.js';

let host: FigshareHost;
let env: Record<string, string>;

beforeEach(async () => {
  host = await startFigshare({ tokens: ['secret'] });
  env = host.env;
});
afterEach(async () => {
  await host.close();
  removeTempDirs();
});
afterAll(closeAgents);

type Entry = Extract<SourceEntry, { method: 'figshare' }>;
const article = (number: number, rest: Partial<Entry> = {}): Entry => ({
  method: 'figshare',
  article: String(number),
  ...rest,
});
const failure = (entry: Entry, more: Record<string, string> = {}) =>
  resolve(entry, { ...env, ...more }).then(
    () => expect.unreachable('it should have failed'),
    (error: MeddsError) => error,
  );

describe('locators', () => {
  test.each<[string, object]>([
    ['figshare:10042703', { article: '10042703' }],
    ['figshare:10042703.v5', { article: '10042703', version: 5 }],
    ['figshare:c.123', { collection: '123' }],
    ['doi:10.6084/m9.figshare.10042703.v5', { article: '10042703', version: 5 }],
    ['doi:10.6084/m9.figshare.c.123456.v2', { collection: '123456' }],
    ['https://figshare.com/articles/dataset/Some_title/10042703/5', { article: '10042703', version: 5 }],
    ['https://figshare.com/articles/Some_title/10042703?file=1', { article: '10042703' }],
    ['https://smithsonian.figshare.com/articles/dataset/Bay_of_Panama/10042703', { article: '10042703' }],
    ['https://kilthub.cmu.edu/articles/dataset/Some_title/10042703/1', { article: '10042703', version: 1 }],
    ['https://figshare.com/collections/Some_title/123456/2', { collection: '123456' }],
    ['https://figshare.com/ndownloader/files/44937931', { file: '44937931' }],
    ['https://ndownloader.figshare.com/files/44937931', { file: '44937931' }],
    ['https://api.figshare.com/v2/file/download/44937931', { file: '44937931' }],
  ])('%s', (typed, expected) => {
    expect(figshare.locate?.(typed)?.entry).toEqual({ method: 'figshare', ...expected });
  });

  test.each([
    'https://www.nature.com/articles/s41586-020-1234',
    'https://example.org/articles/Some_title/10042703',
    'https://ndownloader.figshare.com/files/44937931?private_link=abc',
    'zenodo:1',
  ])('%s is left to others', (typed) => {
    expect(figshare.locate?.(typed)).toBeUndefined();
  });

  test.each(['figshare:', 'figshare:abc', 'figshare:1.v0', 'https://figshare.com/s/a1b2c3'])(
    '%s names nothing that could be listed',
    (typed) => {
      expect(() => figshare.locate?.(typed)).toThrow(
        expect.objectContaining({ exitCode: 2, hint: expect.any(String) }),
      );
    },
  );
});

describe('articles', () => {
  test('have names, sizes, a licence and the md5 that Figshare computed, or else the one it was given', async () => {
    await host.addArticle({
      id: 1,
      title: 'Phantoms',
      files: [
        { name: 'a.zip', content: 'A' },
        { name: 'b.mp4', content: 'BB', computed: '' },
      ],
    });
    const resolution = await resolve(article(1), env);
    expect(resolution).toMatchObject({
      label: 'Figshare 1.v1',
      revision: 'figshare:1.v1',
      doi: '10.6084/m9.figshare.1.v1',
      title: 'Phantoms',
      license: { name: 'CC BY 4.0', spdx: 'CC-BY-4.0', url: 'https://creativecommons.org/licenses/by/4.0/' },
      notes: [],
    });
    expect(resolution.files).toMatchObject([
      { path: 'a.zip', size: 1, checksums: [`md5:${await digestOf(bytes('A'), 'md5')}`], unpack: true, into: '' },
      { path: 'b.mp4', size: 2, checksums: [`md5:${await digestOf(bytes('BB'), 'md5')}`] },
    ]);
  });

  test('files of one name, in folders or not, each have a path', async () => {
    await host.addArticle({
      id: 1,
      files: [
        { name: 'a.csv', content: '1' },
        { name: 'a.csv', content: '2' },
        { name: 'a.csv', content: '3', folder: 'more/deep' },
      ],
    });
    const paths = (await resolve(article(1), env)).files.map(({ path }) => path);
    expect(paths).toEqual([
      expect.stringMatching(/^a \(\d+\)\.csv$/),
      expect.stringMatching(/^a \(\d+\)\.csv$/),
      'more/deep/a.csv',
    ]);
  });

  test('are chosen from, and placed, by the registry', async () => {
    await host.addArticle({ id: 1, files: ['a.txt', 'b.txt', 'c.csv'].map((name) => ({ name, content: name })) });
    const rules = {
      include: ['*.txt'],
      exclude: ['b*'],
      place: [{ from: '{name}.txt', to: '{name}/note.txt' }],
    };
    expect((await resolve(article(1, rules), env)).files).toMatchObject([{ path: 'a/note.txt' }]);
    const named = { files: [{ path: 'c.csv', checksum: 'md5:00000000000000000000000000000000' }] };
    expect(await failure(article(1, named))).toMatchObject({ exitCode: 6 });
    expect(await failure(article(1, { files: [{ path: 'd.csv' }] }))).toMatchObject({
      exitCode: 3,
      hint: expect.stringContaining('a.txt, b.txt, c.csv'),
    });
  });

  test('a pinned version stays, and its successor is told of', async () => {
    await host.addArticle({ id: 1, files: [{ name: 'old.txt', content: 'old' }] });
    await host.addArticle({ id: 1, files: [{ name: 'new.txt', content: 'new' }] });
    const pinned = await resolve(article(1, { version: 1 }), env);
    expect(pinned.files).toMatchObject([{ path: 'old.txt' }]);
    expect(pinned.notes).toEqual(['Figshare has version 2 of this article; version 1 is what is fetched.']);
    expect(await resolve(article(1, { version: 2 }), env)).toMatchObject({ notes: [] });
    expect((await resolve(article(1), env)).files).toMatchObject([{ path: 'new.txt' }]);
    expect(await failure(article(1, { version: 3 }))).toMatchObject({ exitCode: 3, hint: 'Its newest version is 2.' });
  });

  test('whose list is cut short go on in pages', async () => {
    const files = Array.from({ length: 2100 }, (_, number) => ({ name: `${number}.txt`, content: 'x' }));
    await host.addArticle({ id: 1, files, listed: 10 });
    expect((await resolve(article(1), env)).files).toHaveLength(2100);
    expect(host.requestsOf('/v2/articles/1/files')).toHaveLength(3);
  });

  test('links to other places are left out and told of; only links are for a person', async () => {
    const link = { name: 'elsewhere', link: 'https://example.org/data?key=secret' };
    await host.addArticle({ id: 1, files: [{ name: 'a.txt', content: 'A' }, link] });
    expect(await resolve(article(1), env)).toMatchObject({
      files: [{ path: 'a.txt' }],
      notes: ['Left out, as they are only links to other places: elsewhere.'],
    });
    await host.addArticle({ id: 2, files: [link] });
    expect(await failure(article(2))).toMatchObject({ exitCode: 4, url: 'https://example.org/data?…' });
  });

  test.each<['embargoed' | 'confidential' | 'metadata' | 'no-download' | 'public', number, RegExp]>([
    ['embargoed', 4, /under embargo until 2028-01-31/],
    ['confidential', 4, /confidential/],
    ['no-download', 4, /not for download/],
    ['metadata', 3, /only describes data/],
    ['public', 3, /holds no files/],
  ])('%s, and without files: exit code %i', async (state, exitCode, message) => {
    const files = state === 'embargoed' || state === 'no-download' ? [{ name: 'a.zip', content: 'A' }] : [];
    await host.addArticle({ id: 1, state, files });
    expect(await failure(article(1))).toMatchObject({ exitCode, message: expect.stringMatching(message) });
  });

  test('that are not there: exit code 3, with a hint at collections', async () => {
    expect(await failure(article(9))).toMatchObject({ exitCode: 3, hint: expect.stringContaining('figshare:c.9') });
  });

  test('a firewall in place of the API: exit code 5, whatever its status', async () => {
    const page = { body: '<html><title>403 Forbidden</title></html>', headers: { 'content-type': 'text/html' } };
    host.misbehave('/v2/articles/1', {
      status: 202,
      body: '',
      headers: { 'x-amzn-waf-action': 'challenge' },
      times: 1,
    });
    host.misbehave('/v2/articles/1', { status: 403, ...page });
    for (let tries = 0; tries < 2; tries++) {
      expect(await failure(article(1))).toMatchObject({
        exitCode: 5,
        message: expect.stringContaining('turns programs away'),
      });
    }
  });
});

describe('collections', () => {
  beforeEach(async () => {
    await host.addArticle({ id: 1, title: 'Scans / all', files: [{ name: 'a.zip', content: 'A' }] });
    await host.addArticle({ id: 2, title: 'Masks', files: [{ name: 'a.zip', content: 'B' }] });
    host.addCollection(88, [1, 2, 1], 'Both');
  });

  test('have each article in a folder of its own', async () => {
    const resolution = await resolve({ method: 'figshare', collection: '88' }, env);
    expect(resolution).toMatchObject({ label: 'Figshare collection 88', title: 'Both', revision: 'figshare:c.88.v1' });
    expect(resolution.files.map(({ path, unpack }) => [path, unpack])).toEqual([
      ['Scans _ all (1)/a.zip', false],
      ['Masks (2)/a.zip', false],
    ]);
  });

  test('that are not there: exit code 3', async () => {
    expect(await failure({ method: 'figshare', collection: '89' })).toMatchObject({ exitCode: 3 });
  });
});

describe('single files', () => {
  test('are named and measured by what is downloaded', async () => {
    await host.addArticle({ id: 1, files: [{ name: 'scan 1.bin', content: noise(5000) }] });
    const file = host.fileId(1, 'scan 1.bin');
    const resolution = await resolve({ method: 'figshare', file }, env);
    expect(resolution).toMatchObject({ title: 'scan 1.bin', files: [{ path: 'scan 1.bin', size: 5000 }] });
    const { result } = fetchInto(`https://ndownloader.figshare.com/files/${file}`, env);
    expect(Object.keys(await treeOf((await result).path))).toEqual(['scan 1.bin']);
  });

  test('that are not there: exit code 3', async () => {
    expect(await failure({ method: 'figshare', file: '1' })).toMatchObject({ exitCode: 3 });
  });
});

describe('bytes', () => {
  const content = noise(12_000_000, 'figshare');
  const secret = { FIGSHARE_TOKEN: 'secret' };

  beforeEach(() => host.addArticle({ id: 1, files: [{ name: 'a.bin', content }] }));

  test('are asked for at the API, with the token there and nowhere else', async () => {
    const request = await requestOf(await resolve(article(1), { ...env, ...secret }), 'a.bin');
    const file = host.fileId(1, 'a.bin');
    expect(request).toEqual({
      url: `${host.origin}/v2/file/download/${file}`,
      credentials: { authorization: 'token secret' },
    });
    const { result, told } = fetchInto(article(1), { ...env, ...secret });
    await result;
    expect(JSON.stringify(told)).not.toContain('secret');
    // The stand-in's store would have noted a token as a violation.
    expect(host.takeViolations()).toEqual([]);
  });

  test('come from the open host when a firewall shuts the API', async () => {
    const file = host.fileId(1, 'a.bin');
    host.misbehave(`/v2/file/download/${file}`, {
      status: 202,
      body: '',
      headers: { 'x-amzn-waf-action': 'challenge' },
    });
    const { result } = fetchInto(article(1), env);
    expect(await result).toMatchObject({ outcome: 'fetched' });
    expect(host.requestsOf(`/files/${file}`).length).toBeGreaterThan(0);
  });

  test('are looked for once, not for each file', async () => {
    const files = Array.from({ length: 20 }, (_, number) => ({ name: `${number}.txt`, content: String(number) }));
    await host.addArticle({ id: 2, files });
    await fetchInto(article(2), env).result;
    const asked = host.requests.filter(({ path }) => path.startsWith('/v2/file/download/'));
    expect(asked).toHaveLength(files.length + 1);
  });

  test('go on by a new link when the old one has expired', async () => {
    const stored = host.store.path(host.fileId(1, 'a.bin'));
    // The first looks, the second is cut, the third comes too late.
    host.misbehave(stored, { skip: 1, times: 1, cutAt: 5_000_000 });
    host.misbehave(stored, { skip: 2, times: 1, status: 403, body: 'Request has expired' });
    const { result } = fetchInto(article(1), env, { connections: 1 });
    expect(await result).toMatchObject({ outcome: 'fetched' });
    expect(host.bytesSent(stored)).toBeLessThan(content.size * 1.2);
    expect(host.requests.filter(({ path }) => path.startsWith('/v2/file/download/')).length).toBeGreaterThan(2);
  });
});

describe('tokens', () => {
  beforeEach(() => host.addArticle({ id: 7, state: 'private', files: [{ name: 'mine.txt', content: 'mine' }] }));

  test.each(['FIGSHARE_TOKEN', 'FIGSHARE_API_TOKEN'])('from %s open what is one’s own', async (name) => {
    const { result } = fetchInto(article(7), { ...env, [name]: 'secret' });
    expect(Object.keys(await treeOf((await result).path))).toEqual(['mine.txt']);
    expect(await failure(article(7))).toMatchObject({ exitCode: 3, hint: expect.stringContaining('FIGSHARE_TOKEN') });
  });

  test('from medds login, which tries them', async () => {
    const kept = { ...env, MEDDS_CONFIG_DIR: tempDir('config') };
    await expect(logIn('figshare', 'wrong', { env: kept })).rejects.toMatchObject({ exitCode: 4 });
    expect(await logIn('figshare', 'secret', { env: kept })).toMatchObject({ checked: true });
    expect((await resolve(article(7), kept)).files).toHaveLength(1);
  });

  test('that are not accepted: exit code 4, and not shown', async () => {
    await host.addArticle({ id: 1, files: [{ name: 'a.txt', content: 'A' }] });
    const error = await failure(article(1), { FIGSHARE_TOKEN: 'wrong-token' });
    expect(error).toMatchObject({ exitCode: 4, hint: expect.stringContaining('FIGSHARE_TOKEN') });
    expect(`${error.message} ${error.hint}`).not.toContain('wrong-token');
  });
});

test('the registry’s own entries come to the files that they name', async () => {
  const { datasets } = await loadRegistry({});
  const entries = datasets.flatMap(({ sources }) => sources).filter((source) => source.method === 'figshare');
  expect(entries.length).toBeGreaterThan(0);
  for (const entry of entries) {
    // Checksums that the host would tell too are those of the real files.
    const named = entry.files?.map(({ checksum, ...facts }) =>
      String(checksum).startsWith('md5:') ? facts : { checksum, ...facts },
    );
    const files = (named ?? []).map(({ path: name }) => ({ name, content: `not ${name}` }));
    await host.addArticle({ id: Number(entry.article), version: entry.version ?? 1, files });
    const resolution = await resolve({ ...entry, ...(named === undefined ? {} : { files: named }) }, env);
    expect(resolution.files.map(({ path }) => path)).toEqual(files.map(({ name }) => name));
    expect(resolution.files.every(({ checksums }) => checksums.length > 0)).toBe(true);
  }
});
