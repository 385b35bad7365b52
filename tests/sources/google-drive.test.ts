import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SourceEntry } from '../../src/registry/schema.js';
import { googleDrive } from '../../src/sources/google-drive.js';
import { noise } from '../hosts/content.js';
import { type GoogleDriveHost, startGoogleDrive } from '../hosts/google-drive.js';
import { removeTempDirs } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { closeAgents, fetchInto, fileOf, requestOf, resolve } from './resolving.js';

const KEY = 'AIza-good';
const [SMALL, LARGE, FOLDER, INNER] = [
  '1SmallSmallSmallSmall',
  '1LargeLargeLargeLarge',
  '1TopTopTopTop',
  '1InnerInnerInner',
];

let drive: GoogleDriveHost;
let env: Record<string, string>;

beforeEach(async () => {
  drive = await startGoogleDrive({ keys: [KEY], otherKeys: ['AIza-other'], tokens: ['ya29.good'], scanLimit: 1000 });
  env = { MEDDS_ENDPOINT_GOOGLE_DRIVE: drive.origin };
  await drive.addFile({ id: SMALL, name: 'ünique name.csv', content: 'a,b\n' });
  await drive.addFile({ id: LARGE, name: 'scans.bin', content: noise(5000) });
});

afterEach(async () => {
  await drive.close();
  removeTempDirs();
});
afterAll(closeAgents);

type Entry = Extract<SourceEntry, { method: 'google-drive' }>;

const entry = (rest: Omit<Entry, 'method'>): Entry => ({ method: 'google-drive', ...rest });
const one = (id: string, facts: object = {}): Entry => entry({ files: [{ id, ...facts }] });

async function addTree(): Promise<void> {
  await drive.addFolder({ id: FOLDER, name: 'Phantoms & co' });
  await drive.addFile({ id: 'fileA', name: 'a.nii.gz', parent: FOLDER, content: 'A' });
  await drive.addFile({ id: 'fileB', name: 'a.nii.gz', parent: FOLDER, content: 'B' });
  await drive.addFile({ id: 'fileC', name: 'x/y <1>.txt', parent: FOLDER, content: 'C' });
  await drive.addFolder({ id: INNER, name: 'inner', parent: FOLDER });
  await drive.addFile({ id: 'fileD', name: 'd.txt', parent: INNER, content: 'D' });
  const own = 'application/vnd.google-apps.';
  await drive.addFile({ id: 'sheet', name: 'labels', type: `${own}spreadsheet`, parent: INNER, content: 'xlsx' });
  await drive.addFile({ id: 'form', name: 'survey', type: `${own}form`, parent: FOLDER });
}

const TREE = ['a (fileA).nii.gz', 'a (fileB).nii.gz', 'x_y <1>.txt', 'inner/d.txt', 'inner/labels.xlsx'];

describe('locators', () => {
  const item = (id: string, more = {}) => ({ method: 'google-drive', item: { id, ...more } });
  const file = (id: string, more = {}) => ({ method: 'google-drive', files: [{ id, ...more }] });
  const folder = (id: string, more = {}) => ({ method: 'google-drive', folders: [{ id, ...more }] });

  test.each<[string, object]>([
    [`gdrive:${SMALL}`, item(SMALL)],
    [`gdrive:${SMALL}?resourcekey=0-abc_D`, item(SMALL, { resourceKey: '0-abc_D' })],
    [`https://drive.google.com/file/d/${SMALL}/view?usp=sharing`, file(SMALL)],
    [`https://drive.google.com/file/u/1/d/${SMALL}/edit`, file(SMALL)],
    [`https://drive.google.com/uc?export=download&id=${SMALL}&resourcekey=0-x`, file(SMALL, { resourceKey: '0-x' })],
    [`https://docs.google.com/uc?id=${SMALL}`, file(SMALL)],
    [`https://drive.usercontent.google.com/download?id=${SMALL}&confirm=t`, file(SMALL)],
    [`https://drive.google.com/open?id=${SMALL}`, item(SMALL)],
    [`https://drive.google.com/drive/folders/${SMALL}?resourcekey=0-x`, folder(SMALL, { resourceKey: '0-x' })],
    [`https://drive.google.com/drive/u/0/folders/${SMALL}`, folder(SMALL)],
    [`https://drive.google.com/embeddedfolderview?id=${SMALL}#list`, folder(SMALL)],
    [`https://docs.google.com/spreadsheets/d/${SMALL}/edit#gid=0`, item(SMALL)],
  ])('%s', (typed, expected) => {
    expect(googleDrive.locate?.(typed)).toMatchObject({ id: `gdrive-${SMALL}`, entry: expected });
  });

  test.each(['https://example.org/file/d/1/view', 'zenodo:1', SMALL])('%s is not of Drive', (typed) => {
    expect(googleDrive.locate?.(typed)).toBeUndefined();
  });

  test.each(['gdrive:', 'gdrive:a/b', 'https://drive.google.com/drive/my-drive', 'https://drive.google.com/uc?id=a'])(
    '%s names nothing',
    (typed) => {
      expect(() => googleDrive.locate?.(typed)).toThrow(expect.objectContaining({ exitCode: 2 }));
    },
  );
});

