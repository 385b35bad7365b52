/** What is done with a dataset that is here: verify and repair, remove, clean. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { treeOf } from '../support/tree.js';
import { archive, fileHost, interrupted, MiB, offer, offerUnknown, single, stageFor, treeOfAll } from './stage.js';

const SCANS = archive('scans.zip');
const MASKS = archive('masks.zip');
const LIST = single('list.csv');
const ALL = [SCANS, MASKS, LIST];

const host = await fileHost();
const stage = stageFor('keeping', (stage) => {
  stage.register('scans', offer(host, ...ALL));
});

/** One bit turns over on the disk. */
function flip(name: string): void {
  const file = path.join(stage.dataset('scans'), name);
  const data = readFileSync(file);
  data[data.length >> 1] = 1 ^ (data[data.length >> 1] ?? 0);
  writeFileSync(file, data);
}

describe('verify', () => {
  it('of what is not complete ends with 9', async () => {
    expect(await stage.fails(9, 'verify', 'scans')).toContain('medds fetch scans');
  });

  describe('of what was fetched', () => {
    beforeEach(async () => {
      await stage.json('fetch', 'scans');
    });

    it('finds a flipped bit and a missing file, and ends with 6', async () => {
      expect((await stage.run('verify', 'scans')).stdout).toBe('scans: 5 files, 5.0 kB, all as recorded\n');
      flip('scans/1.raw');
      rmSync(path.join(stage.dataset('scans'), 'list.csv'));
      const { code, stdout } = await stage.run('verify', '--all');
      expect(code).toBe(6);
      expect(stdout).toBe('scans: 2 of 5 files broken\n  missing  list.csv\n  changed  scans/1.raw\n');
      const json = await stage.run('verify', 'scans', '--json');
      expect(json.code).toBe(6);
      expect(JSON.parse(json.stdout)).toMatchObject({
        ok: false,
        datasets: [{ id: 'scans', missing: ['list.csv'], changed: [{ path: 'scans/1.raw' }] }],
      });
      expect(JSON.parse((await stage.run('status', 'scans', '--json')).stdout)).toMatchObject({
        verify: { ok: false },
      });
    });

    it('with --repair fetches what is broken, and nothing else', async () => {
      flip('scans/1.raw');
      rmSync(path.join(stage.dataset('scans'), 'list.csv'));
      const before = ALL.map(({ key }) => host.bytesSent(`/${key}`));
      const { code, stdout, stderr } = await stage.run('verify', 'scans', '--repair');
      expect(code, stderr).toBe(0);
      expect(stdout).toContain('repaired: 2 files put back');
      expect(ALL.map(({ key }, index) => host.bytesSent(`/${key}`) - (before[index] ?? 0))).toEqual([
        SCANS.data.length,
        0,
        LIST.data.length,
      ]);
      await stage.expectComplete('scans', treeOfAll(ALL));
      expect(await stage.json('verify', 'scans')).toMatchObject({ ok: true });
      expect(existsSync(stage.parts('scans'))).toBe(false);
    });

    it('with --repair takes nothing that is not as it was the first time', async () => {
      flip('list.csv');
      const broken = await treeOf(stage.dataset('scans'));
      host.add('/list.csv', single('other list', LIST.data.length).data);
      expect(await stage.fails(6, 'verify', 'scans', '--repair')).toContain('list.csv');
      expect(await treeOf(stage.dataset('scans'))).toEqual(broken);
    });
  });
});

it('remove deletes everything of a dataset when it is told so, and asks nobody in a pipe', async () => {
  await stage.json('fetch', 'scans', '--keep-archives');
  expect(await stage.fails(2, 'remove', 'scans')).toContain('--yes');
  await stage.expectComplete('scans', treeOfAll(ALL));

  expect(await stage.json('remove', 'scans', '--yes')).toMatchObject({ removed: [{ id: 'scans', files: 5 }] });
  await stage.expectIncomplete('scans');
  expect(await stage.json('status')).toMatchObject({ bytes: 0, datasets: [] });
  for (const place of ['datasets', 'archives', 'parts', 'state']) {
    expect(existsSync(path.join(stage.home, place, 'scans')), place).toBe(false);
  }
});

it('clean leaves what the next fetch goes on with, unless it is told otherwise', async () => {
  const large = archive('large.zip', { size: 2 * MiB });
  stage.env.MEDDS_CONNECTIONS = '1';
  stage.register('large', offerUnknown(host, large));
  await interrupted(stage, host, large);
  expect(await stage.json('clean', '--yes')).toMatchObject({ removed: [], bytes: 0 });
  expect((await stage.json('fetch', 'large', '--dry-run')).resumed).toBeGreaterThanOrEqual(MiB);

  const { removed, bytes } = await stage.json('clean', 'large', '--unfinished', '--yes');
  expect(removed).toMatchObject([{ kind: 'unfinished', id: 'large' }]);
  expect(bytes).toBeGreaterThanOrEqual(MiB);
  expect(await stage.json('fetch', 'large')).toMatchObject({ resumed: 0 });
  await stage.expectComplete('large', large.tree);
});
