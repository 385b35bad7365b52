/**
 * kill -9 at random moments, and disks that fail from random moments on, of fetches from every kind of source and of an import: what
 * is on disk never passes for more than it is, the next run brings the dataset to its end, and where the host gives ranges hardly a
 * byte comes twice.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { datasetPath, datasetStatus } from '../../src/index.js';
import { type Content, bytes as contentOf, digestOf } from '../hosts/content.js';
import type { FileHost } from '../hosts/file-host.js';
import { ignoreRange } from '../hosts/misbehaviour.js';
import { packed, tar } from '../hosts/phantoms/archives.js';
import type { StandIn } from '../sources/stand-ins/stand-in.js';
import { seededRandom } from '../support/seeded-random.js';
import { rounds, SEED, withSeed } from '../support/soak.js';
import { treeOf } from '../support/tree.js';
import type { Moment } from '../support/trouble.js';
import {
  archive,
  fileHost,
  MiB,
  offer,
  offerUnknown,
  type Stage,
  single,
  sizeOfAll,
  stageFor,
  treeOfAll,
} from './stage.js';

const CONNECTIONS = 2;

/** What may be lost at a kill, and what is not the file's: listings, headers. Bytes. */
const LOST = CONNECTIONS * MiB + 256 * 1024;

/** What each run asks for, to know what is in a zip, bytes. */
const LIST = 160 * 1024;

type Tree = Awaited<ReturnType<typeof treeOf>>;

interface Work {
  args: string[];
  tree: Tree;
  /** Where bytes come from, and how many there are in all; absent where a host cannot go on with a file. */
  once?: { host: FileHost; path?: string; size: number; lists?: number };
  close?(): Promise<void>;
}

type Way = (stage: Stage) => Promise<Work>;

const host = await fileHost();
const stage = stageFor('anywhere', (stage) => {
  stage.env.MEDDS_CONNECTIONS = String(CONNECTIONS);
});

const SCANS = archive('scans.zip', { size: 3 * MiB });
const SLIDES = packed(
  'slides.tar.gz',
  Array.from({ length: 40 }, (_, index) => ({ path: `slides/${index}.raw`, data: seededRandom(index).bytes(90_000) })),
  (members) => gzipSync(tar(members), { level: 1 }),
);
const MANY = Array.from({ length: 60 }, (_, index) => single(`case-${index}.raw`, 20_000));
const SET = [SCANS, SLIDES, archive('masks.zip', { files: 40, size: 2000 }), single('list.csv')];

const SHAPES: Record<string, Way> = {
  'a host with ranges': async (stage) => {
    stage.register('data', offer(host, SCANS));
    return { args: ['fetch', 'data'], tree: SCANS.tree, once: { host, size: sizeOfAll([SCANS]), lists: 1 } };
  },
  'a host without ranges': async (stage) => {
    stage.register('data', offer(host, SCANS));
    host.misbehave('/scans.zip', ignoreRange());
    return { args: ['fetch', 'data'], tree: SCANS.tree };
  },
  'a file made on the way, of no known size': async (stage) => {
    stage.register('data', offerUnknown(host, SCANS));
    host.misbehave('/scans.zip', { ...ignoreRange(), framing: 'chunked' });
    return { args: ['fetch', 'data'], tree: SCANS.tree };
  },
  'many files': async (stage) => {
    stage.register('data', offer(host, ...MANY));
    return { args: ['fetch', 'data'], tree: treeOfAll(MANY), once: { host, size: sizeOfAll(MANY) } };
  },
  'several archives': async (stage) => {
    stage.register('data', offer(host, ...SET));
    return { args: ['fetch', 'data'], tree: treeOfAll(SET), once: { host, size: sizeOfAll(SET), lists: 2 } };
  },
  'a part of an archive': async (stage) => {
    stage.register('data', offer(host, SCANS));
    const tree = { 'scans/1.raw': SCANS.tree['scans/1.raw'] as Tree[string] };
    return {
      args: ['fetch', 'data', '--include', 'scans/1.raw'],
      tree,
      once: { host, size: 3 * MiB, lists: 1 },
    };
  },
  'files that came by hand': async (stage) => {
    const downloads = path.join(stage.folder, 'downloads');
    mkdirSync(downloads, { recursive: true });
    for (const { key, data } of SET) writeFileSync(path.join(downloads, key), data);
    const files = offer(host, ...SET).files.map(({ url: _, ...file }) => file);
    stage.register('data', {
      method: 'manual',
      host: 'example.org',
      url: 'https://example.org/',
      steps: ['Ask.'],
      files,
    });
    return { args: ['import', 'data', downloads], tree: treeOfAll(SET) };
  },
};

const STAND_INS = new URL('../sources/stand-ins/', import.meta.url);
const METHODS = readdirSync(STAND_INS)
  .filter((name) => name !== 'stand-in.ts')
  .map((name) => path.basename(name, '.ts'));

function standInWay(method: string): Way {
  return async (stage) => {
    const { start } = (await import(`../sources/stand-ins/${method}.ts`)) as { start(): Promise<StandIn> };
    const standIn = await start();
    Object.assign(stage.env, standIn.env);
    stage.register('data', standIn.entry);
    const { host, path } = standIn.bytes;
    const tree = await treeOfContents(standIn.tree);
    const size = Math.max(...Object.values(tree).map((entry) => ('size' in entry ? entry.size : 0)));
    return {
      args: ['fetch', 'data'],
      tree,
      ...(standIn.ranges ? { once: { host, path, size } } : {}),
      close: () => standIn.close(),
    };
  };
}

