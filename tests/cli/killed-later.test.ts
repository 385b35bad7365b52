/** kill -9 after the download: while archives are unpacked, and while the dataset is put in its place. Nothing is fetched again. */
import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { cleanLibrary, datasetPath, datasetStatus } from '../../src/index.js';
import { packed, zip } from '../hosts/phantoms/archives.js';
import { seededRandom } from '../support/seeded-random.js';
import { rounds } from '../support/soak.js';
import { treeOf } from '../support/tree.js';
import type { Moment } from '../support/trouble.js';
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

const KILLER = new URL('../support/trouble.js', import.meta.url).href;
const DONE = '"file":"[^"]*","state":"done"';

/** Tells whether a fetch was killed at a moment; when it never came, the fetch has done everything. */
async function killedAt(moment: Moment): Promise<boolean> {
  const env = { NODE_OPTIONS: `--import=${KILLER}`, MEDDS_TEST_TROUBLE: JSON.stringify(moment) };
  const running = stage.startWith(env, 'fetch', 'cases', '--progress', 'json', '--jobs', '1');
  const { code, signal, stderr } = await running.result;
  expect(signal ?? code, stderr).toBeOneOf(['SIGKILL', 0]);
  await host.idle();
  return signal !== null;
}

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
  const moments: Moment[] = [
    { line: '"state":"unpacking"' },
    { line: '"state":"unpacking"', times: 2 },
    { line: DONE },
    { line: DONE },
    { line: DONE },
  ];
  let kills = 0;
  for (const moment of moments) {
    const isKilled = await killedAt(moment);
    await expectHonest();
    if (!isKilled) break;
    kills += 1;
  }
  expect(kills).toBeGreaterThanOrEqual(3);
  await complete();
  // A file of up to 1 MiB that was just coming, or just came, is fetched again; what was finished is not.
  expect(host.bytesSent() - before).toBeLessThanOrEqual(sizeOfAll(FILES) + moments.length * MiB);
});

it.each([1, 2, 3, 5, 8].slice(0, rounds(2, 5)))('at change %i of the commit', async (changes) => {
  expect(await killedAt({ line: DONE, times: FILES.length, changes })).toBe(true);
  await expectHonest();
  expect(await complete()).toBe(0);
});
