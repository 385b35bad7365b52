import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { httpGet } from '../support/http-get.js';
import { startZenodo, type ZenodoHost } from './zenodo.js';

const md5 = (text: string) => createHash('md5').update(text).digest('hex');
const agent = { 'user-agent': 'medds-test' };
let zenodo: ZenodoHost;

beforeEach(async () => {
  zenodo = await startZenodo({ tokens: ['good'] });
  await zenodo.addRecord({ id: '11', concept: '10', files: [{ key: 'a b.zip', content: 'first' }] });
  await zenodo.addRecord({
    id: '12',
    concept: '10',
    title: 'Phantoms',
    files: [{ key: 'a b.zip', content: 'second' }],
  });
  await zenodo.addRecord({ id: '21', access: 'restricted', files: [{ key: 'secret.zip', content: 'secret' }] });
  await zenodo.addRecord({ id: '31', deleted: 'visible' });
  await zenodo.addRecord({ id: '41', deleted: 'hidden' });
});

afterEach(() => zenodo.close());

async function api(path: string, headers: Record<string, string> = {}) {
  const got = await httpGet(zenodo.url(path), { ...agent, ...headers });
  return { ...got, json: got.status === 302 ? undefined : JSON.parse(got.body.toString()) };
}

describe('records', () => {
  test('have the default shape, with links that download', async () => {
    const { status, headers, json } = await api('/api/records/12');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/json');
    expect(json).toMatchObject({
      id: 12,
      recid: '12',
      conceptrecid: '10',
      doi: '10.5281/zenodo.12',
      title: 'Phantoms',
      metadata: {
        access_right: 'open',
        license: { id: 'cc-by-4.0' },
        relations: { version: [{ index: 1, is_last: true }] },
      },
      files: [{ key: 'a b.zip', size: 6, checksum: `md5:${md5('second')}` }],
    });
    const { self } = json.files[0].links;
    expect(self).toBe(`${zenodo.origin}/api/records/12/files/a%20b.zip/content`);
    expect((await httpGet(self, agent)).body.toString()).toBe('second');
  });

  test('have the InvenioRDM shape when that is asked for', async () => {
    const { headers, json } = await api('/api/records/11', { accept: 'application/vnd.inveniordm.v1+json' });
    expect(headers['content-type']).toBe('application/vnd.inveniordm.v1+json');
    expect(json).toMatchObject({ id: '11', parent: { id: '10' }, versions: { is_latest: false, index: 1 } });
    expect(json.files.entries['a b.zip']).toMatchObject({ size: 5, checksum: `md5:${md5('first')}` });
  });

  test('list their files, each with its own page and content', async () => {
    const { json } = await api('/api/records/12/files');
    const [entry] = json.entries;
    expect((await api(new URL(entry.links.self).pathname)).json).toEqual(entry);
    expect((await httpGet(entry.links.content, agent)).body.toString()).toBe('second');
  });

  test('are found by their concept and as the latest version', async () => {
    const location = `${zenodo.origin}/api/records/12`;
    expect(await api('/api/records/10')).toMatchObject({ status: 302, headers: { location } });
    expect(await api('/api/records/11/versions/latest')).toMatchObject({ status: 302, headers: { location } });
    const { hits } = (await api('/api/records/11/versions')).json;
    expect(hits).toMatchObject({ total: 2, hits: [{ id: 12 }, { id: 11 }] });
  });

  test.each([
    ['/api/records/99', 404, { message: 'The persistent identifier does not exist.' }],
    ['/api/records/31', 410, { message: 'Record deleted', tombstone: {} }],
    ['/api/records/41', 404, { message: 'Record not found' }],
    ['/api/records/12/files/none.zip/content', 404, { message: 'No file with the key none.zip.' }],
    ['/api/records/21/files', 403, { message: 'Permission denied.' }],
    ['/api/records/21/files/secret.zip/content', 403, { message: 'Permission denied.' }],
  ])('%s answers %i', async (path, status, body) => {
    expect((await api(path)).json).toEqual({ status, ...body });
  });

  test('that are restricted seem empty, unless a token opens them', async () => {
    const closed = (await api('/api/records/21')).json;
    expect(closed).toMatchObject({ files: [], metadata: { access_right: 'restricted' } });
    expect(closed.links).not.toHaveProperty('files');
    const authorization = { authorization: 'Bearer good' };
    expect((await api('/api/records/21', authorization)).json.files).toHaveLength(1);
    expect((await api('/api/records/21?access_token=good')).json.files).toHaveLength(1);
    expect((await api('/api/records/21', { authorization: 'Bearer bad' })).status).toBe(401);
    expect((await httpGet(zenodo.url('/records/21/files/secret.zip'), agent)).status).toBe(403);
    expect((await httpGet(zenodo.url('/records/21/files/secret.zip'), { ...agent, ...authorization })).status).toBe(
      200,
    );
  });
});

