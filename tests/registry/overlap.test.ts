/** Which datasets share cases, and what may be done with them. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { fetchDataset, findOverlaps } from '../../src/index.js';
import { whyByName } from '../../src/registry/by-name.js';
import { loadRegistry } from '../../src/registry/load.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { useOf } from '../../src/registry/use.js';
import { bytes } from '../hosts/content.js';
import { startFileHost } from '../hosts/file-host.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { entry, writeRegistry } from './fixture.js';

const host = await startFileHost();
afterAll(async () => {
  removeTempDirs();
  await host.close();
});

const folder = tempDir('overlap');
const scan = (name: string) => bytes(`scan ${name} `.repeat(500));
for (const name of ['a', 'b', 'c', 'd']) host.add(`/${name}.nii`, scan(name));
host.add('/LICENSE', 'CC BY 4.0');

const holding = (names: Record<string, string>): SourceEntry[] => [
  {
    method: 'direct',
    files: Object.entries(names).map(([place, from]) => ({ url: host.url(`/${from}`), path: place })),
  },
];

const registries = [
  writeRegistry(folder, 'r.json', {
    'zz-whole': entry({
      name: 'Whole',
      sources: holding({ 'scans/1.nii': 'a.nii', 'scans/2.nii': 'b.nii', LICENSE: 'LICENSE' }),
    }),
    'zz-part': entry({
      name: 'Part',
      sources: holding({ 'case-b.nii': 'b.nii', 'case-d.nii': 'd.nii', LICENSE: 'LICENSE' }),
      overlaps: [
        { dataset: 'zz-whole', relation: 'part-of', cases: 1, note: 'Renamed.' },
        { name: 'A set of no registry', relation: 'derived-from' },
      ],
    }),
    'zz-third': entry({ name: 'Third', overlaps: [{ dataset: 'zz-whole', relation: 'derived-from' }] }),
    'zz-alone': entry({ name: 'Alone', sources: holding({ 'c.nii': 'c.nii', LICENSE: 'LICENSE' }) }),
  }),
];
const options = { home: path.join(folder, 'home'), registries, env: { MEDDS_CONFIG_DIR: folder } };

describe('overlaps', () => {
  test('are known in both directions, whichever of the two says it', async () => {
    const { overlaps, elsewhere } = await findOverlaps(['zz-whole'], options);
    expect(elsewhere).toEqual([]);
    expect(overlaps.map(({ b, known }) => [b, known[0]?.relation])).toEqual([
      ['zz-part', 'contains'],
      ['zz-third', 'source-of'],
    ]);
    const part = await findOverlaps(['zz-part'], options);
    expect(part).toMatchObject({
      overlaps: [{ b: 'zz-whole', known: [{ relation: 'part-of', cases: 1, note: 'Renamed.' }], equal: null }],
      elsewhere: [{ name: 'A set of no registry', relation: 'derived-from' }],
    });
  });

  test('may come about through a third', async () => {
    const { overlaps } = await findOverlaps(['zz-part', 'zz-third', 'zz-alone'], options);
    expect(overlaps).toMatchObject([
      { a: 'zz-part', b: 'zz-third', known: [], via: ['zz-whole'] },
      { a: 'zz-part', b: 'zz-alone', known: [], via: [] },
      { a: 'zz-third', b: 'zz-alone', known: [], via: [] },
    ]);
  });

  test('show in equal files of the library, under whatever name; small files say nothing', async () => {
    for (const id of ['zz-whole', 'zz-part', 'zz-alone']) await fetchDataset(id, options);
    const { overlaps } = await findOverlaps(['zz-whole', 'zz-part', 'zz-alone'], options);
    expect(overlaps.map(({ a, b, equal }) => [a, b, equal])).toEqual([
      ['zz-whole', 'zz-part', { files: 1, bytes: 3500, examples: [{ a: 'scans/2.nii', b: 'case-b.nii' }] }],
      ['zz-whole', 'zz-alone', { files: 0, bytes: 0, examples: [] }],
      ['zz-part', 'zz-alone', { files: 0, bytes: 0, examples: [] }],
    ]);
  });

  test('of a dataset that nobody knows', async () => {
    await expect(findOverlaps(['zz-whole', 'zz-none'], options)).rejects.toMatchObject({ exitCode: 3 });
  });
});

describe('the bundled registry', async () => {
  const { datasets } = await loadRegistry({});
  const byId = new Map(datasets.map((one) => [one.id, one]));

  test('names only datasets that there are, and none as its own kin', () => {
    for (const { id, overlaps = [] } of datasets) {
      for (const { dataset, name } of overlaps) {
        expect(dataset ?? name, id).toBeDefined();
        if (dataset !== undefined) expect(byId.has(dataset), `${id}: ${dataset}`).toBe(true);
        expect(dataset, id).not.toBe(id);
      }
    }
  });

  test.each([
    ['luna16', 'lidc-idri'],
    ['lynos', 'aeropath'],
    ['lits', 'msd'],
    ['kits19', 'kits23'],
  ])('knows that %s and %s share cases', async (a, b) => {
    if (!byId.has(b)) {
      const names = byId.get(a)?.overlaps?.map(({ name }) => name?.toLowerCase());
      return expect(names).toContain(b);
    }
    const { overlaps } = await findOverlaps([a, b], { home: options.home, env: options.env });
    expect(overlaps[0]?.known).toHaveLength(1);
  });

  test('is made of one file a dataset', () => {
    const sources = new URL('../../src/registry/datasets/', import.meta.url);
    const files = readdirSync(sources).sort();
    expect(files).toEqual([...byId.keys()].map((id) => `${id}.json`).sort());
    const whole = JSON.parse(readFileSync(new URL('../../registry.json', import.meta.url), 'utf8'));
    for (const file of files) {
      const one = JSON.parse(readFileSync(new URL(file, sources), 'utf8'));
      expect(whole.datasets[file.slice(0, -'.json'.length)], file).toEqual(one);
    }
  });
});

test.each([
  [{ license: { name: 'x', spdx: 'CC-BY-NC-SA-4.0' } }, { commercial: 'forbidden', redistribution: 'unknown' }],
  [
    { license: { name: 'x', spdx: 'CC-BY-4.0' }, redistribution: 'allowed' },
    { commercial: 'allowed', redistribution: 'allowed' },
  ],
  [
    { license: { name: 'x', spdx: 'CC-BY-4.0' }, commercialUse: 'forbidden' },
    { commercial: 'forbidden', redistribution: 'unknown' },
  ],
  [{ license: { name: 'Its own terms' } }, { commercial: 'unknown', redistribution: 'unknown' }],
] as const)('use of %j', (facts, use) => {
  expect(useOf(entry(facts))).toEqual(use);
});

test.each<[boolean | undefined, 'allowed' | 'forbidden' | undefined, boolean]>([
  [true, 'forbidden', false],
  [undefined, 'forbidden', false],
  [false, 'allowed', false],
  [false, 'forbidden', true],
  [false, undefined, true],
])('a source with official %s, redistribution %s: by its name only is %s', (official, redistribution, isByName) => {
  const source: SourceEntry = { method: 'zenodo', record: '1', ...(official === undefined ? {} : { official }) };
  const why = whyByName({ ...(redistribution === undefined ? {} : { redistribution }) }, source);
  expect(why !== undefined).toBe(isByName);
});
