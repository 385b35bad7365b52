import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadRegistry } from '../../src/registry/load.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { box } from '../../src/sources/box.js';
import { describeSource } from '../../src/sources/table.js';
import { type BoxHost, startBox } from '../hosts/box.js';
import { noise } from '../hosts/content.js';
import { removeTempDirs } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { closeAgents, fetchInto, fileOf, requestOf, resolve } from './resolving.js';

type Entry = Extract<SourceEntry, { method: 'box' }>;

const PAGE = 'https://hospital.app.box.com/s/tree';
const STATIC = 'https://hospital.box.com/shared/static/one.bin';

let host: BoxHost;
let env: Record<string, string>;

beforeEach(async () => {
  host = await startBox();
  env = { MEDDS_ENDPOINT_BOX: host.origin };
  host.addFolder({ id: 1, name: 'Phantoms & co' });
  host.addFile({ id: 11, name: 'a.nii.gz', parent: 1, content: 'A' });
  host.addFile({ id: 12, name: 'a.nii.gz', parent: 1, content: 'BB' });
  host.addFolder({ id: 2, name: 'ïnner {x}', parent: 1 });
  host.addFile({ id: 13, name: '"}{" <1>.txt', parent: 2, content: 'C' });
  host.addFile({ id: 100, name: 'ünique name.bin', content: noise(5000) });
  host.share(1, { sharedName: 'tree', vanity: 'Tree' });
  host.share(100, { sharedName: 'one', ending: '.bin' });
});
afterEach(async () => {
  await host.close();
  removeTempDirs();
});
afterAll(closeAgents);

const item = (url: string, rest: Partial<Entry> = {}): Entry => ({ method: 'box', item: { url }, ...rest });
const files = (...urls: string[]): Entry => ({ method: 'box', files: urls.map((url) => ({ url })) });

const TREE = ['a (11).nii.gz', 'a (12).nii.gz', 'ïnner {x}/"}{" <1>.txt'];

