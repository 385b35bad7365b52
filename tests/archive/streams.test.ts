import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as zlib from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildTar } from './build-tar.js';
import { Sandbox } from './sandbox.js';
import { cut } from './split-zip.js';

let box: Sandbox;
beforeAll(() => {
  box = new Sandbox();
});
afterAll(() => box.remove());

const image = randomBytes(200_000);
const mask = Buffer.alloc(3_000_000);
const tar = buildTar([
  { name: 'image.raw', data: image },
  { name: 'mask.raw', data: mask },
]);
const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

interface Form {
  kind: 'tar.gz' | 'tar.bz2' | 'tar.xz' | 'tar.zst';
  program: string;
  /** Reads nothing when the program is not here. */
  compress(data: Buffer): Buffer;
}

const forms: Form[] = [
  { kind: 'tar.gz', program: 'gzip', compress: (data) => zlib.gzipSync(data) },
  { kind: 'tar.bz2', program: 'bzip2', compress: (data) => run('bzip2', ['-c'], data) },
  { kind: 'tar.xz', program: 'xz', compress: (data) => run('xz', ['-c', '-1'], data) },
  { kind: 'tar.zst', program: 'zstd', compress: (data) => run('zstd', ['-q', '-c', '--check'], data) },
];

function run(program: string, args: string[], input: Buffer): Buffer {
  return execFileSync(program, args, { input, maxBuffer: 64 * 1024 * 1024, stdio: ['pipe', 'pipe', 'ignore'] });
}

function isHere(program: string): boolean {
  try {
    run(program, ['-c'], Buffer.from('x'));
    return true;
  } catch {
    return false;
  }
}

describe.each(forms.filter(({ program }) => program === 'gzip' || isHere(program)))('$kind', ({ kind, compress }) => {
  const name = `case.${kind}`;
  const packed = compress(tar);

  it('is unpacked', async () => {
    const result = await box.unpack(packed, { name });
    expect(result).toEqual({ kind, files: 2, links: 0, bytes: image.length + mask.length });
    expect(box.members).toEqual([
      { path: 'image.raw', size: image.length, sha256: sha256(image) },
      { path: 'mask.raw', size: mask.length, sha256: sha256(mask) },
    ]);
    expect(readFileSync(join(box.target, 'image.raw')).equals(image)).toBe(true);
  });

  it('is read across the files that it was cut into', async () => {
    const files = cut(packed, Math.ceil(packed.length / 7)).map((piece, index) => {
      const file = join(box.root, `piece-${index}`);
      writeFileSync(file, piece);
      return file;
    });
    await box.unpack(files, { name });
    expect(box.members.map((member) => member.sha256)).toEqual([sha256(image), sha256(mask)]);
    for (const file of files) rmSync(file);
  });

  it('is read whole when it is several streams in a row', async () => {
    const streams = [tar.subarray(0, 100_000), tar.subarray(100_000, 100_001), tar.subarray(100_001)].map(compress);
    await box.unpack(Buffer.concat(streams), { name });
    expect(box.members.map((member) => member.sha256)).toEqual([sha256(image), sha256(mask)]);
  });

  it('is refused when it is cut, wherever that is', async () => {
    for (const part of [0.05, 0.5, 0.9, 0.99]) {
      await box.refuses(packed.subarray(0, Math.floor(packed.length * part)), /cut off/, { name, kind });
    }
    for (const bytes of [1, 4, 9]) await box.refuses(packed.subarray(0, -bytes), /cut off/, { name, kind });
  });

  it('is refused when a bit of its data is wrong, though the tar is not', async () => {
    for (const part of [0.3, 0.6, 0.8]) {
      const broken = Buffer.from(packed);
      const at = Math.floor(packed.length * part);
      broken[at] = (broken[at] as number) ^ 0x10;
      await box.refuses(broken, /broken|cut off/, { name, kind });
    }
  });

  it('is refused when other bytes follow', async () => {
    await box.refuses(Buffer.concat([packed, Buffer.from('garbage after the end')]), /broken/, { name, kind });
  });
});

