/** The stand-in for Dataverse answers in the shapes that were recorded from Harvard's and the demo server in 2026. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { httpGet } from '../support/http-get.js';
import { type DataverseHost, startDataverse } from './dataverse.js';

const PID = 'doi:10.70122/FK2/YAAX1R';
const agent = { 'user-agent': 'medds-test' };
let dataverse: DataverseHost;

beforeEach(async () => {
  dataverse = await startDataverse({ tokens: ['good'] });
  await dataverse.addDataset({ pid: PID, files: [{ name: 'old.txt', content: 'old' }] });
  await dataverse.addDataset({
    pid: PID,
    version: '2.1',
    title: 'A survey',
    files: [
      { name: 'table.csv', folder: 'data', content: 'a,b\n', tab: 'a\tb\n' },
      { name: 'scan.jpg', content: 'scan', pid: `${PID}/RK2WS3` },
      { name: 'sums.bin', content: 'sums', algorithm: 'SHA-1' },
      { name: 'closed.bin', content: 'closed', restricted: true },
    ],
  });
  await dataverse.addDataset({ pid: 'doi:10.7910/DVN/P7UKWR', state: 'deaccessioned' });
  await dataverse.addDataset({ pid: 'doi:10.5/DRAFT', state: 'draft' });
  await dataverse.addDataset({ pid: 'doi:10.5/GUEST', guestbook: 380, files: [{ name: 'a', content: 'a' }] });
});
afterEach(() => dataverse.close());

async function api(path: string, headers: Record<string, string> = {}) {
  const got = await httpGet(dataverse.url(path), { ...agent, ...headers });
  return { ...got, json: JSON.parse(got.body.toString()) };
}
const dataset = (rest: string, pid = PID) => `/api/datasets/:persistentId/${rest}persistentId=${pid}`;

test('datasets and versions have the recorded shape', async () => {
  const { json } = await api(dataset('?'));
  expect(json).toMatchObject({
    status: 'OK',
    data: {
      identifier: 'FK2/YAAX1R',
      persistentUrl: 'https://doi.org/10.70122/FK2/YAAX1R',
      protocol: 'doi',
      authority: '10.70122',
      latestVersion: {
        datasetPersistentId: PID,
        versionNumber: 2,
        versionMinorNumber: 1,
        versionState: 'RELEASED',
        license: { name: 'CC0 1.0', uri: 'http://creativecommons.org/publicdomain/zero/1.0' },
        metadataBlocks: { citation: { fields: [{ typeName: 'title', value: 'A survey' }] } },
      },
    },
  });
  const version = await api(dataset('versions/2.1?'));
  const md5 = createHash('md5').update('a,b\n').digest('hex');
  expect(version.json.data.files).toMatchObject([
    {
      label: 'table.tab',
      directoryLabel: 'data',
      restricted: false,
      dataFile: {
        filename: 'table.tab',
        filesize: 4,
        originalFileFormat: 'text/csv',
        originalFileSize: 4,
        originalFileName: 'table.csv',
        md5,
        checksum: { type: 'MD5', value: md5 },
        tabularData: true,
      },
    },
    { label: 'scan.jpg', dataFile: { tabularData: false } },
    { label: 'sums.bin', dataFile: { checksum: { type: 'SHA-1' } } },
    { label: 'closed.bin', restricted: true },
  ]);
  expect(version.json.data.files[2].dataFile).not.toHaveProperty('md5');
  expect((await api(dataset('versions/1.0?'))).json.data.files).toMatchObject([{ label: 'old.txt' }]);
  expect((await api(dataset('versions/:latest-published?excludeFiles=true&'))).json.data).not.toHaveProperty('files');
  expect((await api(dataset('versions/2.1/files?limit=2&offset=1&'))).json).toMatchObject({
    totalCount: 4,
    data: [{ label: 'scan.jpg' }, { label: 'sums.bin' }],
  });
  expect((await api(`/api/files/:persistentId/?persistentId=${PID}/RK2WS3`)).json.data.label).toBe('scan.jpg');
});

test.each<[string, number, RegExp]>([
  [dataset('?', 'doi:10.5/NONE'), 404, /a persistentId query parameter must be present/],
  [dataset('?', `${PID}/RK2WS3`), 404, /a persistentId query parameter must be present/],
  [dataset('versions/7.0?'), 404, /version 7.0 of dataset \d+ not found/],
  [dataset('?', 'doi:10.5/DRAFT'), 401, /not permitted/],
  [
    '/api/files/:persistentId/?persistentId=doi:10.5/NONE',
    404,
    /^Datafile with Persistent ID doi:10.5\/NONE not found/,
  ],
  ['/api/access/datafile/1', 404, /Failed to locate/],
])('%s answers %i', async (path, status, message) => {
  expect(await api(path)).toMatchObject({ status, json: { status: 'ERROR', message: expect.stringMatching(message) } });
});

test('a withdrawn dataset has no latest version', async () => {
  const { json } = await api(dataset('?', 'doi:10.7910/DVN/P7UKWR'));
  expect(json.status).toBe('OK');
  expect(json.data).not.toHaveProperty('latestVersion');
});

test('a token opens what is closed, a wrong one nothing, and the firewall knows Python', async () => {
  expect(await api(dataverse.filePath(PID, 'closed.bin'))).toMatchObject({ status: 403, json: { status: 'ERROR' } });
  const path = dataverse.url(dataverse.filePath(PID, 'closed.bin'));
  expect((await httpGet(path, { ...agent, 'x-dataverse-key': 'good' })).status).toBe(303);
  expect((await api('/api/users/:me', { 'x-dataverse-key': 'bad' })).status).toBe(401);
  expect((await httpGet(path, { 'user-agent': 'python-requests/2.31' })).status).toBe(403);
  expect(dataverse.takeViolations()).toHaveLength(1);
});

test('a guestbook stands before the files', async () => {
  const { status, json } = await api(dataverse.filePath('doi:10.5/GUEST', 'a'));
  expect({ status, json }).toEqual({
    status: 400,
    json: {
      status: 'ERROR',
      message: 'You may not download this file without the required Guestbook response for guestbookID 380.',
    },
  });
});

describe('bytes', () => {
  test('come from the store, tables as they were uploaded when that is asked for', async () => {
    const file = dataverse.filePath(PID, 'table.tab');
    const { headers } = await httpGet(dataverse.url(`${file}?format=original`), agent);
    expect((await httpGet(String(headers.location))).body.toString()).toBe('a,b\n');
    const made = await httpGet(dataverse.url(file), agent);
    expect(made).toMatchObject({ status: 200, body: Buffer.from('a\tb\n') });
    expect((await httpGet(dataverse.url(file), { ...agent, range: 'bytes=0-1' })).status).toBe(404);
  });

  test('come from the server itself where there is no store: one range, without If-Range', async () => {
    const own = await startDataverse({ redirects: false });
    await own.addDataset({ pid: PID, files: [{ name: 'a.bin', content: '0123456789' }] });
    const get = (headers: Record<string, string>) =>
      httpGet(own.url(own.filePath(PID, 'a.bin')), { ...agent, ...headers });
    expect((await get({})).headers).not.toHaveProperty('accept-ranges');
    expect(await get({ range: 'bytes=8-99', 'if-range': '"other"' })).toMatchObject({
      status: 206,
      headers: { 'accept-ranges': 'bytes', 'content-range': 'bytes 8-9/10' },
    });
    expect((await get({ range: 'bytes=0-1,4-5' })).status).toBe(416);
    expect((await get({ range: 'bytes=10-' })).status).toBe(416);
    await own.close();
  });
});
