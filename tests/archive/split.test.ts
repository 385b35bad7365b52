/** Archives in several files, read across them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { detectKind } from '../../src/archive/detect.js';
import { splitArchives } from '../../src/archive/split-names.js';
import { NotFoundError } from '../../src/errors.js';
import { rounds } from '../support/soak.js';
import { buildTar } from './build-tar.js';
import { buildZip, type ZipPart } from './build-zip.js';
import { Sandbox } from './sandbox.js';
import { cut, splitZip } from './split-zip.js';

let box: Sandbox;
beforeAll(() => {
  box = new Sandbox();
});
afterAll(() => box.remove());

/** Puts the parts on disk and tells where. */
function place(parts: readonly Buffer[]): string[] {
  return parts.map((part, index) => {
    const file = join(box.root, `part-${index}`);
    writeFileSync(file, part);
    return file;
  });
}

const unpack = (parts: readonly Buffer[]) => box.unpack(place(parts));

const MEMBERS: ZipPart[] = [
  { name: 'd/', mode: 0o40755 },
  { name: 'd/stored', data: 'stored '.repeat(300) },
  { name: 'd/deflated', data: Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i) % 251)), deflate: true },
  { name: 'empty', data: '' },
  { name: 'link', data: 'd/stored', mode: 0o120777 },
  { name: 'last', data: 'x'.repeat(900) },
];
const TREE = {
  'd/': '',
  'd/stored': 'stored '.repeat(300),
  'd/deflated': Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * i) % 251)).toString('latin1'),
  empty: '',
  link: '-> d/stored',
  last: 'x'.repeat(900),
};

describe('zips in parts', () => {
  it.each([
    ['split', splitZip(MEMBERS, 1000)],
    ['split small, so that headers and the directory are in many parts', splitZip(MEMBERS, 90)],
    ['split with zip64 records', splitZip(MEMBERS, 700, { zip64: true })],
    ['split into what fits one part', splitZip(MEMBERS, 1_000_000)],
    ['cut', cut(buildZip(MEMBERS), 1000)],
    ['cut to the byte', cut(buildZip([{ name: 'a', data: 'four' }]), 1)],
    ['cut, with zip64 records', cut(buildZip(MEMBERS, { zip64: true }), 77)],
    ['cut, with bytes before the zip', cut(buildZip(MEMBERS, { prefix: Buffer.from('#!/bin/sh\nexit 1\n') }), 300)],
  ])('are unpacked: %s', async (_, parts) => {
    await unpack(parts);
    if (parts.length < 100) expect(box.tree()).toEqual(TREE);
    else expect(box.tree()).toEqual({ a: 'four' });
  });

  it('are known by their first part', async () => {
    expect(await detectKind(place(splitZip(MEMBERS, 500)))).toBe('zip');
  });

  it('are what they are in any tree and at any size of the parts', async () => {
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 4000 }).map((bytes) => Buffer.from(bytes)),
      fc.nat({ max: 400_000 }).map((length) => Buffer.alloc(length, 'abcdefg')),
    );
    const tree = fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), content, {
      minKeys: 1,
      maxKeys: 6,
      noNullPrototype: true,
    });
    const shape = fc.record({ bytes: fc.integer({ min: 100, max: 20_000 }), cut: fc.boolean(), zip64: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(tree, shape, async (files, { bytes, cut: isCut, zip64 }) => {
        const members = Object.entries(files).map(([name, data], index) => ({ name, data, deflate: index % 2 > 0 }));
        await unpack(isCut ? cut(buildZip(members, { zip64 }), bytes) : splitZip(members, bytes, { zip64 }));
        const wanted = Object.entries(files).map(([name, data]) => [name, data.toString('latin1')]);
        expect(box.tree()).toEqual(Object.fromEntries(wanted));
      }),
      { numRuns: rounds(8, 200) },
    );
  });

  it.each([
    ['one', [5], '.z05 is missing'],
    ['several', [1, 2, 3, 4, 5], '.z01 to .z05 are missing'],
  ])('are not unpacked when %s of them is missing, and say which', async (_, left, message) => {
    const parts = splitZip(MEMBERS, 700);
    expect(parts).toHaveLength(6);
    const here = parts.filter((_, index) => !left.includes(index + 1));
    const error = await unpack(here).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(NotFoundError);
    expect((error as Error).message).toContain(`split into 6 parts, of which ${here.length} `);
    expect((error as Error).message).toContain(message);
    expect(box.tree()).toEqual({});
  });

  it.each<[string, (parts: Buffer[]) => Buffer[], RegExp]>([
    ['one too many', (parts) => [...parts.slice(0, 1), ...parts], /has 7 parts, and says that it was split into 6/],
    ['in the wrong order', ([a, b, ...rest]) => [b, a, ...rest] as Buffer[], /broken/],
    ['one of them cut short', ([a, b, ...rest]) => [a, b?.subarray(9), ...rest] as Buffer[], /broken|overlap/],
    ['one of them changed', ([a, , ...rest]) => [a, Buffer.alloc(700), ...rest] as Buffer[], /broken/],
    ['the last cut short', (parts) => [...parts.slice(0, -1), (parts.at(-1) as Buffer).subarray(0, -1)], /cut off/],
  ])('are refused: %s', async (_, change, message) => {
    await expect(unpack(change(splitZip(MEMBERS, 700)))).rejects.toThrow(message);
  });

  it('never get around the checks', async () => {
    const evil = splitZip([{ name: '../evil', data: 'x'.repeat(500) }], 100);
    await expect(unpack(evil)).rejects.toThrow(/Unsafe path/);
    const overlap = [...MEMBERS, { name: 'twin', data: 'x', offset: 4 }];
    await expect(unpack(splitZip(overlap, 100_000))).rejects.toThrow(/overlap|broken/);
  });
});

