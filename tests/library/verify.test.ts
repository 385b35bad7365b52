import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IncompleteError, IntegrityError, InterruptedError } from '../../src/errors.js';
import { datasetFolder } from '../../src/library/folder.js';
import { datasetStatus } from '../../src/library/inventory.js';
import { type Layout, layoutOf } from '../../src/library/layout.js';
import { readManifest } from '../../src/library/manifest.js';
import { verifyDataset } from '../../src/library/verify.js';
import type { ProgressEvent } from '../../src/progress.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { copyOf, fetchAll, type Remote, sha256 } from './staged.js';

afterAll(removeTempDirs);

const REMOTES: Remote[] = [
  {
    path: 'a.zip',
    holds: {
      ...Object.fromEntries(Array.from({ length: 150 }, (_, i) => [`cases/${i}.raw`, `case ${i}`])),
      big: 'x'.repeat(3 * 1024 * 1024),
      empty: '',
      latest: { link: 'cases' },
    },
  },
  { path: 'list.csv', holds: 'a,b\n' },
];
const FILES = 154;

let template: Layout;

beforeAll(async () => {
  template = layoutOf(tempDir('verify'));
  await fetchAll(template, 'lung', REMOTES);
});

function complete(): { layout: Layout; at(name: string): string } {
  const layout = copyOf(template, 'verify');
  return { layout, at: (name) => path.join(layout.dataset('lung'), name) };
}

describe('verifyDataset', () => {
  it('finds a dataset as it was, and keeps that', async () => {
    const { layout } = complete();
    const bytes = (await readManifest(layout, 'lung'))?.bytes as number;
    const events: ProgressEvent[] = [];
    const result = await verifyDataset(layout, 'lung', { onProgress: (event) => events.push(event), workers: 2 });
    expect(result).toEqual({
      id: 'lung',
      checked: FILES,
      bytes,
      missing: [],
      changed: [],
      extra: [],
      extraCount: 0,
      ok: true,
    });
    expect(events.at(-1)).toEqual({ event: 'file', file: 'lung', state: 'done', done: bytes, size: bytes });
    const { verify } = await datasetStatus(layout, 'lung');
    expect(verify).toMatchObject({ ok: true, broken: 0 });
    expect(Date.parse(verify?.at as string)).toBeGreaterThan(Date.now() - 60_000);
  });

  it('names every file that is missing, changed or extra', async () => {
    const { layout, at } = complete();
    fs.rmSync(at('cases/3.raw'));
    fs.writeFileSync(at('cases/4.raw'), 'case 5'); // The same size.
    fs.truncateSync(at('big'), 1000);
    fs.rmSync(at('latest'));
    fs.symlinkSync('elsewhere', at('latest'));
    fs.rmSync(at('empty'));
    fs.mkdirSync(at('empty'));
    fs.rmSync(at('list.csv'));
    fs.symlinkSync('/etc/passwd', at('list.csv'));
    for (const name of ['a', 'b', 'cases/c']) fs.writeFileSync(at(name), 'extra');
    const result = await verifyDataset(layout, 'lung');
    expect(result.ok).toBe(false);
    expect(result.missing).toEqual(['cases/3.raw']);
    expect(result.extra.sort()).toEqual(['a', 'b', 'cases/c']);
    expect(result.extraCount).toBe(3);
    const changed = Object.fromEntries(
      result.changed.map(({ path: name, expected, actual }) => [name, [expected, actual]]),
    );
    expect(changed).toEqual({
      big: [sha256('x'.repeat(3 * 1024 * 1024)), sha256('x'.repeat(1000))],
      'cases/4.raw': [sha256('case 4'), sha256('case 5')],
      empty: [sha256(''), 'a folder'],
      latest: [sha256('cases'), sha256('elsewhere')],
      'list.csv': [sha256('a,b\n'), 'a symbolic link'],
    });
  });

  it('tells a file from a link though the text is the same', async () => {
    const { layout, at } = complete();
    fs.rmSync(at('latest'));
    fs.writeFileSync(at('latest'), 'cases');
    fs.rmSync(at('cases/1.raw'));
    fs.symlinkSync('case 1', at('cases/1.raw'));
    const { changed } = await verifyDataset(layout, 'lung');
    expect(changed.map(({ path: name, actual }) => [name, actual]).sort()).toEqual([
      ['cases/1.raw', 'a symbolic link'],
      ['latest', 'no symbolic link'],
    ]);
  });

  it('takes the folder from scripts until the dataset is fetched again', async () => {
    const { layout, at } = complete();
    fs.writeFileSync(at('cases/4.raw'), 'damage');
    await verifyDataset(layout, 'lung');
    expect(await datasetStatus(layout, 'lung')).toMatchObject({ state: 'damaged', verify: { ok: false, broken: 1 } });
    await expect(datasetFolder(layout, 'lung')).rejects.toThrow(IncompleteError);
    await fetchAll(layout, 'lung', REMOTES);
    expect(await datasetStatus(layout, 'lung')).toMatchObject({ state: 'complete' });
    expect(await datasetStatus(layout, 'lung')).not.toHaveProperty('verify');
    expect(await datasetFolder(layout, 'lung')).toEqual({ path: layout.dataset('lung') });
  });

  it('is content with extra files', async () => {
    const { layout, at } = complete();
    fs.writeFileSync(at('.DS_Store'), 'x');
    expect(await verifyDataset(layout, 'lung')).toMatchObject({ ok: true, extra: ['.DS_Store'] });
  });

  it('counts all extra files, and names the first thousand', async () => {
    const { layout, at } = complete();
    for (let i = 0; i < 1010; i++) fs.writeFileSync(at(`extra${i}`), '');
    const result = await verifyDataset(layout, 'lung');
    expect(result.extra).toHaveLength(1000);
    expect(result.extraCount).toBe(1010);
  });

  it('misses everything below a folder that became a file', async () => {
    const { layout, at } = complete();
    fs.rmSync(at('cases'), { recursive: true });
    fs.writeFileSync(at('cases'), '');
    const result = await verifyDataset(layout, 'lung');
    expect(result.missing).toHaveLength(150);
    expect(result.extra).toEqual(['cases']);
  });

  it.each([
    ['a line is damaged', (text: string) => text.replace('"size":6', '"size":7')],
    ['it is cut short', (text: string) => text.slice(0, text.length / 2)],
    ['it is of another commit', (text: string) => text.slice(text.indexOf('\n') + 1)],
    ['it is gone', () => undefined],
  ])('will not judge by a list of files that is damaged: %s', async (_, damage) => {
    const { layout } = complete();
    const damaged = damage(fs.readFileSync(layout.files('lung'), 'utf8'));
    if (damaged === undefined) fs.rmSync(layout.files('lung'));
    else fs.writeFileSync(layout.files('lung'), damaged);
    await expect(verifyDataset(layout, 'lung')).rejects.toThrow(IntegrityError);
  });

  it('needs a dataset that is here', async () => {
    const { layout } = complete();
    await expect(verifyDataset(layout, 'liver')).rejects.toThrow(IncompleteError);
    fs.rmSync(layout.dataset('lung'), { recursive: true });
    await expect(verifyDataset(layout, 'lung')).rejects.toThrow(IncompleteError);
  });

  it('stops when it is told to, and says nothing of the dataset', async () => {
    const { layout } = complete();
    const stop = new AbortController();
    const verifying = verifyDataset(layout, 'lung', { signal: stop.signal, onProgress: () => stop.abort() });
    await expect(verifying).rejects.toThrow(InterruptedError);
    expect(await datasetStatus(layout, 'lung')).not.toHaveProperty('verify');
  });
});