describe('locators', () => {
  test.each<[string, string, Entry]>([
    [PAGE, 'tree', item(PAGE)],
    ['https://box.com/v/Tree#top', 'Tree', item('https://box.com/v/Tree')],
    [`${PAGE}/folder/17?page=2`, '17', item(`${PAGE}/folder/17?page=2`)],
    [`${PAGE}/file/18`, '18', item(`${PAGE}/file/18`)],
    ['https://app.box.com/embed/s/tree', 'tree', item('https://app.box.com/embed/s/tree')],
    [STATIC, 'one.bin', files(STATIC)],
    [
      'https://x.ent.box.com/public/static/a%20b.zip',
      'a b.zip',
      files('https://x.ent.box.com/public/static/a%20b.zip'),
    ],
    [
      'https://app.box.com/index.php?rm=box_download_shared_file&shared_name=tree&file_id=f_13',
      'f_13',
      files('https://app.box.com/index.php?rm=box_download_shared_file&shared_name=tree&file_id=f_13'),
    ],
  ])('%s', (typed, name, entry) => {
    expect(box.locate?.(typed)).toEqual({ id: `box-${name}`, name: `Box ${name}`, entry });
  });

  test.each(['https://www.dropbox.com/s/abc/a.zip', 'https://support.box.com/hc/a.pdf', 'zenodo:1', 'box'])(
    '%s is not of Box',
    (typed) => expect(box.locate?.(typed)).toBeUndefined(),
  );

  test('what only its owner can open is no shared link', () => {
    expect(() => box.locate?.('https://app.box.com/folder/17')).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  test('an entry is described by its hosts', () => {
    expect(describeSource(files(STATIC, STATIC))).toBe('Box hospital.box.com');
    expect(describeSource(item(PAGE))).toBe('Box hospital.app.box.com');
  });
});

describe('files', () => {
  const INDEX = 'https://app.box.com/index.php?rm=box_download_shared_file&shared_name=tree&file_id=f_12';

  test.each([
    [STATIC, 'ünique name.bin', 5000, '/shared/static/one.bin'],
    [
      'https://hospital.box.com/s/one',
      'ünique name.bin',
      5000,
      '/index.php?rm=box_download_shared_file&shared_name=one&file_id=f_100',
    ],
    [INDEX, 'a.nii.gz', 2, '/index.php?rm=box_download_shared_file&shared_name=tree&file_id=f_12'],
    [
      'https://box.com/v/Tree/file/12',
      'a.nii.gz',
      2,
      '/index.php?rm=box_download_shared_file&shared_name=tree&file_id=f_12',
    ],
  ])('%s is named and measured as Box says, and asked for at its stable link', async (url, name, size, path) => {
    const resolution = await resolve(files(url), env);
    expect(resolution).toMatchObject({ label: `Box ${name}`, notes: [], files: [{ path: name, size, unpack: true }] });
    expect(await requestOf(resolution, name)).toEqual({ url: `${host.origin}${path}` });
  });

  test('that are known are not looked at before they are wanted, but for the first', async () => {
    const entry: Entry = {
      method: 'box',
      files: [
        { url: STATIC, path: 'a/one.bin', size: 5000, into: 'deep' },
        { url: INDEX, path: 'two.nii.gz', size: 2 },
      ],
    };
    const resolution = await resolve(entry, env);
    expect(resolution.label).toBe('Box a/one.bin and 1 more');
    expect(fileOf(resolution, 'a/one.bin').into).toBe('deep');
    expect(host.requestsOf('/index.php')).toHaveLength(0);
    await requestOf(resolution, 'two.nii.gz');
    expect(host.requestsOf('/index.php')).toHaveLength(1);
  });

  test('that are not what the registry knows are refused', async () => {
    const entry: Entry = { method: 'box', files: [{ url: STATIC, path: 'one.bin', size: 4999 }] };
    await expect(resolve(entry, env)).rejects.toMatchObject({ exitCode: 6 });
  });

  test('a folder is no file, and what is no shared link neither', async () => {
    await expect(resolve(files(PAGE), env)).rejects.toMatchObject({ exitCode: 2 });
    await expect(resolve(files('https://app.box.com/folder/1'), env)).rejects.toMatchObject({ exitCode: 2 });
  });

  test('a page that tells nothing of its file: its bytes do', async () => {
    host.misbehave('/s/one', {
      status: 200,
      body: '<script>Box.postStreamData = {"/app-api/enduserapp/shared-item":{"itemID":100,"itemType":"file","sharedName":"one"}};</script>',
    });
    const { files: found } = await resolve(item('https://app.box.com/s/one'), env);
    expect(found).toMatchObject([{ path: 'ünique name.bin', size: 5000 }]);
  });
});

describe('folders', () => {
  test('are walked; names that are no paths, or not alone, are made so', async () => {
    const resolution = await resolve(item(PAGE, { into: 'data' }), env);
    expect(resolution).toMatchObject({ label: 'Box Phantoms & co', title: 'Phantoms & co', notes: [] });
    expect(resolution.files.map(({ path }) => path)).toEqual(TREE);
    expect(resolution.files.map(({ size }) => size)).toEqual([1, 2, 1]);
    expect(resolution.files.every(({ into, unpack }) => into === 'data' && !unpack)).toBe(true);
  });

  test.each([['https://box.com/v/Tree'], ['https://app.box.com/embed_widget/s/tree?view=list']])(
    '%s is the same folder',
    async (url) => expect((await resolve(item(url), env)).files.map(({ path }) => path)).toEqual(TREE),
  );

  test('a folder in the folder is had by itself', async () => {
    const resolution = await resolve(item(`${PAGE}/folder/2`), env);
    expect(resolution.files.map(({ path }) => path)).toEqual(['"}{" <1>.txt']);
    expect((await requestOf(resolution, '"}{" <1>.txt')).url).toContain('shared_name=tree&file_id=f_13');
  });

  test('are chosen from, and placed, by the registry', async () => {
    const rules = { include: ['**/*.txt'], place: [{ from: '{folder}/{name}.txt', to: 'notes/{name}' }] };
    const { files: found } = await resolve(item(PAGE, rules), env);
    expect(found.map(({ path }) => path)).toEqual(['notes/"}{" <1>']);
    await expect(resolve(item(PAGE, { include: ['*.mha'] }), env)).rejects.toMatchObject({ exitCode: 3 });
  });

  test('of many pages are asked for each page once', async () => {
    for (let id = 1000; id < 1090; id++) host.addFile({ id, name: `${id}.png`, parent: 2 });
    const { files: found, notes } = await resolve(item(PAGE), env);
    expect(found).toHaveLength(93);
    expect(
      host
        .requestsOf('/s/tree/folder/2')
        .map(({ query }) => query.get('page'))
        .sort(),
    ).toEqual(['2', '3', '4', '5', null].sort());
    expect(notes).toEqual([]);
  });

  test('thousands of files are listed page by page', async () => {
    host.addFolder({ id: 3, name: 'many', parent: 1 });
    for (let id = 1_000_000; id < 1_004_000; id++) host.addFile({ id, parent: 3 });
    const { files: found } = await resolve(item(`${PAGE}/folder/3`), env);
    expect(found).toHaveLength(4000);
  });

  test('entries that Box counts but does not show are told of, links to elsewhere are left out', async () => {
    host.addFolder({ id: 4, name: 'homepage', type: 'web_link', parent: 2 });
    const data = {
      '/app-api/enduserapp/shared-item': { itemID: 1, itemType: 'folder', sharedName: 'tree' },
      '/app-api/enduserapp/shared-folder': {
        currentFolderID: 1,
        folderItemCount: 5,
        items: [{ type: 'folder', id: 2, name: 'inner' }],
      },
    };
    host.misbehave('/s/tree', { status: 200, body: `<script>Box.postStreamData = ${JSON.stringify(data)};</script>` });
    const { notes } = await resolve(item(PAGE), env);
    expect(notes).toEqual([
      'Box shows 4 entries of / fewer than it counts there.',
      'Left out, as they only lead elsewhere: inner/homepage.',
    ]);
  });

  test('another folder than the one that was asked for is not walked again and again', async () => {
    const page =
      '<script>Box.postStreamData = {"/app-api/enduserapp/shared-item":{"itemID":1,"itemType":"folder","sharedName":"tree"},"/app-api/enduserapp/shared-folder":{"currentFolderID":1,"items":[{"type":"folder","id":2,"name":"inner"}]}};</script>';
    host.misbehave('/s/tree/folder/2', { status: 200, body: page });
    await expect(resolve(item(PAGE), env)).rejects.toMatchObject({ exitCode: 5 });
    expect(host.requests.length).toBeLessThan(4);
  });

  test('what may only be looked at is refused when it is wanted', async () => {
    host.share(1, { sharedName: 'look', state: 'view-only' });
    const resolution = await resolve(item('https://app.box.com/s/look'), env);
    await expect(requestOf(resolution, TREE[0] as string)).rejects.toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('not downloaded'),
      url: 'https://app.box.com/s/look',
    });
    await expect(resolve(item('https://app.box.com/s/look/file/11'), env)).rejects.toMatchObject({ exitCode: 4 });
  });

  test('one look tells for all files whether they are given; who is refused looks again', async () => {
    const resolution = await resolve(item(PAGE), env);
    const listed = host.requests.length;
    for (const path of TREE) await requestOf(resolution, path);
    expect(host.requests.length - listed).toBe(2);
    host.share(1, { sharedName: 'tree', state: 'removed' });
    await expect(requestOf(resolution, TREE[1] as string)).rejects.toMatchObject({ exitCode: 3 });
  });
});

