import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteFile } from '../../src/sources/source.js';
import { hasChanged, RemoteAccess } from '../../src/transfer/remote-access.js';
import { bufferOf, noise } from '../hosts/content.js';
import { type FileHost, startFileHost } from '../hosts/file-host.js';
import { changingValidators, ignoreRange, noValidators, refuse } from '../hosts/misbehaviour.js';
import { closeEngines, remoteFile, startEngine } from './downloading.js';

const NAME = 'a.zip';
const KiB = 1024;
const content = noise(700 * KiB + 11, 'a zip');
const data = await bufferOf(content);

let host: FileHost;
beforeEach(async () => {
  host = await startFileHost();
  host.add(NAME, content);
});
afterEach(async () => {
  await closeEngines();
  await host.close();
});

async function open(facts: Partial<RemoteFile> = {}): Promise<RemoteAccess> {
  const { signal } = new AbortController();
  const access = await RemoteAccess.open(remoteFile(host, NAME, facts), { engine: startEngine(), signal });
  if (access === undefined) throw new Error('the host gives no ranges');
  return access;
}

/** Ranges that the host was asked for, after the first question. */
const asked = () => host.requestsOf(`/${NAME}`).map(({ headers }) => headers.range?.slice('bytes='.length));

describe('reading', () => {
  test('brings the bytes, and fewer only at the end', async () => {
    const access = await open();
    expect(access).toMatchObject({ size: data.length, starts: [0] });
    expect(await access.read(1000, 10)).toEqual(data.subarray(1000, 1010));
    expect(await access.read(data.length - 5, 100)).toEqual(data.subarray(-5));
    expect(await access.read(data.length, 100)).toHaveLength(0);
    expect(access.identity).toEqual({ size: data.length, etag: expect.any(String), lastModified: expect.any(String) });
  });

  test('asks for what lacks, and never twice', async () => {
    const access = await open();
    await access.read(1000, 1000);
    await access.read(1200, 100);
    await access.read(3000, 1000);
    const before = host.bytesSent();
    expect(await access.read(500, 4000)).toEqual(data.subarray(500, 4500));
    expect(host.bytesSent() - before).toBe(2000);
    expect(asked()).toEqual(['0-0', '1000-1999', '3000-3999', '500-999', '2000-2999', '4000-4499']);
    expect(access.spans.map(({ start }) => start)).toEqual([500, 1000, 2000, 3000, 4000]);
    expect(Buffer.concat(access.spans.map(({ bytes }) => bytes))).toEqual(data.subarray(500, 4500));
  });

  test('keeps what is apart apart, in order', async () => {
    const access = await open();
    await access.read(5000, 10);
    await access.read(100, 10);
    expect(access.spans.map(({ start, bytes }) => [start, bytes.length])).toEqual([
      [100, 10],
      [5000, 10],
    ]);
  });

  test('goes on where the host cut the connection', async () => {
    const access = await open();
    host.misbehave(NAME, { cutAt: 200 * KiB });
    expect((await access.read(0, data.length)).equals(data)).toBe(true);
    expect(host.bytesSent()).toBeLessThan(data.length + 10);
  });

  test('tries again when the host is away for a moment', async () => {
    const access = await open();
    host.misbehave(NAME, refuse(503, { times: 2 }));
    expect(await access.read(7, 7)).toEqual(data.subarray(7, 14));
  });

  test('asks for a new address when one has expired', async () => {
    let addresses = 0;
    const access = await open({
      request: async () => {
        addresses += 1;
        return { url: host.url(NAME) };
      },
    });
    host.misbehave(NAME, refuse(403, { times: 1 }));
    expect(await access.read(7, 7)).toEqual(data.subarray(7, 14));
    expect(addresses).toBe(2);
  });

  test('is held to the version that was opened', async () => {
    const access = await open();
    await access.read(0, 10);
    host.add(NAME, noise(data.length, 'another zip'));
    const error = await access.read(100, 10).catch((thrown) => thrown);
    expect(hasChanged(error)).toBe(true);
    expect(error).toMatchObject({ exitCode: 5, file: NAME });
    // What is here is still that of before.
    expect(await access.read(0, 10)).toEqual(data.subarray(0, 10));
  });

  test('knows a file without validators by its size', async () => {
    host.misbehave(NAME, noValidators());
    const access = await open();
    expect(access.identity).toEqual({ size: data.length });
    host.add(NAME, noise(data.length - 1, 'another zip'));
    expect(hasChanged(await access.read(0, 10).catch((thrown) => thrown))).toBe(true);
  });
});

describe('opening', () => {
  test.each([
    ['ignores ranges', () => host.misbehave(NAME, ignoreRange())],
    ['does not tell the size', () => host.misbehave(NAME, { headers: { 'content-range': 'bytes 0-0/*' } })],
  ])('brings nothing where the host %s', async (_, prepare) => {
    prepare();
    await expect(open()).rejects.toThrow('the host gives no ranges');
  });

  test('asks nobody where the source knows that there are no ranges', async () => {
    await expect(open({ request: async () => ({ url: host.url(NAME), ranges: false }) })).rejects.toThrow('no ranges');
    expect(asked()).toEqual([]);
  });

  test('fails for another size than the registry tells, and for what is not there', async () => {
    await expect(open({ size: 5 })).rejects.toMatchObject({ exitCode: 6, file: NAME });
    await expect(open({ request: async () => ({ url: host.url('b.zip') }) })).rejects.toMatchObject({ exitCode: 3 });
  });

  test('ends when nothing helps', async () => {
    host.misbehave(NAME, refuse(503));
    await expect(open()).rejects.toMatchObject({ exitCode: 5, message: expect.stringContaining('gave up') });
  });
});

test('a host whose validators change all the time is told of', async () => {
  host.misbehave(NAME, changingValidators());
  const access = await open();
  expect(hasChanged(await access.read(0, 10).catch((thrown) => thrown))).toBe(true);
});
