import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IntegrityError, InterruptedError } from '../../src/errors.js';
import { buildSevenZip } from './build-seven-zip.js';
import { buildTar } from './build-tar.js';
import { buildZip } from './build-zip.js';
import { Sandbox } from './sandbox.js';

let box: Sandbox;
beforeAll(() => {
  box = new Sandbox();
});
afterAll(() => box.remove());

const nested = ['release/**/*.tar.gz', 'release/**/*.zip'];
const tarOf = (files: Record<string, string>): Buffer =>
  gzipSync(buildTar(Object.entries(files).map(([name, data]) => ({ name, data }))));
const zipOf = (files: Record<string, Buffer | string>): Buffer =>
  buildZip(Object.entries(files).map(([name, data]) => ({ name, data })));
const volumes = tarOf({ 'A_volumes/1/t1.nii.gz': 'one', 'A_volumes/2/t1.nii.gz': 'two' });

describe('archives in an archive', () => {
  it('are unpacked into the folders that they lie in, and removed', async () => {
    const result = await box.unpack(
      zipOf({
        'release/README.md': 'read me',
        'release/volumes/A_volumes.tar.gz': volumes,
        'release/volumes/list.csv': 'a,b',
        'release/surfaces/A_surfaces.zip': zipOf({ 'A_surfaces/1/left.vtk': 'left' }),
        'other/kept.zip': zipOf({ inside: 'x' }),
      }),
      { nested },
    );
    const files = Object.entries(box.tree()).filter(([name]) => !name.endsWith('/'));
    expect(Object.fromEntries(files)).toEqual({
      'release/README.md': 'read me',
      'release/volumes/A_volumes/1/t1.nii.gz': 'one',
      'release/volumes/A_volumes/2/t1.nii.gz': 'two',
      'release/volumes/list.csv': 'a,b',
      'release/surfaces/A_surfaces/1/left.vtk': 'left',
      'other/kept.zip': expect.stringMatching(/^PK/),
    });
    expect(result).toEqual({
      kind: 'zip',
      files: 6,
      links: 0,
      bytes: files.reduce((sum, [, data]) => sum + data.length, 0),
    });
    expect(box.members.map(({ path }) => path).sort()).toEqual(files.map(([name]) => name).sort());
    for (const { path, sha256 } of box.members) {
      const data = Buffer.from(box.tree()[path] as string, 'latin1');
      expect(sha256).toBe(createHash('sha256').update(data).digest('hex'));
    }
  });

  it('may be of any kind, at the root, with links and empty folders', async () => {
    const tar = gzipSync(
      buildTar([
        { name: 'case/', type: '5' },
        { name: 'case/empty/', type: '5' },
        { name: 'case/a', data: 'a' },
        { name: 'case/now', type: '2', link: 'a' },
      ]),
    );
    const result = await box.unpack(
      buildTar([
        { name: 'x.tgz', data: tar },
        { name: 'y.7z', data: await buildSevenZip({ 'case/b': Buffer.from('b') }) },
      ]),
      { nested: ['*.tgz', '*.7z'] },
    );
    expect(result).toEqual({ kind: 'tar', files: 2, links: 1, bytes: 2 });
    expect(box.tree()).toEqual({ 'case/': '', 'case/a': 'a', 'case/b': 'b', 'case/empty/': '', 'case/now': '-> a' });
  });

  it('are not looked for in what comes out of one', async () => {
    const inner = zipOf({ 'deep.zip': zipOf({ deepest: 'x' }) });
    await box.unpack(zipOf({ 'release/one.zip': inner }), { nested: ['**/*.zip'] });
    expect(Object.keys(box.tree())).toEqual(['release/', 'release/deep.zip']);
  });

  it('need not be there', async () => {
    await box.unpack(zipOf({ a: 'a' }), { nested });
    expect(box.tree()).toEqual({ a: 'a' });
  });

  it('may hold what is there already, with the same contents', async () => {
    const archive = (license: string) =>
      zipOf({
        'release/LICENSE': 'mine',
        'release/a.zip': zipOf({ LICENSE: license, a: 'a' }),
        'release/b.zip': zipOf({ LICENSE: 'mine', b: 'b' }),
      });
    const { files } = await box.unpack(archive('mine'), { nested });
    expect(files).toBe(3);
    expect(box.tree()).toEqual({ 'release/': '', 'release/LICENSE': 'mine', 'release/a': 'a', 'release/b': 'b' });
    await box.refuses(archive('yours'), /holds "release\/LICENSE" twice, with different contents/, { nested });
  });

  it('tell how far they are, in sum', async () => {
    const told: number[] = [];
    const inner = zipOf({ big: Buffer.alloc(100_000) });
    await box.unpack(zipOf({ 'release/a.zip': inner, 'release/b.txt': 'b' }), {
      nested,
      onProgress: (written) => told.push(written),
    });
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(100_001 + inner.length);
  });
});