describe('refusals', () => {
  const REFUSALS: [Parameters<BoxHost['share']>[1] & object, object][] = [
    [{ state: 'password' }, { exitCode: 4, message: expect.stringMatching(/protected by a password/) }],
    [{ state: 'private' }, { exitCode: 4, message: expect.stringMatching(/open to invited people only/) }],
    [{ state: 'removed' }, { exitCode: 3, message: expect.stringMatching(/is gone/) }],
  ];
  const LINKS = [
    ['its page', (share: string) => item(`https://app.box.com/s/${share}`)],
    ['a static link', (share: string) => files(`https://app.box.com/shared/static/${share}.zip`)],
    [
      'a download link',
      (share: string) =>
        files(`https://app.box.com/index.php?rm=box_download_shared_file&shared_name=${share}&file_id=f_100`),
    ],
  ] as const;
  const cases = REFUSALS.flatMap(([facts, error]) =>
    LINKS.map(([by, entry]) => [facts.state, by, entry, error] as const),
  );

  test.each(cases)('%s, by %s', async (state, _, entry, error) => {
    host.share(100, { sharedName: 'shut', ending: '.zip', ...(state === undefined ? {} : { state }) });
    await expect(resolve(entry('shut'), env)).rejects.toMatchObject(error);
  });

  test('a password is asked for with the page, and how to go on', async () => {
    host.share(100, { sharedName: 'shut', state: 'password' });
    await expect(resolve(item('https://app.box.com/s/shut'), env)).rejects.toMatchObject({
      url: 'https://app.box.com/s/shut',
      steps: [expect.stringContaining('https://app.box.com/s/shut'), expect.stringContaining('medds import')],
    });
  });

  test('bandwidth that is used up lets the next source have its turn', async () => {
    host.share(100, { sharedName: 'busy', ending: '.zip', state: 'bandwidth' });
    await expect(resolve(files('https://app.box.com/shared/static/busy.zip'), env)).rejects.toMatchObject({
      code: 'QUOTA',
      hint: expect.stringContaining('--source'),
    });
  });

  test('another page is no file', async () => {
    host.misbehave('/shared/static/one.bin', {
      status: 200,
      body: '<h1>Maintenance</h1>',
      headers: { 'content-type': 'text/html' },
    });
    await expect(resolve(files(STATIC), env)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('Maintenance'),
    });
  });
});

