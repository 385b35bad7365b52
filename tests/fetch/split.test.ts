/** Archives in several files, from their host to the tree of the dataset. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  datasetStatus,
  type FetchOptions,
  fetchDataset,
  importDataset,
  type ProgressEvent,
  verifyDataset,
} from '../../src/index.js';
import type { Dataset } from '../../src/registry/schema.js';
import { buildZip } from '../archive/build-zip.js';
import { cut, splitZip } from '../archive/split-zip.js';
import { type FileHost, startFileHost } from '../hosts/file-host.js';
import { seededRandom } from '../support/seeded-random.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';

let host: FileHost;
let home: string;
let told: ProgressEvent[];

beforeEach(async () => {
  host = await startFileHost();
  home = tempDir('split');
  told = [];
});

afterEach(async () => {
  await host.close();
  removeTempDirs();
});

const MiB = 1024 * 1024;
const random = seededRandom('split');
const MEMBERS = ['a', 'b', 'c'].map((name) => ({ name: `scans/${name}.nii.gz`, data: random.bytes(1.5 * MiB) }));
const PARTS = splitZip(MEMBERS, 1.25 * MiB);
const NAMES = ['scans.z01', 'scans.z02', 'scans.z03', 'scans.change2zip'];
const sha256 = (data: Buffer) => createHash('sha256').update(data).digest('hex');
const TREE = Object.fromEntries(MEMBERS.map(({ name, data }) => [name, { size: data.length, sha256: sha256(data) }]));

/** A dataset of files that the host has; those of `facts` are told with size and checksum. */
function dataset(parts: Record<string, Buffer>, facts: 'known' | 'unknown' = 'known'): Dataset {
  const files = Object.entries(parts).map(([name, data]) => {
    host.add(`/${name}`, data);
    const known = facts === 'known' ? { size: data.length, checksum: `sha256:${sha256(data)}` } : {};
    return { url: host.url(`/${name}`), path: name, ...known };
  });
  return { id: 'scans', name: 'Scans', registry: 'test', sources: [{ method: 'direct', files }] };
}

const named = (names: readonly string[], parts: readonly Buffer[]): Record<string, Buffer> =>
  Object.fromEntries(names.map((name, index) => [name, parts[index] as Buffer]));
const scans = (facts?: 'known' | 'unknown') => dataset(named(NAMES, PARTS), facts);

const options = (more: FetchOptions = {}): FetchOptions => ({
  home,
  env: {},
  jobs: 2,
  tries: 2,
  onProgress: (event) => told.push(event),
  ...more,
});
const fetch = (wanted: Dataset, more?: FetchOptions) => fetchDataset(wanted, options(more));
const status = () => datasetStatus('scans', { home, env: {} });
const sent = (name: string) => host.requests.filter((request) => request.path === `/${name}`).length;
const inFolder = (...names: string[]) => {
  const folder = path.join(home, ...names);
  return existsSync(folder) ? readdirSync(folder).sort() : [];
};

it('is one plan, one tree, and one file each for checksums and the manifest', async () => {
  const plan = await fetch(scans(), { dryRun: true });
  const size = PARTS.reduce((sum, part) => sum + part.length, 0);
  expect(plan).toMatchObject({ outcome: 'planned', remotes: 4, download: size, verified: { checksums: 4, of: 4 } });
  expect(plan.peakDisk).toBe(2 * size);

  const result = await fetch(scans());
  expect(result).toMatchObject({ files: 3, bytes: 4.5 * MiB, remotes: 4, download: size, verified: { checksums: 4 } });
  expect(await treeOf(result.path)).toEqual(TREE);
  expect(inFolder('parts')).toEqual([]);
  const done = told.flatMap((event) => (event.event === 'file' && event.state === 'done' ? [event.file] : []));
  expect(done.sort()).toEqual([...NAMES].sort());
  expect(told).toContainEqual(expect.objectContaining({ state: 'unpacking', file: 'scans.change2zip' }));
});

it.each<[string, Record<string, Buffer>]>([
  ['a zip that was cut', named(['scans.zip.001', 'scans.zip.002', 'scans.zip.003'], cut(buildZip(MEMBERS), 2 * MiB))],
  [
    'a zip that was cut, under the names of a split one',
    named(['scans.z01', 'scans.zip'], cut(buildZip(MEMBERS), 3 * MiB)),
  ],
  [
    'a split zip under the names of one that was cut',
    named(['scans.zip.001', 'scans.zip.002'], splitZip(MEMBERS, 3 * MiB)),
  ],
])('takes %s', async (_, parts) => {
  expect(await treeOf((await fetch(dataset(parts, 'unknown'))).path)).toEqual(TREE);
});

it('keeps the parts as they are with --no-unpack, and beside the data with --keep-archives', async () => {
  const plain = await fetch(scans(), { unpack: false });
  expect(Object.keys(await treeOf(plain.path))).toEqual([...NAMES].sort());
  const { path: folder } = await fetch(scans(), { force: true, keepArchives: true });
  expect(await treeOf(folder)).toEqual(TREE);
  expect(inFolder('archives', 'scans')).toEqual([...NAMES].sort());
});

