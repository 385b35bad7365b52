import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { BusyError, NotFoundError, UsageError } from '../../src/errors.js';
import { writeAttempt } from '../../src/library/attempt.js';
import { clean, planClean } from '../../src/library/clean.js';
import { commitDataset } from '../../src/library/commit.js';
import { datasetFolder } from '../../src/library/folder.js';
import { datasetStatus, libraryStatus } from '../../src/library/inventory.js';
import { type Layout, layoutOf } from '../../src/library/layout.js';
import { acquireLock } from '../../src/library/lock.js';
import { readManifest } from '../../src/library/manifest.js';
import { removeDataset } from '../../src/library/remove.js';
import { Staging } from '../../src/library/staging.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { crashingAt } from './crash.js';
import { commitOf, copyOf, fetchAll, type Remote, stageAll } from './staged.js';

afterEach(removeTempDirs);

const library = () => layoutOf(tempDir('library'));

const ARCHIVE: Remote = { path: 'a.zip', holds: { 'x/1': 'one', 'x/2': 'two' } };
const OTHER: Remote = { path: 'b.zip', holds: { 'y/1': 'one' } };

async function unfinished(layout: Layout, id: string): Promise<void> {
  await stageAll(layout, id, [OTHER]);
  await writeAttempt(layout, {
    version: 1,
    id,
    name: id,
    source: { name: 'direct', method: 'direct', label: 'host.example' },
    files: 2,
    startedAt: 'x',
    updatedAt: 'x',
  });
}

function keepArchive(layout: Layout, id: string): void {
  fs.mkdirSync(layout.archives(id), { recursive: true });
  fs.writeFileSync(path.join(layout.archives(id), 'a.zip'), 'x'.repeat(100));
}

const everything = (layout: Layout) => fs.readdirSync(layout.home, { recursive: true, encoding: 'utf8' }).sort();

describe('removeDataset', () => {
  it('removes all that there is of a dataset, and nothing of the others', async () => {
    const layout = library();
    await fetchAll(layout, 'lung', [ARCHIVE]);
    await fetchAll(layout, 'liver', [ARCHIVE]);
    await unfinished(layout, 'lung');
    keepArchive(layout, 'lung');
    expect(await removeDataset(layout, 'lung')).toEqual({ id: 'lung', files: 2, bytes: 6 + 3 + 100 });
    expect((await libraryStatus(layout)).map(({ id }) => id)).toEqual(['liver']);
    expect(everything(layout).filter((name) => name.includes('lung') || name.includes('trash'))).toEqual([]);
    await expect(removeDataset(layout, 'lung')).rejects.toThrow(NotFoundError);
    await fetchAll(layout, 'lung', [ARCHIVE]);
  });

  it('never follows a link', async () => {
    const layout = library();
    const precious = tempDir('precious');
    fs.writeFileSync(path.join(precious, 'file'), 'x');
    await fetchAll(layout, 'lung', [{ path: 'a.zip', holds: { out: { link: precious }, file: 'y' } }]);
    fs.mkdirSync(path.dirname(layout.archives('other')));
    fs.symlinkSync(precious, layout.archives('other'));
    await removeDataset(layout, 'lung');
    await removeDataset(layout, 'other');
    expect(fs.readdirSync(precious)).toEqual(['file']);
  });

  it('leaves a dataset alone that a process works on', async () => {
    const layout = library();
    await fetchAll(layout, 'lung', [ARCHIVE]);
    const lock = await acquireLock(layout, 'lung', { command: 'fetch', wait: false });
    await expect(removeDataset(layout, 'lung')).rejects.toThrow(BusyError);
    await lock.release();
    expect(Object.keys(await treeOf((await datasetFolder(layout, 'lung')).path))).toEqual(['x/1', 'x/2']);
  });

  it('leaves nothing that is taken for complete, wherever it is killed', async () => {
    let n = 1;
    for (let crashed = true; crashed; n++) {
      const layout = library();
      await fetchAll(layout, 'lung', [ARCHIVE]);
      crashed = await crashingAt(n, () => removeDataset(layout, 'lung'));
      fs.rmSync(layout.lock('lung'), { force: true }); // Its process is gone; here it is this one.
      const folder = await datasetFolder(layout, 'lung')
        .then((found) => found.path)
        .catch(() => undefined);
      if (folder !== undefined) expect(Object.keys(await treeOf(folder))).toEqual(['x/1', 'x/2']);
      const { state } = await datasetStatus(layout, 'lung');
      expect(state === 'complete').toBe(folder !== undefined);
      await removeDataset(layout, 'lung').catch((error) => expect(error).toBeInstanceOf(NotFoundError));
      await clean(layout, await planClean(layout));
      expect(everything(layout).filter((name) => name.includes('lung') || name.includes('trash'))).toEqual([]);
    }
    expect(n).toBeGreaterThan(8);
  });

  it('takes no path for an id', async () => {
    await expect(async () => removeDataset(library(), '../lung')).rejects.toThrow(UsageError);
  });
});

