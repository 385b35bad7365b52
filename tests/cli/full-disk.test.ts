/** Disks that are full or may not be written to: exit code 7, and what was downloaded is of use once there is room. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bufferOf, noise } from '../hosts/content.js';
import { packed, zip } from '../hosts/phantoms/archives.js';
import { changeDisk, noSmallDisks, removeSmallDisks, smallDisk } from './small-disk.js';
import { archive, fileHost, MiB, offer, offerUnknown, single, sizeOfAll, stageFor, treeOfAll } from './stage.js';

const LIST = single('list.csv', 10_000);
const SCANS = archive('scans.zip', { size: 3 * MiB });

/** Takes 2 MiB to download, and 14 MiB more than that once it is unpacked. */
const MASKS = packed(
  'masks.zip',
  [
    { path: 'noise.raw', data: await bufferOf(noise(2 * MiB)) },
    { path: 'zeros.raw', data: Buffer.alloc(14 * MiB) },
  ],
  zip,
);

/** Many small files. */
const CASES = archive('cases.zip', { files: 200, size: 10_000 });

/** What medds leaves free for others, in MiB. */
const RESERVE = 64;

const host = await fileHost();
const stage = stageFor('full-disk', (stage) => {
  stage.env.MEDDS_JOBS = '1';
  stage.env.MEDDS_CONNECTIONS = '1';
});

afterEach(removeSmallDisks);

describe('a full disk', () => {
  beforeEach(({ skip }) => {
    if (noSmallDisks !== undefined) skip(noSmallDisks);
  });

  it('is seen before the first byte where the size is known', async () => {
    stage.home = smallDisk('size=8m');
    stage.register('scans', offer(host, SCANS));
    const asked = host.requests.length;
    const stderr = await stage.fails(7, 'fetch', 'scans');
    expect(stderr).toMatch(/scans needs \d+\.\d MB more on the disk of .*, which has 0 B to spare/);
    expect(stderr).toContain('medds clean');
    expect(host.requests).toHaveLength(asked);
  });

  it('while files come: those that are here are kept, and so is the part', async () => {
    stage.home = smallDisk('size=5m');
    stage.register('scans', offerUnknown(host, LIST, SCANS));
    const before = host.bytesSent();
    const stderr = await stage.fails(7, 'fetch', 'scans');
    expect(stderr).toContain('the disk is full');
    expect(stderr).toContain('what is here is kept');
    await stage.expectIncomplete('scans');

    changeDisk(stage.home, `size=${RESERVE + 64}m`);
    const { resumed } = await stage.json('fetch', 'scans');
    expect(resumed).toBeGreaterThan(3 * MiB);
    expect(host.bytesSent('/list.csv')).toBe(LIST.data.length);
    expect(host.bytesSent() - before).toBeLessThanOrEqual(sizeOfAll([LIST, SCANS]) + 2 * MiB);
    await stage.expectComplete('scans', treeOfAll([LIST, SCANS]));
  });

  it.each([
    ['bytes', MASKS, `size=${RESERVE + 12}m`, `size=${RESERVE + 64}m`, /masks\.zip needs [\d.]+ MB or more to unpack/],
    ['files', CASES, `size=${RESERVE + 64}m,nr_inodes=100`, 'nr_inodes=1000', /cases\.zip: .*the disk is full/],
  ])('while an archive is unpacked, of too many %s: it is not fetched again', async (_, file, small, large, words) => {
    stage.home = smallDisk(small);
    stage.register('data', offer(host, file));
    const before = host.bytesSent();
    expect(await stage.fails(7, 'fetch', 'data')).toMatch(words);
    await stage.expectIncomplete('data');

    changeDisk(stage.home, large);
    expect(await stage.json('fetch', 'data')).toMatchObject({ resumed: file.data.length });
    expect(host.bytesSent() - before).toBe(file.data.length);
    await stage.expectComplete('data', file.tree);
  });
});

describe('a library that may not be written to', () => {
  it('on a disk that is read-only can still be used', async ({ skip }) => {
    if (noSmallDisks !== undefined) skip(noSmallDisks);
    stage.home = smallDisk('size=80m');
    stage.register('list', offer(host, LIST));
    stage.register('scans', offer(host, SCANS));
    await stage.json('fetch', 'list');
    changeDisk(stage.home, 'ro');

    const stderr = await stage.fails(7, 'fetch', 'scans');
    expect(stderr).toContain('the file system is read-only');
    expect(stderr).toContain('medds config set home FOLDER');
    expect(await stage.fails(7, 'remove', 'list', '--yes')).toContain('read-only');
    expect(await stage.json('fetch', 'list')).toMatchObject({ outcome: 'present' });
    await stage.expectComplete('list', LIST.tree);
  });

  it.each(['.', 'datasets'])('because a file stands at %s is named', async (place) => {
    const file = path.join(stage.home, place);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '');
    stage.register('list', offer(host, LIST));
    const stderr = await stage.fails(7, 'fetch', 'list');
    expect(stderr).toContain('a file stands where a folder should be');
    expect(stderr).toContain(path.resolve(file));
  });
});
