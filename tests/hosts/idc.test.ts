import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { httpGet } from '../support/http-get.js';
import { type HeldSeries, type IdcHost, startIdc } from './idc.js';

let idc: IdcHost;
let first: HeldSeries;

beforeEach(async () => {
  idc = await startIdc();
  first = await idc.addSeries({ collection: 'rider_pilot', patient: "O'Neill", images: ['one', 'two'] });
  await idc.addSeries({
    collection: 'rider_pilot',
    modality: 'SEG',
    license: 'CC BY 4.0',
    bucket: 'idc-open-data-two',
  });
  await idc.addSeries({ collection: 'nlst', prior: true });
});

afterEach(() => idc.close());

const get = async (path: string) => {
  const { status, body } = await httpGet(idc.url(path));
  return { status, json: JSON.parse(body.toString()) };
};

async function ask(body: unknown) {
  const answer = await fetch(idc.url('/v3/sql'), { method: 'POST', body: JSON.stringify(body) });
  return { status: answer.status, json: (await answer.json()) as Record<string, unknown> };
}

const question = (where: string, columns = 'SeriesInstanceUID, crdc_series_uuid', table = 'index') =>
  `SELECT ${columns} FROM ${table} WHERE ${where} ORDER BY crdc_series_uuid LIMIT 10`;

test('tells its version and its collections', async () => {
  expect((await get('/v3/version')).json).toEqual({
    idc_version: 'v24',
    idc_index_data_version: '24.2.2',
    api_version: '3.0.0b2',
    build: '968e137',
  });
  expect((await get('/v3/collections')).json).toMatchObject([{ collection_id: 'rider_pilot' }]);
  expect((await get('/v3/collections/rider_pilot')).json).toMatchObject({
    collection_id: 'rider_pilot',
    patients: 2,
    series: 2,
    instances: 3,
    modalities: ['CT', 'SEG'],
    licenses: [
      { license_short_name: 'CC BY 3.0', series: 1 },
      { license_short_name: 'CC BY 4.0', series: 1 },
    ],
  });
  expect(await get('/v3/collections/none')).toEqual({
    status: 404,
    json: { error: { code: 'not_found', message: "Collection not found: 'none'" } },
  });
});

describe('SQL', () => {
  test('answers with the rows that fit, no more than its limit, and says so', async () => {
    const { json } = await ask({ sql: question("collection_id IN ('x', 'rider_pilot')"), max_rows: 1 });
    expect(json).toMatchObject({
      columns: ['SeriesInstanceUID', 'crdc_series_uuid'],
      row_count: 1,
      truncated: true,
      max_rows: 1,
    });
    const { json: one } = await ask({ sql: question("PatientID IN ('O''Neill') AND crdc_series_uuid > ''") });
    expect(one).toMatchObject({ rows: [{ SeriesInstanceUID: first.series }], truncated: false, max_rows: 5000 });
    expect((await ask({ sql: question("Modality IN ('ct')") })).json.rows).toEqual([]);
    expect(
      (await ask({ sql: question("collection_id IN ('nlst')", 'PatientID', 'prior_versions_index') })).json.rows,
    ).toEqual([{ PatientID: 'PATIENT_1' }]);
  });

  test('takes a value above its limit for the limit, without a word', async () => {
    expect((await ask({ sql: question("Modality IN ('CT')"), max_rows: 50_000 })).json.max_rows).toBe(10_000);
  });

  test.each([
    [{ sql: 'DROP TABLE index' }, 400, 'Only read-only SELECT (or WITH ... SELECT) statements are allowed.', 0],
    [{ sql: question('TRUE') }, 400, 'Parser Error: syntax error in TRUE', 1],
    [{ sql: question("Color IN ('x')") }, 400, 'Binder Error: Referenced column "Color" not found in FROM clause!', 1],
  ])('refuses %j', async (body, status, message, violations) => {
    expect(await ask(body)).toEqual({ status, json: { error: { code: 'invalid_query', message } } });
    expect(idc.takeViolations()).toHaveLength(violations);
  });

  test('wants its question by its name', async () => {
    expect((await ask({ query: 'SELECT 1' })).status).toBe(422);
    expect(idc.takeViolations()).toHaveLength(1);
  });
});

test('what is gone, and what never was, is refused and noted', async () => {
  expect(await get('/v2/collections')).toMatchObject({ status: 410, json: { code: 410 } });
  expect(await get('/v3/download')).toEqual({ status: 404, json: { detail: 'Not Found' } });
  expect(idc.takeViolations()).toHaveLength(2);
});

test('its buckets hold a folder for each series', async () => {
  const { body } = await httpGet(idc.s3.url(`/idc-open-data/?list-type=2&prefix=${first.uuid}/`));
  for (const key of first.keys) expect(body.toString()).toContain(`<Key>${key}</Key>`);
  expect(first.keys[0]).toMatch(/^[0-9a-f-]{36}\/[0-9a-f-]{36}\.dcm$/);
});
