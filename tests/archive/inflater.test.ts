import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateRawSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { Inflater } from '../../src/archive/inflater.js';
import { fileAccess } from '../../src/archive/random-access.js';
import { FormatError } from '../../src/archive/refusal.js';
import { ZipDirectory, type ZipMember } from '../../src/archive/zip-directory.js';
import { ZipExtractor } from '../../src/archive/zip-extractor.js';
import { seededRandom } from '../support/seeded-random.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { buildZip } from './build-zip.js';

afterAll(removeTempDirs);
afterEach(() => vi.restoreAllMocks());

const random = seededRandom('inflater');
const MiB = 1024 * 1024;

/** What comes out of `data`, given in pieces of `size` bytes. */
function inflated(data: Buffer, size = data.length): Buffer {
  const inflater = Inflater.create() as Inflater;
  const pieces: Buffer[] = [];
  for (let at = 0; at < data.length; at += size) {
    const input = data.subarray(at, at + size);
    expect(inflater.write(input, at + size >= data.length, (bytes) => void pieces.push(Buffer.from(bytes)))).toBe(
      input.length,
    );
  }
  inflater.close();
  return Buffer.concat(pieces);
}

describe('inflating', () => {
  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a little', Buffer.from('scan')],
    ['zeros', Buffer.alloc(5 * MiB + 1)],
    ['just what fills the buffer', Buffer.alloc(2 * MiB, 'mask')],
    ['noise', random.bytes(1.5 * MiB)],
  ])('%s', (_, contents) => {
    const data = deflateRawSync(contents);
    expect(inflated(data).equals(contents)).toBe(true);
    expect(inflated(data, 1000).equals(contents)).toBe(true);
  });

  it('tells where the data ends, and begins again', () => {
    const inflater = Inflater.create() as Inflater;
    const data = deflateRawSync(Buffer.from('first'));
    const use = vi.fn();
    expect(inflater.write(Buffer.concat([data, Buffer.from('more')]), true, use)).toBe(data.length);
    expect(inflater.write(Buffer.from('more'), false, use)).toBe(0);
    inflater.reset();
    expect(inflater.write(data, true, use)).toBe(data.length);
    expect(use).toHaveBeenCalledTimes(2);
  });

  it('says what is wrong, and can go on with other data', () => {
    const inflater = Inflater.create() as Inflater;
    expect(() => inflater.write(Buffer.alloc(10, 0xff), false, () => undefined)).toThrow(
      expect.objectContaining({ code: 'Z_DATA_ERROR' }),
    );
    inflater.reset();
    const data = deflateRawSync(Buffer.from('again'));
    expect(() => inflater.write(data.subarray(0, 3), true, () => undefined)).toThrow(
      expect.objectContaining({ code: 'Z_BUF_ERROR' }),
    );
    inflater.reset();
    expect(inflater.write(data, true, (bytes) => expect(bytes.toString()).toBe('again'))).toBe(data.length);
  });
});

describe.each([
  ['with the inflater', () => undefined],
  ['with streams, where Node has no such thing', () => vi.spyOn(Inflater, 'create').mockReturnValue(undefined)],
])('a zip %s', (_, prepare) => {
  async function extracted(zip: Buffer): Promise<string> {
    prepare();
    const file = path.join(tempDir('inflater'), 'a.zip');
    writeFileSync(file, zip);
    const access = await fileAccess(file);
    const extractor = new ZipExtractor(file);
    let crc = 0;
    try {
      const directory = await ZipDirectory.open(access);
      // Where members end is known after the first time.
      await membersOf(directory);
      for (const member of await membersOf(directory)) {
        await extractor.extract(member, (bytes) => {
          crc = crc32(bytes, crc);
        });
      }
    } finally {
      extractor.close();
      await access.close();
    }
    return crc.toString(16);
  }

  const large = random.bytes(3 * MiB);
  const zip = buildZip([
    { name: 'small', data: 'small', deflate: true },
    { name: 'large', data: large, deflate: true },
    { name: 'stored', data: large.subarray(0, MiB) },
  ]);

  it('gives every member', async () => {
    const all = Buffer.concat([Buffer.from('small'), large, large.subarray(0, MiB)]);
    expect(await extracted(zip)).toBe(crc32(all).toString(16));
  });

  it('refuses what is damaged', async () => {
    const broken = Buffer.from(buildZip([{ name: 'a', data: large, deflate: true }]));
    broken.fill(0xff, 2 * MiB, 2 * MiB + 100);
    await expect(extracted(broken)).rejects.toBeInstanceOf(FormatError);
  });
});

async function membersOf(directory: ZipDirectory): Promise<ZipMember[]> {
  const members: ZipMember[] = [];
  for await (const member of directory.read()) members.push(member);
  return members;
}
