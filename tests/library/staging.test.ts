import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { BusyError, IncompleteError, IntegrityError } from '../../src/errors.js';
import { commitDataset } from '../../src/library/commit.js';
import { datasetFolder } from '../../src/library/folder.js';
import { type Layout, layoutOf } from '../../src/library/layout.js';
import { partKey, Staging } from '../../src/library/staging.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { crashingAt, withHook } from './crash.js';
import { addRemote, commitOf, fetchAll, type Remote, record, sha256, stageAll } from './staged.js';

afterEach(removeTempDirs);

const library = () => layoutOf(tempDir('library'));

const ARCHIVE: Remote = { path: 'a.zip', holds: { 'x/1': 'one', 'x/2': 'two' } };
const PLAIN: Remote = { path: 'list.csv', into: 'tables', holds: 'a,b\n' };

async function withStaging<T>(layout: Layout, work: (staging: Staging) => Promise<T>): Promise<T> {
  const staging = await Staging.open(layout, 'lung');
  try {
    return await work(staging);
  } finally {
    await staging.close();
  }
}

/** The one staged folder. */
function stagedFolder(layout: Layout): string {
  const names = fs.readdirSync(layout.parts('lung')).filter((name) => name.startsWith('staged.'));
  expect(names).toHaveLength(1);
  return path.join(layout.parts('lung'), names[0] as string);
}

/** Whether a commit has come to the point of no return. */
function decided(layout: Layout): boolean {
  if (!fs.existsSync(layout.commit('lung'))) return false;
  return fs
    .readdirSync(layout.commit('lung'), { recursive: true, encoding: 'utf8' })
    .some((name) => name.endsWith('manifest.json'));
}

describe('partKey', () => {
  it('is the beginning of the SHA-256 of the path', () => {
    expect(partKey('subset0.zip')).toBe(sha256('subset0.zip').slice(0, 16));
  });
});

