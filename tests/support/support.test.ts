import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { isolatedEnv } from './run-medds.js';
import { seededRandom } from './seeded-random.js';
import { removeTempDirs, tempDir } from './temp-dir.js';
import { treeOf } from './tree.js';

afterEach(removeTempDirs);

test('temporary folders are fresh, and gone when removed', () => {
  const [one, two] = [tempDir(), tempDir()];
  expect(one).not.toBe(two);
  writeFileSync(path.join(one, 'file'), '');
  removeTempDirs();
  expect([existsSync(one), existsSync(two)]).toEqual([false, false]);
});

test('a tree tells files, links and empty folders, and fails where there is none', async () => {
  const root = tempDir();
  mkdirSync(path.join(root, 'a', 'empty'), { recursive: true });
  writeFileSync(path.join(root, 'a', 'one.txt'), 'one');
  symlinkSync('a/one.txt', path.join(root, 'link'));
  expect(await treeOf(root)).toEqual({
    'a/empty': { folder: 'empty' },
    'a/one.txt': { size: 3, sha256: '7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed' },
    link: { link: 'a/one.txt' },
  });
  await expect(treeOf(path.join(root, 'none'))).rejects.toThrow('ENOENT');
});

test('seeded random numbers repeat, and spread as they should', () => {
  const draw = (seed: string) => {
    const random = seededRandom(seed);
    return Array.from({ length: 1000 }, () => random.normal());
  };
  expect(draw('a')).toEqual(draw('a'));
  expect(draw('a')).not.toEqual(draw('b'));
  const mean = draw('a').reduce((sum, value) => sum + value, 0) / 1000;
  expect(Math.abs(mean)).toBeLessThan(0.15);
  const random = seededRandom(1);
  expect(new Set(Array.from({ length: 200 }, () => random.integer(1, 3)))).toEqual(new Set([1, 2, 3]));
});

test('the environment of the CLI holds nothing of whoever runs the tests', () => {
  process.env.HF_TOKEN = 'a token';
  try {
    const env = isolatedEnv({ home: '/tmp/around/library', env: { HTTPS_PROXY: 'http://proxy', NO_COLOR: undefined } });
    expect(env).not.toHaveProperty('HF_TOKEN');
    expect(env).not.toHaveProperty('NO_COLOR');
    expect(env).toMatchObject({ MEDDS_HOME: '/tmp/around/library', HTTPS_PROXY: 'http://proxy' });
  } finally {
    delete process.env.HF_TOKEN;
  }
});
