/** Several medds processes and one dataset: one of them works, nobody's bytes come twice, and whoever is killed is followed. */
import { describe, expect, it } from 'vitest';
import type { Running } from '../support/run-medds.js';
import { archive, fileHost, MiB, offer, single, sizeOfAll, stageFor, treeOfAll, written } from './stage.js';

const FILES = [archive('scans.zip', { size: 2 * MiB }), single('list.csv')];

const host = await fileHost();
let sentBefore = 0;
const stage = stageFor('together', (stage) => {
  stage.env.MEDDS_CONNECTIONS = '1';
  stage.register('scans', offer(host, ...FILES));
  sentBefore = host.bytesSent();
});

const sent = () => host.bytesSent() - sentBefore;
const fetchScans = (...args: string[]): Running => stage.start('fetch', 'scans', ...args);

/** A process that holds the dataset until the host is released. */
async function holding(): Promise<Running> {
  host.misbehave('/scans.zip', { stallAt: 2 * MiB, times: 1 });
  const running = fetchScans();
  await Promise.race([host.stalled('/scans.zip'), running.result]);
  return running;
}

it('two fetches: the second waits, says for whom, and finds everything done', async () => {
  const first = await holding();
  const second = fetchScans();
  expect(await second.line(/Waiting for another medds process/)).toContain(`fetch, process ${first.child.pid} on`);
  host.release();
  const [fetched, waited] = await Promise.all([first.result, second.result]);
  expect(fetched).toMatchObject({ code: 0, stdout: `${stage.dataset('scans')}\n` });
  expect(waited).toMatchObject({ code: 0, stdout: fetched.stdout });
  expect(waited.stderr).toContain('here already');
  expect(sent()).toBe(sizeOfAll(FILES));
  await stage.expectComplete('scans', treeOfAll(FILES));
});

it('five that begin at the same moment: one of them fetches, once', async () => {
  const results = await Promise.all(Array.from({ length: 5 }, () => fetchScans('--json').result));
  for (const { code, stderr } of results) expect(code, stderr).toBe(0);
  const outcomes = results.map(({ stdout }) => JSON.parse(stdout).outcome);
  expect(outcomes.sort()).toEqual(['fetched', 'present', 'present', 'present', 'present']);
  expect(sent()).toBe(sizeOfAll(FILES));
  await stage.expectComplete('scans', treeOfAll(FILES));
});

it('--no-wait ends with 8 and names who holds the dataset; status does, too', async () => {
  const first = await holding();
  const stderr = await stage.fails(8, 'fetch', 'scans', '--no-wait');
  expect(stderr).toContain(`process ${first.child.pid} on`);
  const { stdout } = await stage.run('fetch', 'scans', '--no-wait', '--json');
  expect(JSON.parse(stdout).error).toMatchObject({ code: 'BUSY', exitCode: 8, dataset: 'scans' });
  expect(JSON.parse((await stage.run('status', 'scans', '--json')).stdout)).toMatchObject({
    lockedBy: expect.stringContaining(`process ${first.child.pid} on`),
  });
  host.release();
  expect(await first.result).toMatchObject({ code: 0 });
  expect(sent()).toBe(sizeOfAll(FILES));
});

it('when the one that fetches is killed, the one that waits goes on with what is here', async () => {
  const first = await holding();
  const second = fetchScans();
  await second.line(/Waiting for another medds process/);
  await written(stage, 'scans', MiB);
  first.kill('SIGKILL');
  expect(await first.result).toMatchObject({ signal: 'SIGKILL' });
  expect(await second.result).toMatchObject({ code: 0 });
  expect(sent()).toBeLessThanOrEqual(sizeOfAll(FILES) + MiB);
  await stage.expectComplete('scans', treeOfAll(FILES));
});

it('when the one that waits is killed, the other does not notice', async () => {
  const first = await holding();
  const second = fetchScans();
  await second.line(/Waiting for another medds process/);
  second.kill('SIGKILL');
  await second.result;
  host.release();
  expect(await first.result).toMatchObject({ code: 0 });
  expect(sent()).toBe(sizeOfAll(FILES));
});

describe('where every process gets the lock', () => {
  const preload = `--import=${new URL('../support/lying-lock.js', import.meta.url).href}`;

  it('bandwidth is lost at most: whoever goes on with the work has it, and the others hear so', async () => {
    stage.env.NODE_OPTIONS = preload;
    const results = await Promise.all(Array.from({ length: 3 }, () => fetchScans().result));
    for (const { code, stderr } of results) {
      expect(code, stderr).toBeOneOf([0, 8]);
      if (code === 8) expect(stderr).toContain('has taken over the work on scans');
    }
    expect(await stage.run('fetch', 'scans')).toMatchObject({ code: 0 });
    await stage.expectComplete('scans', treeOfAll(FILES));
  });

  it('one that is killed leaves its work to the other', async () => {
    stage.env.NODE_OPTIONS = preload;
    const first = await holding();
    await written(stage, 'scans', MiB);
    const second = fetchScans();
    expect(await second.result).toMatchObject({ code: 0 });
    first.kill('SIGKILL');
    await first.result;
    await stage.expectComplete('scans', treeOfAll(FILES));
  });
});
