/**
 * Every dataset of the bundled registry, fetched by its own entry from hosts that hold a small replica of it, to the tree that its users
 * know. Of the entries only the sizes and checksums are left out, which are those of the real files.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { caseOf, naturalOrder } from '../../src/cases.js';
import { EXIT, type FetchOptions, fetchDataset, importDataset } from '../../src/index.js';
import { loadRegistry } from '../../src/registry/load.js';
import type { Dataset, SourceEntry } from '../../src/registry/schema.js';
import { seededRandom } from '../support/seeded-random.js';
import { SEED, SOAK } from '../support/soak.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { sha256Of, treeOf } from '../support/tree.js';
import { BY_HAND } from './by-hand.js';
import { CASES, SEEN_CASES } from './cases.js';
import { derivedOf } from './derived.js';
import { DICOM } from './dicom.js';
import { HOSTS, type Started } from './hosts.js';
import { contentOf, type Files } from './offer.js';
import { PLATFORMS } from './platforms.js';
import type { Replica } from './replica.js';
import { REPOSITORIES } from './repositories.js';
import { SHARED_LINKS } from './shared-links.js';

const KNOWN: Replica[] = [...REPOSITORIES, ...PLATFORMS, ...SHARED_LINKS, ...DICOM, ...BY_HAND];

const { datasets } = await loadRegistry({});

const unknown = datasets.filter(({ id }) => KNOWN.every(({ dataset }) => dataset !== id));
const DERIVED = unknown.flatMap((dataset) => derivedOf(dataset) ?? []);
/** A quarter of the derived ones in the suite, another one in every run; all of them in `npm run test:soak`. */
const QUARTER = seededRandom(SEED).integer(0, 3);
const REPLICAS = [...KNOWN, ...DERIVED.filter((_, at) => SOAK || at % 4 === QUARTER)];

afterAll(removeTempDirs);

/** The dataset with only the sources that the replica is of, which may be changed. */
function bundled({ dataset: id, source, derived }: Replica): Dataset {
  const found = datasets.find((one) => one.id === id);
  if (found === undefined) throw new Error(`The registry has no ${id}`);
  const usual = found.sources.filter(({ name, method, onlyByName }) =>
    source === undefined ? onlyByName === undefined : (name ?? method) === source,
  );
  const [entry] = structuredClone(usual.length > 0 ? usual : found.sources) as [SourceEntry];
  for (const inner of flat(entry)) forgetSizes(inner);
  // A source that needs asking for is asked for by being the only one.
  const { onlyByName: _, official: _official, ...asked } = entry;
  return { ...found, sources: [derived === true ? (asked as SourceEntry) : entry] };
}

const flat = (entry: SourceEntry): SourceEntry[] => (entry.method === 'all' ? entry.of.flatMap(flat) : [entry]);

function forgetSizes(entry: SourceEntry): void {
  const named = [
    ...('files' in entry ? (entry.files ?? []) : []),
    ...('companions' in entry ? (entry.companions ?? []) : []),
  ];
  for (const facts of named as { size?: number; checksum?: unknown }[]) {
    delete facts.size;
    delete facts.checksum;
  }
  // A list of the real files' sums, at the host.
  if (entry.method === 's3') delete entry.checksumFile;
}

const treeFrom = (...groups: Files[]): Record<string, Buffer | string> =>
  Object.fromEntries(
    groups.flatMap((files) =>
      Object.values(files).flatMap(({ holds }) => holds.map((place) => [place, contentOf(place)])),
    ),
  );

/** Paths of every dataset, in all its replicas. */
const landed = new Map<string, Set<string>>();

function note(id: string, tree: object): void {
  landed.set(id, new Set([...(landed.get(id) ?? []), ...Object.keys(tree)]));
}

