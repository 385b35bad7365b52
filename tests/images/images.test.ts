/** Images of every format that is looked at: good ones, and each kind of broken. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { crc32, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { FileContent } from '../../src/images/content.js';
import type { ImageFacts } from '../../src/images/image.js';
import { type Beside, readImage } from '../../src/images/table.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';

afterAll(removeTempDirs);

type Files = Record<string, Buffer>;

/** What the first of the files is found to be, with the others beside it. */
async function look(files: Files): Promise<ImageFacts | undefined> {
  const folder = tempDir('images');
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(folder, name), bytes);
  const signal = new AbortController().signal;
  const beside: Beside = async (name) =>
    existsSync(path.join(folder, name))
      ? { path: name, content: await FileContent.open(path.join(folder, name), signal) }
      : undefined;
  const [first = ''] = Object.keys(files);
  const content = await FileContent.open(path.join(folder, first), signal);
  try {
    return await readImage({ path: first, content, beside });
  } finally {
    await content.close();
  }
}

function nifti({ dims = [4, 3, 2], bits = 16, extra = 0, code = 4 } = {}): Buffer {
  const head = Buffer.alloc(352);
  head.writeInt32LE(348, 0);
  head.writeInt16LE(dims.length, 40);
  for (let axis = 0; axis < 7; axis++) head.writeInt16LE(dims[axis] ?? 1, 42 + 2 * axis);
  head.writeInt16LE(code, 70);
  head.writeInt16LE(bits, 72);
  for (const axis of [1, 2, 3]) head.writeFloatLE(1.5, 76 + 4 * axis);
  head.writeFloatLE(352, 108);
  head.write('n+1\0', 344, 'latin1');
  const voxels = dims.reduce((product, length) => product * length, 1);
  return Buffer.concat([head, Buffer.alloc(Math.max(0, (voxels * bits) / 8 + extra))]);
}

const mhd = (more: string): Buffer =>
  Buffer.from(
    `ObjectType = Image\nNDims = 3\nDimSize = 4 3 2\nElementSpacing = 1 1 2.5\nElementType = MET_SHORT\n${more}`,
  );

const nrrd = (more: string, data: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(
      `NRRD0004\n# made by hand\ntype: short\ndimension: 3\nsizes: 4 3 2\nspace directions: (1,0,0) (0,1,0) (0,0,3)\n${more}\n\n`,
    ),
    data,
  ]);

/** An element of explicit VR, little endian. */
function element(tag: [number, number], vr: string, value: Buffer, length = value.length): Buffer {
  const long = ['OB', 'OW', 'SQ'].includes(vr);
  const head = Buffer.alloc(long ? 12 : 8);
  head.writeUInt16LE(tag[0], 0);
  head.writeUInt16LE(tag[1], 2);
  head.write(vr, 4, 'latin1');
  if (long) head.writeUInt32LE(length, 8);
  else head.writeUInt16LE(length, 6);
  return Buffer.concat([head, value]);
}

const u16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
};

function item(element: number, value: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16LE(0xfffe, 0);
  head.writeUInt16LE(element, 2);
  head.writeUInt32LE(value.length, 4);
  return Buffer.concat([head, value]);
}

function dicom({ pixels, packed = false }: { pixels?: Buffer; packed?: boolean }): Buffer {
  const syntax = packed ? '1.2.840.10008.1.2.4.70' : '1.2.840.10008.1.2.1\0';
  const meta = element([2, 0x10], 'UI', Buffer.from(syntax));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  const data =
    pixels === undefined
      ? Buffer.alloc(0)
      : packed
        ? element([0x7fe0, 0x10], 'OB', pixels, 0xffffffff)
        : element([0x7fe0, 0x10], 'OW', pixels);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    element([2, 0], 'UL', length),
    meta,
    element([8, 0x60], 'CS', Buffer.from('CT')),
    element([0x10, 0x20], 'LO', Buffer.from('P1')),
    element([0x28, 2], 'US', u16(1)),
    element([0x28, 0x10], 'US', u16(3)),
    element([0x28, 0x11], 'US', u16(4)),
    element([0x28, 0x30], 'DS', Buffer.from('0.5\\0.7 ')),
    element([0x28, 0x100], 'US', u16(16)),
    data,
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const bytes = Buffer.alloc(12 + data.length);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  data.copy(bytes, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + data.length)), 8 + data.length);
  return bytes;
}

function png(): Buffer {
  const header = Buffer.from([0, 0, 0, 4, 0, 0, 0, 3, 8, 0, 0, 0, 0]);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(15))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A segment of an application, with a whole image in it. */
