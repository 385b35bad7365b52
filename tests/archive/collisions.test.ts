import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileSystemFolds, PathClaims } from '../../src/archive/collisions.js';
import { DiskError, IntegrityError } from '../../src/errors.js';

describe('PathClaims', () => {
  it('tells new from known', () => {
    const claims = new PathClaims({ folds: false });
    expect(claims.claimFile('a/b/c')).toBe('new');
    expect(claims.claimFile('a/b/c')).toBe('duplicate');
    expect(claims.claimFolder('a/b')).toBe('duplicate');
    expect(claims.claimFolder('a/d')).toBe('new');
    expect(claims.hasFile('a/b/c')).toBe(true);
    expect(claims.hasFile('a/b')).toBe(false);
  });

  it('refuses a file where a folder is, and a folder where a file is', () => {
    const claims = new PathClaims({ folds: false });
    claims.claimFile('a/b');
    expect(() => claims.claimFile('a')).toThrow(IntegrityError);
    expect(() => claims.claimFile('a/b/c/d')).toThrow(/"a\/b" is both a file and a folder/);
    expect(() => claims.claimFolder('a/b')).toThrow(IntegrityError);
  });

  it.each([
    ['Case.nii', 'case.nii'],
    ['caf\u00e9', 'cafe\u0301'],
    ['Straße', 'STRASSE'],
    ['Train/a', 'train/b'],
  ])('refuses %j beside %j only where the file system folds', (first, second) => {
    const folding = new PathClaims({ folds: true });
    folding.claimFile(first);
    expect(folding.claimFile(first)).toBe('duplicate');
    expect(() => folding.claimFile(second)).toThrow(IntegrityError);

    const exact = new PathClaims({ folds: false });
    exact.claimFile(first);
    expect(exact.claimFile(second)).toBe('new');
  });

  it('keeps names of built-in properties apart', () => {
    const claims = new PathClaims({ folds: false });
    expect(claims.claimFile('__proto__')).toBe('new');
    expect(claims.claimFile('constructor/toString')).toBe('new');
  });
});

describe('fileSystemFolds', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'medds-folds-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('finds out what the file system does, and leaves nothing', async () => {
    writeFileSync(join(folder, 'probe'), '');
    const folds = existsSync(join(folder, 'PROBE'));
    expect(await fileSystemFolds(folder)).toBe(folds);
    expect(readdirSync(folder)).toEqual(['probe']);
  });

  it('says when the folder cannot be used', async () => {
    await expect(fileSystemFolds(join(folder, 'probe', 'x'))).rejects.toThrow();
    writeFileSync(join(folder, 'file'), '');
    await expect(fileSystemFolds(join(folder, 'file'))).rejects.toBeInstanceOf(DiskError);
  });
});
