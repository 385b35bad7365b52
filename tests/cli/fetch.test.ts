/** `medds fetch ID` where all goes well, as a process. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runMedds } from '../support/run-medds.js';
import { treeOf } from '../support/tree.js';
import { archive, md5, single, sizeOfAll, stageFor, treeOfAll, zenodoWith } from './stage.js';

const FIRST = [archive('scans.zip', { files: 3 }), archive('masks.zip'), single('list.csv')];
const SECOND = [archive('more.zip')];
const ALL = [...FIRST, ...SECOND];

const zenodo = await zenodoWith({ 1001: FIRST, 2002: SECOND });
const stage = stageFor('fetch', (stage) => {
  stage.env.MEDDS_ENDPOINT_ZENODO = zenodo.origin;
  const of = ['1001', '2002'].map((record) => ({ method: 'zenodo', record }));
  stage.register('lungs', { method: 'all', name: 'zenodo', of });
});

describe('a dataset of several archives from two records', () => {
  it('lands as one tree, with a manifest; stdout is its folder', async () => {
    const before = zenodo.bytesSent();
    const { code, stdout, stderr } = await stage.run('fetch', 'lungs');
    expect(code, stderr).toBe(0);
    expect(stdout).toBe(`${stage.dataset('lungs')}\n`);
    expect(stderr).toContain('✓ lungs · 8 files');
    expect(stderr).toContain('verified (md5 of all 4 files)');
    expect(await stage.run('path', 'lungs')).toMatchObject({ code: 0, stdout });
    await stage.expectComplete('lungs', treeOfAll(ALL));
    expect(stage.manifest('lungs')).toMatchObject({
      id: 'lungs',
      name: 'LUNGS',
      source: { name: 'zenodo', method: 'all', label: 'Zenodo 1001 + 2002' },
      revision: 'zenodo:1001 zenodo:2002',
      files: 8,
      remotes: 4,
      downloaded: sizeOfAll(ALL),
      verified: { checksums: 4, of: 4, algorithms: ['md5'] },
    });
    expect(existsSync(stage.parts('lungs'))).toBe(false);

    const sent = zenodo.bytesSent();
    expect(sent - before).toBeLessThan(sizeOfAll(ALL) + 20_000);
    const again = await stage.run('fetch', 'lungs');
    expect(again).toMatchObject({ code: 0, stdout });
    expect(again.stderr).toContain('here already');
    expect(zenodo.bytesSent()).toBe(sent);
  });

  it('is told of in JSON, with the documented members and nothing else on stdout', async () => {
    expect(await stage.json('fetch', 'lungs')).toEqual({
      version: 1,
      id: 'lungs',
      name: 'LUNGS',
      outcome: 'fetched',
      path: stage.dataset('lungs'),
      source: { name: 'zenodo', method: 'all', label: 'Zenodo 1001 + 2002' },
      revision: 'zenodo:1001 zenodo:2002',
      doi: '10.5281/zenodo.1001 10.5281/zenodo.2002',
      license: expect.objectContaining({ name: expect.any(String) }),
      files: 8,
      bytes: 8000,
      remotes: 4,
      download: sizeOfAll(ALL),
      resumed: 0,
      verified: { checksums: 4, of: 4, algorithms: ['md5'] },
      notes: [],
      overlaps: [],
      problems: [],
      splits: [],
      use: { commercial: 'unknown', redistribution: 'unknown' },
    });
    expect(await stage.json('fetch', 'lungs')).toMatchObject({ outcome: 'present', files: 8, bytes: 8000 });
    expect(await stage.json('status', 'lungs')).toMatchObject({ state: 'complete', files: 8, bytes: 8000 });
  });

  it('is silent with --quiet, but for its folder', async () => {
    expect(await stage.run('fetch', 'lungs', '--quiet')).toEqual({
      code: 0,
      signal: null,
      stdout: `${stage.dataset('lungs')}\n`,
      stderr: '',
    });
  });

  it('is only planned with --dry-run: no bytes come, no folder is made', async () => {
    const before = zenodo.requests.length;
    const { code, stdout } = await stage.run('fetch', 'lungs', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Files: +4$/m);
    expect(stdout).toContain('known of 4 of 4 files');
    const planned = await stage.json('fetch', 'lungs', '--dry-run');
    expect(planned).toMatchObject({ outcome: 'planned', remotes: 4, download: sizeOfAll(ALL), resumed: 0 });
    expect(zenodo.requests.slice(before).map(({ path: asked }) => asked)).toEqual(
      ['1001', '2002', '1001', '2002'].map((record) => `/api/records/${record}`),
    );
    expect(existsSync(stage.home)).toBe(false);
  });

  it('is fetched again with --force, and replaced', async () => {
    await stage.json('fetch', 'lungs');
    const { commit } = stage.manifest('lungs');
    const before = zenodo.bytesSent(zenodo.filePath('1001', 'scans.zip'));
    expect(await stage.json('fetch', 'lungs', '--force')).toMatchObject({ outcome: 'fetched', resumed: 0 });
    expect(zenodo.bytesSent(zenodo.filePath('1001', 'scans.zip')) - before).toBe(FIRST[0]?.data.length);
    expect(stage.manifest('lungs').commit).not.toBe(commit);
    await stage.expectComplete('lungs', treeOfAll(ALL));
  });
});

describe('archives', () => {
  it('stay as they are with --no-unpack', async () => {
    await stage.json('fetch', 'lungs', '--no-unpack');
    expect(readdirSync(stage.dataset('lungs'))).toEqual(['list.csv', 'masks.zip', 'more.zip', 'scans.zip']);
  });

  it('are kept beside the data with --keep-archives, until they are cleaned away', async () => {
    await stage.json('fetch', 'lungs', '--keep-archives');
    await stage.expectComplete('lungs', treeOfAll(ALL));
    const kept = await treeOf(path.join(stage.home, 'archives', 'lungs'));
    expect(Object.keys(kept)).toEqual(['masks.zip', 'more.zip', 'scans.zip']);

    const archives = sizeOfAll(ALL) - 1000;
    expect(await stage.json('clean', '--dry-run')).toMatchObject({
      bytes: archives,
      planned: [{ kind: 'archives', id: 'lungs', bytes: archives }],
      removed: [],
    });
    const { stderr } = await stage.run('clean', '--yes');
    expect(stderr).toContain('freed');
    expect(existsSync(path.join(stage.home, 'archives', 'lungs'))).toBe(false);
    await stage.expectComplete('lungs', treeOfAll(ALL));
  });
});

describe('offline', () => {
  it('fetches nothing, and is content with what is here', async () => {
    const before = zenodo.requests.length;
    const { code, stderr } = await stage.run('fetch', 'lungs', '--offline');
    expect(code).toBe(5);
    expect(stderr).toContain('offline');
    expect(zenodo.requests).toHaveLength(before);

    await stage.json('fetch', 'lungs');
    expect(await stage.json('fetch', 'lungs', '--offline')).toMatchObject({ outcome: 'present' });
    stage.env.MEDDS_OFFLINE = '1';
    expect(await stage.run('verify', 'lungs')).toMatchObject({ code: 0 });
  });
});

it('says where data will go, once, when nobody has said so', async () => {
  const env = { ...stage.env, MEDDS_HOME: undefined, XDG_DATA_HOME: path.join(stage.folder, 'data') };
  const first = await runMedds(['fetch', 'lungs'], { home: stage.home, env });
  expect(first.stderr).toContain('medds config set home FOLDER');
  expect(first).toMatchObject({
    code: 0,
    stdout: `${path.join(stage.folder, 'data', 'medds', 'datasets', 'lungs')}\n`,
  });
  const second = await runMedds(['fetch', 'lungs'], { home: stage.home, env });
  expect(second.stderr).not.toContain('medds config set home');
});

it('what is known of a file is checked: the md5 of the registry beside the one of the host', async () => {
  const files = [{ path: 'scans.zip', checksum: `md5:${md5(Buffer.from('other'))}` }];
  stage.register('odd', { method: 'zenodo', record: '1001', files });
  const { code, stderr } = await stage.run('fetch', 'odd');
  expect(code, stderr).toBe(6);
  expect(stderr).toContain('scans.zip');
});
