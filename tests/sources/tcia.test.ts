import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SourceEntry } from '../../src/registry/schema.js';
import { tcia } from '../../src/sources/tcia.js';
import { startTcia, type TciaHost } from '../hosts/tcia.js';
import type { HeldSeries } from '../hosts/tcia-series.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { closeAgents, fetchInto, resolve } from './resolving.js';
import { treeOfSeries } from './stand-ins/tcia.js';

let host: TciaHost;
let env: Record<string, string>;
let first: HeldSeries;
let second: HeldSeries;
let mask: HeldSeries;
let closed: HeldSeries;

beforeEach(async () => {
  host = await startTcia({ accounts: { ada: 'secret' } });
  env = { MEDDS_ENDPOINT_TCIA: host.endpoint };
  first = host.addSeries({ collection: 'Soft-tissue Sarcoma', patient: 'STS_1', images: ['one', 'two'] });
  second = host.addSeries({ collection: 'Soft-tissue Sarcoma', patient: 'STS_2' });
  mask = host.addSeries({ collection: 'Soft-tissue Sarcoma', patient: 'STS_2', modality: 'SEG' });
  closed = host.addSeries({ collection: 'Closed', restricted: true });
});

afterEach(async () => {
  await host.close();
  removeTempDirs();
});
afterAll(closeAgents);

type Entry = Extract<SourceEntry, { method: 'tcia' }>;
const entry = (rest: Omit<Entry, 'method'>): Entry => ({ method: 'tcia', ...rest });
const sarcoma = (rest: Omit<Entry, 'method'> = {}) => entry({ collection: 'Soft-tissue Sarcoma', ...rest });
const zips = (...series: HeldSeries[]) => series.map((held) => `${held.series}.zip`);
const pathsOf = async (source: Entry) => (await resolve(source, env)).files.map(({ path: name }) => name);

describe('locators', () => {
  test.each<[string, object]>([
    ['tcia:Soft-tissue Sarcoma', { collection: 'Soft-tissue Sarcoma' }],
    ['tcia:A%2FB/P1', { collection: 'A/B', patients: ['P1'] }],
    ['tcia:A/P/1.2.3/1.2.4', { collection: 'A', patients: ['P'], studies: ['1.2.3'], series: ['1.2.4'] }],
    ['tcia:1.2.3.4', { series: ['1.2.3.4'] }],
    ['https://www.cancerimagingarchive.net/collection/lidc-idri/', { collection: 'lidc-idri' }],
    ['https://host/a%20b.tcia?x=1', { manifest: 'https://host/a%20b.tcia?x=1' }],
  ])('%s', (typed, expected) => {
    expect(tcia.locate?.(typed)?.entry).toEqual({ method: 'tcia', ...expected });
  });

  test.each(['tcia:', 'tcia:A//1.2.3', 'tcia:A/P/not-a-uid', 'tcia:A/P/1.2/1.3/more'])('%s names nothing', (typed) => {
    expect(() => tcia.locate?.(typed)).toThrow(/names no collection/);
  });

  test('a manifest on this machine', () => {
    const file = path.join(tempDir('manifest'), 'some.tcia');
    const header = 'downloadServerUrl=https://x\nincludeAnnotation=true\nListOfSeriesToDownload=\n';
    writeFileSync(file, `${header}1.2.3\r\n# more\n1.2.4\n1.2.3\n`);
    expect(tcia.locate?.(file)).toMatchObject({ id: 'some', entry: { series: ['1.2.3', '1.2.4'] } });
    writeFileSync(file, `${header}1.2.3\nrm -rf\n`);
    expect(() => tcia.locate?.(file)).toThrow(/some.tcia, line 5: "rm -rf"/);
    writeFileSync(file, header);
    expect(() => tcia.locate?.(file)).toThrow(/names no series/);
    expect(() => tcia.locate?.(`${file}.tcia`)).toThrow(/There is no manifest/);
  });
});