describe('refused is', () => {
  it('what is no archive', async () => {
    const message = /holds "release\/a\.zip", which is no archive/;
    await box.refuses(zipOf({ 'release/a.zip': '<html>' }), message, { nested });
  });

  it('a broken one, by its place', async () => {
    const cut = volumes.subarray(0, volumes.length - 20);
    const name = 'case.zip/release/v/A_volumes.tar.gz';
    const unpacking = box.unpack(zipOf({ 'release/v/A_volumes.tar.gz': cut }), { nested });
    await expect(unpacking).rejects.toThrow(`${name} is cut off`);
    await expect(unpacking).rejects.toBeInstanceOf(IntegrityError);
  });

  it('a path that leads out of it, though it would stay in the tree', async () => {
    const climbing = zipOf({ 'release/a.zip': zipOf({ '../b': 'x' }) });
    await expect(box.unpack(climbing, { nested })).rejects.toThrow(/Unsafe path "\.\.\/b"/);
    const link = gzipSync(buildTar([{ name: 'up', type: '2', link: '../b' }]));
    await expect(box.unpack(zipOf({ 'release/a.tar.gz': link }), { nested })).rejects.toThrow(/leads out of it/);
  });

  it('what would be written through a link', async () => {
    const archive = buildTar([
      { name: 'release/data', type: '2', link: '..' },
      { name: 'release/a.zip', data: zipOf({ 'data/x': 'x' }) },
    ]);
    await box.refuses(archive, /"release\/data" is both a file and a folder/, { nested });
  });

  it('what the file system takes for one name', async () => {
    const archive = zipOf({ 'release/Case': 'a', 'release/a.zip': zipOf({ case: 'b' }) });
    await box.refuses(archive, /are one name on this file system/, { nested, folds: true });
  });

  it('more than is allowed, in sum', async () => {
    const archive = zipOf({
      'release/a.txt': Buffer.alloc(600, 'a'),
      'release/a.zip': buildZip([{ name: 'b', data: Buffer.alloc(600, 'b'), deflate: true }]),
    });
    await expect(box.unpack(archive, { nested, limits: { bytes: 1000 } })).rejects.toThrow(/than the 400 bytes/);
    const many = zipOf({ 'release/a.txt': 'a', 'release/a.zip': zipOf({ b: 'b', c: 'c' }) });
    await expect(box.unpack(many, { nested, limits: { members: 2 } })).rejects.toThrow(/more than 1 members/);
  });
});

it('stops when it is told to, and leaves nothing beside the tree', async () => {
  const stop = new AbortController();
  const inner = buildZip([{ name: 'big', data: Buffer.alloc(30_000_000), deflate: true }]);
  const archive = zipOf({ 'release/a.zip': inner, 'release/b': 'b' });
  const onProgress = (written: number) => written > 1_000_000 && stop.abort();
  await expect(box.unpack(archive, { nested, onProgress, signal: stop.signal })).rejects.toBeInstanceOf(
    InterruptedError,
  );
  await box.refuses(zipOf({ 'release/a.zip': 'none' }), /no archive/, { nested });
});
