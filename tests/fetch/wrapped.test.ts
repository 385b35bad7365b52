/** Files that come inside a zip of their host's making. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RemoteFile } from '../../src/sources/source.js';
import type { DownloadOptions } from '../../src/transfer/downloaded.js';
import { downloadWrapped } from '../../src/wrapped.js';
import { buildZip } from '../archive/build-zip.js';
import { bufferOf, noise } from '../hosts/content.js';
import { type FileHost, startFileHost } from '../hosts/file-host.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { closeEngines, MiB, partsIn, remoteFile, startEngine } from '../transfer/downloading.js';

let host: FileHost;
let parts: string;

beforeEach(async () => {
  host = await startFileHost();
  parts = tempDir('parts');
});

afterEach(async () => {
  await closeEngines();
  await host.close();
  removeTempDirs();
});

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest('hex');

function offer(sent: Buffer, facts: Partial<RemoteFile> = {}): RemoteFile {
  host.add('/scan.z01', sent);
  return remoteFile(host, 'scan.z01', { wrapped: 'folder/scan.z01', ...facts });
}

const optionsOf = (options: Partial<DownloadOptions>): DownloadOptions => ({
  engine: startEngine({ connections: 2 }),
  parts,
  key: '0123456789abcdef',
  algorithms: ['sha256'],
  signal: new AbortController().signal,
  ...options,
});

const bring = (remote: RemoteFile, options: Partial<DownloadOptions> = {}) =>
  downloadWrapped(remote, optionsOf(options));

describe.each([
  ['small', 3000],
  ['large', 5 * MiB],
])('a %s file', (_, size) => {
  test.each([
    ['deflated', { name: 'scan.z01', deflate: true }],
    ['stored', { name: 'scan.z01' }],
    ['under its whole path', { name: 'folder/scan.z01', deflate: true }],
    ['streamed, in zip64', { name: 'scan.z01', deflate: true, zip64: true, descriptor: true }],
  ])('is taken out: %s', async (_, part) => {
    const data = await bufferOf(noise(size, 'wrapped'));
    const facts = { size, checksums: [`md5:${md5(data)}`] };
    const file = await bring(offer(buildZip([{ ...part, data }]), facts));
    expect(file).toMatchObject({ size, digests: { sha256: sha256(data), md5: md5(data) }, checksums: facts.checksums });
    expect(readFileSync(file.file).equals(data)).toBe(true);
    await file.discard();
    expect(partsIn(parts)).toEqual([]);
  });

  test('is left as it is when it came alone', async () => {
    const data = await bufferOf(noise(size, 'alone'));
    const file = await bring(offer(data, { size, checksums: [`md5:${md5(data)}`] }));
    expect(file).toMatchObject({ size, digests: { sha256: sha256(data), md5: md5(data) } });
    await file.discard();
    expect(partsIn(parts)).toEqual([]);
  });
});

test.each<[string, Buffer]>([
  ['of another name', buildZip([{ name: 'other.z01', data: 'x' }])],
  ['with more in it', buildZip(['scan.z01', 'b'].map((name) => ({ name, data: 'x' })))],
  ['with nothing in it', buildZip([])],
  ['that is the last part of a split one', buildZip([{ name: 'scan.z01', data: 'x' }], { disk: 1 })],
  ['that is encrypted', buildZip([{ name: 'scan.z01', data: 'x', flags: 0x801 }])],
  ['with a folder of its name', buildZip([{ name: 'scan.z01/', mode: 0o040755 }])],
])('a zip %s is the file itself', async (_, zip) => {
  const file = await bring(offer(zip, { size: zip.length }));
  expect(file).toMatchObject({ size: zip.length, digests: { sha256: sha256(zip) } });
});

test('a host may list the size of the wrapping', async () => {
  const zip = buildZip([{ name: 'scan.z01', data: 'contents' }]);
  expect(await bring(offer(zip, { size: zip.length }))).toMatchObject({ size: 8 });
});

test.each<[string, Partial<RemoteFile>, RegExp]>([
  ['of another size', { size: 9 }, /has 8 bytes at the host where 9 were expected/],
  [
    'with another checksum',
    { checksums: [`md5:${'0'.repeat(32)}`] },
    /has md5 98bf7d8c15784f0a3d63204441e1e2aa where 0/,
  ],
])('a file %s is refused and thrown away', async (_, facts, message) => {
  const data = 'contents';
  for (const sent of [buildZip([{ name: 'scan.z01', data }]), Buffer.from(data)]) {
    const wrong = bring(offer(sent, facts));
    await expect(wrong).rejects.toMatchObject({
      exitCode: 6,
      file: 'scan.z01',
      message: expect.stringMatching(message),
    });
    expect(partsIn(parts)).toEqual([]);
  }
});

test('a wrapping that is damaged is refused and thrown away', async () => {
  const zip = buildZip([{ name: 'scan.z01', data: 'contents', crc: 1 }]);
  await expect(bring(offer(zip))).rejects.toMatchObject({ exitCode: 6, message: expect.stringContaining('CRC-32') });
  expect(partsIn(parts)).toEqual([]);
});

describe('on a disk without room for a copy', () => {
  const tight = async () => 0;
  const bringTight = (remote: RemoteFile) => downloadWrapped(remote, optionsOf({}), tight);

  test.each([0, 3000, 9 * MiB])('a stored file of %i bytes takes the place of its wrapping', async (size) => {
    const data = await bufferOf(noise(size, 'tight'));
    const file = await bringTight(offer(buildZip([{ name: 'scan.z01', data, extra: Buffer.from('XX\x02\0ab') }])));
    expect(file).toMatchObject({ size, digests: { sha256: sha256(data) } });
    expect(readFileSync(file.file).equals(data)).toBe(true);
    expect(partsIn(parts)).toHaveLength(1);
    await file.discard();
    expect(partsIn(parts)).toEqual([]);
  });

  test('a damaged one is thrown away', async () => {
    const zip = buildZip([{ name: 'scan.z01', data: 'contents', crc: 1 }]);
    await expect(bringTight(offer(zip))).rejects.toMatchObject({ exitCode: 6, file: 'scan.z01' });
    expect(partsIn(parts)).toEqual([]);
  });

  test('a deflated one is copied all the same', async () => {
    const file = await bringTight(offer(buildZip([{ name: 'scan.z01', data: 'contents', deflate: true }])));
    expect(readFileSync(file.file, 'utf8')).toBe('contents');
  });
});

test('an interruption while it is taken out costs no download', async () => {
  const data = await bufferOf(noise(9 * MiB, 'interrupted'));
  const remote = offer(buildZip([{ name: 'scan.z01', data, deflate: true }]));
  const controller = new AbortController();
  const onProgress: DownloadOptions['onProgress'] = (state) => {
    if (state === 'unpacking') controller.abort();
  };
  const { signal } = controller;
  await expect(bring(remote, { signal, onProgress })).rejects.toMatchObject({ exitCode: 130 });
  const sent = host.bytesSent();
  const file = await bring(remote);
  expect(file.digests.sha256).toBe(sha256(data));
  expect(file.resumed).toBeGreaterThan(data.length);
  // Without a validator it would be looked at again; this host gives an ETag.
  expect(host.bytesSent()).toBe(sent);
});
