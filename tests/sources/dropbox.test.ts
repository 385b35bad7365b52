import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadRegistry } from '../../src/registry/load.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { dropbox } from '../../src/sources/dropbox.js';
import { buildZip } from '../archive/build-zip.js';
import { noise } from '../hosts/content.js';
import { type DropboxHost, startDropbox } from '../hosts/dropbox.js';
import { removeTempDirs } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { closeAgents, fetchInto, requestOf, resolve } from './resolving.js';

type Entry = Extract<SourceEntry, { method: 'dropbox' }>;

const WWW = 'https://www.dropbox.com';
const NEW = '/scl/fi/key1/scans.bin';
const OLD = '/s/key2/l%C3%A4bels.csv';
const FOLDER = '/sh/key3/token3';

let host: DropboxHost;
let env: Record<string, string>;

beforeEach(async () => {
  host = await startDropbox();
  env = { MEDDS_ENDPOINT_DROPBOX: host.origin };
  host.share(NEW, noise(5000), { rlkey: 'rl1' });
  host.share(decodeURI(OLD), 'a,b\n');
  host.share(FOLDER, folderZip(), { isFolder: true });
});
afterEach(async () => {
  await host.close();
  removeTempDirs();
});
afterAll(closeAgents);

/** A folder's zip, made while it is sent: sizes stand behind the data. */
function folderZip(more: Parameters<typeof buildZip>[0] = []): Buffer {
  return buildZip([
    ...more,
    { name: 'images/a.png', data: 'A', deflate: true, descriptor: true },
    { name: 'read me.txt', data: 'read', deflate: true, descriptor: true },
  ]);
}

const files = (...links: (string | Entry['files'][number])[]): Entry => ({
  method: 'dropbox',
  files: links.map((link) => (typeof link === 'string' ? { url: `${WWW}${link}` } : link)),
});

