import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildTar, paxBody, type TarPart } from './build-tar.js';
import { Sandbox } from './sandbox.js';

let box: Sandbox;
beforeAll(() => {
  box = new Sandbox();
});
afterAll(() => box.remove());

const name = 'case.tar';
const good: TarPart = { name: 'good.txt', data: 'good' };
const base256 = (...tail: number[]): Buffer =>
  Buffer.concat([Buffer.from([0x80]), Buffer.alloc(11 - tail.length), Buffer.from(tail)]);

describe('tars that are fine', () => {
  it('unpacks files, folders, modes and empty files', async () => {
    const result = await box.unpack(
      buildTar([
        { name: './', type: '5' },
        { name: './a/', type: '5', mode: 0 },
        { name: './a/b.txt', data: 'x'.repeat(1000) },
        { name: 'run.sh', data: '#!', mode: 0o6777 },
        { name: 'closed', data: 'x', mode: 0 },
        { name: 'nothing' },
        { name: 'old', data: 'old', type: '\0', magic: 'none' },
        { name: 'old folder/', type: '\0', magic: 'none' },
        { name: 'contiguous', data: 'c', type: '7' },
        { name: 'a label', type: 'V' },
      ]),
      { name },
    );
    expect(result).toEqual({ kind: 'tar', files: 6, links: 0, bytes: 1007 });
    expect(box.tree()).toEqual({
      'a/': '',
      'a/b.txt': 'x'.repeat(1000),
      'run.sh': '#!',
      closed: 'x',
      nothing: '',
      old: 'old',
      'old folder/': '',
      contiguous: 'c',
    });
    expect(box.mode('run.sh') & 0o7111).toBe(0o111);
    expect(box.mode('closed') & 0o7511).toBe(0o400);
    expect(box.members.map(({ path }) => path)).toEqual([
      'a/b.txt',
      'run.sh',
      'closed',
      'nothing',
      'old',
      'contiguous',
    ]);
  });

  const long = `${'folder/'.repeat(30)}é.nii`;
  it.each<[string, TarPart[], string]>([
    ['a prefix', [{ name: 'b.nii', prefix: 'a'.repeat(155), data: 'x' }], `${'a'.repeat(155)}/b.nii`],
    ['PAX', [{ name: 'short', pax: { path: long }, data: 'x' }], long],
    [
      'GNU',
      [
        { name: '././@LongLink', type: 'L', data: `${long}\0`, magic: 'gnu' },
        { name: 'short', data: 'x', magic: 'gnu' },
      ],
      long,
    ],
    ['Latin-1', [{ name: Buffer.from('Sch\xe4del', 'latin1'), data: 'x' }], 'Schädel'],
  ])('understands long and odd names: %s', async (_, parts, path) => {
    await box.unpack(buildTar(parts), { name });
    expect(box.tree()[path]).toBe('x');
  });

  it('takes the size from PAX, for one member only, and reads base-256 numbers', async () => {
    const parts: TarPart[] = [
      { name: 'a', data: 'four', size: 0, pax: { size: '4', mtime: '1.5', comment: 'two\nlines' } },
      { name: 'b', data: 'five!', size: base256(5) },
    ];
    await box.unpack(buildTar(parts), { name });
    expect(box.tree()).toEqual({ a: 'four', b: 'five!' });
  });

  it('lets a PAX value hold what looks like another record', async () => {
    const trick = `x\n${paxBody({ path: 'evil' }).toString()}`;
    await box.unpack(buildTar([{ name: 'good.txt', data: 'good', pax: { comment: trick } }]), { name });
    expect(box.tree()).toEqual({ 'good.txt': 'good' });
  });

  it('allows a comment for all, padding and rubbish after the end', async () => {
    const end = Buffer.concat([Buffer.alloc(1024), Buffer.alloc(3000, 'rubbish'), Buffer.alloc(100)]);
    await box.unpack(buildTar([{ name: 'g', type: 'g', data: paxBody({ comment: 'commit 1234' }) }, good], end), {
      name,
    });
    expect(box.tree()).toEqual({ 'good.txt': 'good' });
    await box.unpack(buildTar([good], Buffer.alloc(512)), { name });
    expect(box.tree()).toEqual({ 'good.txt': 'good' });
  });

  it('drops a member that comes again with the same contents', async () => {
    const result = await box.unpack(buildTar([good, { name: 'b', data: 'b' }, good]), { name });
    expect(result).toMatchObject({ files: 2 });
    expect(box.members).toHaveLength(2);
  });

  it('makes links that stay inside, after all files', async () => {
    const result = await box.unpack(
      buildTar([
        { name: 'a/up', type: '2', link: '../good.txt' },
        { name: 'dangling', type: '2', link: 'a/nowhere' },
        { name: 'circle', type: '2', link: 'circle' },
        good,
        { name: 'a/hard', type: '1', link: './good.txt', size: 4 },
        { name: 'good.txt', type: '1', link: 'good.txt' },
      ]),
      { name },
    );
    expect(result).toEqual({ kind: 'tar', files: 2, links: 3, bytes: 8 });
    expect(box.tree()).toMatchObject({ 'a/up': '-> ../good.txt', dangling: '-> a/nowhere', 'a/hard': 'good' });
    expect(box.members.at(-3)).toEqual({
      path: 'a/up',
      size: 0,
      sha256: createHash('sha256').update('../good.txt').digest('hex'),
      link: '../good.txt',
    });
  });
});

