import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { httpGet } from '../support/http-get.js';
import { type KaggleHost, startKaggle } from './kaggle.js';

let kaggle: KaggleHost;

beforeEach(async () => {
  kaggle = await startKaggle({ keys: { ada: 'key' }, tokens: { KGAT_good: 'ada' }, single: 3 });
  const files = [
    { name: 'labels.csv', content: 'case,label\n', wrapped: true },
    { name: 'images/a b.png', content: 'pixels' },
  ];
  await kaggle.addDataset('ada/phantoms', files, { title: 'Phantoms', license: 'CC BY-SA 4.0' });
  await kaggle.addDataset('ada/phantoms', [...files, { name: 'new.csv', content: 'x' }]);
  await kaggle.addDataset('ada/closed', files, { access: 'login' });
  await kaggle.addDataset('ada/hidden', files, { access: 'private' });
  await kaggle.addCompetition('segment', files);
});

afterEach(() => kaggle.close());

const basic = { authorization: `Basic ${Buffer.from('ada:key').toString('base64')}` };

async function api(path: string, headers: Record<string, string> = {}) {
  const got = await httpGet(kaggle.url(`/api/v1/${path}`), headers);
  const text = got.body.toString();
  return { ...got, text, json: text.startsWith('{') ? JSON.parse(text) : undefined };
}

async function storage(path: string, headers: Record<string, string> = {}) {
  const { status, headers: said } = await api(path);
  expect(status).toBe(302);
  return httpGet(said.location as string, headers);
}

describe('lists', () => {
  test('have a file in each entry, with its members twice', async () => {
    const { status, json } = await api('datasets/list/ada/phantoms?datasetVersionNumber=1');
    expect(status).toBe(200);
    expect(json).toMatchObject({ nextPageTokenNullable: null, nextPageToken: '', errorMessage: '' });
    expect(json.datasetFiles).toMatchObject([
      { name: 'labels.csv', nameNullable: 'labels.csv', totalBytes: 11, fileType: '.csv', columns: [] },
      { name: 'images/a b.png', totalBytes: 6 },
    ]);
  });

  test('come in pages', async () => {
    const first = (await api('datasets/list/ada/phantoms?pageSize=2')).json;
    expect(first).toMatchObject({ hasNextPageToken: true, datasetFiles: [{}, {}] });
    const token = encodeURIComponent(first.nextPageTokenNullable);
    const second = (await api(`datasets/list/ada/phantoms?pageSize=2&pageToken=${token}`)).json;
    expect(second).toMatchObject({ hasNextPageToken: false, datasetFiles: [{ name: 'new.csv' }] });
    expect((await api('datasets/list/ada/phantoms?pageToken=other')).status).toBe(400);
  });

  test('of competitions are shown to accounts', async () => {
    expect((await api('competitions/data/list/segment')).status).toBe(401);
    expect((await api('competitions/data/list/segment', basic)).json.files).toHaveLength(2);
  });

  test('are of a dataset whose view tells title, licence and version', async () => {
    expect((await api('datasets/view/ada/phantoms')).json).toMatchObject({
      titleNullable: 'Phantoms',
      licenseNameNullable: 'CC BY-SA 4.0',
      currentVersionNumberNullable: 2,
    });
  });
});

