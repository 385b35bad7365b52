/** `medds fetch` with hosts that fail, lie or change their minds. What is proven of the engine alone is in tests/transfer. */
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { htmlPage, ignoreRange, refuse } from '../hosts/misbehaviour.js';
import {
  archive,
  eventsOf,
  fileHost,
  interrupted,
  MiB,
  offer,
  offerUnknown,
  single,
  sizeOfAll,
  stageFor,
  treeOfAll,
} from './stage.js';

const SCANS = archive('scans.zip', { size: 2 * MiB });
const NEWER = archive('scans.zip', { size: 2 * MiB, files: 3 });

const host = await fileHost();
const stage = stageFor('hosts', (stage) => {
  stage.env.MEDDS_CONNECTIONS = '1';
});

/** Runs a fetch that ends well. @returns what it told on the way */
async function fetchWell(...args: string[]) {
  const { code, stderr } = await stage.run('fetch', 'scans', '--progress', 'json', ...args);
  expect(code, stderr).toBe(0);
  return eventsOf(stderr).flatMap((event) => (event.event === 'file' ? [event] : []));
}

describe('a file that is here in part', () => {
  it('is fetched from its beginning when the host ignores Range, and nothing is appended', async () => {
    stage.register('scans', offer(host, SCANS));
    await interrupted(stage, host, SCANS);
    host.misbehave('/scans.zip', ignoreRange());
    const told = await fetchWell();
    expect(told.map(({ state }) => state)).toContain('restarting');
    expect(told.map(({ detail }) => detail)).toContain('the host sent the whole file where a part was asked for');
    await stage.expectComplete('scans', SCANS.tree);
  });

  it('is fetched from its beginning when it has changed at the host, which is said', async () => {
    stage.register('scans', offerUnknown(host, SCANS));
    await interrupted(stage, host, SCANS);
    host.add('/scans.zip', NEWER.data);
    const { code, stderr } = await stage.run('fetch', 'scans', '--progress', 'plain');
    expect(code, stderr).toBe(0);
    expect(stderr).toMatch(/scans\.zip restarting at 0 B: the file has changed at the host/);
    await stage.expectComplete('scans', NEWER.tree);
  });

  it('is gone on with after the host has cut the connection again and again', async () => {
    stage.register('scans', offer(host, SCANS));
    const before = host.bytesSent();
    host.misbehave('/scans.zip', { cutAt: 1.5 * MiB });
    const told = await fetchWell();
    expect(told.map(({ state }) => state)).toContain('retrying');
    // What was cut off in the middle of a write is lost.
    expect(host.bytesSent() - before).toBeLessThan(sizeOfAll([SCANS]) + 4 * MiB);
    await stage.expectComplete('scans', SCANS.tree);
  });
});

it('a log-in page in place of an archive is told by its words, and no archive is left behind', async () => {
  stage.register('scans', offer(host, SCANS));
  host.misbehave('/scans.zip', htmlPage());
  const stderr = await stage.fails(5, 'fetch', 'scans');
  expect(stderr).toContain('sent a web page where a file was expected: Sign in Please sign in.');
  expect(stderr).toContain(host.url('/scans.zip'));
  await stage.expectIncomplete('scans');

  host.behave();
  await stage.json('fetch', 'scans');
  await stage.expectComplete('scans', SCANS.tree);
});

it('a file that comes without a length is whole when its body has ended as it should', async () => {
  stage.register('scans', offerUnknown(host, SCANS));
  host.misbehave('/scans.zip', { ...ignoreRange(), framing: 'chunked' });
  expect(await stage.json('fetch', 'scans')).toMatchObject({ outcome: 'fetched', verified: { checksums: 0, of: 1 } });
  await stage.expectComplete('scans', SCANS.tree);
});

it('an archive that comes without a length and ends early is broken; the next run asks for it again', async () => {
  stage.register('scans', offerUnknown(host, SCANS));
  host.add('/scans.zip', SCANS.data.subarray(0, 3 * MiB)).misbehave('/scans.zip', {
    ...ignoreRange(),
    framing: 'close',
  });
  const stderr = await stage.fails(6, 'fetch', 'scans');
  expect(stderr).toContain('scans.zip');
  await stage.expectIncomplete('scans');

  host.behave();
  host.add('/scans.zip', SCANS.data);
  await stage.json('fetch', 'scans');
  await stage.expectComplete('scans', SCANS.tree);
});

it('a file with another checksum ends with 6 and is thrown away; the next run fetches it again', async () => {
  const list = single('list.csv');
  stage.register('scans', offer(host, SCANS, list));
  const broken = Buffer.from(SCANS.data);
  broken[2 * MiB] = 1 + (broken[2 * MiB] ?? 0);
  host.add('/scans.zip', broken);
  const before = [host.bytesSent('/scans.zip'), host.bytesSent('/list.csv')] as const;
  const stderr = await stage.fails(6, 'fetch', 'scans');
  expect(stderr).toMatch(/scans\.zip has md5 [0-9a-f]{32} where [0-9a-f]{32} was expected/);
  await stage.expectIncomplete('scans');
  const status = await stage.run('status', 'scans', '--json');
  expect(JSON.parse(status.stdout)).toMatchObject({
    state: 'failed',
    failure: { code: 'INTEGRITY', exitCode: 6 },
    download: { done: 1, files: 2 },
  });

  host.add('/scans.zip', SCANS.data);
  await stage.json('fetch', 'scans');
  await stage.expectComplete('scans', treeOfAll([SCANS, list]));
  expect(host.bytesSent('/scans.zip') - before[0]).toBe(2 * SCANS.data.length);
  expect(host.bytesSent('/list.csv') - before[1]).toBe(list.data.length);
});

describe('a host that refuses for now', () => {
  it('is asked again, not before Retry-After is over', async () => {
    stage.register('scans', offer(host, SCANS));
    const before = host.requestsOf('/scans.zip').length;
    host.misbehave('/scans.zip', refuse(429, { retryAfter: 1, times: 1 }));
    host.misbehave('/scans.zip', refuse(503, { retryAfter: 0, skip: 1, times: 1 }));
    const details = (await fetchWell()).filter(({ state }) => state === 'retrying').map(({ detail }) => detail);
    expect(details).toEqual([
      expect.stringMatching(/answered 429 .*next try in 1\.0 s/),
      expect.stringMatching(/answered 503 /),
    ]);
    const statuses = host.requestsOf('/scans.zip').map(({ status }) => status);
    expect(statuses.slice(before, before + 2)).toEqual([429, 503]);
    await stage.expectComplete('scans', SCANS.tree);
  });

  it('for longer than anyone waits, or with every try, ends with 5 and says how to go on', async () => {
    stage.register('scans', offer(host, SCANS));
    host.misbehave('/scans.zip', refuse(429, { retryAfter: 7200 }));
    expect(await stage.fails(5, 'fetch', 'scans')).toMatch(/answered 429 .*asks to wait 120 minutes/);
    host.behave();
    host.misbehave('/scans.zip', refuse(503));
    const before = host.requestsOf('/scans.zip').length;
    const stderr = await stage.fails(5, 'fetch', 'scans', '--tries', '2');
    expect(stderr).toMatch(/answered 503 .*gave up after 2 tries/);
    expect(host.requestsOf('/scans.zip')).toHaveLength(before + 2);
    expect(existsSync(stage.dataset('scans'))).toBe(false);
  });
});
