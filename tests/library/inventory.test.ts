import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { IncompleteError, UsageError } from '../../src/errors.js';
import { type Attempt, clearAttempt, readAttempt, writeAttempt } from '../../src/library/attempt.js';
import { datasetFolder } from '../../src/library/folder.js';
import { datasetStatus, libraryStatus } from '../../src/library/inventory.js';
import { type Layout, layoutOf } from '../../src/library/layout.js';
import { acquireLock } from '../../src/library/lock.js';
import { readManifest } from '../../src/library/manifest.js';
import { partKey } from '../../src/library/staging.js';
import { encodeRecord } from '../../src/record-line.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { fetchAll, type Remote, record, stageAll } from './staged.js';

afterEach(removeTempDirs);

const library = () => layoutOf(tempDir('library'));

const ARCHIVE: Remote = { path: 'a.zip', holds: { 'x/1': 'one', 'x/2': 'two' } };

const attemptOf = (id: string, more: Partial<Attempt> = {}): Attempt => ({
  version: 1,
  id,
  name: id.toUpperCase(),
  source: { name: 'zenodo', method: 'zenodo', label: 'Zenodo 1' },
  files: 3,
  size: 1000,
  startedAt: '2026-01-01T00:00:00Z',
  updatedAt: '2026-01-01T00:00:00Z',
  ...more,
});

/** A part as a download leaves it. */
function plantPart(layout: Layout, id: string, name: string, ranges: [number, number][], mtime: number): void {
  const folder = path.join(layout.parts(id), name);
  fs.mkdirSync(folder, { recursive: true });
  const lines = [{ v: 1, path: 'b.zip', size: 900 }, ...ranges.map(([s, e]) => ({ s, e, c: 0 }))].map(encodeRecord);
  fs.writeFileSync(path.join(folder, 'journal'), `${lines.join('')}12345678 {"s":0,"e":9`);
  fs.utimesSync(path.join(folder, 'journal'), mtime, mtime);
}