async function treeOfContents(tree: StandIn['tree']): Promise<Tree> {
  const entries = Object.entries(tree).map(async ([name, held]) => {
    const content: Content = typeof held === 'string' || held instanceof Uint8Array ? contentOf(held) : held;
    return [name, { size: content.size, sha256: await digestOf(content, 'sha256') }] as const;
  });
  return Object.fromEntries((await Promise.all(entries)).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const WAYS: [string, Way][] = [
  ...Object.entries(SHAPES),
  ...METHODS.map((method): [string, Way] => [method, standInWay(method)]),
];

const KILLER = new URL('../support/trouble.js', import.meta.url).href;

/** @returns whether it got into trouble; otherwise it has done its work */
async function run(args: readonly string[], moment: Moment): Promise<boolean> {
  const env = { NODE_OPTIONS: `--import=${KILLER}`, MEDDS_TEST_TROUBLE: JSON.stringify(moment) };
  const { code, signal, stderr } = await stage.startWith(env, ...args, '--progress', 'none').result;
  expect(signal ?? code, stderr).toBeOneOf([moment.fails === undefined ? 'SIGKILL' : 7, 0]);
  if (code === 7) expect(stderr.replace(/\s+/g, ' ')).toMatch(/^Error: .*data.*what is here is kept/);
  return code !== 0;
}

/** Whatever the moment: the dataset is whole, or it does not pass for complete; and nothing is claimed that did not come. */
async function expectHonest({ tree }: Work, told: string): Promise<{ whole: boolean; claimed: number }> {
  const folder = await datasetPath('data', stage).catch(() => undefined);
  // As long as nothing came of it, there is no such dataset.
  const status = await datasetStatus('data', stage).catch(() => undefined);
  expect(['complete', 'chosen'].includes(status?.state ?? 'missing'), told).toBe(folder !== undefined);
  if (folder !== undefined) expect(await treeOf(folder), told).toEqual(tree);
  return { whole: folder !== undefined, claimed: status?.download?.bytes ?? 0 };
}

/** In a library of its own, gets it into trouble before one of its changes to the disk, and brings it to its end. */
async function expectNothingLost(work: Work, moment: Moment, told: string): Promise<void> {
  const { args, tree, once } = work;
  const counter = path.join(stage.folder, 'received');
  const inTrouble = await run(args, { ...moment, received: counter });
  await once?.host.idle();
  const before = once?.host.bytesSent(once.path) ?? 0;
  const { whole, claimed } = await expectHonest(work, told);
  // What is whole is not imported again.
  if (whole && args[0] === 'import') return;

  const { code, stdout, stderr } = await stage.run(...args, '--json');
  expect(code, `${told}\n${stderr}`).toBe(0);
  expect(await treeOf(stage.dataset('data')), told).toEqual(tree);
  if (once === undefined || !inTrouble) return;
  const { outcome, resumed } = JSON.parse(stdout);
  // What is small is fetched in one go, also where it was counted: just come, and not yet in its place.
  if (outcome === 'fetched') expect(resumed, told).toBeGreaterThanOrEqual(claimed - CONNECTIONS * MiB);
  const received = Number(readFileSync(counter, 'utf8'));
  expect(claimed, told).toBeLessThanOrEqual(received);
  const again = received + once.host.bytesSent(once.path) - before - once.size;
  expect(again, told).toBeLessThanOrEqual(LOST + 2 * (once.lists ?? 0) * LIST);
}

/** In each round another kind of trouble. */
async function troubleRepeatedly(work: Work, way: string, kinds: readonly Moment[], count: number): Promise<void> {
  const random = seededRandom(`${SEED} ${way}`);
  const counter = path.join(stage.folder, 'changes');
  await run(work.args, { count: counter });
  const changes = Number(readFileSync(counter, 'utf8'));
  // Fewer would mean that the changes are not seen any more.
  expect(changes).toBeGreaterThan(20);
  expect(await treeOf(stage.dataset('data'))).toEqual(work.tree);

  for (let round = 0; round < count; round++) {
    stage.home = path.join(stage.folder, `library ${round}`);
    const moment = { ...kinds[round % kinds.length], changes: random.integer(1, changes) };
    await expectNothingLost(work, moment, `${way}, ${JSON.stringify(moment)} of ${changes}, ${withSeed(round)}`);
  }
}

/** All ways in a soak; in the suite some of them, others in every run. */
const order = seededRandom(SEED);
const shuffled = WAYS.map((way) => ({ way, rank: order.next() }))
  .sort((a, b) => a.rank - b.rank)
  .map(({ way }) => way);

async function tryWay(name: string, way: Way, kinds: readonly Moment[], count: number): Promise<void> {
  const work = await way(stage);
  try {
    await troubleRepeatedly(work, name, kinds, count);
  } finally {
    await work.close?.();
  }
}

describe('a process that is killed at a random moment loses nothing', () => {
  it.each(shuffled.slice(0, rounds(2, WAYS.length)))('%s', (name, way) => tryWay(name, way, [{}], rounds(1, 9)));
});

const FAILURES = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EACCES'].map((fails) => ({ fails }));

describe('a disk that fails from a random moment on loses nothing', () => {
  it.each(shuffled.slice(-rounds(1, WAYS.length)))('%s', (name, way) => tryWay(name, way, FAILURES, rounds(1, 5)));
});
