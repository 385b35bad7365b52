import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { commitDataset, recoverCommit } from '../../src/library/commit.js';
import { datasetFolder } from '../../src/library/folder.js';
import { libraryStatus } from '../../src/library/inventory.js';
import { type Layout, layoutOf } from '../../src/library/layout.js';
import { readFiles, readManifest } from '../../src/library/manifest.js';
import { Staging } from '../../src/library/staging.js';
import { seededRandom } from '../support/seeded-random.js';
import { moments, rounds, SEED, withSeed } from '../support/soak.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { crashingAt } from './crash.js';
import { all, commitOf, copyOf, fetchAll, type Remote, stageAll } from './staged.js';

afterEach(removeTempDirs);

const OLD: Remote[] = [
  { path: 'a.zip', holds: { 'cases/1': 'old', 'gone/x': 'x' } },
  { path: 'list.csv', holds: 'old' },
];
const NEW: Remote[] = [
  { path: 'a.zip', holds: { 'cases/1': 'one', LICENSE: 'free' } },
  { path: 'b.zip', holds: { 'cases/2': 'two', LICENSE: 'free' } },
  { path: 'list.csv', into: 'tables', holds: 'new' },
];

type Tree = Awaited<ReturnType<typeof treeOf>>;

async function expected(remotes: Remote[]) {
  const layout = layoutOf(tempDir('expected'));
  await fetchAll(layout, 'lung', remotes);
  return treeOf(layout.dataset('lung'));
}

/** Whatever the moment: the dataset is whole, the old or the new one, or it is not called complete. */
async function expectHonest(layout: Layout, allowed: unknown[], moment?: string): Promise<void> {
  const folder = await datasetFolder(layout, 'lung')
    .then((found) => found.path)
    .catch(() => undefined);
  if (folder !== undefined) expect(allowed, moment).toContainEqual(await treeOf(folder));
  const [status] = await libraryStatus(layout);
  expect(status?.state === 'complete', moment).toBe(folder !== undefined);
}

async function expectWhole(layout: Layout, tree: Tree, moment?: string): Promise<void> {
  expect(await treeOf(layout.dataset('lung')), moment).toEqual(tree);
  expect((await readManifest(layout, 'lung'))?.files).toBe(Object.keys(tree).length);
  const recorded = await all(readFiles(layout, 'lung'));
  expect(recorded.map((file) => file.path).sort()).toEqual(Object.keys(tree));
  for (const { path: name, size, sha256 } of recorded) expect(tree[name]).toEqual({ size, sha256 });
  expect(fs.readdirSync(path.join(layout.home, 'parts')).filter((name) => name !== '.trash')).toEqual([]);
}

describe('a fetch that is killed', () => {
  it('at any change to the disk is brought to its end by the next one', async () => {
    const allowed = [await expected(NEW), await expected(OLD)];
    const before = layoutOf(tempDir('crash'));
    await fetchAll(before, 'lung', OLD, 'before');
    let last = 0;
    for (const n of moments(6)) {
      const layout = copyOf(before, 'crash');
      const crashed = await crashingAt(n, () => fetchAll(layout, 'lung', NEW, 'new'));
      await expectHonest(layout, allowed, withSeed(n));
      await recoverCommit(layout, 'lung');
      await expectHonest(layout, allowed, withSeed(n));
      if ((await readManifest(layout, 'lung'))?.fetchedAt !== 'new') await fetchAll(layout, 'lung', NEW, 'new');
      await expectWhole(layout, allowed[0] as Tree, withSeed(n));
      fs.rmSync(layout.home, { recursive: true });
      last = n;
      if (!crashed) break;
    }
    // Fewer would mean that the changes are not seen any more.
    expect(last).toBeGreaterThan(80);
  });

  it('at any change of the first commit is brought to its end, and fetches nothing again', async () => {
    const news = await expected(NEW);
    const staged = layoutOf(tempDir('crash'));
    await stageAll(staged, 'lung', NEW);
    let last = 0;
    for (const n of moments(4)) {
      const layout = copyOf(staged, 'crash');
      const crashed = await crashingAt(n, () => commitDataset(layout, 'lung', commitOf('lung', NEW, 'new')));
      await expectHonest(layout, [news], withSeed(n));
      await recoverCommit(layout, 'lung');
      if ((await readManifest(layout, 'lung')) === undefined) {
        const staging = await Staging.open(layout, 'lung');
        expect(staging.done().size).toBe(NEW.length);
        await staging.close();
        await commitDataset(layout, 'lung', commitOf('lung', NEW, 'new'));
      }
      await expectWhole(layout, news, withSeed(n));
      fs.rmSync(layout.home, { recursive: true });
      last = n;
      if (!crashed) break;
    }
    expect(last).toBeGreaterThan(30);
  });

  it('twice at random changes is brought to its end by the third', async () => {
    const random = seededRandom(SEED);
    const allowed = [await expected(NEW), await expected(OLD)];
    const before = layoutOf(tempDir('crash'));
    await fetchAll(before, 'lung', OLD, 'before');
    for (let round = 0; round < rounds(5, 60); round++) {
      const layout = copyOf(before, 'crash');
      for (const limit of [100, 60]) {
        await crashingAt(random.integer(1, limit), () => fetchAll(layout, 'lung', NEW, 'new'));
        await expectHonest(layout, allowed, withSeed(round));
      }
      await fetchAll(layout, 'lung', NEW, 'new');
      await expectWhole(layout, allowed[0] as Tree, withSeed(round));
      fs.rmSync(layout.home, { recursive: true });
    }
  });
});
