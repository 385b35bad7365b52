/** Every entry of the bundled registry that is at Kaggle, held against datasets that hold what is known of the real ones. */
import { afterAll, expect, test } from 'vitest';
import { loadRegistry } from '../../src/registry/load.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { startKaggle } from '../hosts/kaggle.js';
import { heldFor, takenBy } from '../registry/example.js';
import { closeAgents, resolve } from './resolving.js';

afterAll(closeAgents);

type Entry = Extract<SourceEntry, { method: 'kaggle' }>;

/** Files of datasets that the registry takes as a whole, from programs that use them: names, or how many there are. */
const KNOWN: Record<string, string[] | number> = {
  'xiaoweixumedicalai/imagechd': ['ImageCHD_dataset.change2zip', 'ImageCHD_dataset.z01', 'ImageCHD_dataset.z02'],
  'intel-mobileodt-cervical-cancer-screening': ['train.7z', 'test.7z'],
};

/** More than are asked for one by one. */
const MANY = 60;

const { datasets } = await loadRegistry({});
const inner = (source: SourceEntry): SourceEntry[] => (source.method === 'all' ? source.of : [source]);
const entries = datasets.flatMap(({ id, sources }) =>
  sources
    .flatMap(inner)
    .filter((source): source is Entry => source.method === 'kaggle')
    .map((entry): [string, Entry] => [`${id}: ${entry.dataset ?? entry.competition}`, entry]),
);

function namesIn(entry: Entry): string[] {
  const { dataset, competition = '', files, include } = entry;
  if (files !== undefined) return files.map(({ path }) => path);
  if (include !== undefined) return heldFor(entry);
  const known = KNOWN[dataset ?? competition] ?? MANY;
  return typeof known === 'number' ? Array.from({ length: known }, (_, at) => `images/${at}.png`) : known;
}

/** Sizes and checksums are those of the real files, which nobody wants to make here. */
function withoutSizes(entry: Entry): Entry {
  const files = entry.files?.map(({ size: _, checksum: _sum, ...file }) => file);
  return files === undefined ? entry : { ...entry, files };
}

const LOGIN = { KAGGLE_USERNAME: 'ada', KAGGLE_KEY: 'secret' };

test('there are some', () => {
  expect(entries.length).toBeGreaterThan(10);
});

test.each(entries)('%s', async (_, entry) => {
  const host = await startKaggle({ keys: { ada: 'secret' } });
  try {
    const names = namesIn(entry);
    const files = names.map((name) => ({ name, content: `contents of ${name}`, wrapped: !name.endsWith('.png') }));
    const slug = (entry.dataset ?? entry.competition) as string;
    if (entry.competition !== undefined) await host.addCompetition(slug, files, { accepted: new Set(['ada']) });
    else for (let version = 0; version < (entry.version ?? 1); version++) await host.addDataset(slug, files);
    const env = { MEDDS_ENDPOINT_KAGGLE: host.origin, HOME: '/nowhere', ...LOGIN };
    const resolution = await resolve(withoutSizes(entry), env);
    const whole = names.length === MANY;
    const taken = entry.include === undefined ? names : takenBy(entry);
    expect(resolution.files.map(({ path }) => path)).toEqual(whole ? [`${slug.split('/').at(-1)}.zip`] : taken);
    expect(resolution.files.every(({ wrapped }) => (wrapped === undefined) === whole)).toBe(true);
    if (entry.dataset !== undefined) expect(resolution.revision).toBe(`kaggle:${slug}@${entry.version ?? 1}`);
  } finally {
    await host.close();
  }
});
