import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inspectArchive } from '../../src/archive/unpack.js';
import { buildZip, type ZipPart } from './build-zip.js';
import { Sandbox } from './sandbox.js';

let box: Sandbox;
beforeAll(() => {
  box = new Sandbox();
});
afterAll(() => box.remove());

const good: ZipPart = { name: 'good.txt', data: 'good' };

describe('zips that are fine', () => {
  it('unpacks stored and deflated files, folders and modes', async () => {
    const result = await box.unpack(
      buildZip([
        { name: 'empty/', mode: 0o40755 },
        { name: 'a/b.txt', data: 'stored' },
        { name: 'a/c.txt', data: 'deflated '.repeat(50), deflate: true },
        { name: 'run.sh', data: '#!', mode: 0o104777 },
        { name: 'secret', data: 'x', mode: 0o100000 },
        { name: 'nothing', data: '' },
        { name: 'nothing deflated', data: '', deflate: true },
      ]),
    );
    expect(result).toEqual({ kind: 'zip', files: 6, links: 0, bytes: 6 + 450 + 2 + 1 });
    expect(box.tree()).toEqual({
      'empty/': '',
      'a/': '',
      'a/b.txt': 'stored',
      'a/c.txt': 'deflated '.repeat(50),
      'run.sh': '#!',
      secret: 'x',
      nothing: '',
      'nothing deflated': '',
    });
    expect(box.mode('run.sh') & 0o7111).toBe(0o111);
    expect(box.mode('secret') & 0o7511).toBe(0o400);
    expect(box.members.find(({ path }) => path === 'a/b.txt')).toEqual({
      path: 'a/b.txt',
      size: 6,
      sha256: createHash('sha256').update('stored').digest('hex'),
    });
  });

  it.each([
    ['bytes before it', { prefix: Buffer.from('#!/bin/sh\nexit 1\n') }],
    ['a comment', { comment: 'made by a scanner, PK and all' }],
    ['bytes after it', { trailing: Buffer.from('junk after the end') }],
    ['zip64 records', { zip64: true }],
    ['zip64 records and bytes before it', { zip64: true, prefix: Buffer.alloc(1000, 'x') }],
  ])('allows %s', async (_, shape) => {
    await box.unpack(buildZip([good, { name: 'd', data: 'x'.repeat(500), deflate: true, zip64: true }], shape));
    expect(box.tree()).toEqual({ 'good.txt': 'good', d: 'x'.repeat(500) });
  });

  it('allows sizes behind the data, comments, the root itself, and an archive of nothing', async () => {
    await box.unpack(buildZip([{ name: './' }, { ...good, descriptor: true, comment: 'note' }]));
    expect(box.tree()).toEqual({ 'good.txt': 'good' });
    expect(await box.unpack(buildZip([]))).toMatchObject({ files: 0, bytes: 0 });
  });

  it('reads a FIFO bit on a plain file as a file', async () => {
    await box.unpack(buildZip([{ ...good, mode: 0o010644 }]));
    expect(box.tree()).toEqual({ 'good.txt': 'good' });
  });

  it.each<[string, ZipPart, string]>([
    ['UTF-8 by its flag', { name: 'Schädel.nii' }, 'Schädel.nii'],
    ['UTF-8 without the flag, from Unix', { name: 'Schädel.nii', flags: 0 }, 'Schädel.nii'],
    ['code page 437 from DOS', { name: Buffer.from([0x8e, 0x6e]), flags: 0, host: 0 }, 'Än'],
    ['DOS separators', { name: 'folder\\image.dcm', flags: 0, host: 0 }, 'folder/image.dcm'],
  ])('understands names in %s', async (_, part, path) => {
    await box.unpack(buildZip([{ ...part, data: 'x' }]));
    expect(box.tree()[path]).toBe('x');
  });

  it('drops a member that comes again with the same contents', async () => {
    const result = await box.unpack(buildZip([good, { ...good, deflate: true }]));
    expect(result).toMatchObject({ files: 1, bytes: 4 });
    expect(box.members).toHaveLength(1);
  });

  it('unpacks more members than 16 bits can count', async () => {
    const parts = Array.from({ length: 65_600 }, (_, index) => ({ name: `${index % 100}/${index}` }));
    const result = await box.unpack(buildZip(parts, { zip64: true }));
    expect(result.files).toBe(65_600);
    expect(new Set(box.members.map(({ path }) => path)).size).toBe(65_600);
  });

  it('takes a mask of zeros for what it is, though its ratio is over 1000', async () => {
    const zeros = Buffer.alloc(40 * 1024 * 1024);
    const zip = buildZip([{ name: 'mask.nii', data: zeros, deflate: true }]);
    expect(zeros.length / zip.length).toBeGreaterThan(1000);
    const progress: [number, number | undefined][] = [];
    await box.unpack(zip, { onProgress: (written, total) => progress.push([written, total]) });
    expect(box.members[0]?.sha256).toBe(createHash('sha256').update(zeros).digest('hex'));
    expect(progress.length).toBeGreaterThan(1);
    expect(progress.at(-1)).toEqual([zeros.length, zeros.length]);
  });

  it('makes links that stay inside', async () => {
    const link = (name: string, data: string): ZipPart => ({ name, data, mode: 0o120777 });
    const result = await box.unpack(buildZip([link('a/link', '../good.txt'), good, link('dangling', 'nowhere')]));
    expect(result).toMatchObject({ files: 1, links: 2 });
    expect(box.tree()).toMatchObject({ 'a/link': '-> ../good.txt', dangling: '-> nowhere' });
    expect(box.members.find(({ path }) => path === 'a/link')).toEqual({
      path: 'a/link',
      size: 0,
      sha256: createHash('sha256').update('../good.txt').digest('hex'),
      link: '../good.txt',
    });
  });
});