describe('files', () => {
  test('are named and measured as Drive says, and asked for where ranges are honoured', async () => {
    const resolution = await resolve(entry({ files: [{ id: SMALL }, { id: LARGE, path: 'b/large.bin' }] }), env);
    expect(resolution).toMatchObject({ label: 'Google Drive ünique name.csv + b/large.bin', notes: [] });
    expect(resolution.files).toMatchObject([
      { path: 'ünique name.csv', size: 4, checksums: [], unpack: true, into: '' },
      { path: 'b/large.bin', size: 5000 },
    ]);
    const { url } = await requestOf(resolution, 'b/large.bin');
    expect(url).toBe(`${drive.origin}/download?id=${LARGE}&export=download&confirm=t`);
    expect(drive.requests.every(({ headers }) => headers.range === 'bytes=0-0')).toBe(true);
  });

  test('that are known are not looked at before they are wanted, but for the first', async () => {
    const files = [
      { id: SMALL, path: 'a.csv', size: 4 },
      { id: LARGE, path: 'b.bin', size: 5000, into: 'deep' },
    ];
    const resolution = await resolve(entry({ files, unpack: false }), env);
    expect(drive.requests).toHaveLength(1);
    expect(fileOf(resolution, 'b.bin')).toMatchObject({ into: 'deep', unpack: false });
    await requestOf(resolution, 'a.csv');
    expect(drive.requests).toHaveLength(1);
    await requestOf(resolution, 'b.bin');
    expect(drive.requests).toHaveLength(2);
  });

  test('may be empty', async () => {
    await drive.addFile({ id: 'empty', content: '' });
    expect((await resolve(one('empty', { path: 'empty.txt' }), env)).files).toMatchObject([{ size: 0 }]);
  });

  test('tell their checksum when Drive sends it', async () => {
    const { md5 } = await drive.addFile({ id: 'hashed', content: 'text', hashes: true });
    expect((await resolve(one('hashed'), env)).files[0]?.checksums).toEqual([`md5:${md5}`]);
  });

  test('that are not what the registry knows are refused', async () => {
    await expect(resolve(one(LARGE, { path: 'a', size: 4999 }), env)).rejects.toMatchObject({ exitCode: 6 });
  });

  test('whose form must be answered are asked for with its hidden fields', async () => {
    const strict = await startGoogleDrive({ scanLimit: 1000, alwaysAsks: true });
    await strict.addFile({ id: LARGE, resourceKey: '0-key', content: noise(5000) });
    const facts = { path: 'large.bin', resourceKey: '0-key' };
    const resolution = await resolve(one(LARGE, facts), { MEDDS_ENDPOINT_GOOGLE_DRIVE: strict.origin });
    expect(fileOf(resolution, 'large.bin').size).toBe(5000);
    const { searchParams } = new URL((await requestOf(resolution, 'large.bin')).url);
    expect(Object.fromEntries(searchParams)).toEqual({
      ...{ id: LARGE, export: 'download', confirm: 't', resourcekey: '0-key' },
      uuid: '0731bdf8-42b1-43d4-a69d-b05bc8c9b37a',
    });
    await strict.close();
  });

  test('a form that leads elsewhere is not followed', async () => {
    const form = '<form id="download-form" action="https://example.org/download" method="get"></form>';
    drive.misbehave('/download', { status: 200, body: form, headers: { 'content-type': 'text/html' } });
    await expect(resolve(one(LARGE), env)).rejects.toMatchObject({ exitCode: 5 });
  });

  test('a form that comes again and again is given up', async () => {
    const form = `<form id="download-form" action="${drive.origin}/download" method="post"></form>`;
    drive.misbehave('/download', { status: 200, body: form, headers: { 'content-type': 'text/html' } });
    await expect(resolve(one(LARGE), env)).rejects.toThrow('asks again and again');
    expect(drive.requests).toHaveLength(3);
  });
});

