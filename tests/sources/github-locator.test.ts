import { describe, expect, test } from 'vitest';
import type { SourceEntry } from '../../src/registry/schema.js';
import { github } from '../../src/sources/github.js';
import { METHODS } from '../../src/sources/table.js';

type Entry = Extract<SourceEntry, { method: 'github' }>;

const entry = (rest: Partial<Entry>): Entry => ({ method: 'github', repo: 'ada/open', ...rest });
const SHA = '456b293435b25303bbc7995f094f83a0afdff0eb';
const folder = (path: string) => ({ include: [`${path}/**`] });

describe('locators', () => {
  test.each<[string, string, Partial<Entry>]>([
    ['github:ada/open', 'github-ada-open', {}],
    ['github:ada/open@v1', 'github-ada-open-v1', { ref: 'v1' }],
    [`github:ada/open@${SHA}`, `github-ada-open-${SHA}`, { ref: SHA }],
    ['github:ada/open@a%2Fb/x', 'github-ada-open-a%2Fb-x', { ref: 'a/b', include: ['x', 'x/**'] }],
    ['github:ada/open/data/', 'github-ada-open-data', { include: ['data', 'data/**'] }],
    ['github:ada/open/a [1].csv', 'github-ada-open-a [1].csv', { include: ['a \\[1\\].csv', 'a \\[1\\].csv/**'] }],
    ['https://github.com/ada/open', 'github-ada-open', {}],
    ['https://www.github.com/ada/open.git?tab=readme-ov-file#data', 'github-ada-open', {}],
    ['https://github.com/ada/open/tree/main', 'github-ada-open-main', { ref: 'main' }],
    [
      'https://github.com/ada/open/tree/v1/Pat%201/ct',
      'github-ada-open-v1-Pat 1-ct',
      { ref: 'v1', ...folder('Pat 1/ct') },
    ],
    ['https://github.com/ada/open/tree/a%2Fb', 'github-ada-open-a/b', { ref: 'a/b' }],
    [`https://github.com/ada/open/commit/${SHA}`, `github-ada-open-${SHA}`, { ref: SHA }],
    [
      'https://github.com/ada/open/blob/main/a/b.zip?raw=true',
      'github-ada-open-main-a-b.zip',
      { ref: 'main', files: [{ path: 'a/b.zip' }] },
    ],
    [
      'https://github.com/ada/open/raw/refs/heads/main/b.zip',
      'github-ada-open-heads/main-b.zip',
      { ref: 'heads/main', files: [{ path: 'b.zip' }] },
    ],
    [
      'https://raw.githubusercontent.com/ada/open/main/a/b.zip',
      'github-ada-open-main-a-b.zip',
      { ref: 'main', files: [{ path: 'a/b.zip' }] },
    ],
    [
      'https://media.githubusercontent.com/media/ada/open/main/b.zip',
      'github-ada-open-main-b.zip',
      { ref: 'main', files: [{ path: 'b.zip' }] },
    ],
    ['https://github.com/ada/open/releases', 'github-ada-open-latest', { release: 'latest' }],
    ['https://github.com/ada/open/releases/latest', 'github-ada-open-latest', { release: 'latest' }],
    ['https://github.com/ada/open/releases/tag/data/v1', 'github-ada-open-data/v1', { release: 'data/v1' }],
    [
      'https://github.com/ada/open/releases/download/v1/a.zip',
      'github-ada-open-v1-a.zip',
      { release: 'v1', files: [{ path: 'a.zip' }] },
    ],
    [
      'https://github.com/ada/open/releases/latest/download/a.zip',
      'github-ada-open-latest-a.zip',
      { release: 'latest', files: [{ path: 'a.zip' }] },
    ],
    ['https://github.com/ada/open/archive/refs/tags/v1.0.tar.gz', 'github-ada-open-tags/v1.0', { ref: 'tags/v1.0' }],
    [`https://github.com/ada/open/archive/${SHA}.zip`, `github-ada-open-${SHA}`, { ref: SHA }],
    ['https://codeload.github.com/ada/open/zip/v1', 'github-ada-open-v1', { ref: 'v1' }],
    [
      'https://codeload.github.com/ada/open/legacy.tar.gz/refs/heads/main',
      'github-ada-open-heads/main',
      { ref: 'heads/main' },
    ],
    ['https://api.github.com/repos/ada/open/tarball/v1', 'github-ada-open-v1', { ref: 'v1' }],
  ])('%s', (typed, id, rest) => {
    expect(METHODS.github.locator?.test(typed)).toBe(true);
    expect(github.locate?.(typed)).toEqual({ id, name: 'ada/open', entry: entry(rest) });
  });

  test.each([
    'zenodo:1',
    'https://example.org/ada/open',
    'https://gist.github.com/ada/1',
    'https://github.com/features/actions',
    'https://github.com/ada',
    'https://github.com/user-attachments/files/1/a.zip',
    'https://github.com/ada/open/files/1/a.zip',
    'https://raw.githubusercontent.com/ada/open/main/a.zip?token=GHSAT0',
    'https://api.github.com/repos/ada/open',
    'https://api.github.com/users/ada',
  ])('%s is no repository of GitHub', (typed) => {
    expect(github.locate?.(typed)).toBeUndefined();
  });

  test.each([
    'github:',
    'github:ada',
    'github:ada/open@',
    'github:../open',
    'github:ada/..',
    'https://github.com/ada/open/issues/3',
    'https://github.com/ada/open/tree',
    'https://github.com/ada/open/blob/main',
    'https://github.com/ada/open/releases/download/a.zip',
    'https://github.com/ada/open/releases/edit/v1',
    'https://github.com/ada/op%2Fen',
  ])('%s names nothing', (typed) => {
    expect(() => github.locate?.(typed)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});