describe('downloads', () => {
  test('redirect to a signed link, which knows ranges and tells checksums', async () => {
    const { status, headers, body } = await storage('datasets/download/ada/phantoms/images%2Fa%20b.png', {
      range: 'bytes=0-2',
    });
    expect(status).toBe(206);
    expect(body.toString()).toBe('pix');
    const md5 = createHash('md5').update('pixels').digest('base64');
    expect(headers['x-goog-hash']).toMatch(new RegExp(`^crc32c=.{8},md5=${md5.replaceAll('+', '\\+')}$`));
    expect(headers).toMatchObject({ 'content-range': 'bytes 0-2/6', etag: expect.any(String) });
  });

  test('of single files may be zips; of all they are', async () => {
    const { location } = (await api('datasets/download/ada/phantoms/labels.csv')).headers;
    expect(new URL(location as string).pathname).toMatch(/^\/kaggle-data-sets\/77\/\d+\/compressed\/labels\.csv\.zip$/);
    for (const path of ['datasets/download/ada/phantoms', 'datasets/download/ada/phantoms/labels.csv']) {
      expect((await storage(path)).body.toString('latin1', 0, 4)).toBe('PK\u0003\u0004');
    }
  });

  test('end with their link', async () => {
    const { location } = (await api('datasets/download/ada/phantoms')).headers;
    kaggle.storage.expire();
    const expired = await httpGet(location as string);
    expect(expired).toMatchObject({ status: 400, headers: { 'content-type': 'application/xml; charset=UTF-8' } });
    expect(expired.body.toString()).toContain('<Code>ExpiredToken</Code>');
    expect((await storage('datasets/download/ada/phantoms')).status).toBe(200);
  });

  test('a loop over single files is refused', async () => {
    const one = () => api('datasets/download/ada/phantoms/labels.csv');
    for (let count = 0; count < 3; count++) expect((await one()).status).toBe(302);
    expect((await one()).json).toEqual({ code: 429, message: 'TooManyRequests' });
  });

  test.each<[string, string, Record<string, string>, number]>([
    ['what is given to accounts only', 'datasets/download/ada/closed', {}, 403],
    ['what is given to accounts only, by one', 'datasets/download/ada/closed', basic, 302],
    ['by one with a token', 'datasets/download/ada/closed', { authorization: 'Bearer KGAT_good' }, 302],
    ['with a wrong key', 'datasets/download/ada/closed', { authorization: 'Basic YWRhOm5v' }, 401],
    ['with a wrong token', 'datasets/list/ada/phantoms', { authorization: 'Bearer no' }, 401],
    ['what is private', 'datasets/list/ada/hidden', basic, 404],
    ['what is not there', 'datasets/list/ada/none', {}, 403],
    ['a file that is not there', 'datasets/download/ada/phantoms/none.csv', {}, 404],
    ['a version that is not there', 'datasets/list/ada/phantoms?datasetVersionNumber=9', {}, 404],
    ['a competition without its rules', 'competitions/data/download-all/segment', basic, 403],
    ['who one is', 'competitions/list?group=entered', {}, 401],
    ['who one is, by one', 'competitions/list?group=entered', basic, 200],
  ])('%s: %s', async (_, path, headers, status) => {
    expect((await api(path, headers)).status).toBe(status);
  });

  test('rules that are not accepted are named, with the apostrophe escaped', async () => {
    const { text, json } = await api('competitions/data/download/segment/labels.csv', basic);
    expect(text).toContain('competition\\u0027s rules');
    expect(json).toMatchObject({ code: 403, message: expect.stringContaining("accept this competition's rules") });
  });
});

test.each<[string, () => Promise<{ status: number }>, number]>([
  ['a page too long', () => api('datasets/list/ada/phantoms?pageSize=500'), 400],
  ['folders that are not encoded', () => api('datasets/download/ada/phantoms/images/a'), 404],
  ['what is posted', () => httpGet(kaggle.url('/api/v1/datasets/view/ada/phantoms'), {}, { method: 'POST' }), 404],
  ['an unknown route', () => api('datasets/files/ada/phantoms'), 404],
])('%s is refused and noted', async (_, ask, status) => {
  expect((await ask()).status).toBe(status);
  expect(kaggle.takeViolations()).toHaveLength(1);
});

test("Kaggle's secret sent to the storage is noted", async () => {
  await storage('datasets/download/ada/phantoms', basic);
  expect(kaggle.storage.takeViolations()).toHaveLength(1);
});

test('HEAD is answered with 404', async () => {
  const head = await httpGet(kaggle.url('/api/v1/datasets/download/ada/phantoms'), {}, { method: 'HEAD' });
  expect(head.status).toBe(404);
});
