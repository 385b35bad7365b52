import { createHash } from 'node:crypto';
import { gunzipSync, inflateSync } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { describe, expect, test } from 'vitest';
import yauzl from 'yauzl';
import { tar, zip } from './archives.js';
import { ctPhantom } from './ct.js';
import { luna16 } from './luna16.js';
import { metaImage } from './metaimage.js';
import { nifti } from './nifti.js';
import { png } from './png.js';
import { drive, kits19, lits, promise12, vessel12 } from './small-datasets.js';

const members = [
  { path: 'a/one.txt', data: Buffer.from('one') },
  { path: 'a/Größe.bin', data: Buffer.alloc(100_000, 7) },
  { path: 'empty', data: Buffer.alloc(0) },
];

/** What an independent reader finds in a zip. */
function unzip(data: Buffer): Promise<{ path: string; data: Buffer }[]> {
  return new Promise((resolve, reject) => {
    yauzl.fromBuffer(data, { lazyEntries: true }, (error, archive) => {
      if (error) return reject(error);
      const found: { path: string; data: Buffer }[] = [];
      archive.on('error', reject);
      archive.on('end', () => resolve(found));
      archive.on('entry', (entry: yauzl.Entry) => {
        archive.openReadStream(entry, (failed, stream) => {
          if (failed) return reject(failed);
          const chunks: Buffer[] = [];
          stream.on('data', (chunk: Buffer) => chunks.push(chunk));
          stream.on('end', () => {
            found.push({ path: entry.fileName, data: Buffer.concat(chunks) });
            archive.readEntry();
          });
        });
      });
      archive.readEntry();
    });
  });
}

/** For what must be there. */
function need<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('missing');
  return value;
}

const fieldOf = (header: string, name: string) => new RegExp(`^${name} = (.*)$`, 'm').exec(header)?.[1] ?? '';

test('zips and tars hold what was put in', async () => {
  expect(await unzip(zip(members))).toEqual(members);
  const plainNames = members.filter(({ path }) => path !== 'a/Größe.bin');
  const found: { path: string; data: Buffer }[] = [];
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry: ReadEntry) => {
      const chunks: Buffer[] = [];
      entry.on('data', (chunk) => chunks.push(chunk));
      entry.on('end', () => found.push({ path: entry.path, data: Buffer.concat(chunks) }));
    },
  });
  await new Promise((resolve) => {
    parser.on('end', () => resolve(undefined));
    parser.end(tar(plainNames));
  });
  expect(found).toEqual(plainNames);
});

describe('a CT phantom', () => {
  const phantom = ctPhantom({ size: [64, 48, 40], seed: 'one', nodules: 4 });

  /** Index of the voxel at a place in mm. */
  function indexAt(place: readonly number[]) {
    const { size, spacing, origin } = phantom;
    const [x, y, z] = place.map((mm, axis) => Math.round((mm - need(origin[axis])) / need(spacing[axis])));
    return (need(z) * size[1] + need(y)) * size[0] + need(x);
  }

  /** Mean of three voxels in a row. */
  function meanAt(place: readonly number[]) {
    const index = indexAt(place);
    return phantom.voxels.subarray(index - 1, index + 2).reduce((sum, value) => sum + value, 0) / 3;
  }

  test('holds air, tissue and lungs at their Hounsfield units, with noise', () => {
    expect(meanAt([-170, -120, 0])).toBeCloseTo(-1000, -2);
    expect(meanAt([0, 0, 0])).toBeCloseTo(40, -2);
    expect(meanAt([75, 0, 120])).toBeCloseTo(-850, -2);
    expect(new Set(phantom.voxels.subarray(0, 64)).size).toBeGreaterThan(5);
    expect(new Set(phantom.lungs)).toEqual(new Set([0, 3, 4]));
  });

  test('holds its nodules where it says, inside a lung', () => {
    expect(phantom.nodules).toHaveLength(4);
    for (const { centre } of phantom.nodules) {
      expect(phantom.lungs[indexAt(centre)]).toBeGreaterThan(0);
      expect(phantom.voxels[indexAt(centre)]).toBeGreaterThan(-100);
    }
  });

  test('is the same for the same seed', () => {
    expect(ctPhantom({ size: [64, 48, 40], seed: 'one', nodules: 4 })).toEqual(phantom);
    expect(ctPhantom({ size: [64, 48, 40], seed: 'two', nodules: 4 }).voxels).not.toEqual(phantom.voxels);
  });

  test('is written as MetaImage, plain and compressed', () => {
    const [header, raw] = metaImage('folder/scan', phantom, phantom.voxels);
    expect([header.path, raw.path]).toEqual(['folder/scan.mhd', 'folder/scan.raw']);
    const text = header.data.toString();
    expect(fieldOf(text, 'DimSize')).toBe('64 48 40');
    expect(fieldOf(text, 'ElementType')).toBe('MET_SHORT');
    expect(fieldOf(text, 'ElementDataFile')).toBe('scan.raw');
    expect(raw.data.length).toBe(2 * 64 * 48 * 40);
    expect(raw.data.readInt16LE(2 * 1000)).toBe(phantom.voxels[1000]);

    const [mask, zraw] = metaImage('mask', phantom, phantom.lungs, { compressed: true });
    expect(fieldOf(mask.data.toString(), 'CompressedDataSize')).toBe(String(zraw.data.length));
    expect(fieldOf(mask.data.toString(), 'ElementType')).toBe('MET_UCHAR');
    expect(inflateSync(zraw.data).equals(Buffer.from(phantom.lungs))).toBe(true);
  });

  test('is written as NIfTI-1 with the same places in the world', () => {
    const data = nifti(phantom, phantom.voxels);
    expect(data.readInt32LE(0)).toBe(348);
    expect(data.toString('latin1', 344, 348)).toBe('n+1\0');
    expect([40, 42, 44, 46].map((at) => data.readInt16LE(at))).toEqual([3, 64, 48, 40]);
    expect(data.length).toBe(352 + 2 * 64 * 48 * 40);
    expect(data.readInt16LE(352 + 2 * 1000)).toBe(phantom.voxels[1000]);
    // s-form of the voxel (1, 2, 3), in RAS
    const [i, j, k] = [1, 2, 3];
    const world = [280, 296, 312].map((row) => {
      const [a, b, c, d] = [0, 4, 8, 12].map((column) => data.readFloatLE(row + column)) as [
        number,
        number,
        number,
        number,
      ];
      return a * i + b * j + c * k + d;
    });
    const { origin, spacing } = phantom;
    expect(world[0]).toBeCloseTo(-(origin[0] + spacing[0] * i), 3);
    expect(world[1]).toBeCloseTo(-(origin[1] + spacing[1] * j), 3);
    expect(world[2]).toBeCloseTo(origin[2] + spacing[2] * k, 3);
  });
});

