import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { IntegrityError, InterruptedError, NetworkError } from '../../src/errors.js';
import { SMALL } from '../../src/transfer/small.js';
import { bytes, digestOf, noise } from '../hosts/content.js';
import { FileHost, startFileHost } from '../hosts/file-host.js';
import { ignoreRange, refuse } from '../hosts/misbehaviour.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import {
  closeEngines,
  expectRight,
  fetchFile,
  MiB,
  partsIn,
  remoteFile,
  SEGMENT,
  start,
  startEngine,
} from './downloading.js';

let host: FileHost;
beforeEach(async () => {
  host = await startFileHost();
});
afterEach(async () => {
  await closeEngines();
  await host.close();
});
afterAll(removeTempDirs);

const NAME = 'a.bin';
const big = noise(40 * MiB, 'big');

describe('a file in ranges', () => {
  test('comes over several connections, every byte once, without a HEAD', async () => {
    host.add(NAME, big);
    const parts = tempDir('parts');
    await expectRight(await fetchFile(remoteFile(host, NAME, { size: big.size }), { parts }), big);
    expect(host.peak).toBeGreaterThan(1);
    expect(host.peak).toBeLessThanOrEqual(4);
    expect(host.requests.every(({ method, headers }) => method === 'GET' && headers.range !== undefined)).toBe(true);
    expect(new Set(host.requests.map(({ headers }) => headers['accept-encoding']))).toEqual(new Set(['identity']));
    expect(partsIn(parts)).toHaveLength(3);
  });

  test('learns its size from the first answer', async () => {
    host.add(NAME, big);
    const { result, told } = start(remoteFile(host, NAME));
    await expectRight(await result, big);
    expect(host.requests[0]?.headers.range).toBe(`bytes=0-${SEGMENT - 1}`);
    expect(told.at(-1)).toMatchObject({ state: 'verifying', done: big.size, size: big.size });
  });

  test('is removed by discard', async () => {
    host.add(NAME, big);
    const parts = tempDir('parts');
    const downloaded = await fetchFile(remoteFile(host, NAME), { parts });
    await downloaded.discard();
    expect(partsIn(parts)).toEqual([]);
  });

  test('keeps to one connection when that is asked for, and that one is kept alive', async () => {
    host.add(NAME, big);
    await expectRight(await fetchFile(remoteFile(host, NAME), { engine: startEngine({ connections: 1 }) }), big);
    expect(host.peak).toBe(1);
    expect(host.requests.length).toBeGreaterThan(1);
    expect(new Set(host.requests.map(({ connection }) => connection)).size).toBe(1);
  });

  test('an idle connection takes over half of what a slow one has left', async () => {
    // The first answer trickles; whoever is done with the rest takes its tail.
    host.add(NAME, big).misbehave(NAME, { times: 1, bytesPerSecond: 2 * MiB });
    const began = performance.now();
    await expectRight(await fetchFile(remoteFile(host, NAME)), big);
    expect(host.requests.some(({ headers }) => /bytes=(?!0-)\d+-16777215/.test(headers.range ?? ''))).toBe(true);
    expect(performance.now() - began).toBeLessThan(6000);
  });

  test('a connection that the host refuses for good is done without', async () => {
    host
      .add(NAME, big)
      .misbehave(NAME, { stallAt: MiB, times: 1 })
      .misbehave(NAME, { ...refuse(403), skip: 1, times: 4 });
    const { result } = start(remoteFile(host, NAME), { engine: startEngine({ connections: 3 }) });
    // Each of the two others: refused, asked once more with a fresh address, refused.
    await host.until(
      () => host.requests.length === 5 && host.requests.filter(({ outcome }) => outcome === 'open').length === 1,
    );
    host.release(NAME);
    await expectRight(await result, big);
  });

  test('a host that gives less than was asked is asked for the rest at once', async () => {
    const capped = await new CappingHost().start();
    try {
      capped.add(NAME, noise(9 * MiB + 17, 'capped'));
      const engine = startEngine({ connections: 1, retry: { base: 60_000, cap: 60_000 } });
      await expectRight(await fetchFile(remoteFile(capped, NAME), { engine }), noise(9 * MiB + 17, 'capped'));
      expect(capped.requests).toHaveLength(10);
    } finally {
      await capped.close();
    }
  });
});

/** Answers no more than 1 MiB at a time. */
class CappingHost extends FileHost {
  override answer(request: Parameters<FileHost['answer']>[0]) {
    const [, first = ''] = /^bytes=(\d+)-/.exec(request.headers.range ?? '') ?? [];
    const range = `bytes=${first}-${Number(first) + MiB - 1}`;
    return super.answer({ ...request, headers: { ...request.headers, range } });
  }
}