const thumbnail = Buffer.from('ffe10006ffd8ffd9', 'hex');
const jpeg = Buffer.from('ffd8ffe000044a46ffc0000b080003000401011100ffda0008010100003f00aabbffd9', 'hex');

/** One strip of `there` bytes that says it has 12. */
function tiff({ there = 12, next = 0 } = {}): Buffer {
  const fields: [number, number, number, number][] = [
    [256, 3, 1, 4],
    [257, 3, 1, 3],
    [258, 3, 1, 8],
    [273, 4, 1, 8],
    [279, 4, 1, 12],
  ];
  const head = Buffer.alloc(8);
  head.write('II*\0', 'latin1');
  head.writeUInt32LE(8 + 12, 4);
  const directory = Buffer.alloc(2 + fields.length * 12 + 4);
  directory.writeUInt16LE(fields.length, 0);
  for (const [index, [tag, type, count, value]] of fields.entries()) {
    directory.writeUInt16LE(tag, 2 + index * 12);
    directory.writeUInt16LE(type, 4 + index * 12);
    directory.writeUInt32LE(count, 6 + index * 12);
    // The strip's place is moved behind the end where less of it is there.
    directory.writeUInt32LE(tag === 273 && there < 12 ? 8 + 12 + directory.length - there : value, 10 + index * 12);
  }
  directory.writeUInt32LE(next, directory.length - 4);
  return Buffer.concat([head, Buffer.alloc(12), directory]);
}

const RAW = Buffer.alloc(48);

describe('a good', () => {
  test.each<[string, Files, Partial<ImageFacts>]>([
    ['NIfTI', { 'a.nii': nifti() }, { format: 'NIfTI', dimensions: [4, 3, 2], spacing: [1.5, 1.5, 1.5] }],
    ['NIfTI with more behind it', { 'a.nii': nifti({ extra: 7 }) }, { format: 'NIfTI' }],
    ['packed NIfTI', { 'a.nii.gz': gzipSync(nifti()) }, { format: 'NIfTI', dimensions: [4, 3, 2] }],
    [
      'MetaImage',
      { 'a.mhd': mhd('ElementDataFile = a.raw\n'), 'a.raw': RAW },
      { format: 'MetaImage', spacing: [1, 1, 2.5], type: 'MET_SHORT', parts: ['a.raw'] },
    ],
    [
      'packed MetaImage',
      { 'a.mha': Buffer.concat([mhd('CompressedData = True\nElementDataFile = LOCAL\n'), deflateSync(RAW)]) },
      { dimensions: [4, 3, 2] },
    ],
    ['NRRD', { 'a.nrrd': nrrd('encoding: raw', RAW) }, { format: 'NRRD', spacing: [1, 1, 3] }],
    ['packed NRRD', { 'a.nrrd': nrrd('encoding: gzip', gzipSync(RAW)) }, { dimensions: [4, 3, 2] }],
    [
      'NRRD with its data elsewhere',
      { 'a.nhdr': nrrd('encoding: raw\ndata file: a.raw', Buffer.alloc(0)), 'a.raw': RAW },
      { parts: ['a.raw'] },
    ],
    [
      'DICOM',
      { scan: dicom({ pixels: Buffer.alloc(24) }) },
      { format: 'DICOM', dimensions: [4, 3], modality: 'CT', patient: 'P1', spacing: [0.7, 0.5] },
    ],
    [
      'packed DICOM',
      {
        scan: dicom({
          packed: true,
          pixels: Buffer.concat([
            item(0xe000, Buffer.alloc(0)),
            item(0xe000, Buffer.alloc(9)),
            item(0xe0dd, Buffer.alloc(0)),
          ]),
        }),
      },
      { dimensions: [4, 3] },
    ],
    ['DICOM without pixels', { 'report.dcm': dicom({}) }, { format: 'DICOM', modality: 'CT' }],
    ['PNG', { 'a.png': png() }, { format: 'PNG', dimensions: [4, 3], type: '8 bit' }],
    ['JPEG', { 'a.jpg': jpeg }, { format: 'JPEG', dimensions: [4, 3] }],
    ['TIFF', { 'a.svs': tiff() }, { format: 'TIFF', dimensions: [4, 3] }],
    ['gzip', { 'a.csv.gz': gzipSync('a,b') }, { format: 'gzip', dimensions: [] }],
  ])('%s', async (_, files, facts) => {
    expect(await look(files)).toMatchObject(facts);
  });

  test('pair of header and image', async () => {
    const header = nifti().subarray(0, 348);
    header.write('ni1\0', 344, 'latin1');
    header.writeFloatLE(0, 108);
    expect(await look({ 'a.hdr': header, 'a.img': RAW })).toMatchObject({ format: 'NIfTI', parts: ['a.img'] });
    const older = Buffer.from(header);
    older.fill(0, 344);
    expect(await look({ 'a.hdr': older, 'a.img': RAW })).toMatchObject({ format: 'Analyze', dimensions: [4, 3, 2] });
  });

  test('text is no image', async () => {
    expect(await look({ 'a.csv': Buffer.from('a,b\n') })).toBeUndefined();
    expect(await look({ 'a.hdr': Buffer.from('BYTEORDER I\n') })).toBeUndefined();
  });
});

