import { describe, expect, test } from 'vitest';
import { type Query, searchDatasets } from '../../src/registry/search.js';
import { dataset } from './fixture.js';

const DATASETS = [
  dataset('luna16', {
    name: 'LUNA16',
    title: 'LUng Nodule Analysis 2016',
    description: 'Chest scans with nodules.',
    section: 'Chest and Abdomen / Lungs',
    modalities: ['CT'],
    anatomy: ['lung', 'lung nodule'],
    tasks: ['detection'],
    cases: 888,
    size: 66_000_000_000,
    license: { name: 'Creative Commons Attribution 4.0', spdx: 'CC-BY-4.0' },
  }),
  dataset('brats', {
    name: 'BraTS',
    aliases: ['brain-tumours'],
    description: 'Multimodal scans of gliomas; the challenge moves virus-free.',
    section: 'Head and Neck / Brain',
    modalities: ['MR'],
    anatomy: ['brain', 'tumour'],
    tasks: ['segmentation'],
    cases: 1250,
    license: { name: 'Creative Commons Attribution NonCommercial 4.0', spdx: 'CC-BY-NC-4.0' },
    sources: [
      { method: 'synapse', entity: 'syn1', requires: ['registration'] },
      { method: 'kaggle', dataset: 'a/b', onlyByName: 'A copy by others.' },
    ],
  }),
  dataset('camelyon', {
    name: 'CAMELYON',
    section: 'Pathology',
    modalities: ['WSI'],
    anatomy: ['lymph node'],
    keywords: ['Haematoxylin'],
    tasks: ['classification'],
    size: 700_000_000_000,
    license: { name: 'Public domain' },
    sources: [
      {
        method: 'all',
        of: [
          { method: 's3', bucket: 'b' },
          { method: 'zenodo', record: '2' },
        ],
      },
    ],
  }),
  dataset('thyroid', { name: 'Thyroid', modalities: ['US'], tasks: ['segmentation'], cases: 12 }),
];

const ids = (query: Query): string[] => searchDatasets(DATASETS, query).map(({ id }) => id);

describe('words', () => {
  test.each<[string[], string[]]>([
    [[], ['brats', 'camelyon', 'luna16', 'thyroid']],
    [['LUNA'], ['luna16']],
    [['brain-tumours'], ['brats']],
    [['nodule', 'analysis'], ['luna16']],
    [['nodule', 'glioma'], []],
    [['scans'], ['brats', 'luna16']],
    [['lymph'], ['camelyon']],
    [['pathology'], ['camelyon']],
    // The same word in other spellings and languages of the trade.
    [['mri'], ['brats']],
    [['pulmonary'], ['luna16']],
    [['tumor'], ['brats']],
    [['hematoxylin'], ['camelyon']],
    // Two letters are a whole word: `us` is in "virus", too.
    [['us'], ['thyroid']],
    [['CT'], ['luna16']],
    [['lung nodule'], ['luna16']],
  ])('%j', (words, found) => {
    expect(ids({ words })).toEqual(found);
  });
});

describe('filters', () => {
  test.each<[string, Query, string[]]>([
    ['synonyms of a modality', { modality: ['MRI-scan'] }, ['brats']],
    ['more synonyms', { modality: ['ultrasound'] }, ['thyroid']],
    ['a repeated filter takes either', { modality: ['ct scan', 'histology'] }, ['camelyon', 'luna16']],
    ['filters together all hold', { modality: ['CT', 'MR'], task: ['segmentation'] }, ['brats']],
    ['a part of the anatomy', { anatomy: ['Lung'] }, ['luna16']],
    ['an adjective of the anatomy', { anatomy: ['cerebral'] }, ['brats']],
    ['a section', { section: ['head and neck'] }, ['brats']],
    ['a licence without version', { license: ['cc-by'] }, ['luna16']],
    ['a licence with version', { license: ['CC-BY-NC-4.0'] }, ['brats']],
    ['a licence that has only a name', { license: ['public domain'] }, ['camelyon']],
    ['a method, also of sources together', { method: ['zenodo'] }, ['camelyon', 'luna16', 'thyroid']],
    ['no method that is used only by name', { method: ['kaggle'] }, []],
    ['what is here', { here: new Set(['brats']), hereFilter: 'here' }, ['brats']],
    ['what is not here', { here: new Set(['brats']), hereFilter: 'absent' }, ['camelyon', 'luna16', 'thyroid']],
    ['a value that nothing has', { modality: ['sonar'] }, []],
  ])('%s', (_, query, found) => {
    expect(ids(query)).toEqual(found);
  });
});

test('sorts by size and cases with the largest first and the unknown last, by name without case', () => {
  expect(ids({ sort: 'size' })).toEqual(['camelyon', 'luna16', 'brats', 'thyroid']);
  expect(ids({ sort: 'cases' })).toEqual(['brats', 'luna16', 'thyroid', 'camelyon']);
  expect(ids({ sort: 'name' })).toEqual(['brats', 'camelyon', 'luna16', 'thyroid']);
});

test('leaves the given list as it is', () => {
  const before = [...DATASETS];
  searchDatasets(DATASETS, { sort: 'size' });
  expect(DATASETS).toEqual(before);
});