describe('Staging', () => {
  it('knows what earlier runs finished', async () => {
    const layout = library();
    await withStaging(layout, async (staging) => {
      await addRemote(staging, layout, 'lung', ARCHIVE);
      await addRemote(staging, layout, 'lung', PLAIN);
    });
    await withStaging(layout, async (staging) => {
      const done = staging.done();
      expect(done.get(partKey('a.zip'))).toMatchObject({ path: 'a.zip', unpacked: true, files: 2, bytes: 6 });
      expect(done.get(partKey('list.csv'))).toMatchObject({ unpacked: false, files: 1, bytes: 4, into: 'tables' });
      const downloaded = record(ARCHIVE).size + record(PLAIN).size;
      expect(await staging.progress()).toEqual({ files: 2, bytes: downloaded });
    });
  });

  it('leaves nothing behind when nothing came', async () => {
    const layout = library();
    await withStaging(layout, async () => undefined);
    expect(fs.readdirSync(path.dirname(layout.parts('lung')))).toEqual([]);
  });

  it.each([
    ['the list of an archive', () => `trees/${partKey('a.zip')}/members.ndjson`, 'a.zip'],
    ['a plain file', () => 'files/tables/list.csv', 'list.csv'],
  ])('forgets what is gone: %s', async (_, where, gone) => {
    const layout = library();
    await withStaging(layout, async (staging) => {
      await addRemote(staging, layout, 'lung', ARCHIVE);
      await addRemote(staging, layout, 'lung', PLAIN);
    });
    fs.rmSync(path.join(stagedFolder(layout), where()));
    await withStaging(layout, async (staging) => {
      const kept = gone === 'a.zip' ? 'list.csv' : 'a.zip';
      expect([...staging.done().values()].map((done) => done.path)).toEqual([kept]);
    });
  });

  it('forgets a plain file that was cut short', async () => {
    const layout = library();
    await withStaging(layout, (staging) => addRemote(staging, layout, 'lung', PLAIN));
    fs.truncateSync(path.join(stagedFolder(layout), 'files/tables/list.csv'), 2);
    await withStaging(layout, async (staging) => expect(staging.done().size).toBe(0));
  });

  it('takes an archive for finished only when it was', async () => {
    const layout = library();
    const staging = await Staging.open(layout, 'lung');
    await addRemote(staging, layout, 'lung', PLAIN);
    const tree = await staging.newTree(partKey('a.zip'));
    fs.writeFileSync(path.join(tree.folder, '1'), 'one');
    await tree.addMember({ path: '1', size: 3, sha256: sha256('one') });
    await staging.close();
    await withStaging(layout, async (next) => {
      expect([...next.done().keys()]).toEqual([partKey('list.csv')]);
      expect(fs.readdirSync(path.join(stagedFolder(layout), 'trees'))).toEqual([]);
    });
    await tree.discard();
  });

  it('removes an archive that could not be unpacked', async () => {
    const layout = library();
    await withStaging(layout, async (staging) => {
      const tree = await staging.newTree(partKey('a.zip'));
      fs.writeFileSync(path.join(tree.folder, '1'), 'one');
      await tree.addMember({ path: '1', size: 3, sha256: sha256('one') });
      await tree.discard();
      expect(fs.readdirSync(path.join(stagedFolder(layout), 'trees'))).toEqual([]);
    });
  });

  it('hears of a member that is not there', async () => {
    const layout = library();
    await withStaging(layout, async (staging) => {
      const tree = await staging.newTree(partKey('a.zip'));
      await tree.addMember({ path: 'not-there', size: 3, sha256: sha256('one') });
      await expect(tree.finish(record(ARCHIVE))).rejects.toThrow(/ENOENT/);
      await tree.discard();
      expect(staging.done().size).toBe(0);
    });
  });

  it('replaces an earlier version of a file and of an archive', async () => {
    const layout = library();
    const plain: Remote = { ...PLAIN, holds: 'newer' };
    await withStaging(layout, async (staging) => {
      for (const remote of [ARCHIVE, PLAIN, plain]) await addRemote(staging, layout, 'lung', remote);
      await addRemote(staging, layout, 'lung', { path: 'a.zip', holds: { other: 'newer' } });
    });
    const staged = stagedFolder(layout);
    expect(await treeOf(path.join(staged, 'trees', partKey('a.zip'), 'tree'))).toEqual({
      other: { size: 5, sha256: sha256('newer') },
    });
    expect(fs.readFileSync(path.join(staged, 'files/tables/list.csv'), 'utf8')).toBe('newer');
    await withStaging(layout, async (staging) => {
      expect(staging.done().get(partKey('list.csv'))?.size).toBe(5);
    });
  });

  it('discards what has changed at its source', async () => {
    const layout = library();
    await withStaging(layout, async (staging) => {
      await addRemote(staging, layout, 'lung', ARCHIVE);
      await addRemote(staging, layout, 'lung', PLAIN);
      await staging.discard(partKey('a.zip'));
      await staging.discard(partKey('list.csv'));
      await staging.discard(partKey('never-there'));
      expect(staging.done().size).toBe(0);
      const left = await treeOf(stagedFolder(layout));
      expect(Object.keys(left)).toEqual(['done.ndjson', 'files/tables', 'trees']);
    });
    await withStaging(layout, async (staging) => expect(staging.done().size).toBe(0));
  });

  it('takes two remote files for one place when they are the same, and lets each go by itself', async () => {
    const layout = library();
    const twin: Remote = { path: 'tables/list.csv', holds: PLAIN.holds };
    await withStaging(layout, async (staging) => {
      await addRemote(staging, layout, 'lung', PLAIN);
      await addRemote(staging, layout, 'lung', twin);
      await staging.discard(partKey('list.csv'));
    });
    await withStaging(layout, async (staging) => {
      expect([...staging.done().keys()]).toEqual([partKey('tables/list.csv')]);
    });
    await fetchAll(layout, 'lung', [PLAIN, twin]);
    expect(Object.keys(await treeOf(layout.dataset('lung')))).toEqual(['tables/list.csv']);
  });

  it('refuses two remote files for one place when they differ, and names both', async () => {
    const layout = library();
    await withStaging(layout, async (staging) => {
      await addRemote(staging, layout, 'lung', { path: 'list.csv', into: 'x', holds: 'one' });
      const failure = await addRemote(staging, layout, 'lung', { path: 'x/list.csv', holds: 'two' }).catch((e) => e);
      expect(failure).toBeInstanceOf(IntegrityError);
      expect(failure.message).toMatch(/x\/list\.csv and list\.csv/);
    });
  });

  it('refuses a file where another has a folder, and the other way round', async () => {
    const layout = library();
    await withStaging(layout, async (staging) => {
      await addRemote(staging, layout, 'lung', { path: 'a/b', holds: 'one' });
      await expect(addRemote(staging, layout, 'lung', { path: 'a', holds: 'two' })).rejects.toThrow(IntegrityError);
      await expect(addRemote(staging, layout, 'lung', { path: 'a/b/c', holds: '3' })).rejects.toThrow(IntegrityError);
    });
  });

  it.each([
    [{ path: '../escape', holds: 'x' }],
    [{ path: 'x', into: '../..', holds: 'x' }],
    [{ path: '/etc/passwd', holds: 'x' }],
  ])('lets nothing out of the dataset: %j', async (remote) => {
    const layout = library();
    await withStaging(layout, async (staging) => {
      await expect(addRemote(staging, layout, 'lung', remote)).rejects.toThrow(IntegrityError);
      expect(staging.done().size).toBe(0);
    });
  });

  it('refuses a download of another size', async () => {
    const layout = library();
    await withStaging(layout, async (staging) => {
      const temp = path.join(layout.parts('lung'), 'temp');
      fs.writeFileSync(temp, 'short');
      await expect(staging.addFile(temp, { ...record(PLAIN), size: 6 })).rejects.toThrow(/5 bytes where 6/);
    });
  });

  it('computes the SHA-256 that a host did not ask for', async () => {
    const layout = library();
    await withStaging(layout, async (staging) => {
      const temp = path.join(layout.parts('lung'), 'temp');
      fs.writeFileSync(temp, 'a,b\n');
      await staging.addFile(temp, { ...record(PLAIN), digests: { md5: 'x' } });
      expect(staging.done().get(partKey('list.csv'))?.digests).toEqual({ md5: 'x', sha256: sha256('a,b\n') });
    });
  });

  it('does not believe what a process that had it before says later', async () => {
    const layout = library();
    const first = await Staging.open(layout, 'lung');
    let reached: () => void;
    let goOn: () => void;
    const atTheLog = new Promise<void>((resolve) => {
      reached = resolve;
    });
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let armed = true;
    const stopAtTheLog = async (name: string) => {
      if (!armed || name !== 'appendFile') return;
      armed = false;
      reached();
      await gate;
    };
    await withHook(stopAtTheLog, async () => {
      const late = addRemote(first, layout, 'lung', PLAIN);
      await atTheLog;
      const second = await Staging.open(layout, 'lung');
      await addRemote(second, layout, 'lung', { ...PLAIN, holds: 'new!' });
      await second.close();
      goOn();
      await expect(late).rejects.toThrow(BusyError);
      await first.close();
    });
    await withStaging(layout, async (staging) => {
      expect(staging.done().get(partKey('list.csv'))?.digests.sha256).toBe(sha256('new!'));
    });
  });

  it('brings a commit that was stopped to its end first', async () => {
    const layout = library();
    await stageAll(layout, 'lung', [ARCHIVE, PLAIN]);
    for (let n = 1; !decided(layout); n++) {
      await crashingAt(n, () => commitDataset(layout, 'lung', commitOf('lung', [ARCHIVE, PLAIN])));
    }
    await expect(datasetFolder(layout, 'lung')).rejects.toThrow(IncompleteError);
    await withStaging(layout, async (staging) => expect(staging.done().size).toBe(0));
    expect(Object.keys(await treeOf((await datasetFolder(layout, 'lung')).path))).toEqual([
      'tables/list.csv',
      'x/1',
      'x/2',
    ]);
  });

  it('belongs to whoever opened it last; the other one hears so', async () => {
    const layout = library();
    const first = await Staging.open(layout, 'lung');
    await addRemote(first, layout, 'lung', ARCHIVE);
    const second = await Staging.open(layout, 'lung');
    expect(second.done().has(partKey('a.zip'))).toBe(true);
    await expect(addRemote(first, layout, 'lung', PLAIN)).rejects.toThrow(BusyError);
    await expect(first.newTree(partKey('b.zip'))).rejects.toThrow(BusyError);
    await addRemote(second, layout, 'lung', PLAIN);
    await first.close();
    await second.close();
    await withStaging(layout, async (staging) => expect(staging.done().size).toBe(2));
  });
});