it('says which part the source does not offer, before anything is fetched, and after when only the archive tells', async () => {
  const gap = dataset(named(['scans.z01', 'scans.z03', 'scans.zip'], PARTS));
  await expect(fetch(gap)).rejects.toMatchObject({ exitCode: 3, file: 'scans.z02' });
  expect(host.requests).toEqual([]);
  const short = dataset(
    named(['scans.z01', 'scans.z02', 'scans.change2zip'], [PARTS[0], PARTS[1], PARTS[3]] as Buffer[]),
  );
  await expect(fetch(short)).rejects.toMatchObject({
    exitCode: 3,
    message: expect.stringContaining('.z03 is missing'),
  });
  // What came may be of use when the source has them all.
  const asked = sent('scans.z01');
  await fetch(scans());
  expect(sent('scans.z01')).toBe(asked);
});

describe('interruptions', () => {
  it('lose no part that is here', async () => {
    host.add('/scans.z03', PARTS[2] as Buffer);
    host.misbehave('/scans.z03', { status: 404 });
    await expect(fetch(scans())).rejects.toMatchObject({ exitCode: 3 });
    expect(await status()).toMatchObject({ download: { files: 4, done: 0 } });
    expect((await status()).download?.bytes).toBeGreaterThanOrEqual(2.5 * MiB);
    const before = sent('scans.z01');
    host.behave();
    const result = await fetch(scans());
    expect(sent('scans.z01')).toBe(before);
    expect(result.resumed).toBeGreaterThanOrEqual(2.5 * MiB);
    expect(await treeOf(result.path)).toEqual(TREE);
  });

  it('leave what was unpacked, while other files are to come', async () => {
    const more = dataset({ ...named(NAMES, PARTS), 'list.csv': Buffer.from('a,b') });
    host.misbehave('/list.csv', { status: 404 });
    await expect(fetch(more)).rejects.toMatchObject({ exitCode: 3 });
    expect(await status()).toMatchObject({ download: { files: 5, done: 4 } });
    host.behave();
    const before = host.requests.length;
    const { path: folder } = await fetch(more);
    expect(host.requests.slice(before).map((request) => request.path)).toEqual(['/list.csv']);
    expect(Object.keys(await treeOf(folder))).toEqual(['list.csv', ...Object.keys(TREE)]);
  });

  it('and broken parts that no checksum vouches for are fetched again', async () => {
    const broken = Buffer.from(PARTS[1] as Buffer).fill(7, 1000, 5000);
    await expect(
      fetch(dataset(named(NAMES, [PARTS[0], broken, PARTS[2], PARTS[3]] as Buffer[]), 'unknown')),
    ).rejects.toMatchObject({ exitCode: 6, file: 'scans.change2zip' });
    expect(await treeOf((await fetch(scans('unknown'))).path)).toEqual(TREE);
  });
});

it('is repaired by all its parts', async () => {
  const { path: folder } = await fetch(scans());
  rmSync(path.join(folder, 'scans', 'b.nii.gz'));
  const { repaired } = await verifyDataset('scans', { ...options(), registries: registryOf(scans()), repair: true });
  expect(repaired).toMatchObject({ files: 1, fetched: expect.arrayContaining(NAMES) });
  expect(await treeOf(folder)).toEqual(TREE);
});

describe('parts that the user brings', () => {
  const folder = () => path.join(home, 'downloads');
  const bring = (...names: string[]) => {
    mkdirSync(folder(), { recursive: true });
    for (const name of names) writeFileSync(path.join(folder(), name), PARTS[NAMES.indexOf(name)] as Buffer);
  };
  const give = (...names: string[]) =>
    importDataset(
      scans(),
      names.map((name) => path.join(folder(), name)),
      options(),
    );

  it('all at once are unpacked where they are', async () => {
    bring(...NAMES);
    const result = await importDataset(scans(), [folder()], options());
    expect(await treeOf(result.path)).toEqual(TREE);
    expect(readdirSync(folder()).sort()).toEqual([...NAMES].sort());
  });

  it('one by one are kept until all are here', async () => {
    bring(...NAMES);
    await expect(give('scans.z02')).rejects.toMatchObject({ exitCode: 4, message: expect.stringContaining('1 of 4') });
    rmSync(path.join(folder(), 'scans.z02'));
    await expect(give('scans.change2zip', 'scans.z01')).rejects.toMatchObject({
      message: expect.stringContaining('3 of 4'),
      steps: ['Download scans.z03.'],
    });
    const result = await give('scans.z03');
    expect(await treeOf(result.path)).toEqual(TREE);
    expect(inFolder('parts')).toEqual([]);
  });

  it('are not fetched again', async () => {
    bring('scans.z01');
    await expect(give('scans.z01')).rejects.toMatchObject({ exitCode: 4 });
    const result = await fetch(scans());
    expect(sent('scans.z01')).toBe(0);
    expect(await treeOf(result.path)).toEqual(TREE);
  });
});

function registryOf({ id, registry: _, ...entry }: Dataset): string[] {
  const file = path.join(home, 'registry.json');
  writeFileSync(file, JSON.stringify({ version: 1, datasets: { [id]: entry } }));
  return [file];
}