describe('libraryStatus', () => {
  it('of a library that is not there is empty', async () => {
    expect(await libraryStatus(layoutOf(path.join(tempDir('library'), 'none')))).toEqual([]);
  });

  it('tells what is complete', async () => {
    const layout = library();
    const manifest = await fetchAll(layout, 'lung', [ARCHIVE]);
    expect(await libraryStatus(layout)).toEqual([
      {
        id: 'lung',
        name: 'LUNG',
        state: 'complete',
        path: layout.dataset('lung'),
        files: 2,
        bytes: 6,
        source: manifest.source,
        fetchedAt: manifest.fetchedAt,
        license: manifest.license,
        parts: 0,
        archives: 0,
      },
    ]);
  });

  it('tells how far an interrupted fetch is: finished files, and the newest part of each other', async () => {
    const layout = library();
    await stageAll(layout, 'lung', [ARCHIVE]);
    await writeAttempt(layout, attemptOf('lung'));
    const key = partKey('b.zip');
    plantPart(layout, 'lung', `${key}.00000001`, [[0, 800]], 1000);
    plantPart(layout, 'lung', `${key}.00000002`, [[100, 200], [0, 150], [500, 600]], 2000); // biome-ignore format: one line
    // Finished meanwhile; its part was not removed.
    plantPart(layout, 'lung', `${partKey('a.zip')}.00000001`, [[0, 500]], 3000);
    const [status] = await libraryStatus(layout);
    expect(status).toMatchObject({ id: 'lung', name: 'LUNG', state: 'partial', source: { label: 'Zenodo 1' } });
    expect(status?.download).toEqual({ files: 3, done: 1, bytes: record(ARCHIVE).size + 300, size: 1000 });
    expect(status?.parts).toBe(6 + 300);
    expect(status).not.toHaveProperty('path');
  });

  it('tells why the last fetch failed, also of a dataset that is complete', async () => {
    const layout = library();
    const failure = { code: 'NETWORK', exitCode: 5, message: 'no route', hint: 'wait' };
    await writeAttempt(layout, attemptOf('lung', { failure }));
    expect(await datasetStatus(layout, 'lung')).toMatchObject({ state: 'failed', failure });
    await clearAttempt(layout, 'lung');
    await fetchAll(layout, 'lung', [ARCHIVE]);
    await writeAttempt(layout, attemptOf('lung', { failure }));
    expect(await datasetStatus(layout, 'lung')).toMatchObject({ state: 'complete', failure, files: 2 });
  });

  it.each([
    ['torn', '{"version":1,"id":"lung"'],
    ['empty', ''],
    ['null', 'null'],
    ['an empty object', '{}'],
    ['of a later version', '{"version":2,"id":"lung"}'],
  ])('never calls a dataset complete whose manifest is %s', async (_, text) => {
    const layout = library();
    await fetchAll(layout, 'lung', [ARCHIVE]);
    fs.writeFileSync(layout.manifest('lung'), text);
    expect(await datasetStatus(layout, 'lung')).toMatchObject({ id: 'lung', state: 'damaged' });
    await expect(datasetFolder(layout, 'lung')).rejects.toThrow(IncompleteError);
    await expect(readManifest(layout, 'lung')).rejects.toMatchObject({ code: 'INTEGRITY', exitCode: 6 });
  });

  it('never takes the manifest of one dataset for that of another', async () => {
    const layout = library();
    await fetchAll(layout, 'lung', [ARCHIVE]);
    fs.cpSync(layout.state('lung'), layout.state('liver'), { recursive: true });
    fs.cpSync(layout.dataset('lung'), layout.dataset('liver'), { recursive: true });
    expect(await datasetStatus(layout, 'liver')).toMatchObject({ state: 'damaged' });
  });

  it('knows a folder that was deleted, and one that nobody vouches for', async () => {
    const layout = library();
    await fetchAll(layout, 'lung', [ARCHIVE]);
    fs.rmSync(layout.dataset('lung'), { recursive: true });
    fs.mkdirSync(layout.dataset('strange'), { recursive: true });
    const states = (await libraryStatus(layout)).map(({ id, state }) => [id, state]);
    expect(states).toEqual([
      ['lung', 'missing'],
      ['strange', 'damaged'],
    ]);
    expect(await readManifest(layout, 'lung')).toBeUndefined();
    await expect(datasetFolder(layout, 'lung')).rejects.toThrow(/is gone/);
  });

  it('tells who works on a dataset, and how many bytes the archives take', async () => {
    const layout = library();
    await fetchAll(layout, 'lung', [ARCHIVE]);
    fs.mkdirSync(path.join(layout.archives('lung'), 'sub'), { recursive: true });
    fs.writeFileSync(path.join(layout.archives('lung'), 'sub/a.zip'), 'x'.repeat(10));
    const lock = await acquireLock(layout, 'lung', { command: 'verify', wait: false });
    const status = await datasetStatus(layout, 'lung');
    expect(status.archives).toBe(10);
    expect(status.lockedBy).toMatch(`verify, process ${process.pid} on `);
    await lock.release();
    expect(await datasetStatus(layout, 'lung')).not.toHaveProperty('lockedBy');
  });

  it('passes over what is no dataset, and what nothing came of', async () => {
    const layout = library();
    for (const name of [
      'state/.DS_Store',
      'datasets/Not An Id',
      'parts/.trash',
      'state/empty',
      'parts/empty/staged.00000000',
    ]) {
      fs.mkdirSync(path.join(layout.home, name), { recursive: true });
    }
    expect(await libraryStatus(layout)).toEqual([]);
  });

  it('of one dataset that is not here is missing, and of no id is wrong usage', async () => {
    expect(await datasetStatus(library(), 'lung')).toEqual({
      id: 'lung',
      name: 'lung',
      state: 'missing',
      parts: 0,
      archives: 0,
    });
    await expect(async () => datasetStatus(library(), '../lung')).rejects.toThrow(UsageError);
  });
});

describe('datasetFolder', () => {
  it('is the absolute folder of a complete dataset, and nothing else', async () => {
    const layout = library();
    const failure = await datasetFolder(layout, 'lung').catch((error) => error);
    expect(failure).toBeInstanceOf(IncompleteError);
    expect(failure).toMatchObject({ dataset: 'lung', hint: 'Run: medds fetch lung', exitCode: 9 });
    await stageAll(layout, 'lung', [ARCHIVE]);
    await expect(datasetFolder(layout, 'lung')).rejects.toThrow(IncompleteError);
    await fetchAll(layout, 'lung', [ARCHIVE]);
    const { path: folder } = await datasetFolder(layout, 'lung');
    expect(path.isAbsolute(folder)).toBe(true);
    expect(fs.readdirSync(folder)).toEqual(['x']);
  });
});

describe('an attempt', () => {
  it('that cannot be read is none', async () => {
    const layout = library();
    expect(await readAttempt(layout, 'lung')).toBeUndefined();
    await writeAttempt(layout, attemptOf('lung'));
    expect(await readAttempt(layout, 'lung')).toEqual(attemptOf('lung'));
    for (const text of ['{"version":1', 'null', '[]', '{"version":1,"id":"liver"}']) {
      fs.writeFileSync(layout.attempt('lung'), text);
      expect(await readAttempt(layout, 'lung')).toBeUndefined();
    }
  });
});
