import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileSystemFolds } from '../../src/archive/collisions.js';
import { InterruptedError } from '../../src/errors.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { buildSevenZip } from './build-seven-zip.js';
import { Sandbox } from './sandbox.js';
import { METHODS, ODD } from './seven-zips.js';
import { cut } from './split-zip.js';

let box: Sandbox;
beforeAll(() => {
  box = new Sandbox();
});
afterAll(() => {
  box.remove();
  removeTempDirs();
});

const name = 'case.7z';
const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64');
const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

const TREE = {
  aaa: '',
  'empty/': '',
  latest: '-> scans/deep/a.txt',
  'run.sh': '#!/bin/sh\n',
  'scans/': '',
  'scans/c1.csv': 'case 1',
  'scans/c2.csv': 'case 2',
  'scans/c3.csv': 'case 3',
  'scans/deep/': '',
  'scans/deep/a.txt': 'hello',
  'scans/zero': '',
  'ünï 雪.txt': latin1('é'),
};

describe('7z archives that are fine', () => {
  it.each(Object.keys(METHODS))('unpack: %s', async (method) => {
    const result = await box.unpack(bytes(METHODS[method] as string), { name });
    expect(result).toEqual({ kind: '7z', files: 8, links: 1, bytes: 35 });
    expect(box.tree()).toEqual(TREE);
    expect(box.mode('run.sh')).toBe(0o755);
    expect(box.mode('scans/c1.csv')).toBe(0o644);
    expect(box.members.map(({ path }) => path).sort()).toEqual(
      Object.keys(TREE)
        .filter((path) => !path.endsWith('/'))
        .sort(),
    );
  });

  it('tell what they will come to, and how far they are', async () => {
    const told: [number, number | undefined][] = [];
    const archive = await buildSevenZip({ zeros: Buffer.alloc(9_000_000), text: Buffer.from('text') }, ['-m0=Copy']);
    await box.unpack(archive, { name, onProgress: (written, total) => told.push([written, total]) });
    expect(told.length).toBeGreaterThan(1);
    expect(told.at(-1)).toEqual([9_000_004, 9_000_004]);
  });

  it('are read across their parts', async () => {
    const folder = tempDir('seven-zip');
    const parts = cut(bytes(METHODS.LZMA2 as string), 100).map((part, index) => {
      const file = join(folder, `part.00${index + 1}`);
      writeFileSync(file, part);
      return file;
    });
    await box.unpack(parts, { name });
    expect(box.tree()).toEqual(TREE);
  });

  it('may have something behind them', async () => {
    await box.unpack(Buffer.concat([bytes(METHODS.LZMA2 as string), Buffer.from('signature')]), { name });
    expect(box.tree()).toEqual(TREE);
  });

  it('keep an equal second copy once', async () => {
    const { files } = await box.unpack(bytes(ODD.sameTwice), { name });
    expect(files).toBe(1);
    expect(box.tree()).toEqual({ aa: 'x' });
  });

  it('cannot forge members by line breaks in names', async () => {
    await box.unpack(bytes(ODD.lineBreaks), { name });
    expect(box.tree()).toEqual({ 'a__Path = b_Size = 9': 'x' });
  });

  const part = fc.stringMatching(/^[a-zA-Zé雪 _=-]{1,8}$/).filter((text) => text.trim() === text);
  const path = fc
    .tuple(fc.array(part, { maxLength: 3 }), part)
    .map(([folders, file]) => [...folders.map((folder) => `d${folder}`), `f${file}`].join('/'));
  const content = fc.oneof(
    fc.constant(Buffer.alloc(0)),
    fc.uint8Array({ maxLength: 3000 }).map((array) => Buffer.from(array)),
    fc.nat({ max: 300_000 }).map((length) => Buffer.alloc(length, 'scan')),
  );
  const files = fc.dictionary(path, content, { minKeys: 1, maxKeys: 10, noNullPrototype: true });
  const switches = fc.constantFrom<string[]>([], ['-ms=off'], ['-ms=3f'], ['-m0=PPMd'], ['-mqs=on'], ['-m0=Copy']);

  it('give what went into them', async () => {
    const folds = await fileSystemFolds(box.root);
    await fc.assert(
      fc.asyncProperty(files, switches, async (tree, how) => {
        fc.pre(!folds);
        const result = await box.unpack(await buildSevenZip(tree, how), { name });
        const found = Object.entries(box.tree()).filter(([entry]) => !entry.endsWith('/'));
        expect(Object.fromEntries(found)).toEqual(
          Object.fromEntries(Object.entries(tree).map(([entry, data]) => [entry, data.toString('latin1')])),
        );
        expect(result.files).toBe(Object.keys(tree).length);
      }),
      { numRuns: 12 },
    );
  });

  it.skipIf(spawnSync('7z').status !== 0)('give what 7-Zip lists', async () => {
    const archive = await buildSevenZip({ b: Buffer.alloc(0), 'a/z': Buffer.from('12'), 'a/y': Buffer.from('3') });
    await box.unpack(archive, { name });
    const { stdout } = spawnSync('7z', ['l', '-slt', '-ba', box.archive], { encoding: 'utf8' });
    const inOrder = stdout.split('\n\n').flatMap((block) => {
      const [, path, size, folder] = /^Path = (.*)\nSize = (\d+)\n[\s\S]*^Attributes = (D?)/m.exec(block) ?? [];
      return path === undefined || folder === 'D' ? [] : [{ path, size: Number(size) }];
    });
    expect(inOrder).toHaveLength(3);
    expect(box.members.map(({ path, size }) => ({ path, size }))).toEqual(inOrder);
  });
});

