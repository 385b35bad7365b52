/** `medds registry validate`: what is wrong with a registry, what is doubtful, and what is neither. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, it, test } from 'vitest';
import { reviewRegistry } from '../../src/registry/review.js';
import { runMedds } from '../support/run-medds.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';

afterAll(removeTempDirs);

const source = {
  method: 'direct',
  official: true,
  evidence: ['the page of the owners'],
  files: [{ url: 'https://host.example/a.zip', path: 'a.zip', size: 10 }],
};
const entry = { name: 'Lung', license: { name: 'CC BY 4.0', spdx: 'CC-BY-4.0' }, size: 10, sources: [source] };
const textOf = (datasets: object) => JSON.stringify({ version: 1, datasets });

it('has nothing to say of an entry that tells everything', () => {
  expect(reviewRegistry(textOf({ lung: entry }))).toEqual({ datasets: 1, wrong: [], doubtful: [] });
});

it('takes ranges of files, several sources together, and licences of one’s own', () => {
  const many = { ...source, files: [{ url: 'https://host.example/{0..4}.nii', path: '{0..4}.nii', size: 2 }] };
  const both = { method: 'all', evidence: ['both'], official: true, of: [many, { ...source, name: 'rest' }] };
  const license = { name: 'Of the clinic', spdx: 'LicenseRef-clinic' };
  expect(reviewRegistry(textOf({ a: { ...entry, sources: [many] } })).doubtful).toEqual([]);
  expect(reviewRegistry(textOf({ b: { ...entry, license, size: 20, sources: [both] } })).doubtful).toEqual([]);
});

describe('is wrong', () => {
  test.each<[string, string, string, RegExp]>([
    ['no JSON', '{"version": 1,', '', /is no JSON/],
    ['no version', '{"datasets": {}}', 'version', /./],
    [
      'an id twice',
      `{"version": 1, "datasets": {"a": ${JSON.stringify(entry)}, "a": ${JSON.stringify(entry)}}}`,
      'datasets.a',
      /twice/,
    ],
    [
      'an alias that is an id',
      textOf({ a: { ...entry, aliases: ['b'] }, b: entry }),
      'datasets.a.aliases[0]',
      /name of b/,
    ],
    [
      'a DOI that is none',
      textOf({ a: { ...entry, papers: [{ title: 'On it', doi: 'doi:1' }] } }),
      'datasets.a.papers[0].doi',
      /DOI/,
    ],
    [
      'a checksum of the wrong length',
      textOf({ a: { ...entry, sources: [{ ...source, files: [{ ...source.files[0], checksum: 'md5:12' }] }] } }),
      'datasets.a.sources[0].files[0].checksum',
      /digits/,
    ],
    [
      'an address that is none',
      textOf({ a: { ...entry, sources: [{ ...source, files: [{ url: 'file:///etc/passwd', path: 'a' }] }] } }),
      'datasets.a.sources[0].files[0].url',
      /http/,
    ],
    [
      'a record that is no number',
      textOf({ a: { ...entry, sources: [{ method: 'zenodo', record: 'x' }] } }),
      'datasets.a.sources[0].record',
      /./,
    ],
  ])('%s', (_, text, place, reason) => {
    const { wrong, doubtful } = reviewRegistry(text);
    expect(wrong).toEqual([{ place, reason: expect.stringMatching(reason) }]);
    expect(doubtful).toEqual([]);
  });
});

test.each([
  'file:///etc/passwd',
  'ftp://host.example/a',
  'data:text/plain,x',
  'javascript:alert(1)',
  '//host.example/a',
  '/etc/passwd',
  'https://user:secret@host.example/a',
  'https://host.example:99999/a',
  'http://',
])('no address of a file is %s', (url) => {
  const files = [{ url, path: 'a' }];
  const sources = [{ ...source, files }];
  const { wrong } = reviewRegistry(textOf({ a: { ...entry, sources } }));
  expect(wrong.map(({ place }) => place)).toContain('datasets.a.sources[0].files[0].url');
  if (url.length < 12) return;
  const mirrored = [{ ...source, files: [{ ...source.files[0], checksum: `md5:${'0'.repeat(32)}`, mirrors: [url] }] }];
  expect(reviewRegistry(textOf({ a: { ...entry, sources: mirrored } })).wrong).toHaveLength(1);
});

describe('is doubtful', () => {
  test.each<[string, object, string, RegExp]>([
    [
      'a licence that SPDX does not know',
      { license: { name: 'CC BY', spdx: 'CC-BY-9.0' } },
      'license.spdx',
      /CC-BY-9\.0/,
    ],
    ['no licence', { license: undefined }, 'license', /missing/],
    ['no terms where nothing may be passed on', { redistribution: 'forbidden' }, 'terms', /passed on/],
    ['no evidence', { sources: [{ ...source, evidence: undefined }] }, 'sources[0].evidence', /missing/],
    ['a size that does not add up', { size: 11 }, 'sources[0].files', /10 bytes, where .* 11/],
    [
      'a source of what may not be passed on that may be a copy by others',
      {
        redistribution: 'forbidden',
        terms: { summary: 'For research.' },
        sources: [{ ...source, official: undefined }],
      },
      'sources[0].official',
      /only when it is named/,
    ],
  ])('%s', (_, change, place, reason) => {
    const { wrong, doubtful } = reviewRegistry(textOf({ lung: { ...entry, ...change } }));
    expect(wrong).toEqual([]);
    expect(doubtful).toEqual([{ place: `datasets.lung.${place}`, reason: expect.stringMatching(reason) }]);
  });
});

it('as a command prints both, and fails for what is wrong, or with --strict', async () => {
  const folder = tempDir('review');
  const file = path.join(folder, 'registry.json');
  const medds = (...args: string[]) =>
    runMedds(['registry', 'validate', file, ...args], { home: path.join(folder, 'library') });
  writeFileSync(file, textOf({ lung: { ...entry, size: 11 } }));
  const { code, stdout, stderr } = await medds();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^doubtful {2}datasets\.lung\.sources\[0\]\.files come to 10 bytes/);
  expect(stdout).toMatch(/1 dataset, 0 wrong, 1 doubtful\n$/);
  expect((await medds('--strict')).code).toBe(2);
  writeFileSync(file, '[]');
  const json = await medds('--json');
  expect(json.code).toBe(2);
  expect(JSON.parse(json.stdout)).toMatchObject({ version: 1, ok: false, wrong: [expect.any(Object)], doubtful: [] });
});
