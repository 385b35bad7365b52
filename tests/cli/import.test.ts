/** `medds import`: files that came by hand are told by their content, one by one or all at once, and finish the dataset. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { archive, fileHost, type Hosted, md5, offer, single, sizeOfAll, stageFor, treeOfAll } from './stage.js';

const SCANS = archive('scans.zip');
const LIST = single('list.csv');
const BOTH = [SCANS, LIST];

const host = await fileHost();
const stage = stageFor('import', (stage) => {
  stage.register('scans', offer(host, ...BOTH));
  stage.register('by-hand', {
    method: 'manual',
    host: 'example.org',
    url: 'https://example.org/data',
    requires: ['agreement'],
    steps: ['Sign the form at https://example.org/data.', 'Save scans.zip and list.csv.'],
    files: [
      { path: 'scans.zip', size: SCANS.data.length, checksum: `md5:${md5(SCANS.data)}` },
      { path: 'list.csv', pattern: 'list*.csv' },
    ],
  });
});

/** Puts a file into the user's download folder. @returns where it is */
function downloaded({ data }: Pick<Hosted, 'data'>, name: string): string {
  const file = path.join(stage.folder, 'downloads', name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, data);
  return file;
}

describe('a dataset that only a person may get', () => {
  it('is begun by fetch with the steps and 4, and finished by import', async () => {
    const stderr = await stage.fails(4, 'fetch', 'by-hand');
    expect(stderr).toContain('its owners want a signed agreement first');
    expect(stderr).toMatch(/1\. Sign the form at https:\/\/example\.org\/data\. 2\. Save scans\.zip and list\.csv\./);
    expect(stderr).toContain('medds import by-hand FILES');
    const { stdout } = await stage.run('fetch', 'by-hand', '--json');
    expect(JSON.parse(stdout).error).toMatchObject({
      code: 'ACTION_REQUIRED',
      exitCode: 4,
      url: 'https://example.org/data',
      steps: expect.arrayContaining(['Save scans.zip and list.csv.']),
    });

    downloaded(SCANS, 'sub/export-4711');
    downloaded(LIST, 'list of cases (1).csv');
    const folder = path.join(stage.folder, 'downloads');
    expect(await stage.run('import', 'by-hand', folder)).toMatchObject({
      code: 0,
      stdout: `${stage.dataset('by-hand')}\n`,
    });
    await stage.expectComplete('by-hand', treeOfAll(BOTH));
    expect(readdirSync(folder)).toEqual(['list of cases (1).csv', 'sub']);
    expect(await stage.json('fetch', 'by-hand')).toMatchObject({ outcome: 'present' });
  });

  it('may come file by file; what is missing is listed', async () => {
    const stderr = await stage.fails(4, 'import', 'by-hand', downloaded(LIST, 'list.csv'));
    expect(stderr).toContain('1 of 2 files here, 1 still missing');
    expect(stderr).toContain('Download scans.zip.');
    await stage.expectIncomplete('by-hand');
    expect(JSON.parse((await stage.run('status', 'by-hand', '--json')).stdout)).toMatchObject({
      state: 'partial',
      download: { done: 1, files: 2 },
    });

    expect(await stage.json('import', 'by-hand', downloaded(SCANS, 'scans.zip'))).toMatchObject({
      outcome: 'fetched',
      remotes: 2,
      verified: { checksums: 1, of: 2 },
    });
    await stage.expectComplete('by-hand', treeOfAll(BOTH));
  });
});

it('a file with the right name and the wrong bytes ends with 6; what is right is taken', async () => {
  const wrong = downloaded({ data: SCANS.data.subarray(1) }, 'scans.zip');
  const stderr = await stage.fails(6, 'import', 'by-hand', wrong, downloaded(LIST, 'list.csv'));
  expect(stderr).toContain(`${wrong} is not scans.zip: it has ${SCANS.data.length - 1} bytes`);
  expect(stderr).toContain('Download it again.');
  await stage.expectIncomplete('by-hand');
  await stage.json('import', 'by-hand', downloaded(SCANS, 'scans.zip'));
  await stage.expectComplete('by-hand', treeOfAll(BOTH));
});

it('what a program can fetch may be given by hand in part; fetch brings the rest', async () => {
  const before = host.bytesSent();
  expect((await stage.run('import', 'scans', downloaded(SCANS, 'scans.zip'))).code).toBe(4);
  await stage.json('fetch', 'scans');
  expect(host.bytesSent() - before).toBe(sizeOfAll([LIST]));
  await stage.expectComplete('scans', treeOfAll(BOTH));
});

it('files that belong to nothing are refused with the names of those that do, and nothing is kept', async () => {
  const other = downloaded(single('notes.txt', 7), 'notes.txt');
  const stderr = await stage.fails(3, 'import', 'by-hand', other);
  expect(stderr).toContain('Expected are: scans.zip, list.csv.');
  expect(await stage.fails(3, 'import', 'by-hand', path.join(stage.folder, 'none'))).toContain('There is no file');
  expect(await stage.json('status')).toMatchObject({ datasets: [] });
});

it('a complete dataset is replaced with --force only', async () => {
  const files = [downloaded(SCANS, 'scans.zip'), downloaded(LIST, 'list.csv')];
  await stage.json('import', 'scans', ...files);
  const { commit } = stage.manifest('scans');
  expect(await stage.fails(2, 'import', 'scans', ...files)).toContain('--force replaces it');
  await stage.json('import', 'scans', ...files, '--force', '--no-unpack');
  expect(stage.manifest('scans').commit).not.toBe(commit);
  expect(readdirSync(stage.dataset('scans'))).toEqual(['list.csv', 'scans.zip']);
});