const broken = (bytes: Buffer, at: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] as number) ^ 0xff;
  return copy;
};

describe('is unreadable:', () => {
  test.each<[string, Files, RegExp]>([
    ['a NIfTI that is cut', { 'a.nii': nifti({ extra: -1 }) }, /cut off: its header says 48 bytes, and there are 47/],
    ['a NIfTI without voxels', { 'a.nii': nifti({ dims: [4, -3, 2] }) }, /impossible dimensions/],
    ['an empty NIfTI', { 'a.nii': Buffer.alloc(0) }, /cut off/],
    ['a page in the place of a NIfTI', { 'a.nii.gz': Buffer.from(`<html>${' '.repeat(400)}`) }, /no header/],
    ['a packed NIfTI whose image is cut', { 'a.nii.gz': gzipSync(nifti({ extra: -1 })) }, /there are 47/],
    [
      'a packed NIfTI that is cut',
      { 'a.nii.gz': gzipSync(nifti({ dims: [40, 30, 20] })).subarray(0, -9) },
      /does not end/,
    ],
    [
      'a packed NIfTI with a wrong sum',
      { 'a.nii.gz': broken(gzipSync(nifti()), gzipSync(nifti()).length - 6) },
      /damaged/,
    ],
    [
      'a NIfTI of more voxels than there are atoms',
      { 'a.nii': nifti({ dims: [32767, 32767, 32767, 32767, 32767], extra: -1e300 }) },
      /claims/,
    ],
    ['a MetaImage without data', { 'a.mhd': mhd('ElementDataFile = b.raw\n') }, /has no "b.raw" beside it/],
    [
      'a MetaImage that is cut',
      { 'a.mhd': mhd('ElementDataFile = a.raw\n'), 'a.raw': RAW.subarray(1) },
      /there are 47/,
    ],
    [
      'a packed MetaImage that is cut',
      {
        'a.mha': Buffer.concat([
          mhd('CompressedData = True\nElementDataFile = LOCAL\n'),
          deflateSync(Buffer.from('x')),
        ]),
      },
      /there are 1/,
    ],
    ['a MetaImage that does not say where its data is', { 'a.mhd': mhd('') }, /ElementDataFile/],
    [
      'a MetaImage of an unknown type',
      { 'a.mhd': Buffer.from('DimSize = 1\nElementType = MET_X\nElementDataFile = LOCAL\n') },
      /unknown type/,
    ],
    ['a NRRD that is cut', { 'a.nrrd': nrrd('encoding: raw', RAW.subarray(2)) }, /there are 46/],
    [
      'a packed NRRD that is damaged',
      { 'a.nrrd': nrrd('encoding: gzip', broken(gzipSync(RAW), 12)) },
      /damaged|there are/,
    ],
    ['a NRRD without a header', { 'a.nrrd': Buffer.from('NRRD0004\n') }, /says no sizes/],
    ['a DICOM with too few pixels', { scan: dicom({ pixels: Buffer.alloc(20) }) }, /24 bytes, and there are 20/],
    ['a DICOM that is cut in its pixels', { scan: dicom({ pixels: Buffer.alloc(24) }).subarray(0, -3) }, /cut off/],
    [
      'a packed DICOM that does not end',
      {
        scan: dicom({
          packed: true,
          pixels: Buffer.concat([item(0xe000, Buffer.alloc(0)), item(0xe000, Buffer.alloc(8))]),
        }),
      },
      /does not end/,
    ],
    [
      'a packed DICOM cut in a fragment',
      {
        scan: dicom({
          packed: true,
          pixels: Buffer.concat([item(0xe000, Buffer.alloc(0)), item(0xe000, Buffer.alloc(80)).subarray(0, 30)]),
        }),
      },
      /cut off in its pixel data/,
    ],
    ['a DICOM whose header is cut', { scan: dicom({}).subarray(0, 150) }, /cannot be read/],
    ['a PNG that is cut', { 'a.png': png().subarray(0, -12) }, /end \(IEND\) is missing/],
    ['a PNG with a wrong CRC', { 'a.png': broken(png(), 45) }, /does not fit its CRC/],
    ['a JPEG that is cut', { 'a.jpg': jpeg.subarray(0, -2) }, /EOI/],
    [
      'a JPEG that is cut, with a thumbnail',
      { 'a.jpg': Buffer.concat([jpeg.subarray(0, 2), thumbnail, jpeg.subarray(2, -2)]) },
      /EOI/,
    ],
    ['a JPEG without a scan', { 'a.jpg': jpeg.subarray(0, 8) }, /no scan/],
    ['a TIFF that is cut', { 'a.tif': tiff({ there: 5 }) }, /lies behind its end/],
    ['a TIFF whose directory is cut', { 'a.tif': tiff().subarray(0, 40) }, /directory lies behind its end/],
    ['a TIFF whose directories run in a circle', { 'a.tif': tiff({ next: 20 }) }, /circle/],
    ['a gzip that is cut', { 'a.csv.gz': gzipSync('a,b').subarray(0, -3) }, /does not end/],
  ])('%s', async (_, files, why) => {
    await expect(look(files)).rejects.toThrow(why);
  });

  test('nothing that random bytes do is worse', async () => {
    const good: Files = {
      'a.nii': nifti(),
      'a.nrrd': nrrd('encoding: gzip', gzipSync(RAW)),
      scan: dicom({ pixels: Buffer.alloc(24) }),
      'a.png': png(),
      'a.jpg': jpeg,
      'a.tif': tiff(),
    };
    let seed = 7;
    for (const [name, bytes] of Object.entries(good)) {
      for (let round = 0; round < 60; round++) {
        const copy = Buffer.from(bytes);
        for (let change = 0; change < 3; change++) {
          seed = (seed * 1103515245 + 12345) % 2147483648;
          copy[seed % copy.length] = seed & 255;
        }
        const end = await look({ [name]: copy }).catch((error: Error) => error.constructor.name);
        expect(['undefined', 'object', 'UnreadableImage']).toContain(typeof end === 'string' ? end : typeof end);
      }
    }
  });
});

