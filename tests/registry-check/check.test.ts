/** medds registry check: what every source offers now, held against the registry, without the data. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { checkRegistry, type SourceCheck } from '../../src/index.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { writeChecked } from '../../src/registry/write-checked.js';
import { bytes, digestOf } from '../hosts/content.js';
import { startFileHost } from '../hosts/file-host.js';
import { startHuggingFace } from '../hosts/huggingface.js';
import { redirect, refuse } from '../hosts/misbehaviour.js';
import { startZenodo } from '../hosts/zenodo.js';
import { entry, writeRegistry } from '../registry/fixture.js';
import { runMedds } from '../support/run-medds.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';

const host = await startFileHost();
const zenodo = await startZenodo();
const hub = await startHuggingFace();
afterAll(async () => {
  removeTempDirs();
  await Promise.all([host.close(), zenodo.close(), hub.close()]);
});

let folder: string;
beforeEach(() => {
  folder = tempDir('check');
});

const ENV = { MEDDS_ENDPOINT_ZENODO: zenodo.origin, MEDDS_ENDPOINT_HUGGINGFACE: hub.origin };

function options(sources: Record<string, SourceEntry[]>) {
  const datasets = Object.fromEntries(
    Object.entries(sources).map(([id, of]) => [id, entry({ name: id, sources: of })]),
  );
  const registries = [writeRegistry(folder, 'registry.json', datasets)];
  return { home: path.join(folder, 'home'), registries, env: { ...ENV, MEDDS_CONFIG_DIR: folder } };
}

async function checked(source: SourceEntry): Promise<SourceCheck> {
  const [check] = await checkRegistry(['set'], options({ set: [source] }));
  if (check === undefined) throw new Error('nothing was checked');
  return check;
}

const direct = (name: string, facts: { size?: number } = {}): SourceEntry => ({
  method: 'direct',
  files: [{ url: host.url(`/${name}`), path: name, ...facts }],
});

let records = 100;
async function record(content = 'data', md5?: string): Promise<SourceEntry> {
  records += 1;
  await zenodo.addRecord({ id: String(records), files: [{ key: 'a.csv', content }] });
  const files = [{ path: 'a.csv', ...(md5 === undefined ? {} : { checksum: `md5:${md5}` }) }];
  return { method: 'zenodo', record: String(records), files };
}

describe('a source', () => {
  test('that offers what the registry says is ok, and its bytes stay where they are', async () => {
    host.add('/ok.bin', bytes('x'.repeat(300_000)));
    const before = host.bytesSent('/ok.bin');
    expect(await checked(direct('ok.bin', { size: 300_000 }))).toMatchObject({
      dataset: 'set',
      source: 'direct',
      state: 'ok',
      findings: [],
      seen: { files: 1, size: 300_000, listing: expect.stringMatching(/^sha256:/) },
    });
    expect(host.bytesSent('/ok.bin')).toBe(before);
  });

  test('whose host refuses HEAD is asked for a byte', async () => {
    host.add('/head.bin', bytes('x'.repeat(300_000)));
    host.misbehave('/head.bin', { ...refuse(405), times: 1 });
    expect(await checked(direct('head.bin', { size: 300_000 }))).toMatchObject({ state: 'ok' });
    expect(host.bytesSent('/head.bin')).toBeLessThan(10_000);
  });

  test('that is elsewhere for good has moved', async () => {
    host.add('/new.bin', 'data').add('/old.bin', '');
    host.misbehave('/old.bin', redirect(host.url('/new.bin'), 301));
    expect(await checked(direct('old.bin', { size: 4 }))).toMatchObject({
      state: 'moved',
      findings: [`${host.url('/old.bin')} has moved to ${host.url('/new.bin')}`],
    });
    host.add('/today.bin', '');
    host.misbehave('/today.bin', redirect(host.url('/new.bin'), 302));
    expect(await checked(direct('today.bin', { size: 4 }))).toMatchObject({ state: 'ok' });
  });

  test('that is not there is gone', async () => {
    expect(await checked(direct('none.bin'))).toMatchObject({ state: 'gone' });
    expect(await checked({ method: 'zenodo', record: '99999' })).toMatchObject({ state: 'gone' });
    const named = (await record()) as Extract<SourceEntry, { method: 'zenodo' }>;
    const lost = { ...named, files: [...(named.files ?? []), { path: 'b.csv' }] };
    expect(await checked(lost)).toMatchObject({ state: 'gone', findings: [expect.stringContaining('b.csv')] });
  });

  test('with another size, or another checksum, has changed', async () => {
    host.add('/size.bin', 'longer');
    expect(await checked(direct('size.bin', { size: 4 }))).toMatchObject({
      state: 'changed',
      findings: ['size.bin: 4 bytes became 6'],
    });
    const md5 = await digestOf(bytes('data'), 'md5');
    expect(await checked(await record('data', md5))).toMatchObject({ state: 'ok' });
    const other = await checked(await record('DATA', md5));
    expect(other).toMatchObject({ state: 'changed', findings: [expect.stringContaining(md5)] });
  });

  test('with a new version has changed, and what is different is told', async () => {
    await hub.addRepo({ id: 'lab/set', files: [{ path: 'a.csv', content: 'one' }] });
    const { seen } = await checked({ method: 'huggingface', repo: 'lab/set' });
    if (seen === undefined) throw new Error('it was not seen');
    await hub.commit('lab/set', [
      { path: 'a.csv', content: 'one' },
      { path: 'b.csv', content: 'two' },
    ]);
    const again = options({ set: [{ method: 'huggingface', repo: 'lab/set', seen }] });
    const [{ state, findings } = {}] = await checkRegistry(['set'], { ...again, maxAge: 0 });
    expect(state).toBe('changed');
    expect(findings).toEqual([
      expect.stringMatching(/^version: hf:lab\/set@\w+ became hf:lab\/set@\w+$/),
      'number of files: 1 became 2',
      'bytes: 3 became 6',
    ]);
  });

  test('behind a login needs one', async () => {
    await hub.addRepo({ id: 'lab/gated', gated: 'manual', files: [{ path: 'a.csv', content: 'one' }] });
    expect(await checked({ method: 'huggingface', repo: 'lab/gated' })).toMatchObject({ state: 'needs-login' });
    host.add('/login.bin', 'x');
    host.misbehave('/login.bin', refuse(401));
    expect(await checked(direct('login.bin'))).toMatchObject({ state: 'needs-login' });
  });

  test('whose host does not answer is unreachable, and is asked the next time', async () => {
    host.add('/down.bin', 'x');
    host.misbehave('/down.bin', { ...refuse(503), times: 2 });
    expect(await checked(direct('down.bin'))).toMatchObject({ state: 'unreachable' });
    expect(await checked(direct('down.bin'))).toMatchObject({ state: 'ok' });
  });

  test('by hand is looked for at its page', async () => {
    const by = (page: string): SourceEntry => ({ method: 'manual', host: 'lab', url: host.url(page), steps: ['Ask.'] });
    host.add('/page.html', '<html>');
    expect(await checked(by('/page.html'))).toMatchObject({ state: 'ok' });
    expect(await checked(by('/no-page.html'))).toMatchObject({ state: 'gone' });
  });
});

test('what was asked within a day is not asked again, what a stop has left is, and --fresh asks all', async () => {
  const names = ['p', 'q', 'r', 's', 't', 'u'];
  for (const name of names) host.add(`/${name}.bin`, name);
  const all = options(Object.fromEntries(names.map((name) => [name, [direct(`${name}.bin`)]])));
  const asked = (name: string) => host.requests.filter(({ path: place }) => place === `/${name}.bin`).length;
  const stop = new AbortController();
  const seen: string[] = [];
  const onChecked = ({ dataset }: SourceCheck) => {
    seen.push(dataset);
    stop.abort();
  };
  await expect(checkRegistry(names, { ...all, onChecked, signal: stop.signal })).rejects.toMatchObject({
    exitCode: 130,
  });
  // Four are asked at a time: the last was not begun.
  expect(asked('u')).toBe(0);
  const [first = ''] = seen;
  expect(await checkRegistry(names, all)).toMatchObject(names.map((dataset) => ({ dataset, state: 'ok' })));
  expect([asked(first), asked('u')]).toEqual([1, 1]);
  await checkRegistry([first, 'u'], { ...all, maxAge: 0 });
  expect([asked(first), asked('u')]).toEqual([2, 2]);
  // Another entry is another question.
  await checkRegistry(['u'], options({ u: [direct('u.bin', { size: 1 })] }));
  expect(asked('u')).toBe(3);
});

test('only sources of a method', async () => {
  host.add('/m.bin', 'a');
  const two = options({ set: [direct('m.bin'), await record()] });
  expect(await checkRegistry(['set'], { ...two, methods: ['zenodo'] })).toMatchObject([
    { dataset: 'set', method: 'zenodo' },
  ]);
});

describe('the day', () => {
  const check = (more: Partial<SourceCheck>): SourceCheck => ({
    ...{ dataset: 'set', source: 'zenodo', method: 'zenodo', label: 'Zenodo 1', state: 'ok', findings: [] },
    at: '2026-11-20T10:00:00.000Z',
    ...more,
  });
  const TEXT = `{
 "version": 1,
 "datasets": {
  "set": { "name": "Set",   "sources": [
   { "method": "zenodo", "record": "1", "checked": "2020-01-01" }, { "method": "kaggle", "dataset": "a/b" } ] },
  "other": {"name":"Other","sources":[{"method":"zenodo","record":"2"}]}
 }
}
`;

  test('is written into a registry, and nothing else of its text changes', async () => {
    const file = path.join(folder, 'r.json');
    writeFileSync(file, TEXT);
    const gone = check({ dataset: 'other', state: 'gone' });
    expect(await writeChecked(file, [check({}), gone])).toBe(1);
    expect(readFileSync(file, 'utf8')).toBe(TEXT.replace('2020-01-01', '2026-11-20'));
  });

  test('is written into a folder with one file a dataset', async () => {
    const datasets = path.join(folder, 'datasets');
    mkdirSync(datasets);
    writeFileSync(
      path.join(datasets, 'set.json'),
      '{ "name": "Set", "sources": [{ "method": "zenodo", "record": "1" }] }',
    );
    const seen = { files: 1, listing: `sha256:${'0'.repeat(64)}` };
    expect(await writeChecked(datasets, [check({ seen }), check({ dataset: 'unknown' })])).toBe(1);
    expect(JSON.parse(readFileSync(path.join(datasets, 'set.json'), 'utf8'))).toEqual({
      name: 'Set',
      sources: [{ method: 'zenodo', record: '1', checked: '2026-11-20', seen }],
    });
    await expect(writeChecked(path.join(folder, 'none'), [])).rejects.toMatchObject({ exitCode: 2 });
  });
});

test('the command: a table, JSON, a report, the day in the registry, and exit codes', async () => {
  host.add('/here.bin', 'a');
  const { home, registries, env } = options({ here: [direct('here.bin')], lost: [direct('lost.bin')] });
  const [registry] = registries as [string];
  const run = (...args: string[]) =>
    runMedds(['registry', 'check', ...args], { home, cwd: folder, env: { ...env, MEDDS_REGISTRY: registry } });
  const fine = await run('here', '--write', registry);
  expect(fine).toMatchObject({ code: 0, stdout: expect.stringMatching(/^here\tdirect\tok\t\d{4}-\d\d-\d\d\t/) });
  expect(fine.stderr).toContain('1 ok.');
  expect(JSON.parse(readFileSync(registry, 'utf8')).datasets.here.sources[0].checked).toMatch(/^\d{4}-\d\d-\d\d$/);
  const both = await run('here', 'lost', '--json', '--report', 'report.md');
  expect(both.code).toBe(6);
  expect(JSON.parse(both.stdout)).toMatchObject({
    version: 1,
    ok: false,
    counts: { ok: 1, gone: 1 },
    sources: [
      { dataset: 'here', state: 'ok' },
      { dataset: 'lost', state: 'gone' },
    ],
  });
  expect(readFileSync(path.join(folder, 'report.md'), 'utf8')).toMatch(/## gone \(1\)\n\n- \*\*lost\*\* `direct`: /);
  expect(await run('nowhere')).toMatchObject({ code: 3 });
  expect(await run('here', '--offline')).toMatchObject({ code: 2 });
});