describe('a single gzip', () => {
  it('unpacks to its name without .gz', async () => {
    const result = await box.unpack(zlib.gzipSync(image), { name: 'images/case_001.nii.gz' });
    expect(result).toEqual({ kind: 'gz', files: 1, links: 0, bytes: image.length });
    expect(box.members).toEqual([{ path: 'images/case_001.nii', size: image.length, sha256: sha256(image) }]);
  });

  it('allows zeros after its end, and several members', async () => {
    const packed = Buffer.concat([zlib.gzipSync('one '), zlib.gzipSync('two'), Buffer.alloc(512)]);
    await box.unpack(packed, { name: 'a.gz' });
    expect(box.tree()).toEqual({ a: 'one two' });
    await box.unpack(Buffer.concat([packed, Buffer.alloc(5_000_000)]), { name: 'a.gz' });
    expect(box.tree()).toEqual({ a: 'one two' });
  });

  it('is refused when more follows the zeros', async () => {
    const packed = Buffer.concat([zlib.gzipSync('one'), Buffer.alloc(2_000_000), zlib.gzipSync('two')]);
    await box.refuses(packed, /broken/, { name: 'a.gz' });
  });

  it('is read whole, too, when a member ends where a piece of the file does', async () => {
    const piece = 1024 * 1024;
    const filler = (bytes: number): Buffer => zlib.gzipSync(randomBytes(bytes), { level: 0 });
    const overhead = filler(piece - 1000).length - (piece - 1000);
    for (const shift of [-1, 0, 1]) {
      const first = filler(piece - overhead + shift);
      expect(first.length).toBe(piece + shift);
      const result = await box.unpack(Buffer.concat([first, zlib.gzipSync('end')]), { name: 'a.gz' });
      expect(result.bytes).toBe(piece - overhead + shift + 3);
    }
  });

  it('is refused when it is broken, unsafe by name, or larger than allowed', async () => {
    const packed = zlib.gzipSync(mask);
    const wrong = Buffer.from(packed);
    wrong[wrong.length - 5] = (wrong[wrong.length - 5] as number) ^ 1;
    await box.refuses(wrong, /broken/, { name: 'a.gz' });
    await box.refuses(packed.subarray(0, -1), /cut off/, { name: 'a.gz' });
    await box.refuses(packed, /climbs/, { name: '../a.gz' });
    await box.refuses(packed, /more than the 2999999 bytes/, { name: 'a.gz', limits: { bytes: 2_999_999 } });
  });
});

describe.skipIf(!isHere('xz'))('xz', () => {
  it('with a check that its decoder lacks is refused as such, not as broken', async () => {
    const packed = run('xz', ['-c', '-1', '--check=sha256'], tar);
    const error = await box.refuses(packed, /cannot read in xz/, { name: 'a.tar.xz', kind: 'tar.xz' });
    expect(error.hint).toMatch(/--no-unpack/);
  });
});

describe('archives of the system programs', () => {
  it.each([
    ['tar', ['--format=gnu']],
    ['tar', ['--format=pax']],
    ['tar', ['--format=v7']],
    ['bsdtar', ['--format=pax']],
  ])('%s %s', async (program, args) => {
    const source = join(box.root, 'source');
    mkdirSync(join(source, 'folder'), { recursive: true });
    writeFileSync(join(source, 'folder', 'ä image.raw'), image);
    const made = (() => {
      try {
        return execFileSync(program, [...args, '-cf', '-', '-C', source, '.'], {
          maxBuffer: 1e8,
          stdio: ['ignore', 'pipe', 'ignore'],
        });
      } catch {
        return undefined;
      }
    })();
    if (made === undefined) return;
    await box.unpack(made, { name: 'a.tar' });
    expect(box.members).toEqual([{ path: 'folder/ä image.raw', size: image.length, sha256: sha256(image) }]);
  });
});