const MEDICAL = path.resolve('../shared/medical');
describe.skipIf(!existsSync(MEDICAL))('files of the field', () => {
  const names = existsSync(MEDICAL) ? readdirSync(MEDICAL).filter((name) => !/\.(md|raw)$/.test(name)) : [];
  test.each(names)('%s', async (name) => {
    const signal = new AbortController().signal;
    const beside: Beside = async (other) => ({
      path: other,
      content: await FileContent.open(path.join(MEDICAL, other), signal),
    });
    const content = await FileContent.open(path.join(MEDICAL, name), signal);
    const facts = await readImage({ path: name, content, beside }).finally(() => content.close());
    expect(facts?.dimensions.length).toBeGreaterThan(1);
  });
});

test('a header must not lead out of the dataset', async () => {
  const { verifyImages } = await import('../../src/deep-verify.js');
  const { layoutOf } = await import('../../src/library/layout.js');
  const { fetchDataset } = await import('../../src/index.js');
  const { startFileHost } = await import('../hosts/file-host.js');
  const host = await startFileHost();
  const home = tempDir('home');
  try {
    host.add('/a.mhd', mhd('ElementDataFile = ../secret.raw\n')).add('/b.nii', nifti()).add('/c.csv', 'x');
    mkdirSync(path.join(home, 'datasets'), { recursive: true });
    writeFileSync(path.join(home, 'datasets', 'secret.raw'), RAW);
    const files = ['a.mhd', 'b.nii', 'c.csv'].map((name) => ({ url: host.url(`/${name}`), path: name }));
    const dataset = {
      id: 'set',
      name: 'Set',
      registry: 'test',
      casePaths: ['{case}.nii'],
      sources: [{ method: 'direct' as const, files }],
    };
    await fetchDataset(dataset, { home, env: { MEDDS_CONFIG_DIR: '/nowhere' } });
    const found = await verifyImages(layoutOf(home), 'set', { casePaths: dataset.casePaths });
    expect(found).toMatchObject({
      images: 1,
      others: 1,
      cases: 1,
      unreadableCount: 1,
      unreadable: [{ path: 'a.mhd', why: expect.stringMatching(/has no "..\/secret.raw"/) }],
    });
    const { datasetStatus } = await import('../../src/index.js');
    const status = await datasetStatus('set', { home, env: { MEDDS_CONFIG_DIR: '/nowhere' } });
    expect(status.images).toEqual(found);
  } finally {
    await host.close();
  }
});