describe('refusals', () => {
  test.each<['private' | 'quota' | 'infected', number, string]>([
    ['private', 4, 'not shared with everyone'],
    ['quota', 5, 'too many people have downloaded it recently'],
    ['infected', 5, 'infected with a virus'],
  ])('a file that is %s: exit code %i', async (state, exitCode, message) => {
    await drive.addFile({ id: 'refused', state, content: noise(5000) });
    const failure = resolve(one('refused'), env);
    await expect(failure).rejects.toMatchObject({ exitCode, message: expect.stringContaining(message) });
  });

  test('a quota that is used up tells what to do, and lets the next source have its turn', async () => {
    await drive.addFile({ id: 'refused', state: 'quota' });
    await expect(resolve(one('refused'), env)).rejects.toMatchObject({
      code: 'QUOTA',
      hint: expect.stringMatching(/a day.*--source.*medds import/),
    });
  });

  test('a file that is not shared tells where to ask', async () => {
    await drive.addFile({ id: 'refused', state: 'private' });
    await expect(resolve(one('refused'), env)).rejects.toMatchObject({
      url: `${drive.origin}/open?id=refused`,
      steps: expect.arrayContaining([expect.stringContaining('GOOGLE_OAUTH_ACCESS_TOKEN')]),
    });
  });

  test('without its resource key a file is not shared', async () => {
    await drive.addFile({ id: 'keyed', resourceKey: '0-key', content: 'x' });
    await expect(resolve(one('keyed'), env)).rejects.toMatchObject({ exitCode: 4 });
    expect((await resolve(one('keyed', { resourceKey: '0-key' }), env)).files).toHaveLength(1);
  });

  test.each(['files', 'folders', 'item'] as const)('what is gone, as %s: exit code 3', async (kind) => {
    const gone = kind === 'item' ? { item: { id: 'gone' } } : { [kind]: [{ id: 'gone' }] };
    await expect(resolve(entry(gone), env)).rejects.toMatchObject({ exitCode: 3 });
  });

  test('a folder that is not shared: exit code 4', async () => {
    await drive.addFolder({ id: FOLDER, state: 'private' });
    await expect(resolve(entry({ folders: [{ id: FOLDER }] }), env)).rejects.toMatchObject({ exitCode: 4 });
    await expect(resolve(entry({ item: { id: FOLDER } }), env)).rejects.toMatchObject({ exitCode: 4 });
  });

  test('an address that Google takes for a robot: exit code 5, and not called private', async () => {
    const body = '<html><body>... your computer or network may be sending automated queries.</body></html>';
    drive.misbehave('/download', { status: 403, body, headers: { 'content-type': 'text/html' } });
    await expect(resolve(one(LARGE), env)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('automated'),
    });
  });

  test('a page that shows no folder is no empty folder', async () => {
    await drive.addFolder({ id: FOLDER });
    drive.misbehave('/embeddedfolderview', { status: 200, body: '<html><body>Loading</body></html>' });
    await expect(resolve(entry({ folders: [{ id: FOLDER }] }), env)).rejects.toMatchObject({ exitCode: 5 });
  });
});

describe.each([
  ['by their pages', {} as Record<string, string>],
  ['by the API', { GOOGLE_DRIVE_API_KEY: KEY }],
])('folders %s', (how, secret) => {
  beforeEach(async () => {
    await addTree();
    env = { ...env, ...secret };
  });

  test('are walked; names that are no paths, or not alone, are made so', async () => {
    const resolution = await resolve(entry({ folders: [{ id: FOLDER, into: 'data' }] }), env);
    expect(resolution.files.map(({ path }) => path)).toEqual(TREE);
    expect(resolution.files.every(({ into, unpack }) => into === 'data' && !unpack)).toBe(true);
    expect(resolution).toMatchObject({ label: 'Google Drive Phantoms & co', title: 'Phantoms & co' });
    expect(resolution.notes).toEqual(['Left out, as they have no bytes to download: survey.']);
    const sized = resolution.files.filter(({ size }) => size !== undefined).length;
    expect(sized).toBe(how === 'by the API' ? 4 : 0);
  });

  test('are chosen from, and placed, by the registry', async () => {
    const rules = {
      include: ['**/*.txt'],
      exclude: ['x*'],
      place: [{ from: 'inner/{name}.txt', to: '{name}/note.txt' }],
    };
    const { files } = await resolve(entry({ folders: [{ id: FOLDER }], ...rules }), env);
    expect(files.map(({ path }) => path)).toEqual(['d/note.txt']);
  });

  test.each([FOLDER, SMALL, 'sheet'])('what an id stands for is found out: %s', async (id) => {
    const { files } = await resolve(entry({ item: { id } }), env);
    const name = how === 'by the API' || id !== 'sheet' ? 'labels.xlsx' : 'sheet.xlsx';
    const expected = { [FOLDER]: TREE, [SMALL]: ['ünique name.csv'], sheet: [name] }[id];
    expect(files.map(({ path }) => path)).toEqual(expected);
  });

  test('are fetched, documents as Office files', async () => {
    const { result } = fetchInto(entry({ folders: [{ id: FOLDER }] }), env);
    const tree = await treeOf((await result).path);
    expect(Object.entries(tree).map(([path, held]) => [path, 'size' in held && held.size])).toEqual(
      [...TREE].sort().map((path) => [path, path.endsWith('xlsx') ? 4 : 1]),
    );
  });
});