describe('bytes', () => {
  test('come in ranges from the page route only', async () => {
    const range = { ...agent, range: 'bytes=3-' };
    const page = await httpGet(zenodo.url('/records/12/files/a%20b.zip?download=1'), range);
    expect(page).toMatchObject({ status: 206, headers: { 'content-range': 'bytes 3-5/6' } });
    expect(page.body.toString()).toBe('ond');
    expect(page.headers).not.toHaveProperty('etag');
    expect(page.headers).not.toHaveProperty('accept-ranges');
    expect(page.headers['content-disposition']).toBe('attachment; filename=a b.zip');
    const content = await httpGet(zenodo.url('/api/records/12/files/a%20b.zip/content'), range);
    expect(content.status).toBe(200);
    expect(content.body.toString()).toBe('second');
    expect(zenodo.bytesSent(zenodo.filePath('12', 'a b.zip'))).toBe(3);
  });

  test('misbehave like those of any host', async () => {
    zenodo.misbehave(zenodo.filePath('12', 'a b.zip'), { cutAt: 2, times: 1 });
    const url = zenodo.url('/records/12/files/a%20b.zip');
    expect((await httpGet(url, agent)).error).toBe('ECONNRESET');
    expect((await httpGet(url, agent)).body.toString()).toBe('second');
  });

  test('old page addresses redirect', async () => {
    const location = `${zenodo.origin}/records/12`;
    expect(await httpGet(zenodo.url('/record/12'), agent)).toMatchObject({ status: 301, headers: { location } });
  });
});

describe('manners', () => {
  test('every answer tells the rate limit and a Retry-After; too many requests get 429', async () => {
    const strict = await startZenodo({ rateLimit: { limit: 2, seconds: 60 } });
    await strict.addRecord({ id: '1' });
    const ask = () => httpGet(strict.url('/api/records/1'), agent);
    expect((await ask()).headers).toMatchObject({
      'x-ratelimit-limit': '2',
      'x-ratelimit-remaining': '1',
      'retry-after': '60',
    });
    expect((await ask()).status).toBe(200);
    const refused = await ask();
    expect(refused).toMatchObject({ status: 429, headers: { 'x-ratelimit-remaining': '0' } });
    expect(JSON.parse(refused.body.toString())).toEqual({ status: 429, message: '2 per 1 minute' });
    expect((await httpGet(strict.url('/api/records/1'), { 'user-agent': 'another client' })).status).toBe(200);
    expect(strict.takeViolations()).toEqual([]);
    await ask();
    await expect(strict.close()).rejects.toThrow('before the time that Retry-After asked for');
  });

  test.each<[string, string, Record<string, string>, string, number]>([
    ['no User-Agent', '/api/records/12', {}, 'GET', 403],
    ['a format that is not served', '/api/records/12', { ...agent, accept: 'text/csv' }, 'GET', 406],
    ['pages too long', '/api/records/12/versions?size=100', agent, 'GET', 400],
    ['a wrong method', '/api/records/12', agent, 'DELETE', 405],
    ['a route of old', '/api/files/bucket/a.zip', agent, 'GET', 404],
  ])('%s is refused and noted', async (_, path, headers, method, status) => {
    expect((await httpGet(zenodo.url(path), headers, { method })).status).toBe(status);
    expect(zenodo.takeViolations()).toHaveLength(1);
  });
});