async function expectTree(id: string, folder: string, tree: Record<string, Buffer | string>): Promise<void> {
  note(id, tree);
  const expected = path.join(tempDir('expected'), 'tree');
  for (const [place, content] of Object.entries(tree)) {
    const file = path.join(expected, place);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  expect(await treeOf(folder)).toEqual(await treeOf(expected));
}

/** All that was offered is there, once, and nothing else, wherever it is. */
async function expectContents(folder: string, tree: Record<string, Buffer | string>): Promise<void> {
  const sums = Object.values(tree).map((content) => createHash('sha256').update(content).digest('hex'));
  const found = Object.values(await treeOf(folder)).map((entry) =>
    'sha256' in entry ? entry.sha256 : JSON.stringify(entry),
  );
  expect(found.sort()).toEqual(sums.sort());
}

async function startHosts(
  held: Extract<Replica, { hosts: unknown }>['hosts'],
  entries: SourceEntry[],
): Promise<Started[]> {
  const started: Started[] = [];
  for (const [method, files] of Object.entries(held)) {
    const start = HOSTS[method as SourceEntry['method']] as (held: unknown, entries: SourceEntry[]) => Promise<Started>;
    const own = entries.filter((entry) => entry.method === method);
    started.push(await start(files, own));
  }
  return started;
}

const titleOf = ({ dataset, source, title }: Replica): string =>
  [dataset, ...(source === undefined ? [] : [`from ${source}`]), ...(title === undefined ? [] : [`(${title})`])].join(
    ' ',
  );

test('every dataset of the registry has a replica', () => {
  const replicas = new Set([...KNOWN, ...DERIVED].map(({ dataset }) => dataset));
  expect([...replicas].sort()).toEqual(datasets.map(({ id }) => id).sort());
});

describe('the true tree lands', () => {
  test.concurrent.each(REPLICAS.map((replica) => [titleOf(replica), replica] as const))('%s', async (_, replica) => {
    const home = tempDir('replica');
    const dataset = bundled(replica);
    const options: FetchOptions = { home, env: { HOME: home, MEDDS_CONFIG_DIR: home }, tries: 1 };
    if ('byHand' in replica) return byHand(dataset, replica.byHand, options, replica.derived);
    const hosts = await startHosts(replica.hosts, dataset.sources.flatMap(flat));
    try {
      const env = Object.assign({}, options.env, ...hosts.map((host) => host.env));
      const { path: folder } = await fetchDataset(dataset, { ...options, env });
      const groups = Object.values(replica.hosts).flatMap((held) => Object.values(held));
      if (replica.derived === true) {
        return expectContents(folder, {
          ...treeFrom(...groups),
          ...Object.assign({}, ...hosts.map(({ tree }) => tree)),
        });
      }
      await expectTree(dataset.id, folder, {
        ...treeFrom(...groups),
        ...Object.assign({}, ...hosts.map(({ tree }) => tree)),
      });
    } finally {
      await Promise.all(hosts.map((host) => host.close()));
    }
  });
});

describe('cases are told by the paths of the true tree', () => {
  const described = datasets.filter(({ casePaths }) => casePaths !== undefined);

  test.each(described.map((dataset) => [dataset.id, dataset] as const))('%s', (id, { cases, casePaths = [] }) => {
    const seen = SEEN_CASES[id];
    if (seen !== undefined) {
      for (const [place, name] of Object.entries(seen)) expect(caseOf(place, casePaths), place).toBe(name);
      return expect(
        casePaths.filter((one) => Object.keys(seen).every((at) => caseOf(at, [one]) === undefined)),
      ).toEqual([]);
    }
    const paths = [...(landed.get(id) ?? [])];
    const found = new Set(paths.flatMap((place) => caseOf(place, casePaths) ?? []));
    if (CASES[id] === undefined) expect(found.size).toBe(cases);
    else expect([...found].sort(naturalOrder)).toEqual(CASES[id]);
    const idle = casePaths.filter((one) => paths.every((place) => caseOf(place, [one]) === undefined));
    expect(idle).toEqual([]);
  });

  test('and all are described whose cases are known here', () => {
    expect(described.map(({ id }) => id).sort()).toEqual(
      [...Object.keys(CASES), ...Object.keys(SEEN_CASES), 'kits19'].sort(),
    );
  });
});

/** First the steps are told; then what a browser saved is given to `import`. */
async function byHand(dataset: Dataset, files: Files, options: FetchOptions, derived?: true): Promise<void> {
  const refused = fetchDataset(dataset, options);
  await expect(refused).rejects.toMatchObject({
    exitCode: EXIT.actionRequired,
    steps: dataset.sources[0] && expect.any(Array),
  });
  const downloads = path.join(options.home as string, 'Downloads');
  mkdirSync(downloads);
  for (const [name, { bytes }] of Object.entries(files)) writeFileSync(path.join(downloads, name), await bytes());
  const { path: folder } = await importDataset(dataset, [downloads], options);
  await (derived ? expectContents(folder, treeFrom(files)) : expectTree(dataset.id, folder, treeFrom(files)));
  // What the user brought stays where it was.
  for (const [name, { bytes }] of Object.entries(files)) {
    const copy = path.join(tempDir('copy'), 'file');
    writeFileSync(copy, await bytes());
    expect(await sha256Of(path.join(downloads, name))).toBe(await sha256Of(copy));
  }
}
