import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { loadRegistry } from '../../src/registry/load.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { idc } from '../../src/sources/idc.js';
import { readS5cmd } from '../../src/sources/idc-manifest.js';
import { type HeldSeries, type IdcHost, startIdc, uuidOf } from '../hosts/idc.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { closeAgents, contextFor, fetchInto, fileOf, resolve } from './resolving.js';
import { pathsOf } from './stand-ins/idc.js';

let host: IdcHost;
let env: Record<string, string>;
let first: HeldSeries;
let second: HeldSeries;
let mask: HeldSeries;
let other: HeldSeries;

const DOI = '10.7937/k9/tcia.2015.phantom';

beforeEach(async () => {
  host = await startIdc({ pageSize: 2 });
  env = host.env;
  const collection = 'soft_tissue_sarcoma';
  first = await host.addSeries({ collection, patient: 'STS_1', images: ['one', 'two', 'three'], doi: DOI });
  second = await host.addSeries({ collection, patient: "STS_2'", bucket: 'idc-open-data-two', doi: DOI });
  mask = await host.addSeries({
    collection,
    patient: "STS_2'",
    modality: 'SEG',
    license: 'CC BY-NC 4.0',
    analysis: 'Masks',
  });
  other = await host.addSeries({ collection: 'others' });
});

afterEach(async () => {
  await host.close();
  removeTempDirs();
});
afterAll(closeAgents);

type Entry = Extract<SourceEntry, { method: 'idc' }>;
const entry = (rest: Omit<Entry, 'method'>): Entry => ({ method: 'idc', ...rest });
const sarcoma = (rest: Omit<Entry, 'method'> = {}) => entry({ collection: 'soft_tissue_sarcoma', ...rest });
const at = ({ bucket, uuid }: HeldSeries) => `s3://${bucket}/${uuid}`;

/** Images in the dataset, without what is told of the collections. */
async function imagesOf(source: Entry): Promise<string[]> {
  const { files } = await resolve(source, env);
  return files
    .map((file) => `${file.into}/${file.path}`)
    .filter((name) => name.endsWith('.dcm'))
    .sort();
}
const images = (...series: HeldSeries[]) => series.flatMap(pathsOf).sort();

describe('locators', () => {
  test.each<[string, object]>([
    ['idc:ct_lymph_nodes', { collection: 'ct_lymph_nodes' }],
    ['idc:a/P%2F1', { collection: 'a', patients: ['P/1'] }],
    ['idc:a/P/1.2.3/1.2.4', { collection: 'a', patients: ['P'], studies: ['1.2.3'], series: ['1.2.4'] }],
    ['idc:1.2.3.4', { series: ['1.2.3.4'] }],
    ['https://host/a%20b.s5cmd?x=1', { manifest: 'https://host/a%20b.s5cmd?x=1' }],
  ])('%s', (typed, expected) => {
    expect(idc.locate?.(typed)?.entry).toEqual({ method: 'idc', ...expected });
  });

  test.each(['idc:', 'idc:a//1.2.3', 'idc:a/P/not-a-uid', 'idc:a/P/1.2/1.3/more'])('%s names nothing', (typed) => {
    expect(() => idc.locate?.(typed)).toThrow(/names no collection/);
  });

  test('others’', () => {
    expect(idc.locate?.('https://host/a.zip')).toBeUndefined();
    expect(idc.locate?.('luna16')).toBeUndefined();
  });

  test('a manifest on this machine', () => {
    const file = path.join(tempDir('manifest'), 'some.s5cmd');
    writeFileSync(file, `# made for tests\ncp ${at(first)}/* .\n`);
    expect(idc.locate?.(file)).toMatchObject({ id: 'some', entry: { locations: [at(first)] } });
    expect(() => idc.locate?.(`${file}.s5cmd`)).toThrow(/There is no manifest/);
  });
});

