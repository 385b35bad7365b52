import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import yauzl from 'yauzl';
import { httpGet } from '../support/http-get.js';
import { startTcia, type TciaHost } from './tcia.js';

let tcia: TciaHost;
let first: ReturnType<TciaHost['addSeries']>;

beforeEach(async () => {
  tcia = await startTcia({ accounts: { ada: 'secret' } });
  first = tcia.addSeries({ collection: 'Soft-tissue-Sarcoma', patient: 'STS_010', images: ['one', 'two'] });
  tcia.addSeries({ collection: 'Soft-tissue-Sarcoma', patient: 'STS_011', modality: 'MR' });
  tcia.addSeries({ collection: 'Closed', restricted: true });
});

afterEach(() => tcia.close());

const api = (call: string, headers: Record<string, string> = {}) =>
  httpGet(tcia.url(`/nbia-api/services/v4/${call}`), headers);

async function post(path: string, form: Record<string, string>, headers: Record<string, string> = {}) {
  const answer = await fetch(tcia.url(path), { method: 'POST', body: new URLSearchParams(form), headers });
  return { status: answer.status, text: await answer.text() };
}

/** Names and contents, read by a library that knows nothing of the stand-in. */
async function unzipped(zip: Buffer): Promise<Record<string, string>> {
  const members: Record<string, string> = {};
  const reader = await yauzl.fromBufferPromise(zip);
  for await (const entry of reader.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await reader.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    members[entry.fileName] = Buffer.concat(chunks).toString();
  }
  return members;
}

describe('tables', () => {
  test('list series as JSON, without what is null', async () => {
    const { status, headers, body } = await api('getSeries?Collection=Soft-tissue-Sarcoma&PatientID=STS_010');
    expect([status, headers['content-type']]).toEqual([200, 'application/json']);
    const [row, ...rest] = JSON.parse(body.toString());
    expect(rest).toEqual([]);
    // The shape of a row that the real host gave.
    expect(row).toMatchObject({
      SeriesInstanceUID: first.series,
      StudyInstanceUID: first.study,
      Modality: 'CT',
      SeriesDate: '2003-12-12 00:00:00.0',
      SeriesNumber: 1,
      Collection: 'Soft-tissue-Sarcoma',
      PatientID: 'STS_010',
      ImageCount: 2,
      LicenseName: 'Creative Commons Attribution 3.0 Unported License',
      LicenseURI: 'http://creativecommons.org/licenses/by/3.0/',
      FileSize: 6,
      DateReleased: '2015-05-27 17:12:21.0',
    });
    expect(row).not.toHaveProperty('ProtocolName');
  });

  test('come as CSV, quoted, when that is asked for', async () => {
    const { headers, body } = await api('getSeries?PatientID=STS_010&format=csv');
    expect(headers['content-type']).toBe('text/csv');
    expect(body.toString()).toMatch(/^"SeriesInstanceUID","StudyInstanceUID","Modality",/);
    expect(body.toString()).toContain('"Series, ""1"""');
  });

  test('describe series by a posted list, and leave out what a guest may not see', async () => {
    const closed = '1.3.6.1.4.1.14519.5.2.1.9999.2.3';
    const { status, text } = await post('/nbia-api/services/v4/getSeriesMetadata', {
      list: `${first.series},${closed}`,
    });
    expect(status).toBe(200);
    expect(text.trim().split('\n')).toHaveLength(2);
    expect((await api(`getDeniedSeries?seriesList=${closed},${first.series}`)).body.toString()).toBe(
      `[{"SeriesInstanceUID":"${closed}"}]`,
    );
  });

  test('that are empty are 200 and no body at all', async () => {
    expect(await api('getSeries?Collection=None')).toMatchObject({ status: 200, body: Buffer.alloc(0) });
  });

  test('list the collections of whoever asks', async () => {
    const names = async (headers?: Record<string, string>) =>
      JSON.parse((await api('getCollectionValues', headers)).body.toString());
    expect(await names()).toEqual([{ Collection: 'Soft-tissue-Sarcoma' }]);
    const login = { username: 'ada', password: 'secret', client_id: 'NBIA', grant_type: 'password' };
    const { access_token: token, expires_in: seconds } = JSON.parse((await post('/nbia-api/oauth/token', login)).text);
    expect(seconds).toBe(7200);
    expect(await names({ authorization: `Bearer ${token}` })).toContainEqual({ Collection: 'Closed' });
    expect((await post('/nbia-api/oauth/token', { ...login, password: 'wrong' })).status).toBe(401);
    expect((await api('getCollectionValues', { authorization: 'Bearer none' })).status).toBe(401);
  });
});

describe('a series as a zip', () => {
  const query = () => `getImage?SeriesInstanceUID=${first.series}&NewFileNames=Yes&IncludeMD5=Yes`;

  test('holds licence, images and their checksums, without a length or ranges', async () => {
    const { status, headers, body } = await api(query(), { range: 'bytes=5-' });
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': `attachment; filename="${first.series}.zip"`,
      'transfer-encoding': 'chunked',
    });
    for (const name of ['content-length', 'etag', 'accept-ranges']) expect(headers).not.toHaveProperty(name);
    const md5 = (text: string) => createHash('md5').update(text).digest('hex');
    expect(await unzipped(body)).toEqual({
      LICENSE: expect.stringContaining('Creative Commons'),
      '1-001.dcm': 'one',
      '1-002.dcm': 'two',
      'md5hashes.csv': `Filename,MD5Hash\n1-001.dcm,${md5('one')}\n1-002.dcm,${md5('two')}\n`,
    });
  });

  test('ends as if it were whole when the server fails half-way', async () => {
    tcia.truncate(first.series, { images: 1, times: 1 });
    expect(Object.keys(await unzipped((await api(query())).body))).toEqual(['LICENSE', '1-001.dcm']);
    expect(Object.keys(await unzipped((await api(query())).body))).toHaveLength(4);
    expect(tcia.imageRequests(first.series)).toHaveLength(2);
  });

  test('is refused with 400 and text when it is unknown, and with 500 to HEAD', async () => {
    const { status, body } = await api('getImage?SeriesInstanceUID=1.2.3');
    expect(status).toBe(400);
    expect(body.toString()).toMatch(/^The user has not been granted the access/);
    expect((await httpGet(tcia.url(`/nbia-api/services/v4/${query()}`), {}, { method: 'HEAD' })).status).toBe(500);
  });
});

test.each([
  ['getSeries?collection=x', 400, /^Invalid query parameter: 'collection'/],
  ['getImage', 400, /is required/],
  ['getSeriesMetadata', 405, /Not Allowed/],
  ['getNothing', 404, /404/],
])('%s is refused and noted', async (call, status, said) => {
  const answer = await api(call);
  expect(answer.status).toBe(status);
  expect(answer.body.toString()).toMatch(said);
  expect(tcia.takeViolations()).toHaveLength(1);
});

test('other paths hold the files of the web pages', async () => {
  tcia.add('/wp-content/uploads/a.tcia', 'text');
  expect((await httpGet(tcia.url('/wp-content/uploads/a.tcia'))).body.toString()).toBe('text');
});
