/** What a plan says of the disk holds: archives go as they are unpacked, and only those in work are there. */
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { fetchDataset } from '../../src/index.js';
import type { Dataset } from '../../src/registry/schema.js';
import { archive, type Hosted, MiB, offer, treeOfAll } from '../cli/stage.js';
import { startFileHost } from '../hosts/file-host.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';

const host = await startFileHost();
afterAll(async () => {
  await host.close();
  removeTempDirs();
});

const archives: Hosted[] = [0, 1, 2, 3, 4, 5].map((number) =>
  archive(`subset${number}.zip`, { files: 3, size: 2 * MiB }),
);

/** Bytes that a folder takes on the disk, and its files. */
function taken(folder: string): { bytes: number; names: string[] } {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const bytes = names.reduce((sum, name) => {
    // It may be on its way to another place just now.
    const stat = statSync(path.join(folder, name), { throwIfNoEntry: false });
    return sum + (stat?.isFile() === true ? stat.blocks * 512 : 0);
  }, 0);
  return { bytes, names };
}

it('a set of archives takes what its plan says, at most', async () => {
  const home = tempDir('peak-disk');
  const dataset: Dataset = { id: 'sets', name: 'Sets', registry: 'test', sources: [offer(host, ...archives) as never] };
  const options = { home, env: {}, jobs: 2, connections: 2 };
  const { peakDisk = 0, finalSize = 0 } = await fetchDataset(dataset, { ...options, dryRun: true });
  let [most, parts] = [0, 0];
  const { path: folder } = await fetchDataset(dataset, {
    ...options,
    onProgress: () => {
      const { bytes, names } = taken(home);
      most = Math.max(most, bytes);
      parts = Math.max(parts, names.filter((name) => path.basename(name) === 'data').length);
    },
  });
  expect(await treeOf(folder)).toEqual(treeOfAll(archives));
  expect(parts).toBeLessThanOrEqual(2);
  // Journals and lists come besides.
  expect(most).toBeLessThanOrEqual(peakDisk + MiB / 4);
  expect(most).toBeGreaterThan(finalSize - 2 * 2 * 3 * MiB);
  expect(peakDisk - finalSize).toBeLessThan(2 * 7 * MiB);
});
