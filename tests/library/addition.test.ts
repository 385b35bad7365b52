/** What is added to a dataset that is here: at no moment is anything of it missing, or called complete that is not. */
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { BusyError, IntegrityError } from '../../src/errors.js';
import { recoverCommit } from '../../src/library/commit.js';
import { datasetStatus } from '../../src/library/inventory.js';
import { type Layout, layoutOf } from '../../src/library/layout.js';
import { readFiles, readManifest, readRemotes } from '../../src/library/manifest.js';
import { verifyDataset } from '../../src/library/verify.js';
import { moments, withSeed } from '../support/soak.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { crashingAt } from './crash.js';
import { addAll, all, copyOf, fetchAll, type Remote } from './staged.js';

afterEach(removeTempDirs);

const FIRST: Remote[] = [
  { path: 'a.zip', holds: { 'cases/1': 'one', LICENSE: 'free' } },
  { path: 'list.csv', holds: 'list' },
];
const MORE: Remote[] = [
  // More of the same archive, and one file that is here already.
  { path: 'a.zip', holds: { 'cases/2': 'two', 'cases/deep/3': 'three', link: { link: 'cases/1' } } },
  { path: 'b.zip', holds: { LICENSE: 'free', 'others/4': 'four' } },
];

async function library(): Promise<{ layout: Layout; commit: string }> {
  const layout = layoutOf(tempDir('addition'));
  const { commit } = await fetchAll(layout, 'lung', FIRST, 'before');
  return { layout, commit };
}

async function whole(remotes: Remote[]) {
  const layout = layoutOf(tempDir('whole'));
  await fetchAll(layout, 'lung', remotes);
  return treeOf(layout.dataset('lung'));
}

describe('an addition', () => {
  it('joins what is here', async () => {
    const { layout, commit } = await library();
    const before = fs.statSync(path.join(layout.dataset('lung'), 'cases/1')).ino;
    const manifest = await addAll(layout, 'lung', MORE, commit, { selections: ['--cases 3'], of: 9 });

    const tree = { ...(await whole(FIRST)), ...(await whole(MORE)) };
    expect(await treeOf(layout.dataset('lung'))).toEqual(tree);
    expect(fs.statSync(path.join(layout.dataset('lung'), 'cases/1')).ino).toBe(before);
    expect(manifest).toMatchObject({ files: Object.keys(tree).length, remotes: 3, fetchedAt: 'added' });
    expect((await all(readFiles(layout, 'lung'))).map((file) => file.path).sort()).toEqual(Object.keys(tree).sort());
    expect((await all(readRemotes(layout, 'lung'))).map(({ remote }) => remote).sort()).toEqual([
      'a.zip',
      'b.zip',
      'list.csv',
    ]);
    expect(await verifyDataset(layout, 'lung')).toMatchObject({ ok: true, checked: manifest.files, extraCount: 0 });
    expect(await datasetStatus(layout, 'lung')).toMatchObject({
      state: 'chosen',
      path: layout.dataset('lung'),
      chosen: { selections: ['--cases 3'], of: 9 },
    });
  });

  it('is refused when it contradicts what is here, which stays as it is', async () => {
    const { layout, commit } = await library();
    const before = await treeOf(layout.dataset('lung'));
    const other: Remote[] = [{ path: 'b.zip', holds: { 'cases/1': 'another', 'cases/2': 'two' } }];
    const failure = await addAll(layout, 'lung', other, commit).catch((error) => error);
    expect(failure).toBeInstanceOf(IntegrityError);
    expect(failure).toMatchObject({ file: 'cases/1', hint: expect.stringContaining('--force') });
    expect(await treeOf(layout.dataset('lung'))).toEqual(before);
    expect((await readManifest(layout, 'lung'))?.commit).toBe(commit);
  });

  it('is refused when the dataset is another one by now', async () => {
    const { layout, commit } = await library();
    await fetchAll(layout, 'lung', FIRST, 'meanwhile');
    await expect(addAll(layout, 'lung', MORE, commit)).rejects.toThrow(BusyError);
    expect((await readManifest(layout, 'lung'))?.fetchedAt).toBe('meanwhile');
  });

  it('that was given up does not count for a commit that replaces', async () => {
    const { layout, commit } = await library();
    await crashingAt(60, () => addAll(layout, 'lung', MORE, commit));
    await fetchAll(layout, 'lung', [...FIRST, ...MORE.slice(1)], 'replaced');
    expect(await treeOf(layout.dataset('lung'))).toEqual(await whole([...FIRST, ...MORE.slice(1)]));
  });

  it('that is killed at any change to the disk leaves the one dataset or the other', async () => {
    const { layout: template, commit } = await library();
    const old = await whole(FIRST);
    const joined = { ...old, ...(await whole(MORE)) };
    let last = 0;
    for (const n of moments(6)) {
      const layout = copyOf(template, 'crash');
      const crashed = await crashingAt(n, () => addAll(layout, 'lung', MORE, commit));
      // Nothing of what was here is ever missing.
      expect(await treeOf(layout.dataset('lung')), withSeed(n)).toMatchObject(old);
      await recoverCommit(layout, 'lung');
      const added = (await readManifest(layout, 'lung'))?.fetchedAt === 'added';
      expect(await treeOf(layout.dataset('lung')), withSeed(n)).toEqual(added ? joined : old);
      if (!added) await addAll(layout, 'lung', MORE, commit);
      expect(await treeOf(layout.dataset('lung'))).toEqual(joined);
      expect((await readManifest(layout, 'lung'))?.files).toBe(Object.keys(joined).length);
      expect(await all(readFiles(layout, 'lung'))).toHaveLength(Object.keys(joined).length);
      expect(fs.readdirSync(path.join(layout.home, 'parts')).filter((name) => name !== '.trash')).toEqual([]);
      fs.rmSync(layout.home, { recursive: true });
      last = n;
      if (!crashed) break;
    }
    expect(last).toBeGreaterThan(60);
  });
});
