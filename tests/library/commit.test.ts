import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { IncompleteError, IntegrityError } from '../../src/errors.js';
import { writeAttempt } from '../../src/library/attempt.js';
import { commitDataset, recoverCommit } from '../../src/library/commit.js';
import { layoutOf } from '../../src/library/layout.js';
import { readFiles, readManifest, readRemotes } from '../../src/library/manifest.js';
import { partKey, Staging } from '../../src/library/staging.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { addRemote, all, commitOf, fetchAll, type Remote, record, sha256 } from './staged.js';

afterEach(removeTempDirs);

const library = () => layoutOf(tempDir('library'));

const REMOTES: Remote[] = [
  { path: 'subset0.zip', holds: { 'subset0/a.raw': 'aaa', 'subset0/deep/b.raw': 'bb', LICENSE: 'free' } },
  { path: 'subset1.zip', holds: { 'subset1/c.raw': 'c', LICENSE: 'free', latest: { link: 'subset1' } } },
  { path: 'masks.zip', into: 'masks/v1', holds: { 'a.nii': 'mask' } },
  { path: 'annotations.csv', holds: 'id,x\n' },
  { path: 'notes.txt', into: 'docs', holds: 'read me' },
];

const TREE = [
  'LICENSE',
  'annotations.csv',
  'docs/notes.txt',
  'latest',
  'masks/v1/a.nii',
  'subset0/a.raw',
  'subset0/deep/b.raw',
  'subset1/c.raw',
];

