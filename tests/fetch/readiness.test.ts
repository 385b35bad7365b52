/** `medds doctor`: what fetch would find, without any data. */
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HostClocks } from '../../src/clock.js';
import type { FetchOptions } from '../../src/fetch.js';
import { fetchDataset } from '../../src/index.js';
import { readinessOf } from '../../src/readiness.js';
import type { Dataset, SourceEntry } from '../../src/registry/schema.js';
import { checkClock } from '../../src/system-check.js';
import { startFileHost } from '../hosts/file-host.js';
import { ZenodoHost } from '../hosts/zenodo.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';

let zenodo: ZenodoHost;
let options: FetchOptions;

beforeEach(async () => {
  zenodo = await new ZenodoHost({ tokens: ['good'] }).start();
  await zenodo.addRecord({
    id: '11',
    files: [
      { key: 'a.txt', content: 'a' },
      { key: 'b.txt', content: 'bb' },
    ],
  });
  await zenodo.addRecord({ id: '21', access: 'restricted', files: [{ key: 'a.txt', content: 'a' }] });
  const home = path.join(tempDir('readiness'), 'library');
  const env = { MEDDS_ENDPOINT_ZENODO: zenodo.origin, MEDDS_CONFIG_DIR: path.join(home, '..', 'config') };
  options = { home, env, jobs: 1, connections: 1, tries: 1, keepArchives: false };
});

afterEach(async () => {
  await zenodo.close();
  removeTempDirs();
});

const dataset = (...sources: SourceEntry[]): Dataset => ({ id: 'one', name: 'One', registry: 'test', sources });
const record = (number: string): SourceEntry => ({ method: 'zenodo', record: number });
const byHand = (...requires: ('agreement' | 'account')[]): SourceEntry => ({
  method: 'manual',
  host: 'example.org',
  url: 'https://example.org/data',
  steps: ['Ask for it.'],
  requires,
});

const ask = async (...sources: SourceEntry[]) => (await readinessOf([dataset(...sources)], options))[0];

it('is ready when a source offers its files, and asks for none of them', async () => {
  expect(await ask(record('11'))).toMatchObject({ state: 'ready', files: 2, size: 3, source: { name: 'zenodo' } });
  expect(zenodo.requests.map(({ path: asked }) => asked)).toEqual(['/api/records/11']);
});

it.each<[string, SourceEntry, object]>([
  ['login', record('21'), { url: expect.stringContaining('/records/21') }],
  ['gone', record('404'), { message: expect.stringContaining('404') }],
  ['by-hand', byHand('account'), { url: 'https://example.org/data', steps: ['Ask for it.'] }],
  ['form', byHand('agreement'), {}],
])('tells %s', async (state, source, more) => {
  expect(await ask(source)).toMatchObject({ state, ...more });
});

it('tells of the source that is easiest to open when none is ready', async () => {
  expect(await ask(record('404'), byHand('agreement'), { ...record('21'), name: 'restricted' })).toMatchObject({
    state: 'login',
    source: { name: 'restricted' },
  });
});

it('names the secret that would be used, and does not show it', async () => {
  options.env = { ...options.env, ZENODO_TOKEN: 'good' };
  const found = await ask(record('21'));
  expect(found).toMatchObject({ state: 'ready', credential: 'ZENODO_TOKEN' });
  expect(JSON.stringify(found)).not.toContain('"good"');
});

it.each([
  ['right', 0, [{ name: 'clock', outcome: 'ok', message: expect.stringMatching(/^within \d s of the hosts'$/) }]],
  ['ahead', 3 * 3600, [{ name: 'clock', outcome: 'warning', message: expect.stringMatching(/^180 minutes ahead of/) }]],
  ['behind', -600, [{ name: 'clock', outcome: 'warning', message: expect.stringMatching(/^10 minutes behind/) }]],
])('tells that the clock is %s', async (_, ahead, checks) => {
  zenodo.misbehave('*', { headers: { date: new Date(Date.now() - ahead * 1000).toUTCString() } });
  const clocks = new HostClocks();
  await readinessOf([dataset(record('11'))], options, clocks);
  expect(checkClock(clocks.ahead)).toEqual(checks);
});

it('knows a host that does not answer', async () => {
  zenodo.misbehave('*', { noAnswer: 'reset' });
  expect(await ask(record('11'))).toMatchObject({ state: 'unreachable' });
});

it.each<[string, number, string]>([
  ['ready', 200, 'a file that is there'],
  ['gone', 404, 'one that is not'],
  ['ready', 405, 'a host that knows no HEAD'],
])('knocks at an address of the registry: %s for %i, %s', async (state, status) => {
  const host = await startFileHost();
  host.add('/a.bin', 'a'.repeat(100_000));
  if (status !== 200) host.misbehave('/a.bin', { status });
  const source: SourceEntry = { method: 'direct', files: [{ url: host.url('/a.bin'), path: 'a.bin' }] };
  expect(await ask(source)).toMatchObject({ state });
  expect(host.requests.map(({ method }) => method)).toEqual(['HEAD']);
  await host.close();
});

it('knows what is here', async () => {
  await fetchDataset(dataset(record('11')), options);
  zenodo.requests.length = 0;
  expect(await ask(record('11'))).toMatchObject({ state: 'here' });
  expect(zenodo.requests).toEqual([]);
});