describe('clean', () => {
  it('gives back archives, leftovers, temporary files and trash, and touches neither data nor unfinished work', async () => {
    const layout = library();
    await fetchAll(layout, 'lung', [ARCHIVE]);
    keepArchive(layout, 'lung');
    fs.mkdirSync(path.join(layout.parts('lung'), '0123456789abcdef.00000000'), { recursive: true });
    fs.writeFileSync(path.join(layout.parts('lung'), '0123456789abcdef.00000000/data'), 'x'.repeat(50));
    fs.writeFileSync(`${layout.manifest('lung')}.0badcafe.tmp`, '{');
    await unfinished(layout, 'liver');
    fs.mkdirSync(path.join(layout.trash, 'aaaaaaaa'), { recursive: true });
    fs.writeFileSync(path.join(layout.trash, 'aaaaaaaa/file'), 'x'.repeat(7));

    const plan = await planClean(layout);
    expect(plan.map(({ kind, id, bytes }) => [kind, id, bytes])).toEqual([
      ['archives', 'lung', 100],
      ['leftovers', 'lung', 50],
      ['temporary', 'lung', 1],
      ['trash', undefined, 7],
    ]);
    expect(await clean(layout, plan)).toEqual({ bytes: 158, removed: plan });
    expect(await planClean(layout)).toEqual([]);
    expect(Object.keys(await treeOf((await datasetFolder(layout, 'lung')).path))).toEqual(['x/1', 'x/2']);
    const staging = await Staging.open(layout, 'liver');
    expect(staging.done().size).toBe(1);
    await staging.close();
  });

  it('removes unfinished work only when asked to, and then the dataset is gone', async () => {
    const layout = library();
    await unfinished(layout, 'lung');
    expect(await planClean(layout, ['lung'])).toEqual([]);
    const plan = await planClean(layout, ['lung'], { unfinished: true });
    expect(plan.map(({ kind }) => kind)).toEqual(['unfinished']);
    await clean(layout, plan);
    expect(await libraryStatus(layout)).toEqual([]);
    expect(everything(layout).filter((name) => name.includes('lung'))).toEqual([]);
  });

  it('leaves unfinished work whole or takes all of it, wherever it is killed', async () => {
    const staged = library();
    await unfinished(staged, 'lung');
    const whole = everything(staged).filter((name) => name.startsWith('parts/lung'));
    let n = 1;
    for (let crashed = true; crashed; n++) {
      const layout = copyOf(staged, 'library');
      const plan = await planClean(layout, undefined, { unfinished: true });
      crashed = await crashingAt(n, () => clean(layout, plan));
      const left = everything(layout).filter((name) => name.startsWith('parts/lung'));
      expect([[], whole]).toContainEqual(left);
    }
    expect(n).toBeGreaterThan(5);
  });

  it('finishes a commit that was stopped instead of removing it', async () => {
    const before = library();
    await fetchAll(before, 'lung', [ARCHIVE]);
    await stageAll(before, 'lung', [OTHER]);
    const isSwapped = () => fs.existsSync(path.join(layout.dataset('lung'), 'y'));
    let layout = before;
    for (let n = 1; !isSwapped(); n++) {
      layout = copyOf(before, 'library');
      await crashingAt(n, () => commitDataset(layout, 'lung', commitOf('lung', [OTHER])));
    }
    expect((await readManifest(layout, 'lung'))?.files).toBe(2);
    await clean(layout, await planClean(layout, undefined, { unfinished: true }));
    expect(await readManifest(layout, 'lung')).toMatchObject({ files: 1 });
    expect(Object.keys(await treeOf((await datasetFolder(layout, 'lung')).path))).toEqual(['y/1']);
  });

  it('keeps an update under way of a dataset that is complete', async () => {
    const layout = library();
    await fetchAll(layout, 'lung', [ARCHIVE]);
    await unfinished(layout, 'lung');
    expect(await planClean(layout)).toEqual([]);
  });

  it('leaves a dataset alone that a process works on, also when that began after the plan was made', async () => {
    const layout = library();
    await fetchAll(layout, 'lung', [ARCHIVE]);
    keepArchive(layout, 'lung');
    const plan = await planClean(layout);
    expect(plan).toHaveLength(1);
    const lock = await acquireLock(layout, 'lung', { command: 'fetch', wait: false });
    expect(await planClean(layout)).toEqual([]);
    expect(await clean(layout, plan)).toEqual({ bytes: 0, removed: [] });
    await lock.release();
    expect((await clean(layout, plan)).bytes).toBe(100);
  });

  it('does not remove what became unfinished work since the plan was made', async () => {
    const layout = library();
    await fetchAll(layout, 'lung', [ARCHIVE]);
    await stageAll(layout, 'lung', [OTHER]);
    const plan = await planClean(layout);
    expect(plan.map(({ kind }) => kind)).toEqual(['leftovers']);
    await unfinished(layout, 'lung');
    expect((await clean(layout, plan)).removed).toEqual([]);
  });

  it('takes what a commit left that was stopped while it tidied up', async () => {
    const layout = library();
    await fetchAll(layout, 'lung', [ARCHIVE]);
    const claimed = path.join(layout.commit('lung'), '01234567');
    fs.mkdirSync(path.join(claimed, 'trees', '0123456789abcdef'), { recursive: true });
    fs.writeFileSync(path.join(claimed, 'trees', '0123456789abcdef', 'members.ndjson'), 'x'.repeat(20));
    const plan = await planClean(layout);
    expect(plan.map(({ kind, bytes }) => [kind, bytes])).toEqual([['leftovers', 20]]);
    expect(await clean(layout, plan)).toEqual({ bytes: 20, removed: plan });
    expect(fs.existsSync(layout.parts('lung'))).toBe(false);
    expect(Object.keys(await treeOf((await datasetFolder(layout, 'lung')).path))).toEqual(['x/1', 'x/2']);
  });
});