describe('the API', () => {
  const sees = { GOOGLE_DRIVE_API_KEY: KEY };

  test('tells sizes and checksums; its key goes nowhere else', async () => {
    const { sha256 } = drive.thing(LARGE);
    const resolution = await resolve(one(LARGE), { ...env, ...sees });
    expect(resolution.files).toMatchObject([{ path: 'scans.bin', size: 5000, checksums: [`sha256:${sha256}`] }]);
    const request = await requestOf(resolution, 'scans.bin');
    expect(request).toEqual({
      url: `${drive.origin}/drive/v3/files/${LARGE}?supportsAllDrives=true&alt=media`,
      credentials: { 'x-goog-api-key': KEY },
    });
    expect(JSON.stringify(drive.requests.map(({ path, query }) => [path, `${query}`]))).not.toContain(KEY);
  });

  test.each([
    ['GOOGLE_API_KEY', KEY],
    ['GOOGLE_DRIVE_API_KEY', KEY],
    ['GOOGLE_DRIVE_API_KEY', 'ya29.good'],
    ['GOOGLE_OAUTH_ACCESS_TOKEN', 'ya29.good'],
  ])('is asked with %s=%s', async (name, value) => {
    await resolve(one(LARGE), { ...env, [name]: value });
    expect(drive.requests.map(({ path }) => path)).toEqual([`/drive/v3/files/${LARGE}`]);
  });

  test('lists folders of many pages', async () => {
    await drive.addFolder({ id: FOLDER });
    for (let number = 0; number < 2500; number++) await drive.addFile({ id: `f${number}`, parent: FOLDER });
    const { files } = await resolve(entry({ folders: [{ id: FOLDER }] }), { ...env, ...sees });
    expect(files).toHaveLength(2500);
    expect(drive.requestsOf('/drive/v3/files')).toHaveLength(3);
    const { notes } = await resolve(entry({ folders: [{ id: FOLDER }] }), env);
    expect(notes).toEqual([expect.stringContaining('shows 2500 entries')]);
  });

  test('shows shortcuts as what they point to, and does not walk in circles', async () => {
    await drive.addFolder({ id: FOLDER, name: 'top' });
    await drive.addFile({ id: 'shortcut', name: 'again.bin', parent: FOLDER, target: LARGE });
    await drive.addFile({ id: 'circle', name: 'up', parent: FOLDER, target: FOLDER });
    const resolution = await resolve(entry({ folders: [{ id: FOLDER }] }), { ...env, ...sees });
    expect(resolution.files.map(({ path }) => path)).toEqual(['again.bin']);
    expect((await requestOf(resolution, 'again.bin')).url).toContain(LARGE);
  });

  test('opens what only its owner sees with a token, and old things with their resource key', async () => {
    await drive.addFile({ id: 'mine', state: 'private', resourceKey: '0-key', name: 'mine.bin', content: 'mine' });
    const token = { ...env, GOOGLE_OAUTH_ACCESS_TOKEN: 'ya29.good' };
    const resolution = await resolve(one('mine', { resourceKey: '0-key' }), token);
    expect(await requestOf(resolution, 'mine.bin')).toMatchObject({
      headers: { 'x-goog-drive-resource-keys': 'mine/0-key' },
      credentials: { authorization: 'Bearer ya29.good' },
    });
  });

  test.each([
    ['a key that is not valid', 'GOOGLE_API_KEY', 'AIza-bad'],
    ['a key for another service', 'GOOGLE_API_KEY', 'AIza-other'],
    ['a token that has expired', 'GOOGLE_OAUTH_ACCESS_TOKEN', 'ya29.old'],
  ])('%s: what is public is fetched without it, and what is not tells of it', async (_, name, value) => {
    const bad = { ...env, [name]: value };
    const resolution = await resolve(one(LARGE), bad);
    expect(resolution.notes).toEqual([expect.stringContaining(`Google refuses what it was given from ${name}`)]);
    expect(JSON.stringify(resolution)).not.toContain(value);
    await drive.addFile({ id: 'mine', state: 'private' });
    const failure = await resolve(one('mine'), bad).catch((error) => error);
    expect(failure).toMatchObject({ exitCode: 4, message: expect.stringContaining(name) });
    expect(`${failure.message} ${failure.hint}`).not.toContain(value);
  });

  test.each<[string, number, object]>([
    ['quota', 5, { code: 'QUOTA' }],
    ['infected', 4, { message: expect.stringContaining('harmful') }],
  ])('a file that is %s is refused when its bytes are asked for', async (state, exitCode, facts) => {
    await drive.addFile({ id: 'refused', state: state as 'quota', name: 'refused.bin', content: 'x' });
    const resolution = await resolve(one('refused'), { ...env, ...sees });
    await expect(requestOf(resolution, 'refused.bin')).rejects.toMatchObject({ exitCode, ...facts });
  });

  test('what is not there, or not shared with everyone: exit code 3', async () => {
    await expect(resolve(one('gone'), { ...env, ...sees })).rejects.toMatchObject({ exitCode: 3 });
  });

  test('a limit on requests is no lack of rights', async () => {
    const body = JSON.stringify({
      error: { code: 403, message: 'Slow down', errors: [{ reason: 'userRateLimitExceeded' }] },
    });
    drive.misbehave(`/drive/v3/files/${LARGE}`, { status: 403, body });
    await expect(resolve(one(LARGE), { ...env, ...sees })).rejects.toMatchObject({ exitCode: 5, code: 'NETWORK' });
  });
});

