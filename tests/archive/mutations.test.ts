/** Archives that are damaged at random places, and such with names that nobody should believe: what was put in comes out, or nothing does. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileSystemFolds } from '../../src/archive/collisions.js';
import { IntegrityError } from '../../src/errors.js';
import { rounds, SEED } from '../support/soak.js';
import { buildTar } from './build-tar.js';
import { buildZip } from './build-zip.js';
import { Sandbox } from './sandbox.js';
import { METHODS } from './seven-zips.js';
import { splitZip } from './split-zip.js';

let box: Sandbox;
let folds: boolean;
beforeAll(async () => {
  box = new Sandbox();
  folds = await fileSystemFolds(box.root);
  writeFileSync(join(box.root, 'beside'), 'untouched');
});
afterAll(() => box.remove());

/** fast-check tells the seed of a run that fails; MEDDS_SEED repeats a whole one. */
const runs = (inSuite: number, inSoak: number) => ({ numRuns: rounds(inSuite, inSoak), seed: Number(SEED) | 0 });

type Tree = Record<string, string>;

/** Whether it came out whole; otherwise it was refused as it should be. */
async function unpacks(archive: Buffer | string[], name: string): Promise<boolean> {
  const end = await box.unpack(archive, { name, limits: { bytes: 50_000_000 } }).catch((error: unknown) => error);
  expect(
    readdirSync(box.root)
      .filter((entry) => !entry.startsWith('archive'))
      .sort(),
  ).toEqual(['beside', 'out']);
  expect(readFileSync(join(box.root, 'beside'), 'utf8')).toBe('untouched');
  if (!(end instanceof Error)) return true;
  expect(end).toBeInstanceOf(IntegrityError);
  return false;
}

const filesOf = (tree: Tree): Tree =>
  Object.fromEntries(Object.entries(tree).filter(([name, held]) => !name.endsWith('/') && !held.startsWith('-> ')));

const MEMBERS = [
  { name: 'cases/1.mhd', data: 'NDims = 3\n' },
  { name: 'cases/1.raw', data: 'voxel '.repeat(200), deflate: true },
  { name: 'masks/1.nii', data: Buffer.alloc(3000), deflate: true },
  { name: 'list.csv', data: 'case,label\n1,0\n' },
];
const TREE: Tree = Object.fromEntries(MEMBERS.map(({ name, data }) => [name, data.toString()]));
const tar = buildTar(MEMBERS);
const sevenZip = Buffer.from(METHODS.LZMA2 as string, 'base64');

type Damage = (archive: Buffer) => Buffer;

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const length = fc.integer({ min: 1, max: 40 });
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(
    ([where, mask]): Damage =>
      (archive) => {
        const at = Math.floor(where * archive.length);
        const flipped = Buffer.from(archive);
        if (at < flipped.length) flipped[at] = (flipped[at] as number) ^ mask;
        return flipped;
      },
  ),
  fc.tuple(place, length).map(
    ([where, count]): Damage =>
      (archive) => {
        const at = Math.floor(where * archive.length);
        return Buffer.concat([archive.subarray(0, at), archive.subarray(at + count)]);
      },
  ),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 40 })).map(
    ([where, more]): Damage =>
      (archive) => {
        const at = Math.floor(where * archive.length);
        return Buffer.concat([archive.subarray(0, at), more, archive.subarray(at)]);
      },
  ),
  fc.tuple(place, length, fc.nat(255)).map(
    ([where, count, value]): Damage =>
      (archive) => {
        const at = Math.floor(where * archive.length);
        return Buffer.from(archive).fill(value, at, Math.min(at + count, archive.length));
      },
  ),
  fc.tuple(place, place, length).map(
    ([from, to, count]): Damage =>
      (archive) => {
        const [source, target] = [Math.floor(from * archive.length), Math.floor(to * archive.length)];
        const copied = Buffer.from(archive);
        archive.copy(copied, target, source, source + count);
        return copied;
      },
  ),
  place.map(
    (where): Damage =>
      (archive) =>
        archive.subarray(0, 4 + Math.floor(where * (archive.length - 4))),
  ),
);
const damages = fc.array(damage, { minLength: 1, maxLength: 3 });
const apply = (archive: Buffer, all: readonly Damage[]) => all.reduce((damaged, one) => one(damaged), archive);

describe('a damaged archive', () => {
  it.each<[string, Buffer, Tree | undefined]>([
    ['case.zip', buildZip(MEMBERS), TREE],
    ['case.tar.gz', gzipSync(tar), TREE],
    ['case.7z', sevenZip, undefined],
    // A tar has no checksums of what is in it: that is what its own is for.
    ['case.tar', tar, undefined],
  ])('%s', async (name, archive, tree) => {
    await fc.assert(
      fc.asyncProperty(damages, async (all) => {
        if (!(await unpacks(apply(archive, all), name)) || tree === undefined) return;
        // What a directory says may change (a mode, a time, that a file is a link); the contents of files may not.
        for (const [path, held] of Object.entries(filesOf(box.tree()))) expect(tree[path], path).toBe(held);
      }),
      runs(20, 3000),
    );
  });

  it('in parts', async () => {
    const parts = splitZip(MEMBERS, 150);
    await fc.assert(
      fc.asyncProperty(damages, fc.nat(parts.length - 1), async (all, which) => {
        const names = parts.map((part, index) => {
          const file = join(box.root, `archive.${index}`);
          writeFileSync(file, index === which ? apply(part, all) : part);
          return file;
        });
        if (!(await unpacks(names, 'case.zip'))) return;
        for (const [path, held] of Object.entries(filesOf(box.tree()))) expect(TREE[path], path).toBe(held);
      }),
      runs(15, 1000),
    );
  });
});

/** Names as hostile hands write them: climbing, absolute, with control characters, of two cases, on top of each other. */
const hostile = fc
  .array(
    fc.constantFrom(
      '..',
      '.',
      '',
      'a',
      'A',
      'b',
      'out_evil',
      'C:',
      '\\',
      'e\u0301',
      '\u00e9',
      '\0',
      '\u001b[2J',
      '__proto__',
    ),
    { minLength: 1, maxLength: 5 },
  )
  .map((parts) => parts.join('/'));

describe('hostile names', () => {
  it.each<[string, (names: readonly string[]) => Buffer]>([
    ['case.zip', (names) => buildZip(names.map((name) => ({ name, data: name })))],
    ['case.tar', (names) => buildTar(names.map((name) => ({ name: 'x', pax: { path: name }, data: name })))],
  ])('in %s: all of them land inside, or none', async (name, pack) => {
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { minLength: 1, maxLength: 4 }), async (names) => {
        // An empty path of PAX is none.
        fc.pre(!folds && (name.endsWith('.zip') || !names.includes('')));
        if (!(await unpacks(pack(names), name))) return;
        const clean = (path: string) =>
          path
            .split('/')
            .filter((part) => part !== '' && part !== '.')
            .join('/');
        expect(Object.keys(filesOf(box.tree())).sort()).toEqual([...new Set(names.map(clean))].sort());
        expect(names.join()).not.toMatch(/\.\.|\\|[\0\u001b]/);
      }),
      runs(20, 3000),
    );
  });
});