describe('other archives that were cut', () => {
  const data = Buffer.from('slice '.repeat(2000));
  const tar = buildTar([{ name: 'a/b', data }]);
  const packed: [string, () => Buffer][] = [
    ['tar', () => tar],
    ['tar.gz', () => gzipSync(tar)],
    ['tar.gz with padding', () => Buffer.concat([gzipSync(tar), Buffer.alloc(300)])],
  ];

  it.each(packed)('%s', async (_, pack) => {
    const bytes = pack();
    await unpack(cut(bytes, Math.max(7, Math.ceil(bytes.length / 9))));
    expect(box.tree()).toEqual({ 'a/': '', 'a/b': data.toString('latin1') });
  });

  it('with other bytes behind the end of a gzip', async () => {
    const bytes = Buffer.concat([gzipSync(tar), Buffer.from('rubbish')]);
    await expect(unpack([...cut(bytes.subarray(0, -7), 50), bytes.subarray(-7)])).rejects.toThrow(/broken/);
  });
});

describe('the names of parts', () => {
  const found = (...names: string[]) => splitArchives(names, (name) => name);

  it('of split zips end with the one that has the directory, whatever that is called', () => {
    expect(found('scan.change2zip', 'scan.z02', 'scan.z01', 'other.zip')).toEqual([
      { parts: ['scan.z01', 'scan.z02', 'scan.change2zip'], head: 'scan.change2zip' },
    ]);
    expect(found('scan.txt', 'scan.Z01', 'scan.zip')).toEqual([{ parts: ['scan.Z01', 'scan.zip'], head: 'scan.zip' }]);
    expect(found('scan.z01', 'scan.last')).toEqual([{ parts: ['scan.z01', 'scan.last'], head: 'scan.last' }]);
  });

  it('of archives that were cut begin with the one that has the magic number', () => {
    expect(found('b/x.tar.gz.002', 'b/x.tar.gz.001', 'x.7z.001', 'x.7z.002', 'note.001')).toEqual([
      { parts: ['b/x.tar.gz.001', 'b/x.tar.gz.002'], head: 'b/x.tar.gz.001' },
      { parts: ['x.7z.001', 'x.7z.002'], head: 'x.7z.001' },
    ]);
    expect(found('x.zip.000', 'x.zip.001')).toEqual([{ parts: ['x.zip.000', 'x.zip.001'], head: 'x.zip.000' }]);
  });

  it('tell archives of one folder from those of another, and many parts in their order', () => {
    expect(found('a/x.z01', 'b/x.z01', 'a/x.zip', 'b/x.zip').map(({ parts }) => parts)).toEqual([
      ['a/x.z01', 'a/x.zip'],
      ['b/x.z01', 'b/x.zip'],
    ]);
    const many = Array.from({ length: 120 }, (_, index) => `x.z${String(120 - index).padStart(2, '0')}`);
    const [split] = found(...many, 'x.zip');
    expect([split?.parts[8], split?.parts[98], split?.parts[99], split?.head]).toEqual([
      'x.z09',
      'x.z99',
      'x.z100',
      'x.zip',
    ]);
    expect(split?.missing).toBeUndefined();
  });

  it.each([
    ['x.z02', ['x.z01', 'x.z03', 'x.zip']],
    ['x.z01', ['x.z02', 'x.change2zip']],
    ['x.zip', ['x.z01', 'x.z02']],
    ['x.zip', ['x.z01', 'x.txt', 'x.pdf']],
    ['x.zip.002', ['x.zip.001', 'x.zip.003']],
    ['x.zip.001', ['x.zip.002']],
  ])('tell that %s is missing', (missing, names) => {
    expect(found(...names)).toMatchObject([{ missing }]);
  });
});
