import { describe, expect, test } from 'vitest';
import { requireDataset, suggestIds, unknownDataset } from '../../src/registry/suggest.js';
import { dataset } from './fixture.js';

const DATASETS = [
  dataset('luna16', { name: 'LUNA16' }),
  dataset('lola11', { name: 'LOLA11' }),
  dataset('kits19', { name: 'KiTS19' }),
  dataset('camelyon16', { name: 'CAMELYON16' }),
  dataset('camelyon17', { name: 'CAMELYON17' }),
  dataset('pi-cai', { name: 'PI-CAI', aliases: ['prostate-cai'] }),
  dataset('mitos-atypia-14', { name: 'MITOS & ATYPIA 14' }),
];

describe('suggestions', () => {
  test.each([
    ['luna', ['luna16']],
    ['lnua16', ['luna16']],
    ['kits', ['kits19']],
    ['kits2019', ['kits19']],
    ['picai', ['pi-cai']],
    ['prostatecai', ['prostate-cai']],
    ['camelyon', ['camelyon16', 'camelyon17']],
    ['MITOS & ATYPIA', ['mitos-atypia-14']],
    ['something-else', []],
    ['', []],
    ['!!!', []],
  ])('for %s', (typed, ids) => {
    expect(suggestIds(typed, DATASETS)).toEqual(ids);
  });

  test('are three at most', () => {
    const many = Array.from({ length: 9 }, (_, index) => dataset(`brats${index}`));
    expect(suggestIds('brats', many)).toHaveLength(3);
  });
});

test('a dataset that does not exist is an error that helps', () => {
  const registry = { datasets: DATASETS, shadowed: [], get: () => undefined };
  expect(() => requireDataset(registry, 'camelyon')).toThrowError('There is no dataset called camelyon');
  expect(unknownDataset('camelyon', DATASETS)).toMatchObject({
    exitCode: 3,
    hint: 'Did you mean camelyon16 or camelyon17?',
  });
  expect(unknownDataset('qqqqqqq', DATASETS).hint).toContain('medds list');
  expect(unknownDataset('a\u001b[2Jb', DATASETS).message).not.toContain('\u001b');
});