describe('zips that are refused', () => {
  const link = (name: string, data: string): ZipPart => ({ name, data, mode: 0o120777 });

  it.each<[string, ZipPart[], RegExp]>([
    ['zip slip', [{ name: '../evil', data: 'x' }], /Unsafe path "\.\.\/evil"/],
    ['a sibling that shares the prefix', [{ name: '../out_evil/x', data: 'x' }], /climbs/],
    ['climbing in the middle', [{ name: 'a/../../evil', data: 'x' }], /climbs/],
    ['an absolute path', [{ name: '/tmp/evil', data: 'x' }], /absolute/],
    ['a drive', [{ name: 'C:evil', data: 'x' }], /drive/],
    ['backslashes', [{ name: '..\\evil', data: 'x' }], /backslash/],
    ['backslashes from DOS', [{ name: '..\\evil', data: 'x', host: 0 }], /climbs/],
    ['a NUL in the name', [{ name: 'a\0b', data: 'x' }], /control/],
    ['an empty name', [{ name: '', data: 'x' }], /empty/],
    ['a link outside', [good, link('l', '../beside')], /link that leads out/],
    ['an absolute link', [link('l', '/etc/passwd')], /link that leads out/],
    ['a chain of links outside', [link('d/up', '..'), link('e', 'd/up/../beside')], /link that leads out/],
    ['a file through a link', [link('l', '.'), { name: 'l/x', data: 'x' }], /both a file and a folder/],
    ['a link under the name of a file', [{ name: 'l', data: 'x' }, link('l', 'x')], /twice/],
    ['a file under the name of a link', [link('l', 'x'), { name: 'l', data: 'x' }], /twice/],
    [
      'a file and a folder of one name',
      [
        { name: 'a', data: 'x' },
        { name: 'a/b', data: 'x' },
      ],
      /both a file and a folder/,
    ],
    ['one name with two contents', [good, { ...good, data: 'evil' }], /twice, with different contents/],
    ['a device', [{ name: 'dev', mode: 0o020644 }], /character device, "dev"/],
    ['a socket', [{ name: 's', mode: 0o140644 }], /socket/],
    ['a folder with contents', [{ name: 'a/', data: 'x' }], /contents of its own/],
    [
      'an encrypted member',
      [{ ...good, flags: 0x801, compressedSize: 16, raw: Buffer.alloc(16) }],
      /encrypted \("good.txt"\)/,
    ],
    ['a strongly encrypted member', [{ ...good, flags: 0x841 }], /encrypted/],
    ['an unknown method', [{ ...good, method: 14 }], /LZMA/],
    ['another name inside', [{ ...good, local: { name: 'evil.txt' } }], /another name inside/],
    ['another name of other length inside', [{ ...good, local: { name: 'better.txt' } }], /another name inside/],
    ['another CRC inside', [{ ...good, local: { crc: 1 } }], /described differently/],
    ['another size inside', [{ ...good, local: { size: 1 } }], /described differently/],
    ['another method inside', [{ ...good, local: { method: 8 } }], /described differently/],
    ['a wrong CRC, stored', [{ ...good, crc: 1 }], /CRC-32/],
    ['a wrong CRC, deflated', [{ ...good, deflate: true, crc: 1 }], /CRC-32/],
    ['a stored size that lies', [{ ...good, size: 9 }], /broken/],
    ['a size too small', [{ ...good, deflate: true, size: 3 }], /more than its stated size/],
    ['a size too large', [{ ...good, deflate: true, size: 5 }], /less than its stated size/],
    ['rubbish for data', [{ ...good, method: 8, raw: Buffer.alloc(7, 0xff) }], /cannot be inflated/],
    ['data cut off', [{ ...good, method: 8, raw: deflateRawSync(Buffer.from('good')).subarray(0, 3) }], /inflated/],
    [
      'data after the data',
      [{ ...good, method: 8, raw: Buffer.concat([deflateRawSync(Buffer.from('good')), Buffer.alloc(9)]) }],
      /compressed size/,
    ],
    ['a member over the directory', [{ ...good, compressedSize: 5000, size: 5000 }], /over its directory/],
    ['members that overlap wholly', [good, { ...good, name: 'twin.txt', offset: 0 }], /overlap/],
  ])('%s', async (_, parts, message) => {
    await box.refuses(buildZip(parts), message);
  });

  it('a large member with a wrong size, CRC or end', async () => {
    const data = Buffer.alloc(9_000_000, 'abcdefgh');
    const part: ZipPart = { name: 'large', data, deflate: true };
    await box.refuses(buildZip([{ ...part, size: data.length - 1 }]), /more than its stated size/);
    await box.refuses(buildZip([{ ...part, size: data.length + 1 }]), /less than its stated size/);
    await box.refuses(buildZip([{ ...part, crc: 1 }]), /CRC-32/);
    const raw = deflateRawSync(data);
    await box.refuses(buildZip([{ ...part, method: 8, raw: raw.subarray(0, -10) }]), /cannot be inflated/);
    await box.refuses(buildZip([{ ...part, method: 8, raw: Buffer.concat([raw, raw]) }]), /compressed size/);
  });

  it.each(['GOOD.txt', 'Good.TXT'])('names that the file system takes for one: %s', async (twin) => {
    await box.refuses(buildZip([good, { name: twin, data: 'evil' }]), /are one name/, { folds: true });
  });

  it('members that are quoted inside another, as in a bomb', async () => {
    const inner = buildZip([good]).subarray(0, 30 + 8 + 4);
    const outer: ZipPart = { name: 'o', data: inner };
    await box.refuses(buildZip([outer, { ...good, offset: 31 }]), /overlap/);
  });

  it('a directory that counts wrongly', async () => {
    await box.refuses(buildZip([good, { name: 'b' }], { members: 1 }), /says 1/);
    await box.refuses(buildZip([good], { members: 2 }), /broken/);
  });

  it('a zip cut anywhere', async () => {
    const zip = buildZip([good, { name: 'b', data: 'x'.repeat(300), deflate: true }, { name: 'c/', mode: 0o40755 }]);
    for (let length = 4; length < zip.length; length += 17)
      await box.refuses(zip.subarray(0, length), /cut off|broken/);
    await box.refuses(zip.subarray(0, -1), /cut off/);
  });

  it('more bytes or members than allowed, before anything is written', async () => {
    const zip = buildZip([good, { name: 'zeros', data: Buffer.alloc(1_000_000), deflate: true }]);
    await box.refuses(zip, /more than the 1000000 bytes/, { limits: { bytes: 1_000_000 } });
    expect(box.tree()).toEqual({});
    await box.refuses(zip, /more than 1 members/, { limits: { members: 1 } });
    expect(box.tree()).toEqual({});
  });

  it('a bomb of overlapping members at once', async () => {
    const kernel: ZipPart = { name: 'k', data: Buffer.alloc(20_000_000), deflate: true };
    const parts = Array.from(
      { length: 200 },
      (_, index): ZipPart => ({
        name: `k${index}`,
        raw: Buffer.alloc(0),
        size: 20_000_000,
        compressedSize: 19_000,
        method: 8,
        offset: 0,
      }),
    );
    await box.refuses(buildZip([kernel, ...parts]), /overlap|over its directory/);
    expect(box.tree()).toEqual({});
  });
});

describe('inspectArchive', () => {
  it('tells files, bytes and names of a zip', async () => {
    await box.unpack(buildZip([{ name: 'a/', mode: 0o40755 }, { name: 'a/b', data: 'four' }, good]));
    expect(await inspectArchive(box.archive)).toEqual({ kind: 'zip', files: 2, bytes: 8, names: ['a/b', 'good.txt'] });
  });
});
