import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { Crc32c } from '../../src/transfer/crc32c.js';
import { statedChecksum } from '../../src/transfer/stated.js';
import { bufferOf, type Content, noise } from '../hosts/content.js';
import { FileHost } from '../hosts/file-host.js';
import { ignoreRange } from '../hosts/misbehaviour.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { closeEngines, fetchFile, MiB, remoteFile, start, startEngine } from './downloading.js';

const hosts: FileHost[] = [];

afterEach(async () => {
  await closeEngines();
  await Promise.all(hosts.splice(0).map((host) => host.close()));
  removeTempDirs();
});

const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');

describe('x-goog-hash', () => {
  const md5 = '3a393d93777d7f182829554763015b1d';
  const both = `crc32c=n03x6A==,md5=${base64(md5)}`;

  test.each<[string, IncomingHttpHeaders, string | undefined]>([
    ['both in one header', { 'x-goog-hash': both }, `md5:${md5}`],
    ['in two headers', { 'x-goog-hash': both.replace(',', ', ') }, `md5:${md5}`],
    ['of a composed object', { 'x-goog-hash': 'crc32c=n03x6A==' }, 'crc32c:9f4df1e8'],
    ['of an encoded body', { 'x-goog-hash': both, 'content-encoding': 'gzip' }, undefined],
    ['of what was stored encoded', { 'x-goog-hash': both, 'x-goog-stored-content-encoding': 'gzip' }, undefined],
    [
      'of what was stored as it is',
      { 'x-goog-hash': both, 'x-goog-stored-content-encoding': 'identity' },
      `md5:${md5}`,
    ],
    ['nonsense', { 'x-goog-hash': 'md5=short,sha3=n03x6A==' }, undefined],
    ['none', {}, undefined],
  ])('%s', (_, headers, expected) => {
    expect(statedChecksum(headers)).toBe(expected);
  });
});

describe('a download', () => {
  async function hostWith(content: Content, hash: (bytes: Buffer) => string): Promise<FileHost> {
    const host = await new FileHost().start();
    hosts.push(host);
    return offer(host, content, hash);
  }
  async function offer(host: FileHost, content: Content, hash: (bytes: Buffer) => string): Promise<FileHost> {
    const headers = { 'x-goog-hash': hash(await bufferOf(content)) };
    return host.add('/file.bin', content, { etag: '"same"', lastModified: null, headers });
  }
  /** The folder with what a download left that was cut. */
  async function cutShort(host: FileHost): Promise<string> {
    const parts = tempDir('parts');
    host.misbehave('/file.bin', { cutAt: 3 * MiB });
    const once = startEngine({ connections: 1, retry: { tries: 1 } });
    await expect(fetchFile(remoteFile(host, 'file.bin'), { parts, engine: once })).rejects.toMatchObject({
      exitCode: 5,
    });
    host.behave();
    return parts;
  }
  const md5Of = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');
  const crcOf = (bytes: Buffer) => new Crc32c().update(bytes).digest();

  test.each([
    ['in parts', 3 * MiB, false],
    ['in one answer', 3 * MiB, true],
    ['that is small', 5000, false],
  ])('%s is held against what the host states', async (_, size, whole) => {
    const content = noise(size, 'stated');
    const host = await hostWith(content, (bytes) => `crc32c=${base64(crcOf(bytes))},md5=${base64(md5Of(bytes))}`);
    if (whole) host.misbehave('*', ignoreRange());
    const md5 = md5Of(await bufferOf(content));
    const fetched = await fetchFile(remoteFile(host, 'file.bin'), { algorithms: [] });
    expect(fetched).toMatchObject({ checksums: [`md5:${md5}`], digests: { md5 } });
  });

  test('is refused when the bytes are others', async () => {
    const host = await hostWith(noise(3 * MiB), () => 'crc32c=n03x6A==');
    await expect(start(remoteFile(host, 'file.bin')).result).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringMatching(/crc32c [0-9a-f]{8} where 9f4df1e8 was expected/),
    });
  });

  test('has a better checksum where one is known', async () => {
    const content = noise(2 * MiB);
    const sha256 = createHash('sha256')
      .update(await bufferOf(content))
      .digest('hex');
    const host = await hostWith(content, () => 'crc32c=n03x6A==');
    const known = remoteFile(host, 'file.bin', { checksums: [`sha256:${sha256}`] });
    expect(await fetchFile(known)).toMatchObject({ checksums: [`sha256:${sha256}`] });
  });

  test('knows it also when it goes on in another run', async () => {
    const content = noise(8 * MiB, 'old');
    const host = await hostWith(content, (bytes) => `md5=${base64(md5Of(bytes))}`);
    const parts = await cutShort(host);
    const fetched = await fetchFile(remoteFile(host, 'file.bin'), { parts });
    expect(fetched).toMatchObject({ checksums: [`md5:${md5Of(await bufferOf(content))}`] });
    expect(fetched.resumed).toBeGreaterThan(0);
  });

  test('starts over when the host states another one, whatever the ETag says', async () => {
    const host = await hostWith(noise(8 * MiB, 'old'), (bytes) => `md5=${base64(md5Of(bytes))}`);
    const parts = await cutShort(host);
    const content = noise(8 * MiB, 'new');
    await offer(host, content, (bytes) => `md5=${base64(md5Of(bytes))}`);
    const fetched = start(remoteFile(host, 'file.bin'), { parts });
    expect(await fetched.result).toMatchObject({ resumed: 0, checksums: [`md5:${md5Of(await bufferOf(content))}`] });
    expect(fetched.told.map(({ state }) => state)).toContain('restarting');
  });
});
