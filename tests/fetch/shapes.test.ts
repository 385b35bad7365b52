/** The shapes that real datasets come in, from their registry entries to the tree that their users know. Contents are small and made up. */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { datasetStatus, type FetchOptions, fetchDataset, importDataset, verifyDataset } from '../../src/index.js';
import { loadRegistry } from '../../src/registry/load.js';
import type { Dataset, SourceEntry } from '../../src/registry/schema.js';
import { buildSevenZip } from '../archive/build-seven-zip.js';
import { buildTar } from '../archive/build-tar.js';
import { buildZip } from '../archive/build-zip.js';
import { type FileHost, startFileHost } from '../hosts/file-host.js';
import { seededRandom } from '../support/seeded-random.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';

const { datasets } = await loadRegistry({});
const random = seededRandom('shapes');
let home: string;
let options: FetchOptions;

beforeEach(() => {
  home = tempDir('shapes');
  options = { home, env: { HOME: home }, tries: 1 };
});

afterEach(removeTempDirs);

type Files = Record<string, Buffer>;

/** Files of some hundred bytes, no two alike. */
const filled = (...names: string[]): Files => Object.fromEntries(names.map((name) => [name, random.bytes(400)]));
const members = (files: Files) => Object.entries(files).map(([name, data]) => ({ name, data }));
/** As `treeOf` tells it. */
const expected = (files: Files) =>
  Object.fromEntries(
    Object.entries(files).map(([name, data]) => [
      name,
      { size: data.length, sha256: createHash('sha256').update(data).digest('hex') },
    ]),
  );

/** The first source of a bundled dataset, without the sizes and checksums of its real files. */
function bundled(id: string): Dataset {
  const { sources, ...dataset } = datasets.find((one) => one.id === id) as Dataset;
  const [source] = structuredClone(sources) as [SourceEntry];
  if ('files' in source) {
    const facts = (source.files ?? []).map(({ size: _, checksum: __, ...file }) => file);
    Object.assign(source, facts.length > 0 ? { files: facts } : {});
  }
  return { ...dataset, sources: [source] };
}

describe('one archive', () => {
  let host: FileHost;
  beforeEach(async () => {
    host = await startFileHost();
  });
  afterEach(() => host.close());

  /** A dataset whose one file lies at the host, with all else that the registry says of it. */
  function offer(id: string, archive: Buffer): Dataset {
    const [source] = bundled(id).sources as [Extract<SourceEntry, { method: 'direct' }>];
    const [file = { path: '' }] = source.files;
    host.add(`/${file.path}`, archive);
    const here = { ...file, url: host.url(`/${file.path}`) };
    return { ...bundled(id), registry: 'test', sources: [{ method: 'direct', files: [here] }] };
  }

  const FIRE = filled(
    'FIRE/Images/A01_1.jpg',
    'FIRE/Images/A01_2.jpg',
    'FIRE/Ground Truth/control_points_A01_1_2.txt',
    'FIRE/Masks/mask.png',
  );

  it('fire: a 7z, fetched, kept, looked at, repaired', async () => {
    const dataset = offer('fire', await buildSevenZip(FIRE));
    const plan = await fetchDataset(dataset, { ...options, dryRun: true });
    expect(plan).toMatchObject({ outcome: 'planned', remotes: 1 });

    const { path: folder } = await fetchDataset(dataset, { ...options, keepArchives: true });
    expect(await treeOf(folder)).toEqual(expected(FIRE));
    expect(readdirSync(path.join(home, 'archives', 'fire'))).toEqual(['FIRE.7z']);
    expect(await datasetStatus('fire', { home, env: {} })).toMatchObject({ state: 'complete', files: 4 });

    rmSync(path.join(folder, 'FIRE', 'Masks'), { recursive: true });
    const { repaired } = await verifyDataset('fire', { ...options, registries: [registryOf(dataset)], repair: true });
    expect(repaired).toMatchObject({ files: 1, fetched: ['FIRE.7z'] });
    expect(await treeOf(folder)).toEqual(expected(FIRE));

    const plain = await fetchDataset(dataset, { ...options, force: true, unpack: false });
    expect(Object.keys(await treeOf(plain.path))).toEqual(['FIRE.7z']);
  });

  it('fire: a 7z that the user brings', async () => {
    const downloads = path.join(home, 'downloads');
    mkdirSync(downloads);
    writeFileSync(path.join(downloads, 'FIRE (1).7z'), await buildSevenZip(FIRE));
    const { path: folder } = await importDataset(bundled('fire'), [downloads], options);
    expect(await treeOf(folder)).toEqual(expected(FIRE));
  });

  const volumes = (cohort: string) => filled(`${cohort}_volumes/${cohort}-1/t1weighted.nii.gz`);
  const surfaces = (cohort: string) => filled(`${cohort}_surfaces/${cohort}-1/left.vtk`);
  const under = (folder: string, files: Files): Files =>
    Object.fromEntries(Object.entries(files).map(([name, data]) => [`${folder}/${name}`, data]));

  it('mindboggle: archives in an archive, repaired as a whole', async () => {
    const release = 'Mindboggle101_release3';
    const inside: Files = {};
    const tree: Files = {};
    for (const cohort of ['OASIS-TRT-20', 'Extra-18']) {
      const [images, meshes] = [volumes(cohort), surfaces(cohort)];
      inside[`${release}/Mindboggle101_volumes/${cohort}_volumes.tar.gz`] = gzipSync(buildTar(members(images)));
      inside[`${release}/Mindboggle101_surfaces/${cohort}_surfaces.zip`] = buildZip(members(meshes));
      Object.assign(tree, under(`${release}/Mindboggle101_volumes`, images));
      Object.assign(tree, under(`${release}/Mindboggle101_surfaces`, meshes));
    }
    const dataset = offer('mindboggle', buildZip(members(inside)));
    const { path: folder, files } = await fetchDataset(dataset, options);
    expect(await treeOf(folder)).toEqual(expected(tree));
    expect(files).toBe(4);

    writeFileSync(path.join(folder, Object.keys(tree)[0] as string), 'broken');
    const { repaired } = await verifyDataset('mindboggle', {
      ...options,
      registries: [registryOf(dataset)],
      repair: true,
    });
    expect(repaired).toMatchObject({ files: 1, fetched: ['Mindboggle101_release3.zip'] });
    expect(await treeOf(folder)).toEqual(expected(tree));
  });

  it('mitos-atypia-14: one tar.gz a slide, brought by the user, with one set of four', async () => {
    const set = 'mitos_atypia_2014_training_aperio';
    const slide = filled('A03/frames/x20/A03_00A.tiff', 'A03/mitosis/A03_00A_mitosis.csv');
    const zip = buildZip([{ name: `${set}/A03.tar.gz`, data: gzipSync(buildTar(members(slide))) }]);
    writeFileSync(path.join(home, `${set}-20261101.zip`), zip);
    const dataset = bundled('mitos-atypia-14');
    const { path: folder } = await importDataset(dataset, [path.join(home, `${set}-20261101.zip`)], options);
    expect(await treeOf(folder)).toEqual(expected(under(set, slide)));
  });
});

function registryOf({ id, registry: _, ...entry }: Dataset): string {
  const file = path.join(home, 'registry.json');
  writeFileSync(file, JSON.stringify({ version: 1, datasets: { [id]: entry } }));
  return file;
}
