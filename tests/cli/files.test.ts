/** `medds files` and what `medds fetch` plans for a part of a dataset: only what is needed goes over the wire. */
import { describe, expect, it } from 'vitest';
import { fetchDataset, listFiles } from '../../src/index.js';
import { parseSelection, type SelectionFlags } from '../../src/selection.js';
import { ignoreRange } from '../hosts/misbehaviour.js';
import { packed, zip } from '../hosts/phantoms/archives.js';
import { seededRandom } from '../support/seeded-random.js';
import { fileHost, type Hosted, offer, single, stageFor } from './stage.js';

const KiB = 1024;
const CASE_BYTES = 200 * KiB;

/** A zip of cases, each a header and a volume, in folders of five. */
function cases(key: string, first: number, last: number): Hosted {
  const volume = seededRandom(key).bytes(CASE_BYTES);
  const members = Array.from({ length: last - first + 1 }, (_, at) => first + at).flatMap((number) => [
    { path: `fold${Math.floor(number / 5)}/case${number}.mhd`, data: Buffer.from(`case ${number}`) },
    { path: `fold${Math.floor(number / 5)}/case${number}.raw`, data: volume },
  ]);
  return packed(key, members, (all) => zip(all, { level: 0 }));
}

const SCANS = cases('scans.zip', 1, 12);
const MORE = cases('more.zip', 20, 21);
const TABLE = single('table.csv', 2000);
const CASE_PATHS = ['fold{fold}/{case}.mhd', 'fold{fold}/{case}.raw'];

const host = await fileHost();
const stage = stageFor('files', (stage) => {
  stage.registerEntry('scans', {
    name: 'Scans',
    casePaths: CASE_PATHS,
    sources: [offer(host, SCANS, MORE, TABLE)],
  });
});

/** What a command printed, and the bytes that the host sent for it. */
async function counted(...args: string[]) {
  const before = host.bytesSent();
  const { code, stdout, stderr } = await stage.run(...args);
  expect(code, stderr).toBe(0);
  return { stdout, stderr, bytes: host.bytesSent() - before };
}

/** The same functions that the commands call, without a process for each. */
function optionsOf({ wholeArchive = false, ...flags }: SelectionFlags & { wholeArchive?: boolean }) {
  const selection = parseSelection(flags);
  return {
    home: stage.home,
    env: stage.env,
    tries: 2,
    wholeArchive,
    ...(selection === undefined ? {} : { selection }),
  };
}

const planFor = (flags: Parameters<typeof optionsOf>[0], id = 'scans') =>
  fetchDataset(id, { ...optionsOf(flags), dryRun: true });

const filesFor = (flags: SelectionFlags, dataset = 'scans') => listFiles(dataset, optionsOf(flags));

describe('medds files', () => {
  it('lists members, sizes and archives; of the zips little more than their directories is read', async () => {
    const { stdout, stderr, bytes } = await counted('files', 'scans');
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(29);
    expect(lines).toContain(`fold0/case2.raw\t${CASE_BYTES}\tscans.zip`);
    expect(lines).toContain('table.csv\t2000\t-');
    expect(stderr).toMatch(/^29 files, 2\.9 MB unpacked, 14 cases · /m);
    expect(bytes).toBeLessThan(2 * 160 * KiB);
    expect(host.requestsOf('/table.csv')).toEqual([]);
  });

  it('tells in JSON what is documented', async () => {
    const list = await stage.json('files', 'scans', '--archives', 'more.zip', '--exclude', '**/*.mhd');
    expect(list).toEqual({
      version: 1,
      id: 'scans',
      name: 'Scans',
      source: { name: 'direct', method: 'direct', label: expect.any(String) },
      cases: 2,
      files: [20, 21].map((number) => ({
        path: `fold4/case${number}.raw`,
        size: CASE_BYTES,
        packed: expect.any(Number),
        archive: 'more.zip',
        case: `case${number}`,
      })),
      unlisted: [],
    });
  });

  it('takes the flags that choose, cases in natural order', async () => {
    const { files } = await filesFor({ cases: '3', include: ['**/*.mhd'] });
    expect(files.map(({ path }) => path)).toEqual(['fold0/case1.mhd', 'fold0/case2.mhd', 'fold0/case3.mhd']);
  });

  it('works for an address', async () => {
    const list = await filesFor({}, host.url('/more.zip'));
    expect(list.files).toContainEqual(expect.objectContaining({ path: 'fold4/case20.raw', archive: 'more.zip' }));
    expect(list).not.toHaveProperty('cases');
  });

  it('names archives that cannot be looked into, and why', async () => {
    host.misbehave('/more.zip', ignoreRange());
    const { stdout, stderr } = await counted('files', 'scans');
    expect(stdout.trimEnd().split('\n')).toHaveLength(25);
    expect(stderr).toMatch(/Not listed: more\.zip \(.*\) is at a host that gives no parts of a file\./);
  });

  it('starts anew when an archive changes meanwhile', async () => {
    host.misbehave('/more.zip', { times: 1, skip: 1, status: 416 });
    expect((await filesFor({ archives: ['more.zip'] })).files).toHaveLength(4);
  });

  it('fails when nothing fits, offline, and for a broken directory', async () => {
    expect(await stage.fails(3, 'files', 'scans', '--include', 'nothing/**')).toContain('Nothing in scans fits');
    await expect(listFiles('scans', { ...optionsOf({}), offline: true })).rejects.toMatchObject({ exitCode: 5 });
    const broken = Buffer.from(MORE.data);
    broken.writeUInt32LE(0, broken.length - 22 + 12);
    host.add('/broken.zip', broken);
    await expect(filesFor({}, host.url('/broken.zip'))).rejects.toThrow('broken.zip is cut off');
  });
});

