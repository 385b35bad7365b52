/**
 * What every access method must hold, whatever its host does: the right tree, or an error of the documented kind that names the
 * dataset, and nothing in the library. Each method brings its stand-in host (stand-ins/); hosts differ in what a misbehaviour
 * means, so kinds of errors are given as sets.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  type ActionRequiredError,
  EXIT,
  type FetchOptions,
  type FetchResult,
  fetchDataset,
  type MeddsError,
} from '../../src/index.js';
import type { Dataset } from '../../src/registry/schema.js';
import { METHODS } from '../../src/sources/table.js';
import { bytes, type Content, digestOf } from '../hosts/content.js';
import { startFileHost } from '../hosts/file-host.js';
import { redirect, refuse } from '../hosts/misbehaviour.js';
import { seededRandom } from '../support/seeded-random.js';
import { SEED, SOAK } from '../support/soak.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { type Fault, FILE_FAULTS, LISTING_FAULTS, RIGHT, some } from './faults.js';
import type { StandIn } from './stand-ins/stand-in.js';

const FOLDER = new URL('./stand-ins/', import.meta.url);
const NAMES = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.ts') && name !== 'stand-in.ts')
  .map((name) => name.slice(0, -3));
const MiB = 1024 * 1024;

afterAll(removeTempDirs);

interface Trial {
  /** Ends the test as one that does not apply to the method. */
  skip(reason: string): never;
  standIn: StandIn;
  home: string;
  /** Everything that was told on the way. */
  told: unknown[];
  dataset: Dataset;
  fetch(options?: FetchOptions): Promise<FetchResult>;
  fails(options?: FetchOptions): Promise<MeddsError>;
}

const random = seededRandom(`${SEED} sometimes`);

/** A test with a stand-in and a library of its own. */
function trial(name: string, method: string, work: (trial: Trial) => Promise<void>): void {
  test.concurrent(name, async ({ skip }) => {
    const { start } = (await import(`./stand-ins/${method}.ts`)) as { start(): Promise<StandIn> };
    const standIn = await start();
    const home = tempDir(method);
    const told: unknown[] = [];
    const dataset: Dataset = { id: 'sample', name: 'Sample', registry: 'test', sources: [standIn.entry] };
    const fetch = (options: FetchOptions = {}) =>
      fetchDataset(dataset, {
        home,
        tries: 2,
        env: { ...standIn.env, HOME: path.join(home, 'nobody'), MEDDS_CONFIG_DIR: path.join(home, 'config') },
        onProgress: (event) => told.push(event),
        ...options,
      });
    const fails = async (options?: FetchOptions) => {
      const error = await fetch(options).then(
        () => expect.unreachable('the fetch should have failed'),
        (thrown: MeddsError) => thrown,
      );
      expect(error).toMatchObject({ dataset: 'sample', exitCode: expect.any(Number) });
      return error as MeddsError;
    };
    try {
      await work({ skip, standIn, home, told, dataset, fetch, fails });
      standIn.host.release();
    } finally {
      await standIn.close();
    }
  });
}

/** A third of them in the suite, others in every run: methods differ in what they list, less in how their bytes are fetched. */
function sometimes(...args: Parameters<typeof trial>): void {
  if (SOAK || random.next() < 1 / 3) trial(...args);
}
async function expectTree(folder: string, { tree }: StandIn): Promise<void> {
  const expected = Object.entries(tree).map(async ([name, held]) => {
    const content: Content = typeof held === 'string' || held instanceof Uint8Array ? bytes(held) : held;
    return [name, { size: content.size, sha256: await digestOf(content, 'sha256') }] as const;
  });
  expect(await treeOf(folder)).toEqual(Object.fromEntries(await Promise.all(expected)));
}

