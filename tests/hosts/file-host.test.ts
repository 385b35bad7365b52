import { execFile, spawnSync } from 'node:child_process';
import http from 'node:http';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { httpGet } from '../support/http-get.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { sha256Of } from '../support/tree.js';
import { selfSignedCertificate } from './certificate.js';
import { bufferOf, digestOf, noise } from './content.js';
import { type FileHost, startFileHost } from './file-host.js';

const SIZE = 1000;
const file = noise(SIZE, 'a file');
const other = noise(SIZE, 'another file');
let host: FileHost;
let data: Buffer;

beforeEach(async () => {
  data = await bufferOf(file);
  host = await startFileHost();
  host.add('/a.bin', file, { etag: '"v1"', disposition: 'attachment; filename="a.bin"' });
});

afterEach(async () => {
  await host.close();
  removeTempDirs();
});

const get = (headers: Record<string, string> = {}, options?: Parameters<typeof httpGet>[2]) =>
  httpGet(host.url('/a.bin'), headers, options);

describe('noise', () => {
  test('is the same from any place, also beyond a chunk and far into a file too large for any disk', async () => {
    const large = noise(2 ** 50, 'large');
    const [start, length] = [2 ** 49 - 5, 600_000];
    const whole = Buffer.concat([...(large.read(start, start + length) as Iterable<Buffer>)]);
    const tail = Buffer.concat([...(large.read(start + 300_001, start + length) as Iterable<Buffer>)]);
    expect(whole.length).toBe(length);
    expect(tail.equals(whole.subarray(300_001))).toBe(true);
    expect(new Set(whole.subarray(0, 4096)).size).toBe(256);
  });

  test('depends on the seed', async () => {
    expect(await digestOf(noise(100, 1), 'md5')).not.toBe(await digestOf(noise(100, 2), 'md5'));
  });
});

describe('a host that behaves', () => {
  test('serves the file with its size, validators and name, and HEAD without the body', async () => {
    const { status, headers, body } = await get();
    expect(status).toBe(200);
    expect(body.equals(data)).toBe(true);
    expect(headers).toMatchObject({
      'content-length': String(SIZE),
      'accept-ranges': 'bytes',
      etag: '"v1"',
      'content-disposition': 'attachment; filename="a.bin"',
    });
    const head = await get({}, { method: 'HEAD' });
    expect(head).toMatchObject({ status: 200, body: Buffer.alloc(0), headers: { 'content-length': String(SIZE) } });
    expect(host.bytesSent('/a.bin')).toBe(SIZE);
  });

  test.each([
    ['bytes=0-0', 0, 1],
    ['bytes=100-199', 100, 200],
    ['bytes=990-', 990, SIZE],
    ['bytes=990-5000', 990, SIZE],
    ['bytes=-10', 990, SIZE],
    ['bytes=-5000', 0, SIZE],
  ])('honours %s', async (range, start, end) => {
    const { status, headers, body } = await get({ range });
    expect(status).toBe(206);
    expect(headers['content-range']).toBe(`bytes ${start}-${end - 1}/${SIZE}`);
    expect(body.equals(data.subarray(start, end))).toBe(true);
  });

  test.each(['bytes=1000-', 'bytes=5000-6000', 'bytes=-0'])('answers 416 with the size to %s', async (range) => {
    expect(await get({ range })).toMatchObject({ status: 416, headers: { 'content-range': `bytes */${SIZE}` } });
  });

  test.each(['bytes=5-1', 'bytes=0-1,5-6', 'pages=1-2', 'bytes=-'])('ignores %s', async (range) => {
    expect((await get({ range })).status).toBe(200);
  });

  test('holds If-Range against a strong ETag or the very date, and never against a weak ETag', async () => {
    const modified = String((await get()).headers['last-modified']);
    const statusOf = async (ifRange: string) => (await get({ range: 'bytes=5-', 'if-range': ifRange })).status;
    expect(await statusOf('"v1"')).toBe(206);
    expect(await statusOf(modified)).toBe(206);
    expect(await statusOf('"v2"')).toBe(200);
    expect(await statusOf('W/"v1"')).toBe(200);
    expect(await statusOf(new Date(Date.parse(modified) + 1000).toUTCString())).toBe(200);
    host.add('/a.bin', other);
    expect(await statusOf('"v1"')).toBe(200);
    expect(await statusOf(modified)).toBe(200);
  });

  test('answers 304 and 412 to the other conditions', async () => {
    expect((await get({ 'if-none-match': 'W/"v1", "v0"' })).status).toBe(304);
    expect((await get({ 'if-match': '"v1"' })).status).toBe(200);
    expect((await get({ 'if-match': '"v2"' })).status).toBe(412);
  });

  test('tells requests of one connection from those of another, and counts bytes by path', async () => {
    const agent = new http.Agent({ keepAlive: true });
    await get({ range: 'bytes=0-9' }, { agent });
    await get({ range: 'bytes=10-19' }, { agent });
    await get({ range: 'bytes=20-29' });
    agent.destroy();
    expect(host.requests.map(({ connection }) => connection)).toEqual([1, 1, 2]);
    expect(host.requests[1]).toMatchObject({ method: 'GET', path: '/a.bin', status: 206, sent: 10 });
    expect(host.bytesSent('/a.bin')).toBe(30);
    expect((await httpGet(host.url('/no such file'))).status).toBe(404);
  });
});

test('waiting for what never happens ends with the host', async () => {
  const never = host.requested('/a.bin', 2);
  const seen = expect(never).rejects.toThrow('closed before');
  await host.close();
  await seen;
  host = await startFileHost();
});

test('closing fails when a client broke the rules', async () => {
  host.violate('an uncalled-for request');
  await expect(host.close()).rejects.toThrow('an uncalled-for request');
  host = await startFileHost();
});

const curl = spawnSync('curl', ['--version']).status === 0;
test.skipIf(!curl)('curl resumes what was cut', async () => {
  host.misbehave('/a.bin', { cutAt: 300, times: 2 });
  const target = path.join(tempDir(), 'a.bin');
  const run = () =>
    new Promise<number>((resolve) => {
      execFile('curl', ['-q', '--noproxy', '*', '-s', '-C', '-', '-o', target, host.url('/a.bin')], (error) =>
        resolve(typeof error?.code === 'number' ? error.code : 0),
      );
    });
  expect([await run(), await run(), await run()]).toEqual([18, 18, 0]);
  expect(await sha256Of(target)).toBe(await digestOf(file, 'sha256'));
  expect(host.bytesSent('/a.bin')).toBe(SIZE);
});

const tls = selfSignedCertificate();
test.skipIf(tls === undefined)('https with a certificate of its own', async () => {
  if (tls === undefined) return;
  const secure = await startFileHost({ tls });
  secure.add('/a.bin', file);
  expect((await httpGet(secure.url('/a.bin'), {}, { ca: tls.cert })).body.equals(data)).toBe(true);
  expect((await httpGet(secure.url('/a.bin'))).error).toBe('DEPTH_ZERO_SELF_SIGNED_CERT');
  await secure.close();
});