describe('locators', () => {
  test.each([
    [`${WWW}${NEW}?rlkey=rl1&st=x&dl=0#top`, 'key1', 'scans.bin', `${WWW}${NEW}?rlkey=rl1&st=x&dl=0`],
    [`${WWW}${OLD}`, 'key2', 'läbels.csv', `${WWW}${OLD}`],
    [`https://dropbox.com/s/dl/key2/a.zip`, 'key2', 'a.zip', 'https://dropbox.com/s/dl/key2/a.zip'],
    [
      'https://dl.dropboxusercontent.com/s/key2/a.zip',
      'key2',
      'a.zip',
      'https://dl.dropboxusercontent.com/s/key2/a.zip',
    ],
    [`${WWW}${FOLDER}?dl=0`, 'key3', 'Dropbox key3', `${WWW}${FOLDER}?dl=0`],
    [`${WWW}/scl/fo/key4/token4/in/side?rlkey=rl4`, 'key4', 'side', `${WWW}/scl/fo/key4/token4/in/side?rlkey=rl4`],
  ])('%s', (typed, id, name, url) => {
    expect(dropbox.locate?.(typed)).toEqual({
      id: `dropbox-${id}`,
      name,
      entry: { method: 'dropbox', files: [{ url }] },
    });
  });

  test.each([
    'https://app.box.com/s/abc',
    'https://uc1.dl.dropboxusercontent.com/cd/0/get/x/file',
    'zenodo:1',
    'dropbox',
  ])('%s is not of Dropbox', (typed) => expect(dropbox.locate?.(typed)).toBeUndefined());

  test.each([`${WWW}/home/data`, 'https://dl.dropboxusercontent.com/u/1/a.zip'])('%s is no shared link', (typed) => {
    expect(() => dropbox.locate?.(typed)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});

describe('files', () => {
  test('are named by their link, measured by Dropbox, and asked for with dl=1', async () => {
    const resolution = await resolve(files(`${NEW}?rlkey=rl1&st=x&dl=0`, `${OLD}?raw=1`), env);
    expect(resolution).toMatchObject({
      label: 'Dropbox scans.bin and 1 more',
      notes: [],
      files: [
        { path: 'scans.bin', size: 5000, checksums: [], unpack: true, into: '' },
        { path: 'läbels.csv', size: 4 },
      ],
    });
    expect(await requestOf(resolution, 'scans.bin')).toEqual({
      url: `${host.origin}${NEW}?rlkey=rl1&st=x&dl=1`,
    });
    expect(await requestOf(resolution, 'läbels.csv')).toEqual({ url: `${host.origin}${OLD}?dl=1` });
  });

  test('that are known are not looked at before they are wanted, but for the first', async () => {
    const known = { url: `${WWW}${NEW}?rlkey=rl1`, path: 'deep/b.bin', size: 5000, into: 'x', unpack: false };
    const resolution = await resolve(files(OLD, known), env);
    expect(resolution.files[1]).toMatchObject({ path: 'deep/b.bin', into: 'x', unpack: false });
    expect(host.requestsOf(NEW)).toHaveLength(0);
    await requestOf(resolution, 'deep/b.bin');
    expect(host.requestsOf(NEW)).toHaveLength(1);
  });

  test('without a name in the link have the one that Dropbox gives, or the id', async () => {
    host.share('/s/key9', 'bytes');
    expect((await resolve(files('/s/key9'), env)).files).toMatchObject([{ path: 'dropbox-key9', size: 5 }]);
    host.misbehave(host.bytesPath('/s/key9'), { headers: { 'content-disposition': 'attachment; filename="a.txt"' } });
    expect((await resolve(files('/s/key9'), env)).files).toMatchObject([{ path: 'a.txt' }]);
  });

  test('that are not what the registry knows are refused', async () => {
    const known = { url: `${WWW}${NEW}?rlkey=rl1`, path: 'b.bin', size: 4999 };
    await expect(resolve(files(known), env)).rejects.toMatchObject({ exitCode: 6 });
  });

  test('in a shared folder are files when their name has an ending', async () => {
    host.share('/sh/key3/token3/inner/part.nii.gz', 'bytes');
    host.share('/scl/fo/key4/token4/v1.5', folderZip(), { isFolder: true });
    const resolution = await resolve(files('/sh/key3/token3/inner/part.nii.gz', '/scl/fo/key4/token4/v1.5'), env);
    expect(resolution.files).toMatchObject([
      { path: 'part.nii.gz', size: 5 },
      { path: 'v1.5.zip', unpack: 'zip' },
    ]);
  });
});

describe('folders', () => {
  test('are zips that are asked for whole', async () => {
    const resolution = await resolve(files(`${FOLDER}?dl=0`), env);
    expect(resolution.files).toMatchObject([
      { path: 'dropbox-key3.zip', unpack: 'zip', inspect: expect.any(Function) },
    ]);
    expect(resolution.files[0]).not.toHaveProperty('size');
    expect(await requestOf(resolution, 'dropbox-key3.zip')).toEqual({
      url: `${host.origin}${FOLDER}?dl=1`,
      ranges: false,
    });
  });

  test('land as their tree', async () => {
    const { result } = fetchInto(files(FOLDER), env);
    expect(Object.keys(await treeOf((await result).path)).sort()).toEqual(['images/a.png', 'read me.txt']);
  });

  // Dropbox's zips hold one (github.com/libarchive/libarchive issue 982).
  test('whose zip holds a folder named / land as well', async () => {
    host.share(FOLDER, folderZip([{ name: '/' }]), { isFolder: true });
    const { result } = fetchInto(files(FOLDER), env);
    expect(Object.keys(await treeOf((await result).path))).toHaveLength(2);
  });

  test('that end early are asked for again', async () => {
    const path = host.bytesPath(FOLDER);
    host.misbehave(path, { body: folderZip().subarray(0, 100), framing: 'close', times: 1 });
    const { result } = fetchInto(files(FOLDER), env);
    expect(Object.keys(await treeOf((await result).path))).toHaveLength(2);
    expect(host.requestsOf(path)).toHaveLength(2);
  });
});

describe('refusals', () => {
  const LINKS = [
    ['a file', decodeURI(OLD)],
    ['a folder', FOLDER],
  ] as const;

  describe.each(LINKS)('%s', (_, link) => {
    test.each<['password' | 'private' | 'deleted' | 'restricted' | 'traffic', object]>([
      ['password', { exitCode: 4, message: expect.stringContaining('protected by a password') }],
      ['private', { exitCode: 4, message: expect.stringContaining('invited people only') }],
      ['deleted', { exitCode: 3, message: expect.stringContaining('is gone') }],
      ['restricted', { exitCode: 3, message: expect.stringContaining('is gone') }],
      ['traffic', { code: 'QUOTA', exitCode: 5, hint: expect.stringMatching(/in a day.*--source/) }],
    ])('that is %s', async (state, error) => {
      host.become(link, state);
      await expect(resolve(files(encodeURI(link)), env)).rejects.toMatchObject(error);
    });

    test('that never was', async () => {
      const gone = link.replace(/key\d/, 'gone');
      await expect(resolve(files(encodeURI(gone)), env)).rejects.toMatchObject({ exitCode: 3 });
    });

    test.each<[number, object]>([
      [400, { exitCode: 3 }],
      [403, { exitCode: 4 }],
      [404, { exitCode: 3 }],
      [500, { exitCode: 5, code: 'NETWORK' }],
      [509, { exitCode: 5, code: 'QUOTA' }],
    ])('that is answered with %i', async (status, error) => {
      host.misbehave('*', { status });
      await expect(resolve(files(encodeURI(link)), env)).rejects.toMatchObject(error);
    });
  });

  test('a page in place of a file is not the file, and tells what it says', async () => {
    const body = '<html><title>Dropbox</title>Scanning for viruses</html>';
    host.misbehave(NEW, { status: 200, body, headers: { 'content-type': 'text/html' } });
    await expect(resolve(files(`${NEW}?rlkey=rl1`), env)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('Scanning for viruses'),
    });
  });

  test('a folder whose page is empty is not there', async () => {
    host.misbehave(FOLDER, { status: 200, body: '' });
    await expect(resolve(files(FOLDER), env)).rejects.toMatchObject({ exitCode: 5 });
  });

  test('what only a person can open tells its page, with what opens it, and the steps', async () => {
    host.become(NEW, 'password');
    const failure = await resolve(files(`${NEW}?rlkey=rl1&dl=1`), env).catch((error) => error);
    expect(failure).toMatchObject({
      url: `${host.origin}${NEW}?rlkey=rl1&dl=0`,
      steps: [expect.stringContaining('?rlkey=rl1'), expect.stringContaining('medds import')],
    });
    expect(failure.message).not.toContain('rl1');
  });

  test('a link without its rlkey is told of', async () => {
    await expect(resolve(files(NEW), env)).rejects.toMatchObject({
      exitCode: 4,
      steps: expect.arrayContaining([expect.stringContaining('rlkey')]),
    });
  });

  test('what is no shared link: exit code 2', async () => {
    await expect(resolve(files('/home/data'), env)).rejects.toMatchObject({ exitCode: 2 });
  });
});

describe('fetching', () => {
  test('goes on with a new address when the old one has expired', async () => {
    const content = noise(24_000_000, 'dropbox');
    host.share('/s/key5/big.bin', content);
    const path = host.bytesPath('/s/key5/big.bin');
    // The first looks, the second is cut, and the address is good for none after it.
    host.misbehave(path, { skip: 1, times: 1, cutAt: 5_000_000 });
    host.misbehave(path, { skip: 2, status: 410, body: 'expired' });
    const { result } = fetchInto(files('/s/key5/big.bin'), env, { connections: 1 });
    await host.reached(path, 5_000_000);
    host.expire();
    expect(await result).toMatchObject({ outcome: 'fetched' });
    expect(host.bytesSent(path) + host.bytesSent(host.bytesPath('/s/key5/big.bin'))).toBeLessThan(content.size * 1.2);
  });

  test('a locator brings the file under its own name', async () => {
    const { result } = fetchInto(`${WWW}${NEW}?rlkey=rl1&dl=0`, env);
    expect(Object.keys(await treeOf((await result).path))).toEqual(['scans.bin']);
  });
});

describe('the bundled registry', async () => {
  const { datasets } = await loadRegistry({});
  const entries = datasets.flatMap(({ id, sources }) =>
    sources
      .filter((source): source is Entry => source.method === 'dropbox')
      .map((entry): [string, Entry] => [id, entry]),
  );

  test('there are some', () => expect(entries.length).toBeGreaterThan(2));

  test.each(entries)('%s', async (_, entry) => {
    for (const { url, path = '' } of entry.files) {
      const { pathname, searchParams } = new URL(url);
      // What has no name in its link is a folder.
      const isFolder = !pathname.includes('.');
      const rlkey = searchParams.get('rlkey');
      host.share(pathname, isFolder ? folderZip() : `contents of ${path}`, {
        isFolder,
        ...(rlkey === null ? {} : { rlkey }),
      });
    }
    // Sizes are those of the real files, which nobody wants to make here.
    const unsized = { ...entry, files: entry.files.map(({ size: _size, ...file }) => file) };
    const resolution = await resolve(unsized, env);
    expect(resolution.files.map(({ path }) => path)).toEqual(entry.files.map(({ path }) => path));
    for (const { request } of resolution.files) expect((await request()).url).toMatch(/dl=1$/);
  });
});
