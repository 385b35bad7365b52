/** medds lock, fetch --locked, diff: what a study used, had again to the byte, or told why not. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import {
  diffDatasets,
  fetchDataset,
  fetchLocked,
  lockDatasets,
  lockOf,
  type MeddsError,
  removeDataset,
} from '../../src/index.js';
import { describeLocked } from '../../src/lockfile/describe.js';
import { parseLock } from '../../src/lockfile/form.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { parseSelection } from '../../src/selection.js';
import { buildZip } from '../archive/build-zip.js';
import { startFileHost } from '../hosts/file-host.js';
import { startHuggingFace } from '../hosts/huggingface.js';
import { startZenodo } from '../hosts/zenodo.js';
import { entry, writeRegistry } from '../registry/fixture.js';
import { runMedds } from '../support/run-medds.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';

const host = await startFileHost();
const hub = await startHuggingFace();
const zenodo = await startZenodo();
afterAll(async () => {
  removeTempDirs();
  await Promise.all([host.close(), hub.close(), zenodo.close()]);
});

let folder: string;
let home: string;
let other: string;
let file: string;
beforeEach(() => {
  folder = tempDir('lock');
  [home, other, file] = ['home', 'other', 'medds.lock'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ];
});

const SOURCES: Record<string, () => SourceEntry> = {
  scans: () => ({
    method: 'direct',
    files: [
      { url: host.url('/scans.zip'), path: 'scans.zip' },
      { url: host.url('/labels.csv'), path: 'labels.csv' },
    ],
  }),
  hub: () => ({ method: 'huggingface', repo: 'lab/scans' }),
  record: () => ({ method: 'zenodo', record: '77' }),
};

const SCANS = ['a', 'b', 'c'].map((name) => ({ name: `scans/${name}.nii`, data: `scan ${name}` }));

function offer(more: { scans?: typeof SCANS; labels?: string } = {}): void {
  host.add('/scans.zip', buildZip(more.scans ?? SCANS)).add('/labels.csv', more.labels ?? 'case,label\n');
}

function options(at = home) {
  const described = Object.entries(SOURCES).map(([id, source]) => {
    const facts = {
      name: id.toUpperCase(),
      sources: [source()],
      license: { name: 'CC BY 4.0', spdx: 'CC-BY-4.0' },
      casePaths: ['scans/{case}.nii'],
    };
    return [id, entry(facts)] as const;
  });
  const registries = [writeRegistry(folder, 'registry.json', Object.fromEntries(described))];
  const env = {
    MEDDS_CONFIG_DIR: path.join(folder, 'config'),
    MEDDS_ENDPOINT_HUGGINGFACE: hub.origin,
    MEDDS_ENDPOINT_ZENODO: zenodo.origin,
  };
  return { home: at, registries, env, tries: 1, file };
}

const datasetFolder = (at: string, id: string) => path.join(at, 'datasets', id);

async function failure(promise: Promise<unknown>): Promise<MeddsError> {
  return promise.then(
    () => expect.unreachable('it went through'),
    (error: MeddsError) => error,
  );
}

describe('what is locked', () => {
  test('is fetched again to the byte, by somebody else', async () => {
    offer();
    await fetchDataset('scans', options());
    const { ids } = await lockDatasets(undefined, options());
    expect(ids).toEqual(['scans']);
    const [result] = await fetchLocked(undefined, options(other));
    expect(result).toMatchObject({ id: 'scans', outcome: 'fetched' });
    expect(await treeOf(datasetFolder(other, 'scans'))).toEqual(await treeOf(datasetFolder(home, 'scans')));
    const [again] = Object.values((await lockOf(['scans'], options(other))).datasets);
    expect(again?.tree).toBe(parseLock(readFileSync(file, 'utf8'), file).datasets.scans?.tree);
  });

  test('has a text that stays, in an order of its own, with a line for each remote file', async () => {
    offer();
    await addRecord('one');
    await fetchDataset('scans', options());
    await fetchDataset('record', options());
    await lockDatasets(undefined, options());
    const text = readFileSync(file, 'utf8');
    await lockDatasets(['scans', 'record'], options());
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(text.indexOf('"record": {')).toBeLessThan(text.indexOf('"scans": {'));
    expect(text).toMatch(/^ {8}\{ "path": "labels\.csv", "size": 11, .*\},?$/m);
    expect(text).toMatch(/^ {8}\{ "path": "scans\.zip", .*"unpacked": true \}$/m);
    // With ids, what else it holds stays.
    await removeDataset('record', options());
    await lockDatasets(['scans'], options());
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('is taken as it is where it is here already, and nobody is asked', async () => {
    offer();
    await fetchDataset('scans', options());
    await lockDatasets(['scans'], options());
    const before = host.requests.length;
    const [result] = await fetchLocked(undefined, { ...options(), offline: true });
    expect(result).toMatchObject({ outcome: 'present', path: datasetFolder(home, 'scans') });
    expect(host.requests.length).toBe(before);
  });

  test('that was chosen in parts, by cases and by globs, comes back so', async () => {
    offer();
    await fetchDataset('scans', { ...options(), selection: parseSelection({ cases: 'b' }) as object });
    await fetchDataset('scans', { ...options(), selection: parseSelection({ include: ['labels.csv'] }) as object });
    const { lock } = await lockDatasets(undefined, options());
    expect(lock.datasets.scans?.selections).toEqual(['--cases b', '--include labels.csv']);
    await fetchLocked(['scans'], options(other));
    expect(Object.keys(await treeOf(datasetFolder(other, 'scans')))).toEqual(['labels.csv', 'scans/b.nii']);
  });

  test('at a host with versions is that version, whatever came after', async () => {
    await hub.addRepo({ id: 'lab/scans', files: [{ path: 'a.csv', content: 'first' }] });
    await addRecord('first');
    await fetchDataset('hub', options());
    await fetchDataset('record', options());
    await lockDatasets(undefined, options());
    await hub.commit('lab/scans', [{ path: 'a.csv', content: 'second' }]);
    await fetchLocked(undefined, options(other));
    expect(readFileSync(path.join(datasetFolder(other, 'hub'), 'a.csv'), 'utf8')).toBe('first');
    const [inHub] = await diffDatasets(['hub'], options());
    expect(inHub?.upstream).toMatchObject({
      state: 'differs',
      facts: [{ fact: 'revision', was: expect.stringMatching(/^hf:lab\/scans@/) }],
      changed: [{ path: 'a.csv', what: expect.stringContaining('became') }],
    });
  });
});

async function addRecord(content: string): Promise<void> {
  await zenodo.addRecord({ id: '77', files: [{ key: 'a.csv', content }] });
}

describe('what the source changed', () => {
  beforeEach(async () => {
    offer();
    await fetchDataset('scans', options());
    await lockDatasets(undefined, options());
  });

  test('in a file is told, and nothing passes for the dataset', async () => {
    offer({ labels: 'case,another\n' });
    const error = await failure(fetchLocked(undefined, options(other)));
    expect(error).toMatchObject({ exitCode: 6, dataset: 'scans' });
    expect(error.message).toContain('labels.csv');
    expect(() => readFileSync(path.join(datasetFolder(other, 'scans'), 'labels.csv'))).toThrow('ENOENT');
    // What was here is as it was.
    expect(readFileSync(path.join(datasetFolder(home, 'scans'), 'labels.csv'), 'utf8')).toBe('case,label\n');
  });

  test('in the same number of bytes is told as well', async () => {
    offer({ labels: 'case,LABEL\n' });
    expect(await failure(fetchLocked(undefined, options(other)))).toMatchObject({ exitCode: 6, file: 'labels.csv' });
  });
});

test('files that a listing has lost, changed or gained are named; what is gained is not fetched', async () => {
  const listed = (files: Record<string, string>) =>
    Object.entries(files).map(([name, content]) => ({ path: name, content }));
  await hub.addRepo({ id: 'lab/loose', files: listed({ 'a.csv': 'a', 'b.csv': 'b', 'c.csv': 'c' }) });
  SOURCES.loose = () => ({ method: 'huggingface', repo: 'lab/loose' });
  await fetchDataset('loose', options());
  await lockDatasets(undefined, options());
  // Somebody rewrites the history: the commit is gone, and the pin with it is taken out by hand.
  const lock = JSON.parse(readFileSync(file, 'utf8'));
  delete lock.datasets.loose.entry.revision;
  writeFileSync(file, JSON.stringify(lock));
  await hub.commit('lab/loose', listed({ 'a.csv': 'a', 'b.csv': 'other', 'd.csv': 'd' }));
  const error = await failure(fetchLocked(undefined, options(other)));
  expect(error).toMatchObject({ exitCode: 6, hint: expect.stringContaining('medds diff loose') });
  expect(error.message).toMatch(/b\.csv: 1 bytes became 5; c\.csv: gone\. 1 more came\./);
  const [found] = await diffDatasets(undefined, options());
  expect(found).toMatchObject({
    against: 'lock',
    library: { state: 'same' },
    upstream: { state: 'differs', gone: ['c.csv'], changed: [{ path: 'b.csv' }], added: ['d.csv'] },
  });
  await hub.commit('lab/loose', listed({ 'a.csv': 'a', 'b.csv': 'b', 'c.csv': 'c', 'd.csv': 'd' }));
  await fetchLocked(undefined, options(other));
  expect(Object.keys(await treeOf(datasetFolder(other, 'loose')))).toEqual(['a.csv', 'b.csv', 'c.csv']);
  delete SOURCES.loose;
});

describe('a library', () => {
  beforeEach(async () => {
    offer();
    await fetchDataset('scans', options());
    await lockDatasets(undefined, options());
  });

  test('with another tree is not touched without --force', async () => {
    offer({ labels: 'case,another\n' });
    await fetchDataset('scans', options(other));
    offer();
    const before = await treeOf(datasetFolder(other, 'scans'));
    const error = await failure(fetchLocked(undefined, options(other)));
    expect(error).toMatchObject({ exitCode: 6, hint: expect.stringContaining('--force') });
    expect(await treeOf(datasetFolder(other, 'scans'))).toEqual(before);
    const [found] = await diffDatasets(undefined, { ...options(other), upstream: false });
    expect(found).toMatchObject({
      library: {
        state: 'differs',
        facts: [{ fact: 'tree' }],
        changed: [{ path: 'labels.csv', what: '11 bytes became 13' }],
      },
      upstream: { state: 'not-asked' },
    });
    await fetchLocked(undefined, { ...options(other), force: true });
    expect(await treeOf(datasetFolder(other, 'scans'))).toEqual(await treeOf(datasetFolder(home, 'scans')));
  });

  test('without the dataset is told as such', async () => {
    const [found] = await diffDatasets(undefined, { ...options(other), upstream: false });
    expect(found).toMatchObject({ id: 'scans', library: { state: 'missing' } });
  });

  test('is held against its sources where there is no lock', async () => {
    await addRecord('one');
    await fetchDataset('record', options());
    const { file: _, ...plain } = options();
    const library = { state: 'not-compared' };
    expect(await diffDatasets(undefined, plain)).toMatchObject([
      { id: 'record', against: 'library', library, upstream: { state: 'same' } },
      // Of plain downloads no host lists anything: that they are the same, nobody has seen.
      { id: 'scans', against: 'library', library, upstream: { state: 'not-listed' } },
    ]);
  });
});

/** The text of one, made once: those below break it, each in its own way. */
let lockedText: string | undefined;
async function textOfLock(): Promise<string> {
  if (lockedText !== undefined) return lockedText;
  offer();
  await fetchDataset('scans', options());
  await lockDatasets(undefined, options());
  lockedText = readFileSync(file, 'utf8');
  return lockedText;
}