test('a PNG holds its pixels', () => {
  const pixels = Uint8Array.from({ length: 2 * 3 * 3 }, (_, index) => index * 10);
  const data = png(2, 3, pixels);
  expect([data.readUInt32BE(16), data.readUInt32BE(20), data[25]]).toEqual([2, 3, 2]);
  const length = data.readUInt32BE(33);
  const rows = inflateSync(data.subarray(41, 41 + length));
  expect([...rows]).toEqual([0, ...pixels.subarray(0, 6), 0, ...pixels.subarray(6, 12), 0, ...pixels.subarray(12)]);
});

describe('datasets', () => {
  test('LUNA16 has the files and the split of the real one', async () => {
    const files = [...luna16()];
    const keysOf = (record: string) => files.filter((file) => file.record === record).map(({ key }) => key);
    expect(keysOf('4121926')).toEqual(['subset7.zip', 'subset8.zip', 'subset9.zip']);
    expect(keysOf('3723295').sort()).toEqual(
      [
        ...['annotations.csv', 'candidates.csv', 'candidates_V2.zip', 'evaluationScript.zip', 'sampleSubmission.csv'],
        ...['seg-lungs-LUNA16.zip', ...[0, 1, 2, 3, 4, 5, 6].map((subset) => `subset${subset}.zip`)],
      ].sort(),
    );
    expect(files.reduce((sum, { data }) => sum + data.length, 0)).toBeLessThan(400_000);

    const subset = need(files.find(({ key }) => key === 'subset3.zip'));
    const unpacked = await unzip(subset.data);
    const [header, raw] = unpacked as [{ path: string; data: Buffer }, { path: string; data: Buffer }];
    const uid = /^subset3\/(2\.25\.\d+)\.mhd$/.exec(header.path)?.[1];
    expect(raw.path).toBe(`subset3/${uid}.raw`);
    expect(subset.tree[raw.path]).toEqual({
      size: raw.data.length,
      sha256: createHash('sha256').update(raw.data).digest('hex'),
    });
    const [names, ...rows] = need(files.find(({ key }) => key === 'annotations.csv'))
      .data.toString()
      .trim()
      .split('\n');
    expect(names).toBe('seriesuid,coordX,coordY,coordZ,diameter_mm');
    const place = need(rows.find((line) => line.startsWith(`${uid},`)))
      .split(',')
      .slice(1, 4)
      .map(Number);
    const fields = ['DimSize', 'ElementSpacing', 'Offset'].map((name) => fieldOf(header.data.toString(), name));
    const [size, spacing, origin] = fields.map((field) => field.split(' ').map(Number)) as [
      number[],
      number[],
      number[],
    ];
    const [x, y, z] = place.map((mm, axis) => Math.round((mm - need(origin[axis])) / need(spacing[axis])));
    const index = (need(z) * need(size[1]) + need(y)) * need(size[0]) + need(x);
    expect(raw.data.readInt16LE(2 * index)).toBeGreaterThan(-100);
  });

  test('LUNA16 is the same every time and grows with its options', () => {
    const sums = (files: Iterable<{ data: Buffer }>) =>
      [...files].map(({ data }) => createHash('sha256').update(data).digest('hex'));
    expect(sums(luna16())).toEqual(sums(luna16()));
    const [two] = luna16({ casesPerSubset: 2, size: [16, 16, 8] });
    expect(Object.keys(need(two).tree)).toHaveLength(4);
  });

  test('the small ones are there', async () => {
    expect((await unzip(need(promise12()[0]).data)).map(({ path }) => path)).toContain('Case01_segmentation.raw');
    expect(drive().map(({ key }) => key)).toEqual(['training.zip', 'test.zip']);
    expect((await unzip(need(lits()[1]).data)).map(({ path }) => path)).toContain('volume-3.nii');
    const [imaging] = kits19();
    expect(need(imaging).key).toBe('case_00000/imaging.nii.gz');
    expect(gunzipSync(need(imaging).data).readInt32LE(0)).toBe(348);
    const vessels = vessel12();
    if (vessels === undefined) return;
    expect(vessels).toHaveLength(5);
    expect(need(vessels[0]).data.toString('latin1', 0, 3)).toBe('BZh');
    expect(Object.keys(need(vessels[0]).tree)).toHaveLength(40);
  });
});
