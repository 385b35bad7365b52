/** kill -9 after the download: while archives are unpacked, and while the dataset is put in its place. Nothing is fetched again. */
import { existsSync, type FSWatcher, mkdirSync, watch } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { cleanLibrary, datasetPath, datasetStatus } from '../../src/index.js';
import { packed, zip } from '../hosts/phantoms/archives.js';
import type { Running } from '../support/run-medds.js';
import { seededRandom } from '../support/seeded-random.js';
import { treeOf } from '../support/tree.js';
import { fileHost, type Hosted, MiB, offer, single, sizeOfAll, stageFor, treeOfAll } from './stage.js';

/** Members of several archives in one folder, so that the commit moves file by file. */
function cases(key: string, count: number): Hosted {
  const random = seededRandom(key);
  const members = Array.from({ length: count }, (_, index) => ({
    path: `cases/${key}-${index}.raw`,
    data: random.bytes(2000),
  }));
  return packed(key, members, zip);
}

const FILES = [cases('a.zip', 100), cases('b.zip', 100), single('list.csv')];
const TREE = treeOfAll(FILES);

const host = await fileHost();
const stage = stageFor('killed', (stage) => {
  stage.register('cases', offer(host, ...FILES));
});

const fetchCases = () => stage.start('fetch', 'cases', '--progress', 'json', '--jobs', '1');

/** Whatever the moment: the dataset is whole, or it does not pass for complete. */
async function expectHonest(): Promise<void> {
  const folder = await datasetPath('cases', { home: stage.home, env: {} }).catch(() => undefined);
  const { state, download } = await datasetStatus('cases', { home: stage.home, env: {} });
  expect(state).toBe(folder === undefined ? 'partial' : 'complete');
  expect(download?.bytes ?? 0).toBeLessThanOrEqual(sizeOfAll(FILES));
  if (folder !== undefined) expect(await treeOf(folder)).toEqual(TREE);
}

/** Bytes that the next run fetches. */
async function complete(): Promise<number> {
  const before = host.bytesSent();
  const { code, stderr } = await stage.run('fetch', 'cases');
  expect(code, stderr).toBe(0);
  expect(await treeOf(stage.dataset('cases'))).toEqual(TREE);
  // A kill after the last step leaves what was to be deleted; the dataset is complete all the same.
  await cleanLibrary({ home: stage.home, env: {} });
  expect(existsSync(stage.parts('cases'))).toBe(false);
  return host.bytesSent() - before;
}

it('at every step of the work, one run after the other', async () => {
  const before = host.bytesSent();
  const moments = [
    /"file":"a.zip","state":"unpacking"/,
    /"file":"a.zip","state":"done"/,
    /"file":"b.zip","state":"unpacking"/,
    /"file":"b.zip","state":"done"/,
    /"file":"list.csv","state":"done"/,
  ];
  for (const moment of moments) {
    const running = fetchCases();
    await running.line(moment);
    running.kill('SIGKILL');
    await running.result;
    await expectHonest();
  }
  await complete();
  // A file of up to 1 MiB that was just coming, or just came, is fetched again; what was finished is not.
  expect(host.bytesSent() - before).toBeLessThanOrEqual(sizeOfAll(FILES) + moments.length * MiB);
  for (const { key, data } of FILES) expect(host.bytesSent(`/${key}`)).toBeLessThanOrEqual(3 * data.length);
});

it.each([1, 2, 3, 5, 8])('at change %i of the commit', async (change) => {
  const running = fetchCases();
  await killAtChange(running, change);
  await expectHonest();
  expect(await complete()).toBe(0);
});

/** Kills a process at the n-th change, after the last file is done, to the folders that a commit works in. */
async function killAtChange(running: Running, change: number): Promise<void> {
  await running.line(/"file":"list.csv","state":"done"/);
  let changes = 0;
  const watchers: FSWatcher[] = [];
  for (const folder of [
    stage.parts('cases'),
    path.join(stage.home, 'state', 'cases'),
    path.join(stage.home, 'datasets'),
  ]) {
    mkdirSync(folder, { recursive: true });
    watchers.push(
      watch(folder, () => {
        changes += 1;
        if (changes === change) running.kill('SIGKILL');
      }),
    );
  }
  await running.result;
  for (const watcher of watchers) watcher.close();
}
