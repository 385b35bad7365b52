/** Registries of one's own: added for good, kept from the web, in the order of precedence. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { openRegistry } from '../../src/catalogue.js';
import { fetchDataset, type MeddsError, type Options } from '../../src/index.js';
import { settingsOf } from '../../src/options.js';
import { addRegistry, listRegistries, removeRegistry } from '../../src/user-registries.js';
import { startFileHost } from '../hosts/file-host.js';
import { refuse } from '../hosts/misbehaviour.js';
import { runMedds } from '../support/run-medds.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { entry, writeRegistry } from './fixture.js';

const host = await startFileHost();
afterAll(async () => {
  removeTempDirs();
  await host.close();
});

let folder: string;
let env: NodeJS.ProcessEnv;
beforeEach(() => {
  folder = tempDir('registries');
  env = { MEDDS_CONFIG_DIR: path.join(folder, 'config'), MEDDS_HOME: path.join(folder, 'home') };
});
afterEach(() => {
  vi.useRealTimers();
});

const registryText = (id: string, name = id) => JSON.stringify({ version: 1, datasets: { [id]: entry({ name }) } });

/** What is read with an age of less than a minute is not asked for again. */
function anHourLater(): void {
  const now = Date.now();
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(now + 3_600_000);
}

const settings = (more: Options = {}) => settingsOf({ env, ...more });
const add = (place: string) => addRegistry(place, settings(), env);

async function nameOf(id: string, more: Options = {}): Promise<string | undefined> {
  const warnings: string[] = [];
  const found = (await openRegistry(settings(more), (message) => warnings.push(message))).get(id)?.name;
  return warnings.length === 0 ? found : `${found}; ${warnings.join(' ')}`;
}

test('a file is added, listed, used by every command, and taken out', async () => {
  writeRegistry(folder, 'lab.json', { 'zz-lab': entry({ name: 'Ours' }), luna16: entry({ name: 'Our LUNA16' }) });
  const home = path.join(folder, 'home');
  const run = (...args: string[]) => runMedds(args, { home, cwd: folder });
  const added = await run('registry', 'add', 'lab.json', '--json');
  const place = path.join(folder, 'lab.json');
  expect(JSON.parse(added.stdout)).toEqual({ version: 1, place, datasets: ['luna16', 'zz-lab'], shadows: ['luna16'] });
  const listed = JSON.parse((await run('registry', 'list', '--json')).stdout);
  expect(listed.registries).toMatchObject([
    { place: 'bundled', from: 'medds', shadowed: ['luna16'] },
    { place, from: 'settings', datasets: 2, shadowed: [] },
  ]);
  const info = JSON.parse((await run('info', 'luna16', '--json')).stdout);
  expect(info).toMatchObject({ dataset: { name: 'Our LUNA16', registry: place }, shadows: ['bundled'] });
  expect((await run('registry', 'remove', 'lab.json')).code).toBe(0);
  expect(JSON.parse((await run('registry', 'list', '--json')).stdout).registries).toHaveLength(1);
});

test('what is added already, or never was, is told', async () => {
  const place = writeRegistry(folder, 'lab.json', { 'zz-lab': entry() });
  await expect(removeRegistry(place, env)).rejects.toMatchObject({ exitCode: 2 });
  await add(place);
  await expect(add(place)).rejects.toMatchObject({ exitCode: 2 });
});

test('of two entries the later counts: settings, then MEDDS_REGISTRY, then --registry', async () => {
  const [one, two, three] = ['one', 'two', 'three'].map((name) =>
    writeRegistry(folder, `${name}.json`, { 'zz-set': entry({ name }) }),
  ) as [string, string, string];
  await add(writeRegistry(folder, 'more.json', { 'zz-more': entry({ name: 'more' }) }));
  await add(one);
  expect(await nameOf('zz-set')).toBe('one');
  env.MEDDS_REGISTRY = two;
  expect(await nameOf('zz-set')).toBe('two');
  expect(await nameOf('zz-set', { registries: [three] })).toBe('three');
  expect(await nameOf('zz-more', { registries: [three] })).toBe('more');
});

test('is read once by a command, which does not fail at its end when the file is gone', async () => {
  const place = writeRegistry(folder, 'lab.json', { 'zz-lab': entry() });
  const own = settings({ registries: [place] });
  expect((await openRegistry(own)).get('zz-lab')).toBeDefined();
  rmSync(place);
  expect((await openRegistry(own)).get('zz-lab')).toBeDefined();
  await expect(openRegistry(settings({ registries: [place] }))).rejects.toMatchObject({ exitCode: 2 });
});

describe('a registry from the web', () => {
  test('is asked anew by its ETag, used offline, and where its host is down', async () => {
    host.add('/lab.json', registryText('zz-lab', 'First'), { etag: '"v1"' });
    const place = host.url('/lab.json');
    const asked = () => host.requests.filter(({ path: name }) => name === '/lab.json');
    await add(place);
    expect(await nameOf('zz-lab')).toBe('First');
    expect(asked()).toHaveLength(1);
    anHourLater();
    expect(await nameOf('zz-lab')).toBe('First');
    expect(asked()[1]?.headers['if-none-match']).toBe('"v1"');
    expect(host.bytesSent('/lab.json')).toBe(registryText('zz-lab', 'First').length);
    anHourLater();
    host.add('/lab.json', registryText('zz-lab', 'Second'), { etag: '"v2"' });
    expect(await nameOf('zz-lab')).toBe('Second');
    anHourLater();
    expect(await nameOf('zz-lab', { offline: true })).toBe('Second');
    expect(asked()).toHaveLength(3);
    host.misbehave('/lab.json', refuse(503));
    expect(await nameOf('zz-lab')).toMatch(/^Second; .*does not answer: the registry is used as it was on /);
    await removeRegistry(place, env);
    await expect(nameOf('zz-lab', { registries: [place], offline: true })).rejects.toMatchObject({ exitCode: 5 });
  });

  test.each<[string, string]>([
    ['that is none', '<html></html>'],
    ['that leads to files here', registryWith({ url: 'file:///etc/passwd', path: 'passwd' })],
    ['that leads out of the dataset', registryWith({ url: 'https://h.example/a', path: '../a' })],
    ['with a password in an address', registryWith({ url: 'https://ada:x@h.example/a', path: 'a' })],
  ])('%s is not added', async (_, text) => {
    host.add('/bad.json', text);
    await expect(add(host.url('/bad.json'))).rejects.toMatchObject({ exitCode: 2 });
    expect(await listRegistries(settings(), () => undefined, env)).toHaveLength(1);
  });

  test('with a password in its own address is not asked', async () => {
    const refused = add('https://ada:hunter2@lab.example/r.json').catch((error: Error) => error);
    expect(await refused).toMatchObject({ exitCode: 2, message: expect.not.stringContaining('hunter2') });
  });

  test('may not lead into the private network unless that is allowed', async () => {
    host.add('/file.csv', 'data').add('/private.json', registryWith({ url: host.url('/file.csv'), path: 'file.csv' }));
    await add(host.url('/private.json'));
    const refused = await fetchDataset('zz-lab', { env, tries: 1 }).catch((error: Error) => error);
    expect(String((refused as MeddsError).message) + (refused as MeddsError).hint).toMatch(/private/);
    expect(await fetchDataset('zz-lab', { env, allowPrivate: true })).toMatchObject({ outcome: 'fetched' });
  });
});

function registryWith(file: object): string {
  const sources = [{ method: 'direct', files: [file] }];
  return JSON.stringify({ version: 1, datasets: { 'zz-lab': { name: 'Lab', sources } } });
}
