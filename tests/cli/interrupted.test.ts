/** Ctrl-C and its kin while a fetch runs: it ends at once, says what is kept, and the next run goes on. */
import { describe, expect, it } from 'vitest';
import type { RunResult } from '../support/run-medds.js';
import { archive, eventsOf, fileHost, MiB, offer, single, sizeOfAll, stageFor, treeOfAll, written } from './stage.js';

// One at a time: the small file is done before the archive stalls.
const FILES = [single('list.csv', 10_000), archive('scans.zip', { size: 2 * MiB })];

/** Milliseconds, on a busy machine too; a stalled host alone would be waited for longer. */
const AT_ONCE = 5000;

const host = await fileHost();
const stage = stageFor('interrupted', (stage) => {
  stage.env.MEDDS_CONNECTIONS = '1';
  stage.env.MEDDS_JOBS = '1';
  stage.register('scans', offer(host, ...FILES));
  host.misbehave('/scans.zip', { stallAt: 2 * MiB });
});

/** A fetch that has brought 2 MiB and the small file, and waits for more. */
async function halfWay(...args: string[]) {
  const running = stage.start('fetch', 'scans', '--progress', 'json', ...args);
  await host.stalled('/scans.zip');
  await running.line(/"list.csv","state":"done"/);
  await written(stage, 'scans', MiB);
  return running;
}

async function ended(result: Promise<RunResult>): Promise<RunResult & { milliseconds: number }> {
  const start = performance.now();
  return { ...(await result), milliseconds: performance.now() - start };
}

describe.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s', (signal) => {
  it('ends the fetch at once; what came is kept and gone on with', async () => {
    const before = host.bytesSent();
    const running = await halfWay();
    running.kill(signal);
    const { code, stdout, stderr, milliseconds } = await ended(running.result);
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(milliseconds).toBeLessThan(AT_ONCE);
    expect(stderr).toMatch(/Interrupted; [12]\.\d MB of 4\.2 MB are here and kept/);
    expect(stderr).toContain('Run the same command again');

    const status = await stage.run('status', 'scans', '--json');
    expect(status.code).toBe(9);
    expect(JSON.parse(status.stdout)).toMatchObject({ state: 'partial', download: { files: 2, done: 1 } });
    expect(JSON.parse(status.stdout)).not.toHaveProperty('failure');

    host.behave();
    const again = await stage.json('fetch', 'scans');
    expect(again.resumed).toBeGreaterThanOrEqual(MiB);
    expect(host.bytesSent() - before).toBeLessThanOrEqual(sizeOfAll(FILES) + MiB);
    await stage.expectComplete('scans', treeOfAll(FILES));
  });
});

it('a second Ctrl-C ends it without a word, and without harm', async () => {
  const running = await halfWay();
  running.kill();
  running.kill();
  const { code, milliseconds } = await ended(running.result);
  expect(code).toBe(130);
  expect(milliseconds).toBeLessThan(AT_ONCE);
  host.behave();
  await stage.json('fetch', 'scans');
  await stage.expectComplete('scans', treeOfAll(FILES));
});

it('a program reads of it in JSON', async () => {
  const running = await halfWay('--json');
  running.kill();
  const { code, stdout, stderr } = await running.result;
  expect(code).toBe(130);
  expect(JSON.parse(stdout)).toMatchObject({
    version: 1,
    error: { code: 'INTERRUPTED', exitCode: 130, dataset: 'scans', hint: expect.any(String) },
  });
  expect(eventsOf(stderr).at(0)).toMatchObject({ event: 'plan', dataset: 'scans' });
});

it('while it waits to try again, and while it waits for another process', async () => {
  host.behave();
  host.misbehave('/scans.zip', { status: 503, headers: { 'retry-after': '300' } });
  const first = stage.start('fetch', 'scans', '--progress', 'json');
  await first.line(/"retrying"/);
  const second = stage.start('fetch', 'scans', '--progress', 'json');
  await second.line(/Waiting for another medds process/);
  second.kill();
  expect(await ended(second.result)).toMatchObject({ code: 130 });
  first.kill();
  const { code, milliseconds } = await ended(first.result);
  expect(code).toBe(130);
  expect(milliseconds).toBeLessThan(AT_ONCE);
});

it('a clock that jumps by days changes nothing', async () => {
  host.behave();
  host.misbehave('/scans.zip', { status: 503, headers: { 'retry-after': '1' }, times: 1 });
  stage.env.NODE_OPTIONS = `--import=${new URL('../support/jumping-clock.js', import.meta.url).href}`;
  await stage.json('fetch', 'scans');
  await stage.expectComplete('scans', treeOfAll(FILES));
  expect(await stage.json('status', 'scans')).toMatchObject({ state: 'complete' });
});