describe('tars of one folder whose name is left out', () => {
  const comment: TarPart = { name: 'pax_global_header', type: 'g', data: paxBody({ comment: 'ab'.repeat(20) }) };

  it('give what is in it', async () => {
    const parts: TarPart[] = [
      comment,
      { name: 'top/', type: '5' },
      { name: 'top/a/b.txt', data: 'b' },
      { name: 'top/c', type: '1', link: 'top/a/b.txt' },
      { name: 'top/d', type: '2', link: 'a/b.txt' },
    ];
    expect(await box.unpack(buildTar(parts), { name, stripTop: true })).toMatchObject({ files: 2, links: 1 });
    expect(box.members.map(({ path }) => path)).toEqual(['a/b.txt', 'c', 'd']);
  });

  it.each<[string, TarPart[], RegExp]>([
    ['a second folder', [{ name: 'top/a' }, { name: 'other/b' }], /holds "?other\/b"? outside of the folder "?top/],
    ['a file in its place', [{ name: 'top' }], /holds a file, "?top"?, in place of a folder/],
    ['a link in its place', [{ name: 'top', type: '2', link: 'x' }], /in place of a folder/],
    ['a link that then leads out', [{ name: 'top/a', type: '2', link: '../b' }], /leads out of it/],
    ['a hard link to the folder', [{ name: 'top/a', type: '1', link: 'top' }], /hard link/],
  ])('are refused for %s', async (_, parts, message) => {
    await expect(box.unpack(buildTar(parts), { name, stripTop: true })).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringMatching(message),
    });
  });
});

