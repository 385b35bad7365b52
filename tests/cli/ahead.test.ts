/** Archives are unpacked while they arrive; what a killed run has unpacked stays as it is; nothing counts before the checksum has held. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { RequestRecord } from '../hosts/host-log.js';
import { type Member, packed, tar, zip } from '../hosts/phantoms/archives.js';
import { seededRandom } from '../support/seeded-random.js';
import { fileHost, type Hosted, MiB, md5, offer, stageFor } from './stage.js';

const host = await fileHost();
const stage = stageFor('ahead', (stage) => {
  stage.env.MEDDS_CONNECTIONS = '2';
});

const forms = {
  'scans.zip': (members: readonly Member[]) => zip(members, { level: 0 }),
  'scans.tar.gz': (members: readonly Member[]) => gzipSync(tar(members), { level: 1 }),
  'scans.tar': tar,
};
type Key = keyof typeof forms;

/** Noise, so that it does not compress. */
function scans(key: Key, seed: string): Hosted {
  const random = seededRandom(seed);
  const members = Array.from({ length: 8 }, (_, index) => ({
    path: `scans/${index}.raw`,
    data: random.bytes(2 * MiB),
  }));
  return packed(key, members, forms[key]);
}

/** Only requests for the file's beginning, not those for its list. */
const fromTheBeginning = ({ headers }: RequestRecord) => /^bytes=0-\d{5,}$/.test(headers.range ?? '');

/** Files that were unpacked and belong to no dataset yet, by name. */
function unpacked(): Map<string, number> {
  const parts = stage.parts('scans');
  if (!existsSync(parts)) return new Map();
  const found = readdirSync(parts, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.raw'));
  return new Map(found.map((name) => [path.basename(name), statSync(path.join(parts, name)).ino]));
}

describe.each(Object.keys(forms) as Key[])('%s', (key) => {
  const file = scans(key, 'one');

  /** Stalls when 10 MiB have come, and waits until members of them are out. */
  async function halfWay() {
    stage.register('scans', offer(host, file));
    host.misbehave(`/${file.key}`, { stallAt: 10 * MiB, when: fromTheBeginning });
    const running = stage.start('fetch', 'scans', '--progress', 'none');
    await Promise.race([host.stalled(`/${file.key}`), running.result]);
    await expect.poll(() => unpacked().size, { timeout: 20_000 }).toBeGreaterThanOrEqual(3);
    return running;
  }

  it('is unpacked while it arrives', async () => {
    const running = await halfWay();
    await stage.expectIncomplete('scans');
    host.behave();
    host.release();
    expect(await running.result).toMatchObject({ code: 0 });
    await stage.expectComplete('scans', file.tree);
  });

  it('is not unpacked again as far as it was when the process was killed', async () => {
    const running = await halfWay();
    // The list of what is whole is behind by half a second at most.
    const listed = () => stage.listedMembers('scans');
    await expect.poll(listed, { timeout: 20_000 }).toBeGreaterThanOrEqual(1);
    const before = unpacked();
    const whole = listed();
    running.kill('SIGKILL');
    await running.result;
    await host.idle();
    host.behave();

    expect(await stage.json('fetch', 'scans')).toMatchObject({ outcome: 'fetched' });
    await stage.expectComplete('scans', file.tree);
    const folder = path.join(stage.dataset('scans'), 'scans');
    const kept = readdirSync(folder).filter((name) => before.get(name) === statSync(path.join(folder, name)).ino);
    expect(kept.length).toBeGreaterThanOrEqual(whole);
  });

  it('counts for nothing when its checksum does not hold', async () => {
    const source = offer(host, file);
    const [facts] = source.files;
    stage.register('scans', { ...source, files: [{ ...facts, checksum: `md5:${md5(Buffer.from('other'))}` }] });
    const stderr = await stage.fails(6, 'fetch', 'scans');
    expect(stderr).toContain(`${file.key} has md5`);
    await stage.expectIncomplete('scans');
    expect(unpacked().size).toBe(0);
  });

  it('is unpacked anew when it has changed at the host', async () => {
    const running = await halfWay();
    running.kill('SIGKILL');
    await running.result;
    await host.idle();
    host.behave();
    const other = scans(key, 'another');
    stage.register('scans', offer(host, other));

    expect(await stage.json('fetch', 'scans')).toMatchObject({ outcome: 'fetched' });
    await stage.expectComplete('scans', other.tree);
  });
});
