/** The plug is pulled while a fetch runs, for real: what was not flushed is gone. Nothing wrong passes for right, and the next run goes on. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { datasetPath, datasetStatus } from '../../src/index.js';
import { packed, tar } from '../hosts/phantoms/archives.js';
import { seededRandom } from '../support/seeded-random.js';
import { rounds, SEED, withSeed } from '../support/soak.js';
import { treeOf } from '../support/tree.js';
import type { Moment } from '../support/trouble.js';
import { ImageDisk, noImageDisks, removeImageDisks } from './image-disk.js';
import { archive, fileHost, MiB, offer, single, sizeOfAll, stageFor, treeOfAll } from './stage.js';

const SLIDES = packed(
  'slides.tar.gz',
  Array.from({ length: 30 }, (_, index) => ({ path: `slides/${index}.raw`, data: seededRandom(index).bytes(50_000) })),
  (members) => gzipSync(tar(members), { level: 1 }),
);
const SET = [
  archive('scans.zip', { size: 2 * MiB }),
  SLIDES,
  archive('masks.zip', { files: 40, size: 2000 }),
  single('list.csv'),
];
const TREE = treeOfAll(SET);

const preload = (name: string) => `--import=${new URL(`../support/${name}.js`, import.meta.url).href}`;

const host = await fileHost();
const stage = stageFor('power', (stage) => {
  stage.register('data', offer(host, ...SET));
  stage.env.NODE_OPTIONS = `${preload('other-boot')} ${preload('trouble')}`;
});

beforeEach(({ skip }) => {
  if (noImageDisks !== undefined) skip(noImageDisks);
});
afterEach(removeImageDisks);

it('a disk whose plug is pulled has what was flushed, and nothing else', () => {
  const disk = new ImageDisk(16 * MiB);
  const file = path.join(disk.folder, 'flushed');
  writeFileSync(file, 'here', { flush: true });
  writeFileSync(path.join(disk.folder, 'written'), 'gone');
  disk.pullThePlug();
  expect(readFileSync(file, 'utf8')).toBe('here');
  expect(existsSync(path.join(disk.folder, 'written'))).toBe(false);
});

/** A fetch by a machine that was started for the n-th time. */
async function fetchData(boot: number, moment: Moment): Promise<string | undefined> {
  const env = { MEDDS_TEST_BOOT: `boot-${boot}`, MEDDS_TEST_TROUBLE: JSON.stringify(moment) };
  const { code, signal, stderr } = await stage.startWith(env, 'fetch', 'data', '--progress', 'none').result;
  expect(signal ?? code, stderr).toBeOneOf(['SIGKILL', 0]);
  return signal ?? undefined;
}

it('at random changes to the disk, twice, and the third run finishes', async () => {
  const random = seededRandom(SEED);
  const counter = path.join(stage.folder, 'changes');
  await fetchData(0, { count: counter });
  const changes = Number(readFileSync(counter, 'utf8'));
  for (let round = 0; round < rounds(1, 40); round++) {
    const disk = new ImageDisk(96 * MiB);
    stage.home = path.join(disk.folder, 'library');
    mkdirSync(stage.home);
    for (let boot = 1; boot <= 2; boot++) {
      const at = random.integer(1, changes);
      const told = `change ${at} of ${changes}, ${withSeed(round)}`;
      await fetchData(boot, { changes: at });
      await host.idle();
      disk.pullThePlug();
      const folder = await datasetPath('data', stage).catch(() => undefined);
      if (folder !== undefined) expect(await treeOf(folder), told).toEqual(TREE);
      const status = await datasetStatus('data', stage).catch(() => undefined);
      expect(status?.state === 'complete', told).toBe(folder !== undefined);
      expect(status?.download?.bytes ?? 0, told).toBeLessThanOrEqual(sizeOfAll(SET));
    }
    expect(await fetchData(3, {})).toBeUndefined();
    expect(await treeOf(stage.dataset('data')), withSeed(round)).toEqual(TREE);
    disk.unmount();
  }
});

it('just after a fetch has ended: all of it is there', async () => {
  const disk = new ImageDisk(96 * MiB);
  stage.home = path.join(disk.folder, 'library');
  await fetchData(1, {});
  disk.pullThePlug();
  await stage.expectComplete('data', TREE);
  disk.unmount();
});
