import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { logIn, type MeddsError } from '../../src/index.js';
import { loadRegistry } from '../../src/registry/load.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { osf } from '../../src/sources/osf.js';
import { bytes, digestOf, noise } from '../hosts/content.js';
import { refuse } from '../hosts/misbehaviour.js';
import { type OsfHost, startOsf } from '../hosts/osf.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { closeAgents, fetchInto, requestOf, resolve } from './resolving.js';

let host: OsfHost;
let env: Record<string, string>;

beforeEach(async () => {
  host = await startOsf({ tokens: ['secret'] });
  env = host.env;
});
afterEach(async () => {
  await host.close();
  removeTempDirs();
});
afterAll(closeAgents);

type Entry = Extract<SourceEntry, { method: 'osf' }>;
const node = (id: string, rest: Partial<Entry> = {}): Entry => ({ method: 'osf', node: id, ...rest });
const pathsOf = async (source: Entry, more = {}) =>
  (await resolve(source, { ...env, ...more })).files.map(({ path }) => path);
const failure = (source: Entry, more: Record<string, string> = {}) =>
  resolve(source, { ...env, ...more }).then(
    () => expect.unreachable('it should have failed'),
    (error: MeddsError) => error,
  );

describe('locators', () => {
  test.each([
    ['osf:F3SZH', 'f3szh'],
    ['doi:10.17605/OSF.IO/F3SZH', 'f3szh'],
    ['https://osf.io/f3szh', 'f3szh'],
    ['https://osf.io/f3szh/files/', 'f3szh'],
    ['https://osf.io/f3szh/wiki/home/?view_only=', 'f3szh'],
    ['https://osf.io/f3szh/files/osfstorage/68d5cdadcfbda77f33b8f6eb', '68d5cdadcfbda77f33b8f6eb'],
    ['https://osf.io/download/f23vk/', 'f23vk'],
    ['https://osf.io/registries/osf/f3szh', 'f3szh'],
    ['https://api.osf.io/v2/nodes/f3szh/files/', 'f3szh'],
  ])('%s', (typed, id) => {
    expect(osf.locate?.(typed)?.entry).toEqual(node(id));
  });

  test.each(['https://osf.io/preprints/psyarxiv/abcde', 'https://osf.io/', 'https://example.org/f3szh'])(
    '%s is left to others',
    (typed) => {
      expect(osf.locate?.(typed)).toBeUndefined();
    },
  );

  test.each(['osf:', 'osf:abc', 'osf:a/b'])('%s names nothing', (typed) => {
    expect(() => osf.locate?.(typed)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});

describe('projects', () => {
  test('have their folders, sizes and checksums, a title and a licence', async () => {
    const url = 'https://creativecommons.org/licenses/by/4.0/legalcode';
    await host.addNode({
      id: 'abc12',
      title: 'Phantoms',
      license: { name: 'CC-By Attribution 4.0 International', url },
      files: { 'scans/sub 1/a.nii.gz': 'scan', 'labels.csv': 'a,b\n' },
    });
    const resolution = await resolve(node('abc12'), env);
    expect(resolution).toMatchObject({
      label: 'OSF abc12',
      revision: 'osf:abc12@2026-03-17T16:11:35.721000',
      title: 'Phantoms',
      license: { name: 'CC-By Attribution 4.0 International', spdx: 'CC-BY-4.0', url },
      notes: [],
    });
    const [sha256, md5] = [await digestOf(bytes('scan'), 'sha256'), await digestOf(bytes('scan'), 'md5')];
    expect(resolution.files).toMatchObject([
      { path: 'labels.csv', size: 4 },
      { path: 'scans/sub 1/a.nii.gz', size: 4, checksums: [`sha256:${sha256}`, `md5:${md5}`], unpack: false },
    ]);
  });

  test('have their components in folders, and those of one name apart', async () => {
    await host.addNode({ id: 'abc12', files: { 'Masks/old.txt': 'old' } });
    await host.addNode({ id: 'chil1', parent: 'abc12', title: 'Masks', files: { 'm.txt': 'm' } });
    await host.addNode({ id: 'chil2', parent: 'abc12', title: 'a/b', files: { 'n.txt': 'n' } });
    await host.addNode({ id: 'chil3', parent: 'chil2', title: 'Deep', files: { 'o.txt': 'o' } });
    await host.addNode({ id: 'chil4', parent: 'abc12', title: 'Secret', state: 'private', files: { 'p.txt': 'p' } });
    const own = /^Masks \([0-9a-f]{24}\)\/old\.txt$/;
    expect(await pathsOf(node('abc12'))).toEqual([
      expect.stringMatching(own),
      'Masks (chil1)/m.txt',
      'a_b/n.txt',
      'a_b/Deep/o.txt',
    ]);
    expect(await pathsOf(node('abc12', { components: false }))).toEqual(['Masks/old.txt']);
    expect(await pathsOf(node('abc12'), { OSF_TOKEN: 'secret' })).toContain('Secret/p.txt');
  });

  test('have what add-ons keep in folders; one that does not answer is left out and told of', async () => {
    await host.addNode({
      id: 'abc12',
      files: { 'a.txt': 'a' },
      addons: { github: { 'src/run me.py': 'print()\n' }, dropbox: null },
    });
    const resolution = await resolve(node('abc12'), env);
    expect(resolution.files).toMatchObject([
      { path: 'a.txt', checksums: [expect.anything(), expect.anything()] },
      { path: 'github/src/run me.py', checksums: [] },
    ]);
    expect(resolution.notes).toEqual([expect.stringMatching(/^Left out: what OSF abc12 keeps at dropbox/)]);
    const { result } = fetchInto(node('abc12'), env);
    expect(await treeOf((await result).path)).toMatchObject({ 'github/src/run me.py': { size: 8 } });
  });

  test('are chosen from, and placed, by the registry', async () => {
    await host.addNode({ id: 'abc12', files: { 'in/a.zip': 'a', 'in/b.zip': 'b', 'c.txt': 'c' } });
    const rules = { include: ['in/*'], exclude: ['**/b*'], place: [{ from: 'in/{name}.zip', to: '{name}/all.zip' }] };
    expect(await pathsOf(node('abc12', rules))).toEqual(['a/all.zip']);
    const named = { files: [{ path: 'c.txt', size: 2 }] };
    expect(await failure(node('abc12', named))).toMatchObject({ exitCode: 6 });
  });

  test('of many files and folders are listed by pages of a hundred, a few at a time', async () => {
    const files = Object.fromEntries(Array.from({ length: 950 }, (_, at) => [`${at % 4}/${at}.txt`, '']));
    await host.addNode({ id: 'abc12', files });
    expect(await pathsOf(node('abc12'), { OSF_TOKEN: 'secret' })).toHaveLength(950);
    // Two for the id, one for the storages, for the root and for the components; three for each folder.
    expect(host.requests).toHaveLength(5 + 4 * 3);
    expect(host.peak).toBeLessThanOrEqual(2);
  });

  test('registrations are read as projects are', async () => {
    await host.addNode({ id: 'regis', type: 'registrations', files: { 'Archive of OSF Storage/a.txt': 'a' } });
    const { result } = fetchInto('osf:regis', env);
    expect(Object.keys(await treeOf((await result).path))).toEqual(['Archive of OSF Storage/a.txt']);
  });

  test('without files: exit code 3', async () => {
    await host.addNode({ id: 'empty' });
    expect(await failure(node('empty'))).toMatchObject({ exitCode: 3, message: 'OSF empty holds no files' });
    await host.addNode({ id: 'paper', type: 'preprints' });
    host.misbehave('/v2/guids/paper/', {
      status: 200,
      body: JSON.stringify({ data: { id: 'paper', type: 'preprints' } }),
    });
    expect(await failure(node('paper'))).toMatchObject({ exitCode: 3, message: expect.stringContaining('preprints') });
  });
});

describe('single files', () => {
  beforeEach(async () => {
    await host.addNode({ id: 'abc12', files: { 'deep/scan.bin': noise(5000) } });
    host.lookAt('abc12', 'deep/scan.bin', 'f23vk');
  });

  test('by their short and by their long id', async () => {
    const long = host.fileId('abc12', 'deep/scan.bin');
    for (const id of ['f23vk', long]) {
      expect(await resolve(node(id), env)).toMatchObject({
        revision: `osf:${id}@1`,
        title: 'scan.bin',
        files: [{ path: 'scan.bin', size: 5000, unpack: true }],
      });
    }
    const { result } = fetchInto('https://osf.io/f23vk/', env);
    expect(Object.keys(await treeOf((await result).path))).toEqual(['scan.bin']);
  });
});

describe('what is not given', () => {
  test('private projects: exit code 4, with the steps to a token', async () => {
    await host.addNode({ id: 'abc12', state: 'private', files: { 'a.txt': 'a' } });
    const error = await failure(node('abc12'));
    expect(error).toMatchObject({
      exitCode: 4,
      url: 'https://osf.io/abc12/',
      message: expect.stringContaining('Authentication credentials were not provided.'),
      steps: [expect.anything(), expect.stringContaining('settings/tokens'), expect.stringContaining('OSF_TOKEN')],
    });
  });

  test('a token that is not accepted: exit code 4, and not shown', async () => {
    await host.addNode({ id: 'abc12' });
    const error = await failure(node('abc12'), { OSF_TOKEN: 'wrong-token' });
    expect(error).toMatchObject({ exitCode: 4, message: expect.stringContaining('also with your token') });
    expect(JSON.stringify(error)).not.toContain('wrong-token');
  });

  test('what was deleted, or was never there: exit code 3', async () => {
    await host.addNode({ id: 'gone1', state: 'deleted' });
    expect(await failure(node('gone1'))).toMatchObject({ exitCode: 3, message: expect.stringContaining('deleted') });
    expect(await failure(node('zzzz9'))).toMatchObject({ exitCode: 3, message: 'There is no OSF zzzz9: Not found.' });
  });

  test('guests who have asked too often: exit code 5, and told of tokens', async () => {
    const strict = await startOsf({ guests: 2 });
    await strict.addNode({ id: 'abc12', files: { 'a.txt': 'a' } });
    const error = await resolve(node('abc12'), strict.env).catch((thrown: MeddsError) => thrown);
    expect(error).toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('it asks to wait 3000 s'),
      hint: expect.stringContaining('OSF_TOKEN'),
    });
    await strict.close();
  });

  test('links that lead elsewhere are not followed, and circles end', async () => {
    await host.addNode({ id: 'abc12' });
    const data = (next: string) => JSON.stringify({ data: [], links: { next } });
    host.misbehave('/v2/nodes/abc12/files/', { status: 200, body: data('https://example.org/v2/'), times: 1 });
    expect(await failure(node('abc12'), { OSF_TOKEN: 'secret' })).toMatchObject({
      exitCode: 5,
      message: 'OSF lists something at https://example.org/v2/, which is not its own',
    });
    const circle = host.url('/v2/nodes/abc12/files/?page=2');
    host.misbehave('/v2/nodes/abc12/files/', { status: 200, body: data(circle) });
    expect(await failure(node('abc12'))).toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('in a circle'),
    });
  });
});