describe('manifests', () => {
  const uuid = '28621ba9-1aca-4aab-a2a1-f6d2c3e2ab19';

  test.each([
    ['the portal’s', `# Total manifest size on disk: 3.21 GB\ncp s3://idc-open-data/${uuid}/* .\n`, 'idc-open-data'],
    [
      'one for a study',
      `# s5cmd run\nstudy_manifest_cp_command\ncp s3://idc-open-data/${uuid}/*  .\r\n`,
      'idc-open-data',
    ],
    ['the API’s', `s3://idc-open-data-cr/${uuid}/*\ns3://idc-open-data-cr/${uuid}/*\n`, 'idc-open-data-cr'],
    ['one for Google’s storage', `cp s3://idc-open-idc1/${uuid}/* .`, 'idc-open-data-two'],
    ['an old one for it', `cp s3://public-datasets-idc/${uuid}/* .`, 'idc-open-data'],
  ])('%s', (_, text, bucket) => {
    expect(readS5cmd(text, 'x')).toEqual([`s3://${bucket}/${uuid}`]);
  });

  test.each([
    [
      'cp s3://idc-open-data/../../etc/* .',
      /x, line 1: "cp s3:\/\/idc-open-data\/\.\.\/\.\.\/etc\/\* \." names no series/,
    ],
    ['<!doctype html>', /x, line 1/],
    ['# nothing\n', /x names no series/],
  ])('%s', (text, message) => {
    expect(() => readS5cmd(text, 'x')).toThrow(message);
  });
});

describe('what is chosen', () => {
  test('a collection, whole or in part', async () => {
    expect(await imagesOf(sarcoma())).toEqual(images(first, second, mask));
    expect(await imagesOf(sarcoma({ patients: ["STS_2'"] }))).toEqual(images(second, mask));
    expect(await imagesOf(sarcoma({ modalities: ['SEG'] }))).toEqual(images(mask));
    expect(await imagesOf(sarcoma({ studies: [first.study] }))).toEqual(images(first));
    expect(await imagesOf(sarcoma({ series: [second.series] }))).toEqual(images(second));
    expect(await imagesOf(sarcoma({ exclude: ['STS_1/**'] }))).toEqual(images(second, mask));
  });

  test('series by themselves', async () => {
    expect(await imagesOf(entry({ series: [other.series, first.series] }))).toEqual(images(first, other));
  });

  test('what a manifest names, also what the newest release does not have', async () => {
    const prior = await host.addSeries({ collection: 'soft_tissue_sarcoma', patient: 'STS_0', prior: true });
    const unknown = uuidOf('unknown');
    await host.s3.addObject('idc-open-data', { key: `${unknown}/a.dcm`, content: 'x' });
    host.add('/x.s5cmd', [first, prior].map((one) => `cp ${at(one)}/* .\n`).join(''));
    expect(await imagesOf(entry({ manifest: host.url('/x.s5cmd') }))).toEqual(images(prior, first));
    const { notes, files } = await resolve(entry({ locations: [`s3://idc-open-data/${unknown}`] }), env);
    expect(files).toMatchObject([{ path: 'a.dcm', into: expect.stringContaining(unknown) }]);
    expect(notes).toEqual([expect.stringMatching(/tells nothing of 1 of 1 series/)]);
  });

  test("a collection's name as TCIA has it", async () => {
    const { files, notes, title } = await resolve(entry({ collection: 'Soft-tissue Sarcoma' }), env);
    expect(files).toHaveLength(6);
    expect(title).toBe('soft tissue sarcoma');
    expect(notes[0]).toBe('IDC calls this collection soft_tissue_sarcoma.');
  });

  test('folders by a template, told apart where it does not do so', async () => {
    const { files } = await resolve(sarcoma({ layout: '{PatientID}/{StudyDate}/{SeriesNumber} {Modality}' }), env);
    expect(new Set(files.map(({ into }) => into))).toEqual(
      new Set(['STS_1/2003-12-12/1 CT', "STS_2'/2003-12-12/2 CT", "STS_2'/2003-12-12/3 SEG", '']),
    );
    const alike = await resolve(sarcoma({ layout: '{Collection}', into: 'dicom' }), env);
    expect(new Set(alike.files.map(({ into }) => into)).size).toBe(4);
    expect(fileOf(alike, 'IDC-soft_tissue_sarcoma.json').into).toBe('dicom');
  });
});