describe('what is chosen', () => {
  test('a collection, whole or in part', async () => {
    expect(await pathsOf(sarcoma())).toEqual(zips(first, second, mask));
    expect(await pathsOf(sarcoma({ patients: ['STS_2'] }))).toEqual(zips(second, mask));
    expect(await pathsOf(sarcoma({ modalities: ['SEG'] }))).toEqual(zips(mask));
    expect(await pathsOf(sarcoma({ studies: [first.study] }))).toEqual(zips(first));
    expect(await pathsOf(sarcoma({ exclude: ['STS_1/**'] }))).toEqual(zips(second, mask));
  });

  test('series by themselves, and by a manifest, in its order', async () => {
    expect(await pathsOf(entry({ series: [mask.series, first.series] }))).toEqual(zips(mask, first));
    host.add('/x.tcia', `ListOfSeriesToDownload=\n${second.series}\n`);
    expect(await pathsOf(entry({ manifest: host.url('/x.tcia') }))).toEqual(zips(second));
  });

  test("a collection's name in another spelling, as its page has it", async () => {
    const { files, notes } = await resolve(entry({ collection: 'soft-tissue-sarcoma' }), env);
    expect(files).toHaveLength(3);
    expect(notes).toEqual(['TCIA calls this collection "Soft-tissue Sarcoma".']);
  });

  test('folders by a template, told apart where it does not do so', async () => {
    const { files } = await resolve(sarcoma({ layout: '{PatientID}/{Modality}' }), env);
    expect(files.map(({ into }) => into)).toEqual(['STS_1/CT', 'STS_2/CT', 'STS_2/SEG']);
    const alike = await resolve(sarcoma({ layout: '{PatientID}' }), env);
    expect(alike.files.map(({ into }) => into)).toEqual(['STS_1', `STS_2-${second.series}`, `STS_2-${mask.series}`]);
  });
});

describe('refusals', () => {
  test.each<[string, () => Entry, number, RegExp]>([
    ['no such collection', () => entry({ collection: 'Sarcoma' }), 3, /There is no collection "Sarcoma"/],
    ['no such patient', () => sarcoma({ patients: ['STS_9'] }), 3, /holds no series of STS_9/],
    ['a series that is gone', () => entry({ series: [first.series, '1.2.3'] }), 3, /1 of 2 series/],
    ['a series of a closed collection', () => entry({ series: [closed.series] }), 4, /not open to the public/],
    ['a manifest that is gone', () => entry({ manifest: host.url('/none.tcia') }), 3, /is gone/],
  ])('%s', async (_, source, exitCode, message) => {
    await expect(resolve(source(), env)).rejects.toMatchObject({ exitCode, message: expect.stringMatching(message) });
  });

  test('a manifest that is a page', async () => {
    host.add('/x.tcia', '<html>Sign in</html>');
    await expect(resolve(entry({ manifest: host.url('/x.tcia') }), env)).rejects.toMatchObject({ exitCode: 5 });
  });

  test('an account that the server does not know', async () => {
    Object.assign(env, { TCIA_USERNAME: 'ada', TCIA_PASSWORD: 'wrong' });
    await expect(resolve(sarcoma(), env)).rejects.toMatchObject({ exitCode: 4 });
  });
});

test('an account sees what is closed to others', async () => {
  Object.assign(env, { TCIA_USERNAME: 'ada', TCIA_PASSWORD: 'secret' });
  expect(await pathsOf(entry({ collection: 'Closed' }))).toEqual(zips(closed));
});

describe('a series that comes incomplete though its zip is whole', () => {
  test('is asked for again', async () => {
    host.truncate(first.series, { images: 1, times: 1 });
    const { result } = fetchInto(sarcoma({ patients: ['STS_1'] }), env);
    const { path: folder } = await result;
    expect(Object.keys(await treeOf(folder))).toEqual(Object.keys(treeOfSeries(first)).sort());
    expect(host.imageRequests(first.series)).toHaveLength(2);
  });

  test('is never taken for whole', async () => {
    host.truncate(first.series, { images: 1 });
    const { result } = fetchInto(sarcoma({ patients: ['STS_1'] }), env);
    await expect(result).rejects.toMatchObject({ exitCode: 6, message: expect.stringContaining('1 of 2 images') });
  });
});