describe('7z archives that are refused', () => {
  it.each<[keyof typeof ODD, RegExp]>([
    ['encrypted', /is encrypted \("tree.*has no password/],
    ['hugeDictionary', /needs more memory than there is/],
    ['encryptedList', /is encrypted, and medds has no password/],
    ['climbing', /Unsafe path "\.\.\/climb": it climbs/],
    ['absolute', /Unsafe path "\/abs": it is absolute/],
    ['control', /Unsafe path .*: it holds control characters/],
    ['linkOut', /holds a link that leads out of it, "l\/out"/],
    ['anti', /says that ".*" is to be deleted/],
    ['twice', /holds "aa" twice, with different contents/],
    ['fileAndFolder', /folder "fo" has contents of its own/],
  ])('%s', async (archive, message) => {
    await box.refuses(bytes(ODD[archive]), message, { name });
  });

  it('names that the file system takes for one', async () => {
    await box.refuses(bytes(ODD.foldedNames), /"Aa" and "aa" are one name/, { name, folds: true });
  });

  it('what unpacks to more than is allowed, before a byte is written', async () => {
    const bomb = await buildSevenZip({ zeros: Buffer.alloc(3_000_000) });
    expect(bomb.length).toBeLessThan(3000);
    await box.refuses(bomb, /more than the 2000000 bytes/, { name, limits: { bytes: 2_000_000 } });
    expect(box.tree()).toEqual({});
    await box.refuses(bytes(METHODS.LZMA2 as string), /more than 5 members/, { name, limits: { members: 5 } });
  });

  it('what is cut off, at any place', async () => {
    const whole = bytes(METHODS.LZMA2 as string);
    for (const length of [40, 150, whole.length - 1]) {
      await box.refuses(whole.subarray(0, length), /is cut off|is broken/, { name });
    }
  });

  it('what is damaged', async () => {
    const stored = bytes(METHODS['no compression'] as string);
    const at = stored.indexOf('hello');
    await box.refuses(Buffer.from(stored).fill('j', at, at + 1), /is broken/, { name });
    const packed = await buildSevenZip({ text: Buffer.from('text '.repeat(1000)) });
    await box.refuses(Buffer.from(packed).fill(0xff, 40, 44), /is broken/, { name });
    await box.refuses(Buffer.from(packed).fill(0xff, packed.length - 8), /is broken/, { name });
  });

  it('what is no 7z behind its first bytes', async () => {
    await box.refuses(Buffer.concat([bytes('N3q8ryccAAQ='), Buffer.alloc(500, 7)]), /is broken/, { name });
  });
});

it('stops when it is told to', async () => {
  const archive = await buildSevenZip({ zeros: Buffer.alloc(24_000_000) }, ['-m0=Copy']);
  const stop = new AbortController();
  const unpacking = box.unpack(archive, { name, signal: stop.signal, onProgress: () => stop.abort() });
  await expect(unpacking).rejects.toBeInstanceOf(InterruptedError);
  expect(existsSync(join(box.target, 'zeros'))).toBe(true);
});