describe('what is told of it', () => {
  test('version, licences, DOIs, and whose analyses', async () => {
    expect(await resolve(sarcoma(), env)).toMatchObject({
      label: 'IDC soft_tissue_sarcoma',
      revision: 'idc-index-data:24.2.2',
      doi: `10.7937/k9/tcia.0000.phantom ${DOI}`,
      license: { name: 'CC BY 3.0 / CC BY-NC 4.0' },
      notes: [
        'Its series are under several licences: CC BY 3.0 (2 series), CC BY-NC 4.0 (1 series).',
        expect.stringMatching(/analyses by others, to be cited by themselves: Masks \(1 series\)/),
      ],
    });
    expect((await resolve(sarcoma({ modalities: ['CT'] }), env)).license).toEqual({
      name: 'CC BY 3.0',
      spdx: 'CC-BY-3.0',
      url: 'https://creativecommons.org/licenses/by/3.0/',
    });
  });

  test('sizes, MD5s, and the stable address of every image', async () => {
    const resolution = await resolve(sarcoma({ patients: ['STS_1'] }), env);
    const [uuid, name = ''] = (first.keys[0] as string).split('/');
    const file = fileOf(resolution, name);
    expect(file).toMatchObject({
      size: 3,
      checksums: [`md5:${createHash('md5').update('one').digest('hex')}`],
      unpack: false,
    });
    expect(await file.request()).toEqual({ url: `${host.s3.origin}/idc-open-data/${uuid}/${name}` });
  });

  test('an ETag of several parts is no MD5', async () => {
    const key = first.keys[0] as string;
    await host.s3.addObject('idc-open-data', { key, content: 'one', parts: 2 });
    const resolution = await resolve(sarcoma({ patients: ['STS_1'] }), env);
    expect(fileOf(resolution, key.split('/')[1] as string).checksums).toEqual([]);
  });

  test('the collection’s own page lies beside the images', async () => {
    const { path: folder, verified } = await fetchInto(sarcoma(), env).result;
    expect(Object.keys(await treeOf(folder)).sort()).toEqual(
      [...images(first, second, mask), 'IDC-soft_tissue_sarcoma.json'].sort(),
    );
    expect(verified).toMatchObject({ checksums: 6, of: 6 });
    const about = JSON.parse(readFileSync(path.join(folder, 'IDC-soft_tissue_sarcoma.json'), 'utf8'));
    expect(about.licenses).toHaveLength(2);
  });
});

describe('a host that answers another question', () => {
  test('with the whole archive', async () => {
    host.ignoresConditions = true;
    await expect(resolve(sarcoma(), env)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(/series that were not asked for/),
    });
  });

  test('with fewer rows than there are', async () => {
    const rows = { columns: [], rows: [first.row], row_count: 1, truncated: false, max_rows: 10_000 };
    host.misbehave('/v3/sql', { status: 200, body: JSON.stringify(rows) });
    await expect(resolve(sarcoma(), env)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringMatching(/lists 1 of the 3 series/),
    });
  });

  test.each<[string, object]>([
    ['rows without their place', { rows: [{ collection_id: 'soft_tissue_sarcoma', SeriesInstanceUID: '1.2' }] }],
    ['no rows', { answer: 42 }],
    ['less than one row at a time', { rows: [], truncated: true, max_rows: 0 }],
  ])('with %s', async (_, body) => {
    host.misbehave('/v3/sql', { status: 200, body: JSON.stringify(body) });
    await expect(resolve(sarcoma(), env)).rejects.toMatchObject({ exitCode: 5 });
  });

  test('by no more rows than it likes: they are asked for bit by bit', async () => {
    const small = await startIdc({ maxRows: 2 });
    for (let number = 0; number < 7; number++) await small.addSeries({ collection: 'many', patient: `P${number}` });
    const { files } = await resolve(entry({ collection: 'many' }), small.env);
    expect(files).toHaveLength(8);
    await small.close();
  });
});