describe('tars that are refused', () => {
  it.each<[string, TarPart[], RegExp]>([
    ['climbing', [{ name: '../out_evil/x', data: 'x' }], /Unsafe path "\.\.\/out_evil\/x"/],
    ['an absolute path', [{ name: '/etc/evil', data: 'x' }], /absolute/],
    ['an absolute path by PAX', [{ name: 'x', pax: { path: '/etc/evil' }, data: 'x' }], /absolute/],
    ['climbing by prefix', [{ name: 'x', prefix: '..', data: 'x' }], /climbs/],
    ['climbing by a long name', [{ name: 'L', type: 'L', data: '../x\0', magic: 'gnu' }, good], /climbs/],
    ['a NUL in a PAX path', [{ name: 'x', pax: { path: 'a\0b' }, data: 'x' }], /control/],
    ['a drive', [{ name: 'C:x', data: 'x' }], /drive/],
    ['a link outside', [{ name: 'l', type: '2', link: '..' }], /link that leads out/],
    ['a link beside the target', [{ name: 'l', type: '2', link: '../out_evil' }], /link that leads out/],
    ['an absolute link', [{ name: 'l', type: '2', link: '/etc' }], /link that leads out/],
    ['a link with a backslash', [{ name: 'l', type: '2', link: '..\\x' }], /link that leads out/],
    ['a link to nothing', [{ name: 'l', type: '2' }], /link that leads out/],
    [
      'a chain of links',
      [
        { name: 'a/b', type: '2', link: '..' },
        { name: 'c', type: '2', link: 'a/b/../beside' },
      ],
      /leads out/,
    ],
    [
      'a file through a link',
      [
        { name: 'l', type: '2', link: '.' },
        { name: 'l/x', data: 'x' },
      ],
      /both a file and a folder/,
    ],
    [
      'a link over a folder',
      [
        { name: 'l/x', data: 'x' },
        { name: 'l', type: '2', link: '.' },
      ],
      /both a file and a folder/,
    ],
    [
      'a file over a link',
      [
        { name: 'l', type: '2', link: 'x' },
        { name: 'l', data: 'x' },
      ],
      /twice/,
    ],
    [
      'a link over a file',
      [
        { name: 'l', data: 'x' },
        { name: 'l', type: '2', link: 'x' },
      ],
      /twice/,
    ],
    ['a hard link outside', [{ name: 'h', type: '1', link: '../beside' }], /climbs/],
    ['a hard link to nothing yet', [{ name: 'h', type: '1', link: 'good.txt' }, good], /no earlier file/],
    ['a hard link to itself', [{ name: 'h', type: '1', link: 'h' }], /no earlier file/],
    [
      'a hard link to a link',
      [
        { name: 'l', type: '2', link: 'x' },
        { name: 'h', type: '1', link: 'l' },
      ],
      /no earlier file/,
    ],
    [
      'a hard link to a folder',
      [
        { name: 'd', type: '5' },
        { name: 'h', type: '1', link: 'd' },
      ],
      /no earlier file/,
    ],
    ['one name with two contents', [good, { ...good, data: 'evil' }], /twice, with different contents/],
    [
      'a file over a folder',
      [
        { name: 'a/b', data: 'x' },
        { name: 'a', data: 'x' },
      ],
      /both a file and a folder/,
    ],
    ['a character device', [{ name: 'd', type: '3' }], /character device, "d"/],
    ['a block device', [{ name: 'd', type: '4' }], /block device/],
    ['a FIFO', [{ name: 'd', type: '6' }], /FIFO/],
    ['an unknown type', [{ name: 'd', type: 'Z' }], /unknown type "Z"/],
    ['a GNU sparse file', [{ name: 'sparse.nii', type: 'S', magic: 'gnu' }], /sparse file, "sparse.nii"/],
    [
      'a PAX sparse file',
      [{ name: 'x', pax: { 'GNU.sparse.major': '1', 'GNU.sparse.name': 'y' }, data: 'x' }],
      /sparse/,
    ],
    ['a wrong checksum', [good, { ...good, name: 'b', checksum: 1 }], /wrong checksum/],
    ['a negative size', [{ name: 'x', size: Buffer.alloc(12, 0xff) }], /number that is none/],
    ['a size that is no number', [{ name: 'x', size: Buffer.from('12x45678901\0') }], /number that is none/],
    [
      'a size beyond all numbers',
      [{ name: 'x', size: base256(255, 255, 255, 255, 255, 255, 255, 255) }],
      /number that is none/,
    ],
    ['a PAX size that is no number', [{ name: 'x', pax: { size: '-1' }, data: 'x' }], /size that is none/],
    ['a PAX record without length', [{ name: 'x', rawPax: Buffer.from('0 path=x\n') }], /malformed/],
    ['a PAX record that is too long', [{ name: 'x', rawPax: Buffer.from('99 path=x\n') }], /malformed/],
    ['a path for all members', [{ name: 'g', type: 'g', data: paxBody({ path: 'x' }) }, good], /global PAX/],
    ['a name of two megabytes', [{ name: 'L', type: 'L', data: 'x'.repeat(2_000_000) }, good], /2000000 bytes/],
    ['a folder with contents', [{ name: 'd/', data: 'x' }], /contents of its own/],
    ['a PAX header without a member', [good, { name: 'x', type: 'x', data: paxBody({ path: 'y' }) }], /between/],
  ])('%s', async (_, parts, message) => {
    await box.refuses(buildTar(parts), message, { name, kind: 'tar' });
  });

  it('names that the file system takes for one, by case or by the form of an accent', async () => {
    const twins = (a: string, b: string) => buildTar([a, b].map((path) => ({ name: 'x', pax: { path }, data: path })));
    await box.refuses(twins('Case/1', 'case/1'), /are one name/, { name, kind: 'tar', folds: true });
    await box.refuses(twins('e\u0301', '\u00e9'), /are one name/, { name, kind: 'tar', folds: true });
  });

  it('a second archive behind the first, which most readers never see', async () => {
    await box.refuses(Buffer.concat([buildTar([good]), buildTar([good])]), /two archives in one/, { name });
  });

  it('a tar cut anywhere, also on a block', async () => {
    const tar = buildTar([good, { name: 'b', data: 'x'.repeat(700) }], Buffer.alloc(0));
    for (const length of [512, 513, 516, 1000, 1024, 1300, 1536, 2000, 2236, 2300, 2559, 2560]) {
      await box.refuses(tar.subarray(0, length), /cut off/, { name, kind: 'tar' });
    }
  });

  it('more bytes or members than allowed', async () => {
    const tar = buildTar([good, { name: 'zeros', data: Buffer.alloc(100_000) }]);
    await box.refuses(tar, /more than the 100000 bytes/, { name, limits: { bytes: 100_000 } });
    await box.refuses(tar, /more than 1 members/, { name, limits: { members: 1 } });
  });
});
