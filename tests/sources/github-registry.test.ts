/** Every entry of the bundled registry that is at GitHub, held against repositories that hold what is known of the real ones. */
import { afterAll, describe, expect, test } from 'vitest';
import { loadRegistry } from '../../src/registry/load.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { startGitHub } from '../hosts/github.js';
import { heldFor, takenBy } from '../registry/example.js';
import { closeAgents, resolve } from './resolving.js';

afterAll(closeAgents);

type Entry = Extract<SourceEntry, { method: 'github' }>;

interface Known {
  /** What is known to lie in the repository, and which of it in Git LFS. */
  holds: string[];
  lfs?: RegExp;
  /** What the entry takes of it; everything when absent. */
  takes?: RegExp;
  into?: string;
}

const numbered = (from: number, to: number, name: (number: string) => string): string[] =>
  Array.from({ length: to - from + 1 }, (_, at) => name(String(from + at).padStart(2, '0')));

const DELINEATIONS = 'csPCa_lesion_delineations/human_expert';

const KNOWN: Record<string, Known> = {
  'neheller/kits19': {
    holds: [
      'LICENSE',
      'README.md',
      'starter_code/get_imaging.py',
      'data/LICENSE',
      'data/kits.json',
      ...Array.from({ length: 210 }, (_, at) => `data/case_${String(at).padStart(5, '0')}/segmentation.nii.gz`),
    ],
    takes: /^data\//,
  },
  'DIAGNijmegen/picai_labels': {
    holds: [
      'LICENSE',
      'README.md',
      `${DELINEATIONS}/original/10000_1000000.nii.gz`,
      `${DELINEATIONS}/resampled/10000_1000000.nii.gz`,
      `${DELINEATIONS}/Pooch25/10001_1000001.nii.gz`,
      'csPCa_lesion_delineations/AI/Bosma22a/10000_1000000.nii.gz',
      'anatomical_delineations/whole_gland/AI/Bosma22b/10000_1000000.nii.gz',
      'anatomical_delineations/zonal_pz_tz/AI/Yuan23/10000_1000000.nii.gz',
      'clinical_information/marksheet.csv',
      'additional_resources/ProstateX-mapping.json',
    ],
    into: 'picai_labels',
  },
  'rajsahu2004/Retina-Blood-Vessel-Segmentation-using-UNET': {
    // A pattern that fits everything has put .gitattributes into LFS as well.
    holds: [
      '.gitattributes',
      'train.py',
      ...numbered(21, 40, (number) => `data/training/images/${number}_training.tif`),
      ...numbered(21, 40, (number) => `data/training/1st_manual/${number}_manual1.gif`),
      ...numbered(21, 40, (number) => `data/training/mask/${number}_training_mask.gif`),
      ...numbered(1, 20, (number) => `data/test/images/${number}_test.tif`),
      ...numbered(1, 20, (number) => `data/test/1st_manual/${number}_manual1.gif`),
      ...numbered(1, 20, (number) => `data/test/2nd_manual/${number}_manual2.gif`),
      ...numbered(1, 20, (number) => `data/test/mask/${number}_test_mask.gif`),
    ],
    lfs: /^(data\/|\.gitattributes$)/,
    takes: /^data\//,
  },
};

const { datasets } = await loadRegistry();
const entries = datasets.flatMap(({ id, sources }) =>
  sources
    .flatMap((source) => (source.method === 'all' ? source.of : [source]))
    .flatMap((source): [string, Entry][] =>
      source.method === 'github' ? [[`${id}: ${source.name ?? source.repo}`, source]] : [],
    ),
);

/** Of the rest nothing is known but what the entry says itself. */
async function expectStated(entry: Entry): Promise<void> {
  const { repo, ref, release, place = [] } = entry;
  const host = await startGitHub();
  try {
    const files = heldFor(entry).map((path) => ({ path, content: path }));
    await host.addRepo(repo, { files, ...(ref === undefined ? {} : { sha: ref }) });
    if (release !== undefined) {
      await host.addRelease(
        repo,
        release,
        files.map(({ path, content }) => ({ name: path, content })),
      );
    }
    const resolution = await resolve(entry, host.env);
    expect(resolution.files).toHaveLength(takenBy(entry).length);
    if (place.length === 0) expect(resolution.files.map(({ path }) => path).sort()).toEqual(takenBy(entry).sort());
  } finally {
    await host.close();
  }
}

describe('the registry', () => {
  test('has entries at GitHub', () => {
    expect(entries.length).toBeGreaterThan(3);
  });

  test.each(entries)('%s', async (_, entry) => {
    const { repo, ref } = entry;
    const known = KNOWN[repo];
    if (known === undefined) return expectStated(entry);
    if (ref === undefined) throw new Error(`${repo} is at no commit`);
    const host = await startGitHub();
    const files = known.holds.map((path) => ({ path, content: path, lfs: known.lfs?.test(path) === true }));
    await host.addRepo(repo, { files, sha: ref });
    // Sizes and sums are those of the real files.
    const names = entry.files?.map(({ size: _size, checksum: _checksum, ...facts }) => facts);
    const resolution = await resolve({ ...entry, ...(names === undefined ? {} : { files: names }) }, host.env);
    expect(resolution.revision).toBe(`github:${repo}@${ref}`);
    expect(resolution.files.map(({ path }) => path).sort()).toEqual(
      known.holds.filter((path) => known.takes?.test(path) !== false).sort(),
    );
    for (const { path, into, unpack, checksums } of resolution.files) {
      const sum = known.lfs?.test(path) ? /^sha256:/ : /^git-sha1:/;
      expect({ path, into, checksums }).toEqual({
        path,
        into: known.into ?? '',
        checksums: [expect.stringMatching(sum)],
      });
      expect(unpack === false || /\.(nii\.gz|json)$|LICENSE$/.test(path)).toBe(true);
    }
    await host.close();
  });
});