describe('commitDataset', () => {
  it('makes one tree of archives and plain files', async () => {
    const layout = library();
    const manifest = await fetchAll(layout, 'lung', REMOTES);
    expect(Object.keys(await treeOf(layout.dataset('lung')))).toEqual(TREE);
    expect(fs.readFileSync(path.join(layout.dataset('lung'), 'docs/notes.txt'), 'utf8')).toBe('read me');
    expect(fs.readlinkSync(path.join(layout.dataset('lung'), 'latest'))).toBe('subset1');
    expect(manifest).toMatchObject({ id: 'lung', files: 8, bytes: 3 + 2 + 4 + 1 + 4 + 5 + 7, remotes: 5 });
    expect(manifest.downloaded).toBe(REMOTES.reduce((sum, remote) => sum + record(remote).size, 0));
    expect(await readManifest(layout, 'lung')).toEqual(manifest);
  });

  it('records every remote file and every file once', async () => {
    const layout = library();
    await fetchAll(layout, 'lung', REMOTES);
    const remotes = await all(readRemotes(layout, 'lung'));
    expect(remotes.map(({ remote }) => remote)).toEqual(REMOTES.map((remote) => remote.path));
    const files = await all(readFiles(layout, 'lung'));
    expect(files.map((file) => file.path).sort()).toEqual(TREE);
    expect(files.find((file) => file.path === 'masks/v1/a.nii')).toEqual({
      path: 'masks/v1/a.nii',
      size: 4,
      sha256: sha256('mask'),
      from: 'masks.zip',
    });
    expect(files.find((file) => file.path === 'latest')).toMatchObject({ link: 'subset1', size: 0 });
    expect(files.find((file) => file.path === 'annotations.csv')).not.toHaveProperty('from');
  });

  it('leaves nothing but the dataset and its state', async () => {
    const layout = library();
    await writeAttempt(layout, {
      version: 1,
      id: 'lung',
      name: 'LUNG',
      source: { name: 'direct', method: 'direct', label: 'host.example' },
      files: 5,
      startedAt: 'x',
      updatedAt: 'x',
    });
    await fetchAll(layout, 'lung', REMOTES);
    expect(fs.readdirSync(layout.state('lung')).sort()).toEqual(['files.ndjson', 'manifest.json']);
    expect(fs.readdirSync(path.dirname(layout.parts('lung')))).toEqual([]);
  });

  it('replaces a dataset, and drops what the new plan does not hold', async () => {
    const layout = library();
    await fetchAll(layout, 'lung', REMOTES);
    const staging = await Staging.open(layout, 'lung');
    const wanted: Remote[] = [{ path: 'new.zip', holds: { 'subset0/a.raw': 'newer' } }];
    const unwanted: Remote[] = [
      { path: 'old.zip', holds: { 'subset0/old.raw': 'old' } },
      { path: 'old.csv', into: 'tables', holds: 'old' },
    ];
    for (const remote of [...wanted, ...unwanted]) await addRemote(staging, layout, 'lung', remote);
    await staging.close();
    const manifest = await commitDataset(layout, 'lung', commitOf('lung', wanted));
    expect(await treeOf(layout.dataset('lung'))).toEqual({ 'subset0/a.raw': { size: 5, sha256: sha256('newer') } });
    expect(manifest.files).toBe(1);
    expect(fs.readdirSync(path.dirname(layout.parts('lung')))).toEqual([]);
  });

  it('renames a whole archive when nothing meets it', async () => {
    const layout = library();
    const staging = await Staging.open(layout, 'lung');
    const remote: Remote = {
      path: 'a.zip',
      holds: Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`${i}`, 'x'])),
    };
    await addRemote(staging, layout, 'lung', remote);
    await staging.close();
    const [staged] = fs.readdirSync(layout.parts('lung'));
    const tree = path.join(layout.parts('lung'), staged as string, 'trees', partKey('a.zip'), 'tree');
    const inode = fs.statSync(tree).ino;
    await commitDataset(layout, 'lung', commitOf('lung', [remote]));
    expect(fs.statSync(layout.dataset('lung')).ino).toBe(inode);
  });

  it('refuses one path with two contents, names both archives, and keeps what was staged', async () => {
    const layout = library();
    const clash: Remote[] = [
      { path: 'one.zip', holds: { 'x/a': '1', 'x/b': 'same' } },
      { path: 'two.zip', holds: { 'x/a': '2', 'x/b': 'same' } },
    ];
    const failure = await fetchAll(layout, 'lung', clash).catch((error) => error);
    expect(failure).toBeInstanceOf(IntegrityError);
    expect(failure).toMatchObject({ dataset: 'lung', file: 'x/a' });
    expect(failure.message).toMatch(/one\.zip.*two\.zip/);
    expect(fs.existsSync(layout.dataset('lung'))).toBe(false);
    const staging = await Staging.open(layout, 'lung');
    expect(staging.done().size).toBe(2);
    await staging.close();
  });

  it('refuses a link and a file of one name, and a file where another has a folder', async () => {
    const layout = library();
    const link: Remote[] = [
      { path: 'one.zip', holds: { a: 'b' } },
      { path: 'two.zip', holds: { a: { link: 'b' } } },
    ];
    await expect(fetchAll(layout, 'one', link)).rejects.toThrow(IntegrityError);
    const folder: Remote[] = [
      { path: 'one.zip', holds: { a: 'b' } },
      { path: 'two.zip', holds: { 'a/b': 'c' } },
    ];
    await expect(fetchAll(layout, 'two', folder)).rejects.toThrow(IntegrityError);
    expect(fs.readdirSync(path.join(layout.home, 'datasets'))).toEqual([]);
  });

  it('will not commit what is not finished', async () => {
    const layout = library();
    const staging = await Staging.open(layout, 'lung');
    await addRemote(staging, layout, 'lung', REMOTES[0] as Remote);
    await staging.close();
    await expect(commitDataset(layout, 'lung', commitOf('lung', REMOTES))).rejects.toThrow(IncompleteError);
    expect(fs.existsSync(layout.dataset('lung'))).toBe(false);
  });

  it.each([
    ['a member is gone', 'trees/KEY/tree/subset0/a.raw', 'remove'],
    ['a member came up', 'trees/KEY/tree/subset0/more.raw', 'add'],
    ['the list is damaged', 'trees/KEY/members.ndjson', 'damage'],
    ['a plain file is gone', 'files/annotations.csv', 'remove'],
  ])('fetches again what is not whole: %s', async (_, where, what) => {
    const layout = library();
    const staging = await Staging.open(layout, 'lung');
    for (const remote of REMOTES) await addRemote(staging, layout, 'lung', remote);
    await staging.close();
    const [staged] = fs.readdirSync(layout.parts('lung'));
    const file = path.join(layout.parts('lung'), staged as string, where.replace('KEY', partKey('subset0.zip')));
    if (what === 'remove') fs.rmSync(file);
    else if (what === 'add') fs.writeFileSync(file, 'x');
    else fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('"size":3', '"size":4'));
    await expect(commitDataset(layout, 'lung', commitOf('lung', REMOTES))).rejects.toThrow(IntegrityError);
    expect(fs.existsSync(layout.dataset('lung'))).toBe(false);
    const reopened = await Staging.open(layout, 'lung');
    expect(reopened.done().size).toBe(REMOTES.length - 1);
    await reopened.close();
    await fetchAll(layout, 'lung', REMOTES);
    expect(Object.keys(await treeOf(layout.dataset('lung')))).toEqual(TREE);
  });

  it('ignores what a crash left unlogged', async () => {
    const layout = library();
    const staging = await Staging.open(layout, 'lung');
    for (const remote of REMOTES) await addRemote(staging, layout, 'lung', remote);
    await staging.close();
    const [staged] = fs.readdirSync(layout.parts('lung'));
    const files = path.join(layout.parts('lung'), staged as string, 'files');
    fs.mkdirSync(path.join(files, 'stray/folder'), { recursive: true });
    fs.writeFileSync(path.join(files, 'stray/folder/file'), 'x');
    await commitDataset(layout, 'lung', commitOf('lung', REMOTES));
    expect(Object.keys(await treeOf(layout.dataset('lung')))).toEqual(TREE);
  });

  it('never follows a link: a dataset that was moved away and linked is replaced, its data left alone', async () => {
    const layout = library();
    const elsewhere = tempDir('elsewhere');
    fs.writeFileSync(path.join(elsewhere, 'precious'), 'x');
    fs.mkdirSync(path.dirname(layout.dataset('lung')), { recursive: true });
    fs.symlinkSync(elsewhere, layout.dataset('lung'));
    await fetchAll(layout, 'lung', REMOTES);
    expect(fs.lstatSync(layout.dataset('lung')).isDirectory()).toBe(true);
    expect(fs.readdirSync(elsewhere)).toEqual(['precious']);
  });

  it('has nothing to recover where nothing was stopped', async () => {
    const layout = library();
    expect(await recoverCommit(layout, 'lung')).toBe(false);
    await fetchAll(layout, 'lung', REMOTES);
    expect(await recoverCommit(layout, 'lung')).toBe(false);
  });
});