describe('bytes', () => {
  const content = noise(12_000_000, 'osf');
  beforeEach(() => host.addNode({ id: 'abc12', state: 'private', files: { 'a b.bin': content } }));
  const token = { OSF_TOKEN: 'secret' };

  test('are asked for in the version that was listed, with the token there and nowhere else', async () => {
    const request = await requestOf(await resolve(node('abc12'), { ...env, ...token }), 'a b.bin');
    const file = host.fileId('abc12', 'a b.bin');
    expect(request).toEqual({
      url: `${host.origin}/v1/resources/abc12/providers/osfstorage/${file}?version=1`,
      credentials: { authorization: 'Bearer secret' },
    });
    const { result, told } = fetchInto(node('abc12'), { ...env, ...token });
    await result;
    expect(JSON.stringify(told)).not.toContain('secret');
    // The stand-in's store would have noted a token as a violation.
    expect(host.takeViolations()).toEqual([]);
  });

  test('are waited for as long as the file service asks, which gives a time and not a number of seconds', async () => {
    const file = `/v1/resources/abc12/providers/osfstorage/${host.fileId('abc12', 'a b.bin')}`;
    const past = String(Math.floor(Date.now() / 1000) - 60);
    host.misbehave(file, { ...refuse(429, { retryAfter: past }), times: 1 });
    const { result } = fetchInto(node('abc12'), { ...env, ...token });
    expect(await result).toMatchObject({ outcome: 'fetched' });
    expect(host.requestsOf(file).length).toBeGreaterThan(1);
  });

  test('go on by a new link when the old one has expired', async () => {
    const stored = host.storedPath('abc12', 'a b.bin');
    // The first is cut, the second comes too late.
    host.misbehave(stored, { times: 1, cutAt: 5_000_000 });
    host.misbehave(stored, { skip: 1, times: 1, status: 403, body: 'Request has expired' });
    const { result } = fetchInto(node('abc12'), { ...env, ...token }, { connections: 1 });
    expect(await result).toMatchObject({ outcome: 'fetched' });
    expect(host.bytesSent(stored)).toBeLessThan(content.size * 1.2);
  });
});