describe('sizes at the boundaries', () => {
  test.each([0, 1, SMALL - 1, SMALL, SMALL + 1, SEGMENT - 1, SEGMENT, SEGMENT + 1, 2 * SEGMENT, 4 * SEGMENT + 1])(
    '%i bytes, known beforehand',
    async (size) => {
      const content = noise(size, size);
      host.add(NAME, content);
      const checksums = [`md5:${await digestOf(content, 'md5')}`];
      const downloaded = await fetchFile(remoteFile(host, NAME, { size, checksums }));
      await expectRight(downloaded, content);
      expect(`md5:${downloaded.digests.md5}`).toBe(checksums[0]);
    },
  );

  test.each([1, SMALL, SMALL + 1, SEGMENT, SEGMENT + 1])('%i bytes, not known beforehand', async (size) => {
    host.add(NAME, noise(size, size));
    await expectRight(await fetchFile(remoteFile(host, NAME)), noise(size, size));
  });

  test('a small file costs one request and leaves one file', async () => {
    host.add(NAME, noise(SMALL, 's'));
    const parts = tempDir('parts');
    const known = await fetchFile(remoteFile(host, NAME, { size: SMALL }), { parts });
    expect(partsIn(parts)).toHaveLength(1);
    await known.discard();
    const learned = await fetchFile(remoteFile(host, NAME), { parts });
    expect(partsIn(parts)).toHaveLength(1);
    await learned.discard();
    expect(partsIn(parts)).toEqual([]);
    expect(host.requests).toHaveLength(2);
  });

  test('an empty file whose size is not known is no file', async () => {
    host.add(NAME, bytes(''));
    await expect(fetchFile(remoteFile(host, NAME))).rejects.toThrow(NetworkError);
  });
});

describe('a file from a host without ranges', () => {
  test('comes whole over one connection', async () => {
    host.add(NAME, big).misbehave(NAME, ignoreRange());
    const { result, told } = start(remoteFile(host, NAME));
    await expectRight(await result, big);
    expect(host.requests).toHaveLength(1);
    expect(told.map(({ detail }) => detail)).toContain('the host cannot resume this file');
  });

  test.each(['chunked', 'close'] as const)('and without a length (%s)', async (framing) => {
    const content = noise(3 * MiB + 5, framing);
    host.add(NAME, content).misbehave(NAME, { ...ignoreRange(), framing });
    await expectRight(await fetchFile(remoteFile(host, NAME)), content);
    await expectRight(await fetchFile(remoteFile(host, NAME, { size: content.size })), content);
  });

  test('begins again after a cut, and leaves nothing of the first try', async () => {
    const content = noise(3 * MiB, 'whole');
    host
      .add(NAME, content)
      .misbehave(NAME, ignoreRange())
      .misbehave(NAME, { cutAt: 2 * MiB, times: 1 });
    const parts = tempDir('parts');
    const downloaded = await fetchFile(remoteFile(host, NAME), { parts });
    await expectRight(downloaded, content);
    expect(host.bytesSent()).toBe(5 * MiB);
    expect(partsIn(parts)).toHaveLength(3);
  });

  test.each([undefined, 'chunked'] as const)(
    'is not fetched again by the next run once it is here (framing %s)',
    async (framing) => {
      const content = noise(3 * MiB, 'whole');
      host.add(NAME, content).misbehave(NAME, { ...ignoreRange(), ...(framing === undefined ? {} : { framing }) });
      const parts = tempDir('parts');
      await fetchFile(remoteFile(host, NAME), { parts });
      const again = await fetchFile(remoteFile(host, NAME), { parts, engine: startEngine() });
      await expectRight(again, content);
      expect(again.resumed).toBe(content.size);
      expect(host.requests).toHaveLength(1);
    },
  );
});

describe('checksums', () => {
  test('of every algorithm are held against the file, large and small', async () => {
    const content = noise(2 * MiB, 'sums');
    const small = noise(1000, 'sums');
    host.add('large.bin', content).add('small.bin', small);
    for (const [name, held] of [
      ['large.bin', content],
      ['small.bin', small],
    ] as const) {
      const checksums = await Promise.all(
        ['md5', 'sha1', 'sha256', 'sha512'].map(async (name) => `${name}:${await digestOf(held, name)}`),
      );
      await fetchFile(remoteFile(host, name, { size: held.size, checksums }));
      for (const checksum of checksums) {
        const wrong = checksum.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
        const failed = fetchFile(remoteFile(host, name, { size: held.size, checksums: [wrong] }));
        await expect(failed).rejects.toMatchObject({ name: 'IntegrityError', file: name });
      }
    }
  });

  test('a wrong one leaves nothing behind, and names both values', async () => {
    const content = noise(2 * MiB, 'wrong');
    host.add(NAME, content);
    const parts = tempDir('parts');
    const expected = '0'.repeat(32);
    const failed = fetchFile(remoteFile(host, NAME, { checksums: [`md5:${expected}`] }), { parts });
    await expect(failed).rejects.toThrow(IntegrityError);
    await expect(failed).rejects.toThrow(expected);
    await expect(failed).rejects.toThrow(await digestOf(content, 'md5'));
    expect(partsIn(parts)).toEqual([]);
  });
});