/** The right tree, or an error that says where, and what to do, and leaves nothing that passes for a dataset. */
async function expectEnd(fault: Fault, standIn: StandIn, fetch: Trial['fetch'], home: string): Promise<void> {
  const end = await fetch().catch((error: unknown) => error);
  if (!(end instanceof Error)) {
    expect(fault.ends).toContain(RIGHT);
    return expectTree((end as FetchResult).path, standIn);
  }
  const { exitCode, dataset, message, host, hint, steps } = end as ActionRequiredError;
  const told = `${String(end)}; to repeat: MEDDS_SEED=${SEED}`;
  expect(fault.ends, told).toContain(exitCode);
  expect({ dataset, todo: hint ?? steps?.join(' ') }, told).toEqual({
    dataset: 'sample',
    todo: expect.stringMatching(/.{10}/),
  });
  const name = standIn.method.replace('-', '.');
  expect(`${message} ${host}`, told).toMatch(new RegExp(`127.0.0.1|localhost|${name}`, 'i'));
  expect(() => readdirSync(path.join(home, 'datasets', 'sample'))).toThrow('ENOENT');
}

const sizeOf = ({ tree }: StandIn): number =>
  Object.values(tree).reduce(
    (sum, held) => sum + (typeof held === 'string' ? Buffer.byteLength(held) : sizeIn(held)),
    0,
  );

const sizeIn = (held: Content | Uint8Array): number => (held instanceof Uint8Array ? held.length : held.size);

test('every method has a stand-in', () => {
  expect(NAMES).toEqual(expect.arrayContaining(Object.keys(METHODS).filter((method) => !INNER.includes(method))));
});

/** Methods without a host of their own. */
const INNER = ['all', 'manual'];

