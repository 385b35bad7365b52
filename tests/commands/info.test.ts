import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pageText } from '../../src/ui/dataset-page.js';
import { styleOf } from '../../src/ui/terminal.js';
import { dataset, entry, writeRegistry } from '../registry/fixture.js';
import { runMedds } from '../support/run-medds.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { addComplete } from './some-library.js';

const ENTRY = entry({
  name: 'Zz',
  title: 'Zz fixture',
  aliases: ['zz-alias'],
  description: 'Scans of the middle ear.',
  modalities: ['CT'],
  cases: 888,
  casesNote: 'ten folds.',
  size: 66_337_930_718,
  unpackedSize: 118_000_000_000,
  license: { name: 'Creative Commons Attribution 4.0', spdx: 'CC-BY-4.0', url: 'https://cc.example/by' },
  terms: { summary: 'Cite it.' },
  redistribution: 'forbidden',
  papers: [{ title: 'A paper', doi: '10.1000/a', year: 2017 }],
  notes: ['Case 17 has no mask.'],
  homepage: 'https://zz.example/',
  sources: [
    { method: 'kaggle', dataset: 'a/b', requires: ['account', 'token'] },
    { method: 'zenodo', record: '123', official: true },
    { method: 'manual', host: 'h', url: 'https://h.example/', steps: ['Sign in.', 'Save it.'] },
    { method: 'huggingface', repo: 'x/y', onlyByName: 'A copy by others.' },
  ],
});

let home: string;
let registry: string;

beforeAll(() => {
  const folder = tempDir('info');
  home = path.join(folder, 'home');
  registry = writeRegistry(folder, 'r.json', { 'zz-set': ENTRY, 'zz-bare': entry() });
});
afterAll(removeTempDirs);

const info = (...args: string[]) => runMedds(['info', ...args], { home, env: { MEDDS_REGISTRY: registry } });

describe('the page', () => {
  test('tells what a person wants to know before a download', async () => {
    const folder = addComplete(home, 'zz-set');
    const { code, stdout, stderr } = await info('zz-set');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.split('\n').map((line) => line.trim().replace(/ {2,}/g, ' '));
    for (const line of [
      'Zz · Zz fixture',
      'zz-set',
      'Scans of the middle ear.',
      'Cases 888 (ten folds)',
      'Size 66.3 GB to download, 118 GB unpacked',
      `Registry ${registry}`,
      'Licence CC-BY-4.0, Creative Commons Attribution 4.0 https://cc.example/by',
      'Terms Cite it.',
      'Redistribution forbidden',
      '1. kaggle: Kaggle a/b',
      'needs an API token, an account',
      '2. zenodo: Zenodo 123 (official)',
      'medds fetch zz-set uses it',
      '2) Save it.',
      'Only by name (medds fetch zz-set --source NAME):',
      '- huggingface: Hugging Face x/y',
      'A copy by others.',
      '- Case 17 has no mask.',
      '- A paper (2017). https://doi.org/10.1000/a',
      'To cite: medds info zz-set --cite bibtex',
      'Homepage https://zz.example/',
    ]) {
      expect(lines).toContain(line);
    }
    expect(stdout.replace(/\s+/g, ' ')).toContain(`Here complete (${folder})`);
    // The first is the one that is used.
    const used = lines.indexOf('medds fetch zz-set uses it');
    expect(used).toBeGreaterThan(lines.indexOf('1. kaggle: Kaggle a/b'));
    expect(used).toBeLessThan(lines.indexOf('2. zenodo: Zenodo 123 (official)'));
  });

  test('leaves out what is not known', async () => {
    const { stdout } = await info('zz-bare');
    expect(stdout).not.toMatch(/undefined|null|Papers|Known problems|Links|Terms/);
    expect(stdout).toContain('no (medds fetch zz-bare)');
  });

  test.each([100, 80, 60, 40])('fits %d columns, but for addresses', async (width) => {
    const page = await pageText(
      { dataset: { ...ENTRY, id: 'zz-set', registry: 'bundled' } },
      { tty: true, width, style: styleOf(false) },
    );
    for (const line of page.split('\n')) {
      if (!line.includes('://')) expect(line.length, line).toBeLessThanOrEqual(width);
    }
  });

  test('is safe to look at, whatever a registry holds', async () => {
    const evil = dataset('evil', { name: '\u001b]0;x\u0007', description: 'a\u202eb\nc', notes: ['\u009b2J'] });
    const page = await pageText({ dataset: evil }, { tty: true, width: 80, style: styleOf(false) });
    expect(page).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(page).toContain('a\\u{202e}b c');
  });
});

test('an alias will do, whatever the case', async () => {
  expect((await info('ZZ-Alias')).stdout).toContain('Zz fixture');
});

describe('--cite', () => {
  test('prints the citation and nothing else', async () => {
    const [bibtex, text] = await Promise.all([info('zz-set', '--cite', 'bibtex'), info('zz-set', '--cite', 'text')]);
    expect(bibtex.stdout).toBe(
      '@article{zzset2017,\n  title = {{A paper}},\n  year = {2017},\n  doi = {10.1000/a},\n}\n',
    );
    expect(text.stdout).toBe('A paper (2017). https://doi.org/10.1000/a\n');
  });

  test('that is not known is not found', async () => {
    expect(await info('zz-bare', '--cite', 'text')).toMatchObject({ code: 3, stdout: '' });
  });
});

describe('--json', () => {
  test('is the whole entry, and what is here', async () => {
    addComplete(home, 'zz-set');
    const { stdout } = await info('zz-set', '--json');
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      overlaps: [],
      shadows: [],
      use: { commercial: 'allowed', redistribution: 'forbidden' },
      dataset: { id: 'zz-set', ...ENTRY, registry },
      here: expect.objectContaining({ id: 'zz-set', state: 'complete' }),
    });
    const cited = await info('zz-set', '--cite', 'text', '--json');
    expect(JSON.parse(cited.stdout)).toMatchObject({ version: 1, id: 'zz-set', form: 'text' });
  });

  test('an id that does not exist is an error document and exit code 3, with a suggestion', async () => {
    const { code, stdout, stderr } = await info('zz-sett', '--json');
    expect(code).toBe(3);
    expect(JSON.parse(stdout)).toEqual({
      version: 1,
      error: {
        code: 'NOT_FOUND',
        exitCode: 3,
        message: 'There is no dataset called zz-sett',
        hint: 'Did you mean zz-set?',
      },
    });
    expect(stderr).toBe('Error: There is no dataset called zz-sett\nDid you mean zz-set?\n');
  });
});

test('a registry of the user that is broken is wrong usage, and names the place', async () => {
  const folder = tempDir('broken');
  const broken = writeRegistry(folder, 'broken.json', {
    x: { name: 'X', sources: [{ method: 'zenodo', record: 'a' }] },
  });
  const { code, stderr } = await info('zz-set', '--registry', broken);
  expect(code).toBe(2);
  expect(stderr.replace(/\s+/g, ' ')).toContain(
    `${broken} is not valid: datasets.x.sources[0].record: must be a record number`,
  );
});
