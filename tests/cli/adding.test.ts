/** Parts of a dataset, one after the other: each adds to what is here, nothing is fetched twice, and status says what is here. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { fetchDataset } from '../../src/index.js';
import { parseSelection, type SelectionFlags } from '../../src/selection.js';
import { packed, tar, zip } from '../hosts/phantoms/archives.js';
import { seededRandom } from '../support/seeded-random.js';
import { treeOf } from '../support/tree.js';
import { fileHost, type Hosted, offer, single, stageFor, treeOfAll } from './stage.js';

const KiB = 1024;

function members(first: number, last: number) {
  return Array.from({ length: last - first + 1 }, (_, at) => ({
    path: `scans/case${first + at}.raw`,
    data: seededRandom(`case ${first + at}`).bytes(300 * KiB),
  }));
}

const A = packed('a.zip', members(1, 8), (all) => zip(all, { level: 0 }));
const B = packed('b.zip', members(9, 12), (all) => zip(all, { level: 0 }));
const TABLE = single('table.csv', 1000);
const ALL = [A, B, TABLE];

const host = await fileHost();
const stage = stageFor('adding', (stage) => register(stage, ALL));

function register(stage: { registerEntry(id: string, entry: object): void }, files: readonly Hosted[]): void {
  stage.registerEntry('scans', {
    name: 'Scans',
    casePaths: ['scans/{case}.raw'],
    sources: [offer(host, ...files)],
  });
}

/** A fetch, and the bytes that the host sent for it. */
async function counted(flags: SelectionFlags & { wholeArchive?: boolean } = {}) {
  const before = host.bytesSent();
  const { wholeArchive = false, ...rest } = flags;
  const selection = parseSelection(rest);
  const result = await fetchDataset('scans', {
    home: stage.home,
    env: stage.env,
    tries: 2,
    wholeArchive,
    ...(selection === undefined ? {} : { selection }),
  });
  return { ...result, sent: host.bytesSent() - before };
}

const caseTree = async () => Object.keys(await treeOf(stage.dataset('scans')));

it('three cases, then three others, then the rest', async () => {
  const first = await counted({ cases: '3' });
  expect(first).toMatchObject({ outcome: 'fetched', files: 4, chosen: { selections: ['--cases 3'], of: 13 } });
  expect(first.sent).toBeLessThan(3 * 300 * KiB + 256 * KiB * 2);
  expect(await caseTree()).toEqual(['scans/case1.raw', 'scans/case2.raw', 'scans/case3.raw', 'table.csv']);

  // The same again brings nothing.
  expect(await counted({ cases: '3' })).toMatchObject({ outcome: 'present', sent: 0 });

  const more = await counted({ cases: 'case3,case4,case10' });
  expect(more).toMatchObject({ outcome: 'fetched', files: 6 });
  expect(more.sent).toBeLessThan(2 * 300 * KiB + 256 * KiB * 2);
  expect(more.chosen?.selections).toEqual(['--cases 3', '--cases case3,case4,case10']);

  const rest = await counted();
  expect(rest).toMatchObject({ outcome: 'fetched', files: 13, remotes: 3 });
  expect(rest.chosen).toBeUndefined();
  expect(rest.sent).toBeLessThan(7 * 300 * KiB + 256 * KiB * 2);
  await stage.expectComplete('scans', treeOfAll(ALL));
  expect(await counted()).toMatchObject({ outcome: 'present', sent: 0 });
  expect((await stage.run('verify', 'scans')).code).toBe(0);
});

it('is shown as a part by status, list and path', async () => {
  await counted({ include: ['scans/case1*.raw'] });
  const folder = stage.dataset('scans');
  const status = await stage.run('status', 'scans');
  expect(status).toMatchObject({ code: 0 });
  expect(status.stdout).toContain("chosen: --include 'scans/case1*.raw'");
  expect(status.stdout).toContain('4 of 13');
  expect(await stage.json('status', 'scans')).toMatchObject({
    state: 'chosen',
    path: folder,
    chosen: { selections: ["--include 'scans/case1*.raw'"], of: 13 },
  });
  expect((await stage.run('list')).stdout).toMatch(/^scans\t.*\t4 of 13 files$/m);
  const found = await stage.run('path', 'scans');
  expect(found).toMatchObject({ code: 0, stdout: `${folder}\n` });
  expect(found.stderr).toContain('Only a part of scans is here');
  expect(await stage.run('path', 'scans', '--json')).toMatchObject({ code: 0 });
});

it('is brought to its end by the same command after it was killed', async () => {
  await counted({ cases: 'case1,' });
  host.misbehave('/a.zip', { stallAt: 64 * KiB, when: ({ headers }) => /^bytes=\d{6,}-/.test(headers.range ?? '') });
  const running = stage.start('fetch', 'scans', '--cases', 'case2,case5', '--progress', 'none');
  await Promise.race([host.stalled('/a.zip'), running.result]);
  running.kill('SIGKILL');
  await running.result;
  await host.idle();
  host.behave();
  // What was here still is.
  expect((await stage.run('path', 'scans')).code).toBe(0);
  expect(await caseTree()).toEqual(['scans/case1.raw', 'table.csv']);
  expect(await stage.json('fetch', 'scans', '--cases', 'case2,case5')).toMatchObject({ outcome: 'fetched', files: 4 });
});

it('refuses parts of two versions, and another source', async () => {
  await counted({ cases: '1' });
  const changed = packed('a.zip', [...members(1, 8), ...members(20, 20)], (all) => zip(all, { level: 0 }));
  register(stage, [changed, B, TABLE]);
  const stderr = await stage.fails(6, 'fetch', 'scans', '--cases', '4');
  expect(stderr).toContain('a.zip has changed');
  expect(stderr).toContain('--force');
  expect(await stage.fails(2, 'fetch', 'scans', '--source', 'kaggle')).toContain('came from the source direct');
  expect(await stage.json('fetch', 'scans', '--force')).toMatchObject({ outcome: 'fetched', files: 14 });
});

it('adds what is wanted of an archive that must be fetched whole', async () => {
  const closed = packed('c.tar', members(30, 36), (all) => tar(all));
  register(stage, [closed, TABLE]);
  expect(await counted({ cases: 'case31,', wholeArchive: true })).toMatchObject({ files: 2 });
  expect(await counted({ cases: 'case31,case33', wholeArchive: true })).toMatchObject({ files: 3 });
  expect(await caseTree()).toEqual(['scans/case31.raw', 'scans/case33.raw', 'table.csv']);
  expect(await counted()).toMatchObject({ files: 8 });
  await stage.expectComplete('scans', treeOfAll([closed, TABLE]));
});

it('finds files that are missing again', async () => {
  await counted({ cases: '2' });
  writeFileSync(path.join(stage.dataset('scans'), 'scans/case1.raw'), 'damaged');
  const { code, stderr } = await stage.run('verify', 'scans', '--repair');
  expect(code, stderr).toBe(0);
  expect((await stage.run('verify', 'scans')).code).toBe(0);
  expect((await caseTree()).length).toBe(3);
});