describe.each(NAMES)('%s', (method) => {
  trial('lands the whole tree', method, async ({ standIn, fetch }) => {
    const result = await fetch();
    await expectTree(result.path, standIn);
    expect(result).toMatchObject({ outcome: 'fetched', source: { method: standIn.method } });
    const again = await fetch();
    expect(again.outcome).toBe('present');
  });

  sometimes('lands the same tree by its locator', method, async ({ skip, standIn, fetch, home, told }) => {
    if (standIn.locator === undefined) return skip('has no locator');
    const result = await fetchDataset(standIn.locator, {
      home,
      as: 'located',
      tries: 2,
      env: { ...standIn.env, HOME: path.join(home, 'nobody'), MEDDS_CONFIG_DIR: path.join(home, 'config') },
      onProgress: (event) => told.push(event),
    });
    expect(Object.keys(await treeOf(result.path)).length).toBeGreaterThan(0);
    expect(result.files).toBe((await fetch()).files);
  });

  trial('asks for no data when it only plans', method, async ({ standIn, fetch }) => {
    const result = await fetch({ dryRun: true });
    expect(result).toMatchObject({ outcome: 'planned' });
    expect(result.remotes).toBeGreaterThan(0);
    expect(standIn.bytes.host.bytesSent(standIn.bytes.path)).toBe(0);
  });

  sometimes('goes on after a cut, in the next run', method, async ({ standIn, fetch, fails }) => {
    const { host, path: file } = standIn.bytes;
    host.misbehave(file, { cutAt: 2 * MiB, bytesPerSecond: 200 * MiB });
    const error = await fails({ tries: 1, connections: 1 });
    expect([EXIT.network, EXIT.integrity]).toContain(error.exitCode);
    host.behave();
    const result = await fetch({ connections: 2 });
    await expectTree(result.path, standIn);
    // What is checked again before it is continued, and what was under way when the cut came.
    if (standIn.ranges) expect(host.bytesSent(file)).toBeLessThanOrEqual(sizeOf(standIn) + 4 * MiB);
  });

  sometimes('survives a host that is busy now and then', method, async ({ standIn, fetch }) => {
    standIn.bytes.host.misbehave(standIn.bytes.path, refuse(503, { times: 1 } as Parameters<typeof refuse>[1]));
    if (standIn.listing !== undefined) standIn.host.misbehave(standIn.listing, { ...refuse(429), times: 1 });
    await expectTree((await fetch({ tries: 4 })).path, standIn);
  });

  for (const fault of some(FILE_FAULTS)) {
    trial(`bears a file with ${fault.name}`, method, async ({ skip, standIn, fetch, home }) => {
      if (fault.needsFacts && standIn.unverified) return skip('nothing is known of the file');
      standIn.bytes.host.misbehave(standIn.bytes.path, fault.rule);
      await expectEnd(fault, standIn, fetch, home);
    });
  }

  for (const fault of some(LISTING_FAULTS)) {
    trial(`bears a listing with ${fault.name}`, method, async ({ skip, standIn, fetch, home }) => {
      if (standIn.listing === undefined) return skip('has no listing');
      standIn.host.misbehave(standIn.listing, fault.rule);
      const ends = standIn.asksElsewhere === true ? [...fault.ends, RIGHT] : fault.ends;
      await expectEnd({ ...fault, ends }, standIn, fetch, home);
    });
  }

  sometimes('goes on where a refusal left it', method, async ({ standIn, fetch, fails }) => {
    standIn.bytes.host.misbehave(standIn.bytes.path, refuse(404));
    await fails();
    standIn.bytes.host.behave();
    await expectTree((await fetch()).path, standIn);
  });

  sometimes('stops at once when it is told to, and goes on later', method, async ({ standIn, fetch }) => {
    const { host, path: file } = standIn.bytes;
    host.misbehave(file, { stallAt: MiB });
    const controller = new AbortController();
    const stopped = expect(fetch({ signal: controller.signal })).rejects.toMatchObject({ exitCode: EXIT.interrupted });
    await host.stalled(file);
    controller.abort();
    await stopped;
    host.behave();
    host.release();
    await expectTree((await fetch()).path, standIn);
  });

  trial('takes its secrets to no other origin', method, async ({ skip, standIn, fetch }) => {
    const { secrets, bytes, host, listing } = standIn;
    if (secrets === undefined) return skip('takes no secrets');
    const other = await startFileHost();
    // By another port, by another name, and back to where the redirect came from.
    const { port } = new URL(other.origin);
    const back = `${bytes.host.origin}/elsewhere`;
    other.misbehave('/back', redirect(back));
    for (const to of [
      other.url('/a'),
      `http://LOCALHOST:${port}/b`,
      `http://user:pw@127.0.0.1:${port}/c`,
      other.url('/back'),
    ]) {
      bytes.host.misbehave(bytes.path, redirect(to));
      await fetch({ tries: 1 }).catch(() => undefined);
      bytes.host.behave();
      if (listing === undefined) continue;
      host.misbehave(listing, redirect(to));
      await fetch({ tries: 1 }).catch(() => undefined);
      host.behave();
    }
    expect(other.requests.length).toBeGreaterThan(2);
    const strayed = bytes.host.requestsOf('/elsewhere');
    const seen = JSON.stringify(
      [...other.requests, ...strayed].map(({ path, query, headers, body }) => [
        path,
        String(query),
        headers,
        String(body),
      ]),
    );
    for (const secret of secrets) {
      const forms = [secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64').replace(/=+$/, '')];
      for (const form of forms) expect(seen.includes(form), `${secret.slice(0, 3)}…`).toBe(false);
    }
    bytes.host.takeViolations();
    host.takeViolations();
    await other.close();
  });

  trial('shows its secrets nowhere', method, async ({ skip, standIn, fetch, fails, home, told }) => {
    const { secrets } = standIn;
    if (secrets === undefined) return skip('takes no secrets');
    standIn.bytes.host.misbehave(standIn.bytes.path, refuse(500));
    const error = await fails();
    standIn.bytes.host.behave();
    const result = await fetch({ keepArchives: true });
    const written = readdirSync(home, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => `${file}\n${readFileSync(file, 'latin1')}`);
    const shown = [JSON.stringify([told, result, { ...error }]), error.message, error.stack, ...written].join('\n');
    for (const secret of secrets) expect(shown.includes(secret), `${secret.slice(0, 3)}… shows`).toBe(false);
  });
});