describe('what fails', () => {
  test.each<[string, () => Entry, number, RegExp]>([
    ['no such collection', () => entry({ collection: 'sarcoma' }), 3, /There is no collection "sarcoma" in IDC/],
    ['no such patient', () => sarcoma({ patients: ['STS_9'] }), 3, /holds no series of STS_9/],
    ['a modality in another case', () => sarcoma({ modalities: ['seg'] }), 3, /holds no series of seg/],
    ['a series that is gone', () => entry({ series: [first.series, '1.2.3'] }), 3, /1 of 2 series are not in IDC/],
    ['no folder that fits', () => sarcoma({ include: ['none/**'] }), 3, /no series whose folder fits/],
    ['a manifest that is gone', () => entry({ manifest: host.url('/none.s5cmd') }), 3, /is gone/],
    [
      'a folder that is gone',
      () => entry({ locations: [`s3://idc-open-data/${uuidOf('none')}`] }),
      3,
      /holds no images/,
    ],
    [
      'a bucket that is gone',
      () => entry({ locations: [`s3://none/${uuidOf('none')}`] }),
      3,
      /There is no S3 bucket none/,
    ],
  ])('%s', async (_, source, exitCode, message) => {
    await expect(resolve(source(), env)).rejects.toMatchObject({ exitCode, message: expect.stringMatching(message) });
  });

  test('a name near to one that exists is suggested', async () => {
    await expect(resolve(entry({ collection: 'sarcoma' }), env)).rejects.toMatchObject({
      hint: expect.stringMatching(/Near to it: soft_tissue_sarcoma\./),
    });
  });

  test('fewer images than IDC counts', async () => {
    host.s3.removeObject('idc-open-data', first.keys[1] as string);
    await expect(resolve(sarcoma(), env)).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringMatching(/holds 2 images where IDC counts 3/),
    });
  });

  test('a manifest that is a page', async () => {
    host.add('/x.s5cmd', '<html>Sign in</html>');
    await expect(resolve(entry({ manifest: host.url('/x.s5cmd') }), env)).rejects.toMatchObject({ exitCode: 5 });
  });

  test.each<[string, number, unknown, number, RegExp]>([
    ['an interface that is gone', 410, { message: 'IDC v3 API endpoints have been deprecated' }, 3, /v3 API endpoints/],
    ['a column that is gone', 400, { error: { code: 'invalid_query', message: 'Binder Error' } }, 5, /Binder Error/],
    ['a body that is gone', 422, { detail: [] }, 5, /does not understand/],
    ['too long a question', 504, { error: { code: 'query_timeout', message: '30s' } }, 5, /504/],
  ])('%s', async (_, status, body, exitCode, message) => {
    host.misbehave('/v3/sql', { status, body: JSON.stringify(body) });
    await expect(resolve(sarcoma(), env)).rejects.toMatchObject({ exitCode, message: expect.stringMatching(message) });
  });
});

test('a large collection: few questions to the API, lists a few at a time, in seconds', async () => {
  const count = 2000;
  const rows = Array.from({ length: count }, (_, number) => ({
    ...first.row,
    collection_id: 'many',
    SeriesInstanceUID: `1.2.${number}`,
    crdc_series_uuid: uuidOf(`many ${number}`),
    instanceCount: 50,
  })).sort((a, b) => (a.crdc_series_uuid < b.crdc_series_uuid ? -1 : 1));
  const contents = Array.from(
    { length: 50 },
    (_, image) => `<Contents><Key>KEY/${image}.dcm</Key><Size>1</Size></Contents>`,
  );
  const page = `<ListBucketResult><IsTruncated>false</IsTruncated>${contents.join('')}</ListBucketResult>`;
  let [open, peak] = [0, 0];
  const context = contextFor({});
  context.http.ask = async (question) => {
    open++;
    peak = Math.max(peak, open);
    await new Promise(setImmediate);
    open--;
    const url = new URL(question.url);
    const text =
      url.pathname === '/v3/sql'
        ? JSON.stringify({ rows, truncated: false, max_rows: 10_000 })
        : url.pathname.startsWith('/v3/')
          ? JSON.stringify({ collection_id: 'many', series: count, idc_index_data_version: '1' })
          : page.replaceAll('KEY/', url.searchParams.get('prefix') ?? '');
    return { status: 200, headers: {}, url: question.url, text, json: <T>() => JSON.parse(text) as T };
  };
  const { files } = await idc.resolve(entry({ collection: 'many' }), context);
  expect(files).toHaveLength(count * 50 + 1);
  expect(peak).toBeLessThanOrEqual(16);
});

describe('the bundled registry', async () => {
  const flat = (source: SourceEntry): SourceEntry[] => (source.method === 'all' ? source.of : [source]);
  const { datasets } = await loadRegistry({});
  const entries = datasets.flatMap(({ id, sources }) =>
    sources.flatMap(flat).flatMap((source) => (source.method === 'idc' ? [[id, source] as const] : [])),
  );

  test.each(entries)('%s lands its tree', async (_, { onlyByName, official, ...source }) => {
    const collection = source.collection as string;
    const ct = await host.addSeries({ collection, patient: 'P1', images: ['one', 'two'] });
    const seg = await host.addSeries({ collection, patient: 'P1', modality: 'SEG' });
    const { path: folder } = await fetchInto(source, env).result;
    expect(Object.keys(await treeOf(folder)).sort()).toEqual([...images(ct, seg), `IDC-${collection}.json`].sort());
  });
});