describe('many files', () => {
  test('share the connections that one host is allowed', async () => {
    const engine = startEngine({ connections: 3 });
    const names = Array.from({ length: 12 }, (_, index) => `${index}.bin`);
    for (const name of names) host.add(name, noise(100_000, name));
    await Promise.all(names.map((name) => fetchFile(remoteFile(host, name, { size: 100_000 }), { engine, key: name })));
    expect(host.peak).toBeLessThanOrEqual(3);
  });

  test('share the connections allowed in all', async () => {
    const other = await startFileHost();
    try {
      const engine = startEngine({ connections: 4, totalConnections: 2 });
      const names = Array.from({ length: 6 }, (_, index) => `${index}.bin`);
      const open = (at: FileHost) => at.requests.filter(({ outcome }) => outcome === 'open').length;
      let most = 0;
      const count = () => {
        most = Math.max(most, open(host) + open(other));
        return false;
      };
      const downloads = [host, other].flatMap((at) => {
        at.misbehave('*', { latency: 20 }).misbehave('*', { when: count });
        return names.map((name) => {
          at.add(name, noise(100_000, name));
          return fetchFile(remoteFile(at, name, { size: 100_000 }), {
            engine,
            key: `${new URL(at.origin).port}-${name}`,
          });
        });
      });
      await Promise.all(downloads);
      expect(most).toBe(2);
    } finally {
      await other.close();
    }
  });
});

describe('an aborted download', () => {
  test('ends at once with the reason it was given, in every phase', async () => {
    const reason = new InterruptedError('Ctrl-C');
    const content = noise(20 * MiB, 'abort');
    host.add('silent.bin', content).misbehave('silent.bin', { noAnswer: 'silence' });
    host.add('stalled.bin', content).misbehave('stalled.bin', { stallAt: 3 * MiB });
    host.add('whole.bin', content).misbehave('whole.bin', { ...ignoreRange(), stallAt: 3 * MiB });
    host.add('small.bin', noise(1000)).misbehave('small.bin', { stallAt: 100 });
    host
      .add('refused.bin', content)
      .misbehave('refused.bin', { ...refuse(404, { body: 'x'.repeat(5000) }), stallAt: 10 });
    for (const name of ['silent.bin', 'stalled.bin', 'whole.bin', 'small.bin', 'refused.bin']) {
      const { result, abort } = start(remoteFile(host, name, name === 'small.bin' ? { size: 1000 } : {}));
      await host.stalled(name);
      const began = performance.now();
      abort(reason);
      await expect(result, name).rejects.toBe(reason);
      expect(performance.now() - began, name).toBeLessThan(5000);
    }
  });

  test('while it waits for a connection, or for another try', async () => {
    const engine = startEngine({ connections: 1, retry: { base: 60_000, cap: 60_000 } });
    host.add(NAME, noise(1000)).misbehave(NAME, { stallAt: 10 });
    host.add('b.bin', noise(1000)).misbehave('b.bin', refuse(503));
    const holder = start(remoteFile(host, NAME, { size: 1000 }), { engine });
    await host.stalled(NAME);
    const queued = start(remoteFile(host, 'b.bin', { size: 1000 }), { engine, key: 'b' });
    queued.abort();
    await expect(queued.result).rejects.toThrow(InterruptedError);
    holder.abort();
    await expect(holder.result).rejects.toThrow(InterruptedError);
    const waiting = start(remoteFile(host, 'b.bin', { size: 1000 }), { engine, key: 'b' });
    await waiting.tells(({ state }) => state === 'retrying');
    waiting.abort();
    await expect(waiting.result).rejects.toThrow(InterruptedError);
  });

  test('gives its connection back', async () => {
    const engine = startEngine({ connections: 1 });
    host.add(NAME, noise(3 * MiB)).misbehave(NAME, { stallAt: MiB, times: 1 });
    const first = start(remoteFile(host, NAME), { engine });
    await host.stalled(NAME);
    first.abort();
    await expect(first.result).rejects.toThrow(InterruptedError);
    await fetchFile(remoteFile(host, NAME), { engine });
  });

  test('before it began asks nobody', async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(fetchFile(remoteFile(host, NAME), { signal: controller.signal })).rejects.toThrow(InterruptedError);
    expect(host.requests).toEqual([]);
  });
});

test('a folder for parts that cannot be made is a disk error', async () => {
  host.add(NAME, noise(10));
  const file = path.join(tempDir('file'), 'file');
  writeFileSync(file, '');
  const failed = fetchFile(remoteFile(host, NAME, { size: 10 }), { parts: path.join(file, 'parts') });
  await expect(failed).rejects.toMatchObject({ name: 'DiskError', file: NAME });
});
