/** Hostile archives, by every way in: whole, while they arrive, and a chosen part. Exit 6 (4 where a password is missing), and nothing outside the work area. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { fetchDataset, type MeddsError } from '../../src/index.js';
import type { Dataset } from '../../src/registry/schema.js';
import { parseSelection } from '../../src/selection.js';
import { buildTar, type TarPart } from '../archive/build-tar.js';
import { buildZip, type ZipPart } from '../archive/build-zip.js';
import { startFileHost } from '../hosts/file-host.js';
import { seededRandom } from '../support/seeded-random.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';

const host = await startFileHost();
afterAll(async () => {
  removeTempDirs();
  await host.close();
});

/** Enough that the archive is unpacked while it arrives. */
const scans = Array.from({ length: 6 }, (_, index) => ({
  name: `scans/${index}.raw`,
  data: seededRandom(index).bytes(1_000_000),
}));

const zips: [string, ZipPart[], RegExp][] = [
  ['climbs', [{ name: '../../evil', data: 'x' }], /climbs/],
  ['leads out by a link', [{ name: 'scans/l', data: '../../../..', mode: 0o120777 }], /link that leads out/],
  ['lies about a size', [{ name: 'scans/z', data: 'xx', deflate: true, size: 1 }], /stated size/],
  ['has another name inside', [{ name: 'scans/z', data: 'x', local: { name: 'scans/y' } }], /another name inside/],
  ['is encrypted', [{ name: 'scans/z', flags: 0x801, compressedSize: 16, raw: Buffer.alloc(16) }], /encrypted/],
  ['has two contents for a name', [{ name: 'scans/0.raw', data: 'x' }], /twice, with different contents/],
];
const tars: [string, TarPart[], RegExp][] = [
  ['climbs', [{ name: 'x', pax: { path: '../../evil' }, data: 'x' }], /climbs/],
  ['leads out by a hard link', [{ name: 'h', type: '1', link: '../../../beside' }], /climbs/],
  ['holds a device', [{ name: 'd', type: '4' }], /block device/],
];

const WAYS: [string, { include: string[] } | undefined][] = [
  ['whole', undefined],
  ['in part', { include: ['scans/*'] }],
];

const cases = WAYS.flatMap(([way, flags]) => [
  ...zips.map(
    ([what, parts, words]) =>
      [`a zip that ${what}, ${way}`, 'data.zip', buildZip([...scans, ...parts]), words, flags] as const,
  ),
  ...tars.map(([what, parts, words]) => {
    const archive = gzipSync(buildTar([...scans, ...parts]), { level: 1 });
    return [`a tar.gz that ${what}, ${way}`, 'data.tar.gz', archive, words, flags] as const;
  }),
]);

it.each(cases)('%s', async (_, name, archive, words, flags) => {
  const root = tempDir('hostile');
  const home = path.join(root, 'library');
  host.add(`/${name}`, archive);
  const dataset: Dataset = {
    id: 'data',
    name: 'Data',
    registry: 'test',
    sources: [{ method: 'direct', files: [{ url: host.url(`/${name}`), path: name, size: archive.length }] }],
  };
  const selection = flags && parseSelection(flags);
  const error = await fetchDataset(dataset, {
    home,
    tries: 2,
    env: { MEDDS_CONFIG_DIR: path.join(root, 'config') },
    wholeArchive: true,
    ...(selection === undefined ? {} : { selection }),
  }).then(
    () => expect.unreachable('it was taken'),
    (thrown: MeddsError) => thrown,
  );
  expect(error.message).toMatch(words);
  expect(error).toMatchObject({
    exitCode: /encrypted/.test(error.message) ? 4 : 6,
    dataset: 'data',
    file: name,
    hint: expect.any(String),
  });
  expect(readdirSync(root)).toEqual(['library']);
  const outside = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter(
    (entry) => !entry.startsWith('parts'),
  );
  expect(outside.filter((entry) => /evil|beside|raw/.test(entry))).toEqual([]);
  expect(() => readdirSync(path.join(home, 'datasets', 'data'))).toThrow('ENOENT');
});
