/** The stand-in for OSF answers in the shapes that were recorded from api.osf.io, and those of osfclient's own tests. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { httpGet } from '../support/http-get.js';
import { type OsfHost, startOsf } from './osf.js';

let osf: OsfHost;
beforeEach(async () => {
  osf = await startOsf({ tokens: ['good'] });
  await osf.addNode({
    id: 'f3szh',
    title: 'Preprint Citations Test',
    license: { name: 'CC0 1.0 Universal', url: 'https://creativecommons.org/publicdomain/zero/1.0/legalcode' },
    files: { 'Metadata.docx': 'metadata', 'Datafiles/a.csv': 'a,b\n' },
    addons: { github: { 'src/run me.py': 'print()\n' }, dropbox: null },
  });
  await osf.addNode({ id: 'child', parent: 'f3szh', state: 'private', files: { 'secret.txt': 'secret' } });
  await osf.addNode({ id: 'regis', type: 'registrations' });
  await osf.addNode({ id: 'gone1', state: 'deleted' });
});
afterEach(() => osf.close());

async function api(path: string, headers: Record<string, string> = {}) {
  const got = await httpGet(osf.url(`/v2${path}`), headers);
  return { ...got, json: [301, 302].includes(got.status) ? undefined : JSON.parse(got.body.toString()) };
}
const mine = { authorization: 'Bearer good' };

test('ids lead to what they stand for', async () => {
  osf.lookAt('f3szh', 'Metadata.docx', 'f23vk');
  const location = async (id: string) => (await api(`/guids/${id}/`)).headers.location;
  expect(await location('f3szh')).toBe(`${osf.origin}/v2/nodes/f3szh/`);
  expect(await location('regis')).toBe(`${osf.origin}/v2/registrations/regis/`);
  expect(await location('f23vk')).toBe(`${osf.origin}/v2/files/f23vk/`);
  expect((await api('/nodes/f3szh/')).json.data).toMatchObject({
    id: 'f3szh',
    type: 'nodes',
    attributes: { title: 'Preprint Citations Test', registration: false, public: true },
    relationships: { files: { links: { related: { href: `${osf.origin}/v2/nodes/f3szh/files/`, meta: {} } } } },
    links: { html: 'https://osf.io/f3szh/' },
  });
});

test('storages, folders and files have the recorded shapes', async () => {
  const storages = (await api('/nodes/f3szh/files/')).json;
  expect(storages.data).toMatchObject([
    {
      id: 'f3szh:osfstorage',
      type: 'files',
      attributes: { node: 'f3szh', path: '/', kind: 'folder', name: 'osfstorage', provider: 'osfstorage' },
    },
    { attributes: { provider: 'github' } },
    { attributes: { provider: 'dropbox' } },
  ]);
  expect(storages.links).toEqual({
    first: null,
    last: null,
    prev: null,
    next: null,
    meta: { total: 3, per_page: 10 },
  });
  const [file, folder] = (await api('/nodes/f3szh/files/osfstorage/?page[size]=100')).json.data;
  const sha256 = createHash('sha256').update('metadata').digest('hex');
  expect(file).toMatchObject({
    type: 'files',
    attributes: { name: 'Metadata.docx', kind: 'file', size: 8, extra: { hashes: { sha256 }, downloads: 1 } },
    links: { download: `https://osf.io/download/${file.id}/` },
  });
  expect(folder).toMatchObject({
    attributes: {
      name: 'Datafiles',
      kind: 'folder',
      size: null,
      extra: { hashes: { md5: null, sha256: null } },
    },
    relationships: {
      files: { links: { related: { href: `${osf.origin}/v2/nodes/f3szh/files/osfstorage/${folder.id}/` } } },
    },
  });
  expect((await api(`/nodes/f3szh/files/osfstorage/${folder.id}/`)).json.data).toHaveLength(1);
});

test('lists come in pages of ten, of a hundred at most', async () => {
  const files = Object.fromEntries(Array.from({ length: 25 }, (_, number) => [`${number}.txt`, '']));
  await osf.addNode({ id: 'large', files });
  const first = (await api('/nodes/large/files/osfstorage/')).json;
  expect(first.data).toHaveLength(10);
  const second = await httpGet(first.links.next);
  expect(JSON.parse(second.body.toString()).data).toHaveLength(10);
  expect((await api('/nodes/large/files/osfstorage/?page[size]=101')).status).toBe(400);
  expect(osf.takeViolations()).toHaveLength(1);
});

test.each<[string, number, string]>([
  ['/guids/zzzz9/', 404, 'Not found.'],
  ['/guids/gone1/', 410, 'The requested node is no longer available.'],
  ['/guids/child/', 401, 'Authentication credentials were not provided.'],
  ['/nodes/f3szh/files/dropbox/', 404, 'The add-on does not answer.'],
  ['/users/me/', 401, 'Authentication credentials were not provided.'],
])('%s answers %i', async (path, status, detail) => {
  expect(await api(path)).toMatchObject({ status, json: { errors: [{ detail }] } });
});

test('a token opens what is private, a wrong one nothing', async () => {
  expect((await api('/nodes/f3szh/children/')).json.data).toEqual([]);
  expect((await api('/nodes/f3szh/children/', mine)).json.data).toMatchObject([{ id: 'child' }]);
  expect((await api('/users/me/', mine)).status).toBe(200);
  expect((await api('/nodes/f3szh/', { authorization: 'Bearer bad' })).status).toBe(401);
});

test('guests may not ask more than so often', async () => {
  const strict = await startOsf({ guests: 1, tokens: ['good'] });
  await strict.addNode({ id: 'f3szh' });
  const get = (headers = {}) => httpGet(strict.url('/v2/nodes/f3szh/'), headers);
  expect((await get()).status).toBe(200);
  expect(await get()).toMatchObject({ status: 429, headers: { 'retry-after': '3000' } });
  expect((await get(mine)).status).toBe(200);
  await strict.close();
});

test('the file service redirects to signed links', async () => {
  const own = `/v1/resources/f3szh/providers/osfstorage/${osf.fileId('f3szh', 'Datafiles/a.csv')}`;
  const { status, headers } = await httpGet(osf.url(`${own}?version=1`));
  expect(status).toBe(302);
  expect((await httpGet(String(headers.location))).body.toString()).toBe('a,b\n');
  const addon = await httpGet(osf.url('/v1/resources/f3szh/providers/github/src/run%20me.py'));
  expect((await httpGet(String(addon.headers.location))).body.toString()).toBe('print()\n');
  expect((await httpGet(osf.url(`${own}?version=2`))).status).toBe(404);
  expect((await httpGet(osf.url(`${own}/`))).status).toBe(404);
  const secret = `/v1/resources/child/providers/osfstorage/${osf.fileId('child', 'secret.txt')}`;
  expect(await httpGet(osf.url(secret))).toMatchObject({ status: 403 });
  expect((await httpGet(osf.url(secret), mine)).status).toBe(302);
});
