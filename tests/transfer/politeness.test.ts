/** No host is asked for more than it bears: by what is known of it beforehand, and by what its answers say. */
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HostLimits } from '../../src/transfer/host-limits.js';
import { HOST_LIMITS } from '../../src/transfer/host-limits.js';
import { Hosts } from '../../src/transfer/hosts.js';
import { Pace } from '../../src/transfer/pace.js';

const HOST = 'host.example';
const LONGEST = 600_000;

/** Time that passes only as far as somebody waits for it. */
function paced(limits: Record<string, HostLimits> = {}, onWait?: (host: string, milliseconds: number) => void) {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'Date'] });
  const waits: number[] = [];
  const pace = new Pace({
    limits,
    longest: LONGEST,
    sleep: async (milliseconds) => {
      waits.push(Math.round(milliseconds));
      vi.advanceTimersByTime(milliseconds);
    },
    ...(onWait === undefined ? {} : { onWait }),
  });
  return { pace, waits };
}

afterEach(() => {
  vi.useRealTimers();
});

describe('a pace', () => {
  it('asks no more often than is known to be borne, in any span of time', async () => {
    const { pace, waits } = paced({ [HOST]: { requests: { count: 3, per: 1000 }, reason: 'a test' } });
    const begun: number[] = [];
    for (let request = 0; request < 10; request++) {
      await pace.turn(HOST);
      begun.push(performance.now());
      vi.advanceTimersByTime(10);
    }
    for (const [index, at] of begun.entries())
      expect(at - (begun[index - 3] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(1000);
    expect(waits).toEqual([970, 970, 970]);
  });

  it('does not make one host wait for another', async () => {
    const { pace, waits } = paced({ [HOST]: { requests: { count: 1, per: 60_000 }, reason: 'a test' } });
    await pace.turn(HOST);
    await pace.turn('other.example');
    await pace.turn('other.example');
    expect(waits).toEqual([]);
  });

  it('slows down by refusals and comes back by good answers', async () => {
    const { pace, waits } = paced();
    pace.heard(HOST, 429, {});
    // Those that were on their way together are one.
    pace.heard(HOST, 429, {});
    await pace.turn(HOST);
    await pace.turn(HOST);
    expect(waits).toEqual([100]);
    vi.advanceTimersByTime(2000);
    pace.heard(HOST, 503, {});
    await pace.turn(HOST);
    await pace.turn(HOST);
    expect(waits).toEqual([100, 200]);
    for (let answer = 0; answer < 40; answer++) pace.heard(HOST, 200, {});
    vi.advanceTimersByTime(1000);
    for (let request = 0; request < 3; request++) await pace.turn(HOST);
    expect(waits).toEqual([100, 200]);
  });

  it.each([
    ['the RateLimit header', { ratelimit: '"api";r=0;t=30' }],
    ['X-RateLimit headers with a time', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(1_800_000_030) }],
    ['X-RateLimit headers with seconds', { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '30' }],
  ])('waits for a new allowance when the old one is used up, by %s', async (_, headers) => {
    const onWait = vi.fn();
    const { pace, waits } = paced({}, onWait);
    vi.setSystemTime(1_800_000_000_000);
    pace.heard(HOST, 200, headers);
    await pace.turn(HOST);
    await pace.turn(HOST);
    expect(waits).toEqual([30_000]);
    expect(onWait.mock.calls).toEqual([[HOST, 30_000]]);
  });

  it('does not wait where something is left, nor longer than makes sense', async () => {
    const { pace, waits } = paced();
    pace.heard(HOST, 200, { 'x-ratelimit-remaining': '1', 'x-ratelimit-reset': '30', 'retry-after': '60' });
    pace.heard(HOST, 200, { ratelimit: '"api";r=0;t=3600' });
    await pace.turn(HOST);
    expect(waits).toEqual([]);
  });
});

describe('connections', () => {
  const never = new AbortController().signal;
  setMaxListeners(0, never);

  /** How many a host is given at one time. */
  async function given(hosts: Hosts): Promise<number> {
    const releases: (() => void)[] = [];
    for (let index = 0; index < 20; index++) void hosts.acquire(HOST, never).then((release) => releases.push(release));
    await vi.waitFor(() => expect(releases.length).toBeGreaterThan(0));
    // All that can be had at once is had by now.
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
    const count = releases.length;
    while (releases.length < 20) {
      for (const release of releases) release();
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (const release of releases) release();
    return count;
  }

  it('are those of the table at most, and never more than was asked for', () => {
    const limits = { [HOST]: { connections: 2, reason: 'a test' } };
    expect(new Hosts(8, 64, limits).connections(HOST)).toBe(2);
    expect(new Hosts(1, 64, limits).connections(HOST)).toBe(1);
    expect(new Hosts(8, 64, limits).connections('other.example')).toBe(8);
  });

  it('are halved by a refusal, and come back one by one', async () => {
    const hosts = new Hosts(8, 64, {});
    expect(await given(hosts)).toBe(8);
    hosts.heard(HOST, 429);
    hosts.heard(HOST, 429);
    expect(await given(hosts)).toBe(4);
    for (let answer = 0; answer < 4 * 8; answer++) hosts.heard(HOST, 206);
    expect(await given(hosts)).toBe(5);
    for (let answer = 0; answer < 1000; answer++) hosts.heard(HOST, 206);
    expect(await given(hosts)).toBe(8);
    hosts.close();
  });

  it('go to the highest priority first', async () => {
    const hosts = new Hosts(1, 64, {});
    const order: string[] = [];
    const first = await hosts.acquire(HOST, never);
    const later = ['last', 'soon'].map((name, index) =>
      hosts.acquire(HOST, never, index).then((release) => {
        order.push(name);
        release();
      }),
    );
    first();
    await Promise.all(later);
    expect(order).toEqual(['soon', 'last']);
  });
});

describe('the table of limits', () => {
  it('is the one in the documentation', () => {
    const page = readFileSync(new URL('../../docs/politeness.md', import.meta.url), 'utf8');
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    const expected = Object.entries(HOST_LIMITS).map(([host, { connections, requests, reason }]) => {
      const pace = requests === undefined ? '' : `${requests.count} in ${requests.per / 1000} s`;
      return `| \`${host}\` | ${connections ?? ''} | ${pace} | ${reason} |`;
    });
    expect(rows).toEqual(expected);
  });

  it.each(Object.entries(HOST_LIMITS))('says what rests on what: %s', (_, { reason, connections, requests }) => {
    expect(reason).not.toBe('');
    expect(connections ?? requests).toBeDefined();
  });
});
