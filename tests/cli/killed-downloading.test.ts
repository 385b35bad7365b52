/** kill -9 while bytes come in, at moments that a seed chooses: what is on disk is gone on with, and hardly a byte comes twice. */
import { expect, it, vi } from 'vitest';
import { datasetPath, datasetStatus } from '../../src/index.js';
import { seededRandom } from '../support/seeded-random.js';
import { rounds, SEED, withSeed } from '../support/soak.js';
import { archive, fileHost, MiB, offer, offerUnknown, sizeOfAll, stageFor, treeOfAll } from './stage.js';

const CONNECTIONS = 2;
/** More than all kills together let come. */
const SCANS = archive('scans.zip', { files: 4, size: rounds(6, 30) * MiB });
const SIZE = sizeOfAll([SCANS]);

const host = await fileHost();
const stage = stageFor('killed', (stage) => {
  stage.env.MEDDS_CONNECTIONS = String(CONNECTIONS);
});

/** Bytes of the download that `medds status` says are here. */
async function claimed(): Promise<number> {
  const status = await datasetStatus('scans', { home: stage.home, env: {} });
  expect(['partial', 'complete']).toContain(status.state);
  return status.download?.bytes ?? 0;
}

/** Lets every connection bring `bytes`, and kills the process when all is still and it has had time to write them. */
async function killAfter(bytes: number): Promise<void> {
  host.behave();
  host.misbehave('/scans.zip', { stallAt: bytes });
  const running = stage.start('fetch', 'scans', '--progress', 'none');
  await Promise.race([host.stalled('/scans.zip', CONNECTIONS), running.result]);
  await vi.waitFor(async () => expect(lost(await claimed())).toBeLessThanOrEqual(CONNECTIONS * MiB), {
    timeout: 20_000,
    interval: 20,
  });
  running.kill('SIGKILL');
  expect(await running.result).toMatchObject({ code: null, signal: 'SIGKILL' });
  await host.idle();
}

/** Bytes that have been sent, and were lost by kills before the present one. */
let sentBefore = 0;
let lostBefore = 0;
const sent = () => host.bytesSent('/scans.zip') - sentBefore;
const lost = (here: number) => sent() - here - lostBefore;

async function killSeveralTimes(seed: string, kills: number): Promise<void> {
  const random = seededRandom(seed);
  sentBefore = host.bytesSent('/scans.zip');
  lostBefore = 0;
  for (let kill = 0; kill < kills; kill++) {
    await killAfter(random.integer(1, 1.4 * MiB));
    const here = await claimed();
    expect(here).toBeLessThanOrEqual(sent());
    expect(lost(here), withSeed(kill)).toBeLessThanOrEqual(CONNECTIONS * MiB);
    lostBefore += lost(here);
    await expect(datasetPath('scans', { home: stage.home, env: {} })).rejects.toMatchObject({ exitCode: 9 });
  }
  await stage.expectIncomplete('scans');
  host.behave();
}

/** Nothing came twice but what was lost, and the list at the zip's end, which is asked for before the end comes. */
function expectOnce(): void {
  const more = sent() - SIZE - lostBefore;
  expect(more).toBeGreaterThanOrEqual(0);
  expect(more).toBeLessThanOrEqual(160 * 1024);
}

it('several times over, of a file whose size and checksum are known', async () => {
  stage.register('scans', offer(host, SCANS));
  await killSeveralTimes(`known ${SEED}`, rounds(4, 40));

  const here = await claimed();
  const result = await stage.json('fetch', 'scans');
  expect(result).toMatchObject({ outcome: 'fetched', resumed: here, verified: { checksums: 1 } });
  // Were less here than was claimed, more would have been fetched.
  expectOnce();
  await stage.expectComplete('scans', treeOfAll([SCANS]));
});

it('several times over, of a file of which nothing is known', async () => {
  stage.register('scans', offerUnknown(host, SCANS));
  await killSeveralTimes(`unknown ${SEED}`, rounds(2, 20));

  expect(await stage.json('fetch', 'scans')).toMatchObject({ outcome: 'fetched', verified: { checksums: 0 } });
  expectOnce();
  await stage.expectComplete('scans', treeOfAll([SCANS]));
});
