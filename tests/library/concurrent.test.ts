import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { commitDataset, recoverCommit } from '../../src/library/commit.js';
import { type Layout, layoutOf } from '../../src/library/layout.js';
import { type ListHeader, readFiles, readManifest } from '../../src/library/manifest.js';
import { readRecords } from '../../src/library/records.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { shuffled, withHook } from './crash.js';
import { all, commitOf, copyOf, fetchAll, type Remote, stageAll } from './staged.js';

afterEach(removeTempDirs);

/** Two versions of one dataset: same names, same sizes, other contents. */
const version = (mark: string): Remote[] => [
  { path: 'a.zip', holds: { 'cases/1': `1${mark}`, LICENSE: mark } },
  { path: 'b.zip', holds: { 'cases/2': `2${mark}`, LICENSE: mark } },
  { path: 'list.csv', into: 'tables', holds: `list ${mark}` },
];

/** The tree, the list and the manifest are of one version. */
async function expectOneVersion(layout: Layout): Promise<void> {
  const manifest = await readManifest(layout, 'lung');
  if (manifest === undefined) return;
  const mark = manifest.fetchedAt;
  const tree = await treeOf(layout.dataset('lung'));
  expect(Object.keys(tree)).toEqual(['LICENSE', 'cases/1', 'cases/2', 'tables/list.csv']);
  expect(fs.readFileSync(path.join(layout.dataset('lung'), 'LICENSE'), 'utf8')).toBe(mark);
  const [header] = await all(readRecords<ListHeader>(layout.files('lung')));
  expect(header?.commit).toBe(manifest.commit);
  for (const { path: name, size, sha256 } of await all(readFiles(layout, 'lung'))) {
    expect({ name, entry: tree[name] }).toEqual({ name, entry: { size, sha256 } });
  }
}

/** What a process may meet whose work another one has taken over. */
function expectHarmless(error: NodeJS.ErrnoException): void {
  const lost = error.code === 'ENOENT' && /staged\.|parts/.test(error.path ?? '');
  if (!lost) expect(['BUSY', 'INCOMPLETE', 'INTEGRITY'], error.stack).toContain(error.code);
}

describe('two processes that both think they hold the dataset', () => {
  it('fetch two versions at once: what comes out is one of them', async () => {
    const outcomes = { fulfilled: 0, rejected: 0 };
    const before = layoutOf(tempDir('race'));
    await fetchAll(before, 'lung', version('old'), 'old');
    for (let seed = 1; seed <= 15; seed++) {
      const layout = copyOf(before, 'race');
      const results = await withHook(shuffled(seed), () =>
        Promise.allSettled(['aaa', 'bbb'].map((mark) => fetchAll(layout, 'lung', version(mark), mark))),
      );
      for (const result of results) {
        outcomes[result.status] += 1;
        if (result.status === 'rejected') expectHarmless(result.reason);
      }
      await recoverCommit(layout, 'lung');
      await expectOneVersion(layout);
      await fetchAll(layout, 'lung', version('new'), 'new');
      await expectOneVersion(layout);
      expect((await readManifest(layout, 'lung'))?.fetchedAt).toBe('new');
      fs.rmSync(layout.home, { recursive: true });
    }
    expect(outcomes.fulfilled).toBeGreaterThan(0);
    expect(outcomes.rejected).toBeGreaterThan(0);
  });

  it('commit the same work at once: it is there, whole', async () => {
    const staged = layoutOf(tempDir('race'));
    await stageAll(staged, 'lung', version('aaa'));
    for (let seed = 1; seed <= 15; seed++) {
      const layout = copyOf(staged, 'race');
      const commit = () => commitDataset(layout, 'lung', commitOf('lung', version('aaa'), 'aaa'));
      const results = await withHook(shuffled(seed), () => Promise.allSettled([commit(), commit(), commit()]));
      for (const result of results) if (result.status === 'rejected') expectHarmless(result.reason);
      if (!(await recoverCommit(layout, 'lung')) && (await readManifest(layout, 'lung')) === undefined) {
        await fetchAll(layout, 'lung', version('aaa'), 'aaa');
      }
      await expectOneVersion(layout);
      expect(await readManifest(layout, 'lung')).toBeDefined();
      fs.rmSync(layout.home, { recursive: true });
    }
  });
});