test('a password that only a private registry has is not written into the lock file', async () => {
  offer();
  const source = SOURCES.scans?.() as Extract<SourceEntry, { method: 'direct' }>;
  const [zip, ...others] = source.files as [(typeof source.files)[number]];
  SOURCES.scans = () => ({ ...source, files: [{ ...zip, password: 'hunter2' }, ...others] });
  try {
    await fetchDataset('scans', options());
    await lockDatasets(undefined, options());
    expect(readFileSync(file, 'utf8')).not.toContain('hunter2');
    // The registry still has it.
    expect(await fetchLocked(undefined, options(other))).toMatchObject([{ outcome: 'fetched' }]);
  } finally {
    SOURCES.scans = () => source;
  }
});

describe('a lock file', () => {
  test.each<[string, (text: string) => string, RegExp]>([
    ['in a merge', (text) => `<<<<<<< ours\n${text}`, /marks of a merge/],
    ['cut off', (text) => text.slice(0, 100), /is no JSON/],
    ['of another version', (text) => text.replace('"version": 1', '"version": 2'), /version/],
    ['that climbs', (text) => text.replace('{ "path": "labels.csv"', '{ "path": "../labels.csv"'), /remote\[0\]\.path/],
    [
      'with an absolute path',
      (text) => text.replace('{ "path": "labels.csv"', '{ "path": "/etc/x"'),
      /remote\[0\]\.path/,
    ],
    ['with a dataset twice', (text) => text.replace('"datasets": {', '"datasets": { "scans": {},'), /twice/],
    ['that leads to a file', (text) => text.replace(/http:[^"]*labels\.csv/, 'file:///etc/passwd'), /url/],
    ['with a digest of no form', (text) => text.replace(/"tree": "sha256:/, '"tree": "md5:'), /sha256/],
  ])('%s is refused', async (_, broken, message) => {
    writeFileSync(file, broken(await textOfLock()));
    const error = await failure(fetchLocked(undefined, options(other)));
    expect(error).toMatchObject({ exitCode: 2, hint: expect.any(String) });
    expect(error.message).toMatch(message);
    // Nor is it written over.
    await expect(lockDatasets(['scans'], options())).rejects.toMatchObject({ exitCode: 2 });
  });

  test('leads to private addresses only where a registry here does so too', async () => {
    await textOfLock();
    writeFileSync(file, lockedText as string);
    const refused = { exitCode: 4, message: expect.stringMatching(/^The lock file leads to a private address/) };
    const stranger = { ...options(other), registries: [] };
    expect(await failure(fetchLocked(undefined, stranger))).toMatchObject(refused);
    // Nor does it help to call it a dataset that is known.
    writeFileSync(file, (lockedText as string).replace('"scans": {', '"luna16": {'));
    expect(await failure(fetchLocked(undefined, stranger))).toMatchObject(refused);
    expect(await fetchLocked(undefined, { ...stranger, allowPrivate: true })).toMatchObject([{ id: 'luna16' }]);
  });

  test('that does not hold a dataset, is not there, or has nothing to hold, says so', async () => {
    offer();
    expect(await failure(fetchLocked(undefined, options()))).toMatchObject({ exitCode: 3 });
    expect(await failure(lockDatasets(undefined, options()))).toMatchObject({ exitCode: 9 });
    expect(await failure(lockDatasets(['scans'], options()))).toMatchObject({ exitCode: 9, dataset: 'scans' });
    await fetchDataset('scans', options());
    await lockDatasets(undefined, options());
    expect(await failure(fetchLocked(['hub'], options()))).toMatchObject({ exitCode: 3, dataset: 'hub' });
  });
});

test('the paragraph for a paper names version, DOI, licence, day and number of files', async () => {
  await addRecord('one');
  await fetchDataset('record', options());
  const { datasets } = await lockOf(undefined, options());
  const day = datasets.record?.fetchedAt.slice(0, 10);
  const text = describeLocked(datasets);
  expect(text).toMatch(/^One public dataset was used, obtained and verified with medds \d\S+\. RECORD \(/);
  expect(text).toContain('version zenodo:77; DOI 10.5281/zenodo.77; licence CC-BY-4.0)');
  expect(text).toMatch(new RegExp(`on ${day}: 1 file, 3 B, tree digest sha256:[0-9a-f]{64}\\.`));
});

test('the commands: lock, diff, fetch --locked, in a pipeline', async () => {
  offer();
  const { env, registries } = options();
  const run = (...args: string[]) =>
    runMedds(args, { home, cwd: folder, env: { ...env, MEDDS_REGISTRY: registries[0] } });
  await fetchDataset('scans', options());
  const locked = await run('lock', '--json');
  expect(JSON.parse(locked.stdout)).toMatchObject({ version: 1, file, ids: ['scans'] });
  writeFileSync(path.join(folder, 'other.lock'), readFileSync(file));
  const again = await run('fetch', '--locked', '--lock-file', 'other.lock', '--json');
  expect(again.code).toBe(0);
  expect(JSON.parse(again.stdout)).toMatchObject({ version: 1, datasets: [{ id: 'scans', outcome: 'present' }] });
  offer({ labels: 'case,another\n' });
  await removeDataset('scans', options());
  const diff = await run('diff', '--json', '--no-upstream');
  expect(diff.code).toBe(9);
  expect(JSON.parse(diff.stdout)).toMatchObject({ datasets: [{ id: 'scans', library: { state: 'missing' } }] });
  const failed = await run('fetch', '--locked');
  expect(failed.code).toBe(6);
  expect(failed.stderr).toContain('labels.csv');
});