describe('a plan for a part', () => {
  it('counts what is chosen and what must be fetched for it', async () => {
    const plan = await planFor({ cases: 'case2,case20' });
    const wanted = 2 * CASE_BYTES + 2000;
    expect(plan).toMatchObject({
      outcome: 'planned',
      remotes: 3,
      files: 5,
      chosen: { selections: ['--cases case2,case20'], of: 29 },
    });
    expect(plan.download).toBeGreaterThan(wanted);
    expect(plan.download).toBeLessThan(wanted + 2 * 256 * KiB);
    expect(plan.finalSize).toBe(wanted + 'case 2'.length + 'case 20'.length);
  });

  it('is told of to people', async () => {
    const { stdout, bytes } = await counted('fetch', 'scans', '--dry-run', '--include', 'fold1/**');
    expect(stdout).toMatch(/^Files: +chosen 10 of 29 files, in 1 remote file$/m);
    expect(stdout).toMatch(/^To fetch: +1\.0 MB$/m);
    expect(stdout).toMatch(/^Peak disk: /m);
    expect(stdout).toMatch(/^Final size: +about 1\.0 MB$/m);
    expect(bytes).toBeLessThan(2 * 160 * KiB);
  });

  it('takes an archive whole when all in it is wanted', async () => {
    const plan = await planFor({ archives: ['more.zip'] });
    expect(plan).toMatchObject({ remotes: 1, download: MORE.data.length, files: 4 });
    expect(plan.chosen).toEqual({ selections: ['--archives more.zip'] });
    expect(await planFor({ include: ['**'] })).not.toHaveProperty('chosen');
  });

  it('refuses what does not exist, with what does', async () => {
    const refused = (flags: SelectionFlags) => expect(planFor(flags)).rejects;
    await refused({ cases: 'case99' }).toThrow('scans has no case called case99');
    await refused({ archives: ['x*'] }).toMatchObject({ exitCode: 3, hint: 'It has scans.zip, more.zip, table.csv.' });
    await refused({ include: ['*.mhd'] }).toMatchObject({
      exitCode: 3,
      message: "Nothing fits --include '*.mhd' in scans, which has 29 files",
      hint: expect.stringContaining('medds files scans'),
    });
  });

  it('needs a registry entry that tells what a case is', async () => {
    stage.register('plain', offer(host, MORE));
    const refused = expect(planFor({ cases: '1' }, 'plain')).rejects;
    await refused.toMatchObject({ exitCode: 2, hint: expect.stringContaining('--include') });
  });

  it('asks for --whole-archive where no part can be fetched alone', async () => {
    host.misbehave('/scans.zip', ignoreRange());
    const refused = await stage.fails(2, 'fetch', 'scans', '--include', 'fold1/**');
    expect(refused).toContain('No part of scans.zip can be fetched alone');
    expect(refused).toContain(`--whole-archive it is fetched (${(SCANS.data.length / 1e6).toFixed(1)} MB: scans.zip)`);
    const whole = await planFor({ include: ['fold1/**'], wholeArchive: true });
    expect(whole).toMatchObject({ remotes: 1, download: SCANS.data.length });
    expect(whole).not.toHaveProperty('files');
    // What needs no part of it goes on.
    expect(await planFor({ archives: ['{more.zip,table.csv}'], cases: '1' })).toMatchObject({ remotes: 2 });
  });
});

describe('a fetch of a part', () => {
  const expected = (...numbers: number[]) => {
    const paths = numbers.flatMap((number) => ['mhd', 'raw'].map((ending) => `fold1/case${number}.${ending}`));
    return Object.fromEntries(paths.map((path) => [path, SCANS.tree[path]])) as Hosted['tree'];
  };

  it('brings the members and no more than 256 KiB besides, of each archive', async () => {
    const { bytes } = await counted('fetch', 'scans', '--include', 'fold1/case{6,8}.*', '--archives', 'scans.zip');
    expect(bytes).toBeLessThan(2 * CASE_BYTES + 256 * KiB);
    await stage.expectComplete('scans', expected(6, 8));
  });

  it('keeps of an archive that must be whole what is wanted', async () => {
    host.misbehave('/scans.zip', ignoreRange());
    await fetchDataset('scans', optionsOf({ include: ['fold1/case7.*'], wholeArchive: true }));
    await stage.expectComplete('scans', expected(7));
  });
});