describe('tokens', () => {
  beforeEach(() => host.addNode({ id: 'abc12', state: 'private', files: { 'a.txt': 'a' } }));

  test.each(['OSF_TOKEN', 'OSF_PAT'])('from %s', async (name) => {
    expect(await pathsOf(node('abc12'), { [name]: 'secret' })).toEqual(['a.txt']);
  });

  test('from medds login, which tries them', async () => {
    const kept = { ...env, MEDDS_CONFIG_DIR: tempDir('config') };
    await expect(logIn('osf', 'wrong', { env: kept })).rejects.toMatchObject({ exitCode: 4 });
    expect(await logIn('osf', 'secret', { env: kept })).toMatchObject({ checked: true });
    expect(await pathsOf(node('abc12'), kept)).toEqual(['a.txt']);
  });
});

test('the registry’s own entries come to what lies there', async () => {
  const { datasets } = await loadRegistry({});
  const entries = datasets.flatMap(({ sources }) => sources).filter((source) => source.method === 'osf');
  expect(entries.length).toBeGreaterThan(0);
  for (const entry of entries) {
    // What lies there was not seen, so any tree will do.
    await host.addNode({ id: entry.node, files: { 'volumes/all.tar.gz': 'volumes', 'README.txt': 'read me' } });
    expect(await pathsOf(entry)).toEqual(['README.txt', 'volumes/all.tar.gz']);
  }
});