describe('fetching', () => {
  const content = noise(40_000_000, 'drive');

  beforeEach(() => drive.addFile({ id: 'big', name: 'big.bin', content }));

  test('goes on after a cut, and with what another run left', async () => {
    drive.misbehave('/download', { when: ({ headers }) => headers.range !== 'bytes=0-0', cutAt: 9_000_000 });
    const first = fetchInto(one('big'), env, { tries: 2, connections: 1 });
    await expect(first.result).resolves.toMatchObject({ outcome: 'fetched' });
    expect(drive.bytesSent()).toBeLessThan(content.size * 1.1);
  });

  test('stops when the quota is used up on the way, says so, and resumes later', async () => {
    drive.misbehave('/download', { when: ({ headers }) => headers.range !== 'bytes=0-0', cutAt: 9_000_000, times: 1 });
    const thing = drive.thing('big');
    const first = fetchInto(one('big'), env, { connections: 1 });
    await drive.reached('/download', 9_000_000);
    thing.state = 'quota';
    await expect(first.result).rejects.toMatchObject({ code: 'QUOTA', exitCode: 5, dataset: 'shared' });

    thing.state = 'public';
    drive.behave();
    const before = drive.bytesSent();
    const second = await fetchInto(one('big'), env, { home: first.home }).result;
    expect(second.resumed).toBeGreaterThan(8_000_000);
    expect(drive.bytesSent() - before).toBeLessThan(content.size - 7_000_000);
  });

  test('a locator brings the file under its own name', async () => {
    const { result } = fetchInto(`gdrive:${LARGE}`, env);
    expect(Object.keys(await treeOf((await result).path))).toEqual(['scans.bin']);
  });

  test('a page is never taken for the file', async () => {
    await drive.addFile({ id: 'refused', state: 'quota', name: 'scan.zip', content: noise(3000) });
    const { result, told } = fetchInto(one('refused', { path: 'scan.zip', size: 3000 }), env);
    await expect(result).rejects.toMatchObject({ exitCode: 5 });
    expect(JSON.stringify(told)).not.toContain('"done"');
  });

  test('no secret is told', async () => {
    const { result, told } = fetchInto(one(LARGE), { ...env, GOOGLE_API_KEY: KEY });
    expect(JSON.stringify([await result, told])).not.toContain(KEY);
  });
});
