/** Registries of one's own: added for good, kept from the web, in the order of precedence. */
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
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
let home: string;
beforeEach(() => {
  folder = tempDir('registries');
  home = path.join(folder, 'home');
});

const run = (args: string[], env: Record<string, string> = {}) => runMedds(args, { home, cwd: folder, env });
const registryText = (id: string, name = id) => JSON.stringify({ version: 1, datasets: { [id]: entry({ name }) } });

/** A clock that has gone on by so many minutes: what was read a minute ago is asked for again. */
const LATER = { NODE_OPTIONS: `--import=${new URL('../support/jumping-clock.js', import.meta.url).href}` };

test('a file is added, listed, used by every command, and taken out', async () => {
  writeRegistry(folder, 'lab.json', { 'zz-lab': entry({ name: 'Ours' }), luna16: entry({ name: 'Our LUNA16' }) });
  const added = await run(['registry', 'add', 'lab.json', '--json']);
  const place = path.join(folder, 'lab.json');
  expect(JSON.parse(added.stdout)).toEqual({ version: 1, place, datasets: ['luna16', 'zz-lab'], shadows: ['luna16'] });
  expect(await run(['registry', 'add', 'lab.json'])).toMatchObject({ code: 2 });
  const listed = JSON.parse((await run(['registry', 'list', '--json'])).stdout);
  expect(listed.registries).toMatchObject([
    { place: 'bundled', from: 'medds', shadowed: ['luna16'] },
    { place, from: 'settings', datasets: 2, shadowed: [] },
  ]);
  const info = JSON.parse((await run(['info', 'luna16', '--json'])).stdout);
  expect(info).toMatchObject({ dataset: { name: 'Our LUNA16', registry: place }, shadows: ['bundled'] });
  expect((await run(['info', 'luna16'])).stdout).toMatch(/in place of the entry/);
  expect((await run(['registry', 'remove', 'lab.json'])).code).toBe(0);
  expect(await run(['info', 'zz-lab'])).toMatchObject({ code: 3 });
  expect(await run(['registry', 'remove', 'lab.json'])).toMatchObject({ code: 2 });
});

test('of two entries the later counts: settings, then MEDDS_REGISTRY, then --registry', async () => {
  for (const name of ['one', 'two', 'three']) writeRegistry(folder, `${name}.json`, { 'zz-set': entry({ name }) });
  writeRegistry(folder, 'more.json', { 'zz-more': entry({ name: 'more' }) });
  await run(['registry', 'add', 'more.json']);
  await run(['registry', 'add', 'one.json']);
  const nameOf = async (id: string, env: Record<string, string>, ...args: string[]) =>
    JSON.parse((await run(['info', id, '--json', ...args], env)).stdout).dataset.name;
  const env = { MEDDS_REGISTRY: path.join(folder, 'two.json') };
  expect(await nameOf('zz-set', {})).toBe('one');
  expect(await nameOf('zz-set', env)).toBe('two');
  expect(await nameOf('zz-set', env, '--registry', 'three.json')).toBe('three');
  expect(await nameOf('zz-more', env, '--registry', 'three.json')).toBe('more');
});

describe('a registry from the web', () => {
  test('is asked anew by its ETag, used offline, and where its host is down', async () => {
    host.add('/lab.json', registryText('zz-lab', 'First'), { etag: '"v1"' });
    expect((await run(['registry', 'add', host.url('/lab.json')])).code).toBe(0);
    const asked = () => host.requests.filter(({ path: place }) => place === '/lab.json');
    const before = asked().length;
    // Within a minute nobody is asked.
    expect((await run(['info', 'zz-lab'])).stdout).toContain('First');
    expect(asked().length).toBe(before);
    expect((await run(['info', 'zz-lab'], LATER)).stdout).toContain('First');
    expect(asked().at(-1)?.headers['if-none-match']).toBe('"v1"');
    expect(host.bytesSent('/lab.json')).toBeLessThan(2 * registryText('zz-lab', 'First').length);
    host.add('/lab.json', registryText('zz-lab', 'Second'), { etag: '"v2"' });
    expect((await run(['info', 'zz-lab'], LATER)).stdout).toContain('Second');
    const count = asked().length;
    expect((await run(['info', 'zz-lab', '--offline'], LATER)).stdout).toContain('Second');
    expect(asked().length).toBe(count);
    host.misbehave('/lab.json', refuse(503));
    const down = await run(['info', 'zz-lab'], LATER);
    expect(down).toMatchObject({ code: 0, stdout: expect.stringContaining('Second') });
    expect(down.stderr).toContain('does not answer');
    expect((await run(['registry', 'remove', host.url('/lab.json')])).code).toBe(0);
    expect(await run(['info', 'zz-lab', '--registry', host.url('/lab.json'), '--offline'])).toMatchObject({ code: 5 });
  });

  test.each<[string, string, number]>([
    ['that is none', '<html></html>', 2],
    ['that leads to files here', registryWith({ url: 'file:///etc/passwd', path: 'passwd' }), 2],
    ['that leads out of the dataset', registryWith({ url: 'https://h.example/a', path: '../a' }), 2],
    ['with a password in an address', registryWith({ url: 'https://ada:x@h.example/a', path: 'a' }), 2],
  ])('%s is not added', async (_, text, code) => {
    host.add('/bad.json', text);
    expect(await run(['registry', 'add', host.url('/bad.json')])).toMatchObject({ code, stdout: '' });
    expect(JSON.parse((await run(['registry', 'list', '--json'])).stdout).registries).toHaveLength(1);
  });

  test('with a password in its own address is not asked', async () => {
    const { code, stderr } = await run(['registry', 'add', 'https://ada:hunter2@lab.example/r.json']);
    expect(code).toBe(2);
    expect(stderr).not.toContain('hunter2');
  });

  test('may not lead into the private network unless that is allowed', async () => {
    host.add('/file.csv', 'data').add('/private.json', registryWith({ url: host.url('/file.csv'), path: 'file.csv' }));
    await run(['registry', 'add', host.url('/private.json')]);
    const refused = await run(['fetch', 'zz-lab', '--quiet']);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/private|--allow-private/);
    expect((await run(['fetch', 'zz-lab', '--quiet', '--allow-private'])).code).toBe(0);
  });
});

function registryWith(file: object): string {
  const sources = [{ method: 'direct', files: [file] }];
  return JSON.stringify({ version: 1, datasets: { 'zz-lab': { name: 'Lab', sources } } });
}