describe('fetching', () => {
  test('goes on with a new address when the old one has expired', async () => {
    const content = noise(24_000_000, 'box');
    host.addFile({ id: 500, name: 'big.bin', parent: 2, content });
    const path = host.bytesPath(500);
    // The first looks, the second is cut, and the address is good for none after it.
    host.misbehave(path, { skip: 1, times: 1, cutAt: 5_000_000 });
    host.misbehave(path, { skip: 2, status: 403, body: 'expired' });
    const { result } = fetchInto(item(`${PAGE}/file/500`), env, { connections: 1 });
    await host.reached(path, 5_000_000);
    host.expire();
    expect(await result).toMatchObject({ outcome: 'fetched' });
    expect(host.bytesSent(path) + host.bytesSent(host.bytesPath(500))).toBeLessThan(content.size * 1.2);
  });

  test('a locator brings the tree under its own names', async () => {
    const { result } = fetchInto('https://hospital.app.box.com/v/Tree', env);
    expect(Object.keys(await treeOf((await result).path)).sort()).toEqual([...TREE].sort());
  });
});

describe('the bundled registry', async () => {
  const { datasets } = await loadRegistry({});
  const entries = datasets.flatMap(({ id, sources }) =>
    sources.filter((source): source is Entry => source.method === 'box').map((entry): [string, Entry] => [id, entry]),
  );

  test('there is some', () => expect(entries.length).toBeGreaterThan(0));

  test.each(entries)('%s', async (_, entry) => {
    const links = entry.files ?? [];
    for (const [at, { url, path }] of links.entries()) {
      const { pathname, searchParams } = new URL(url);
      const [, name = '', ending = ''] = /\/static\/([^.]+)(\.\w+)$/.exec(pathname) ?? [];
      const id = Number(searchParams.get('file_id')?.slice(2) ?? 5000 + at);
      host.addFile({ id, name: path ?? '', content: `contents of ${path}` });
      host.share(id, { sharedName: searchParams.get('shared_name') ?? name, ending });
    }
    // Sizes are those of the real files, which nobody wants to make here.
    const unsized = { ...entry, files: links.map(({ size: _size, ...file }) => file) };
    const resolution = await resolve(unsized, env);
    expect(resolution.files.map(({ path }) => path)).toEqual(links.map(({ path }) => path));
    for (const { request, size, path } of resolution.files) {
      expect(size).toBe(`contents of ${path}`.length);
      expect((await request()).url).toContain(host.origin);
    }
  });
});
