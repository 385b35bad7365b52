/** What can be told of remote files from afar, by their kinds. */
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentsOf } from '../src/contents.js';
import { fetchDataset, listFiles, type Selection } from '../src/index.js';
import { plannedFiles } from '../src/plan.js';
import type { Dataset, SourceEntry } from '../src/registry/schema.js';
import type { RemoteFile } from '../src/sources/source.js';
import { buildTar } from './archive/build-tar.js';
import { buildZip } from './archive/build-zip.js';
import { type FileHost, startFileHost } from './hosts/file-host.js';
import { startIdc } from './hosts/idc.js';
import { startTcia } from './hosts/tcia.js';
import { removeTempDirs, tempDir } from './support/temp-dir.js';
import { treeOf } from './support/tree.js';
import { closeEngines, remoteFile, startEngine } from './transfer/downloading.js';

let host: FileHost;
beforeEach(async () => {
  host = await startFileHost();
});
afterEach(async () => {
  await closeEngines();
  await host.close();
});
afterAll(removeTempDirs);

const dataset: Dataset = { id: 'x', name: 'X', registry: 'test', sources: [{ method: 'direct', files: [] }] };
const ZIP = buildZip([{ name: 'a.mhd', data: 'aaa' }]);

async function look(files: Record<string, [data: Buffer, facts?: Partial<RemoteFile>]>) {
  const remotes = Object.entries(files).map(([name, [data, facts]]) => {
    host.add(name, data);
    return remoteFile(host, name, { size: data.length, unpack: true, ...facts });
  });
  const planned = plannedFiles(dataset, { label: 'Test', files: remotes, notes: [] }, true);
  return contentsOf(planned, { engine: startEngine(), signal: new AbortController().signal });
}

describe('what a remote file holds', () => {
  it('is one file, or what its unpacking gives', async () => {
    const contents = await look({
      'list.csv': [Buffer.from('a,b')],
      'scan.nii.gz': [gzipSync('x')],
      'labels.nii.gz': [gzipSync('x'), { unpack: 'gz', into: 'labels' }],
      'kept.zip': [ZIP, { unpack: false }],
    });
    expect(contents).toMatchObject([
      { kind: 'file', path: 'list.csv', size: 3 },
      { kind: 'file', path: 'scan.nii.gz' },
      { kind: 'file', path: 'labels/labels.nii' },
      { kind: 'file', path: 'kept.zip', size: ZIP.length },
    ]);
    expect(contents[2]).not.toHaveProperty('size');
    expect(host.requests).toEqual([]);
  });

  it('is a zip where the host gives ranges, whatever it is called', async () => {
    const contents = await look({
      'a.zip': [ZIP],
      'b.change2zip': [ZIP],
      'c.bin': [ZIP, { unpack: 'zip', into: 'c' }],
    });
    expect(contents.map(({ kind }) => kind)).toEqual(['zip', 'zip', 'zip']);
    expect(contents[2]).toMatchObject({ path: 'c/c.bin', zip: { files: 1, bytes: 3 } });
  });

  it.each([
    ['a.tar.gz', gzipSync(buildTar([{ name: 'a', data: 'a' }])), {}, 'is a tar, which can only be read from its front'],
    ['a.tgz', gzipSync('x'), { unpack: 'gz' }, 'is a tar, which can only be read from its front'],
    ['a.7z', Buffer.from('x'), {}, 'is a 7z, whose files are packed together'],
    ['a.zip', ZIP, { nested: ['*.zip'] }, 'holds archives that are unpacked, too'],
    ['a.zip', ZIP, { inspect: async () => undefined }, 'is made by its host while it is sent'],
    ['a.zip', Buffer.from('no zip at all'), {}, 'is no zip by its first bytes'],
    ['a.zip', buildZip([{ name: 'a.zip', data: ZIP }]), { wrapped: 'a.zip' }, 'is packed once more by its host'],
  ] as const)('%s is closed', async (name, data, facts, why) => {
    expect(await look({ [name]: [data, facts] })).toMatchObject([{ kind: 'opaque', path: name, why }]);
  });

  it('is told of a split archive once', async () => {
    const contents = await look({
      'a.z01': [Buffer.from('1')],
      'a.zip': [Buffer.from('2')],
      'b.csv': [Buffer.from('3')],
    });
    expect(contents).toMatchObject([{ kind: 'opaque', path: 'a.zip', why: 'is split into 2 files' }, { kind: 'file' }]);
  });
});

describe('DICOM series', () => {
  const PATIENTS = ['P1', 'P2', 'P10'];

  /** A dataset of one source, listed and planned. */
  async function asked(source: SourceEntry, env: Record<string, string>, selection: Selection) {
    const one: Dataset = { ...dataset, casePaths: ['{case}/{study}/{series}/{image}'], sources: [source] };
    const options = { home: tempDir('series'), env: { MEDDS_CONFIG_DIR: '/nowhere', ...env }, selection };
    return { options, one, list: await listFiles(one, options) };
  }

  it('of TCIA are folders, each taken whole', async () => {
    const tcia = await startTcia();
    try {
      const held = PATIENTS.map((patient) =>
        tcia.addSeries({ collection: 'Lungs', patient, images: [Buffer.from(`image of ${patient}`)] }),
      );
      const env = { MEDDS_ENDPOINT_TCIA: tcia.endpoint };
      const entry = { method: 'tcia', collection: 'Lungs' } as const;
      const folders = held.map(({ patient, study, series }) => `${patient}/${study}/${series}`);
      const { list } = await asked(entry, env, {});
      expect(list).toMatchObject({ cases: 3, unlisted: [] });
      expect(list.files.map(({ path }) => path)).toEqual(folders.map((folder) => `${folder}/`));

      const { list: some, options, one } = await asked(entry, env, { cases: { count: 2 }, exclude: ['P1/**'] });
      expect(some.files.map((file) => file.case)).toEqual(['P2', 'P10']);
      await fetchDataset(one, { ...options, selection: { include: ['P10/**'] } });
      const landed = Object.keys(await treeOf(`${options.home}/datasets/x`));
      expect(landed.length).toBeGreaterThan(0);
      expect(landed.filter((path) => !path.startsWith(`${folders[2]}/`))).toEqual([]);
    } finally {
      await tcia.close();
    }
  });

  it('of IDC are images', async () => {
    const idc = await startIdc();
    try {
      for (const patient of PATIENTS) {
        await idc.addSeries({
          collection: 'lungs',
          patient,
          modality: 'CT',
          images: [Buffer.from(`image of ${patient}`)],
        });
      }
      const { list } = await asked({ method: 'idc', collection: 'lungs' }, idc.env, { cases: { names: ['P2'] } });
      expect(list.files.map(({ path, case: one }) => [path.split('/')[0], one])).toEqual([
        ['P2', 'P2'],
        ['IDC-lungs.json', undefined],
      ]);
    } finally {
      await idc.close();
    }
  });
});
