import { describe, expect, test } from 'vitest';
import type { SourceEntry } from '../../src/registry/schema.js';
import { commonFolder } from '../../src/sources/common-folder.js';
import { huggingface } from '../../src/sources/huggingface.js';

type Entry = Extract<SourceEntry, { method: 'huggingface' }>;

const entry = (rest: Partial<Entry>): Entry => ({ method: 'huggingface', repo: 'ada/open', ...rest });

describe('locators', () => {
  const commit = '65f1f295873a326230153c7e1de0c7dba10f0b29';

  test.each<[string, string, Partial<Entry>]>([
    ['hf:ada/open', 'hf-ada-open', {}],
    ['huggingface:datasets/ada/open', 'hf-ada-open', {}],
    ['hf://datasets/ada/open@v1', 'hf-ada-open-v1', { revision: 'v1' }],
    ['hf://ada/open', 'hf-ada-open', { type: 'model' }],
    ['hf:models/ada/open', 'hf-ada-open', { type: 'model' }],
    ['hf:spaces/ada/open/', 'hf-ada-open', { type: 'space' }],
    [`hf:ada/open@${commit}`, `hf-ada-open-${commit}`, { revision: commit }],
    ['hf:ada/open@a%2Fb/x', 'hf-ada-open-a/b-x', { revision: 'a/b', include: ['x', 'x/**'] }],
    [
      'hf:ada/open@refs/convert/parquet/default',
      'hf-ada-open-refs/convert/parquet-default',
      { revision: 'refs/convert/parquet', include: ['default', 'default/**'] },
    ],
    ['hf:ada/open/a [1].csv', 'hf-ada-open-a [1].csv', { include: ['a \\[1\\].csv', 'a \\[1\\].csv/**'] }],
    ['https://huggingface.co/datasets/ada/open', 'hf-ada-open', {}],
    ['https://hf.co/datasets/ada/open/viewer/default/train?row=1', 'hf-ada-open', {}],
    ['https://huggingface.co/ada/open', 'hf-ada-open', { type: 'model' }],
    ['https://huggingface.co/datasets/ada/open/tree/main', 'hf-ada-open-main', { revision: 'main' }],
    [
      'https://huggingface.co/datasets/ada/open/tree/refs%2Fpr%2F1/Pat%201',
      'hf-ada-open-refs/pr/1-Pat 1',
      { revision: 'refs/pr/1', include: ['Pat 1/**'] },
    ],
    [
      'https://huggingface.co/datasets/ada/open/resolve/main/a/b.zip?download=true',
      'hf-ada-open-main-a/b.zip',
      { revision: 'main', files: [{ path: 'a/b.zip' }] },
    ],
    [`https://huggingface.co/datasets/ada/open/commit/${commit}`, `hf-ada-open-${commit}`, { revision: commit }],
  ])('%s', (typed, id, rest) => {
    expect(huggingface.locate?.(typed)).toEqual({ id, name: 'ada/open', entry: entry(rest) });
  });

  test.each([
    'zenodo:1',
    'https://example.org/datasets/a/b',
    'https://huggingface.co/docs/hub/index',
    'https://huggingface.co/datasets',
    'https://huggingface.co/api/datasets/ada/open',
  ])('%s is no repository of the Hub', (typed) => {
    expect(huggingface.locate?.(typed)).toBeUndefined();
  });

  test.each([
    'hf:',
    'hf:squad',
    'hf:datasets/squad',
    'hf:a/b@',
    'hf:a/b@/x',
    'hf:../b',
    'https://hf.co/datasets/a/b%2Fc',
  ])('%s names nothing', (typed) => {
    expect(() => huggingface.locate?.(typed)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});

test.each<[Parameters<typeof commonFolder>[0], string]>([
  [{}, ''],
  [{ include: ['data/**'] }, 'data'],
  [{ include: ['a/b/*.nii', 'a/b/c/**'] }, 'a/b'],
  [{ include: ['a/bc/**', 'a/b/**'] }, 'a'],
  [{ include: ['a/b.csv'] }, 'a'],
  [{ include: ['a \\[1\\]/**'] }, 'a [1]'],
  [{ include: ['!a/**'] }, ''],
  [{ files: [{ path: 'a/[b]/c' }, { path: 'a/[b]/d' }] }, 'a/[b]'],
  [{ files: [{ path: 'a/b', pattern: '*.zip' }] }, ''],
])('of %j only the folder "%s" is listed', (rules, folder) => {
  expect(commonFolder(rules)).toBe(folder);
});
