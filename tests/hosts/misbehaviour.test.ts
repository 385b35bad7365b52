import net from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { httpGet } from '../support/http-get.js';
import { bufferOf, noise } from './content.js';
import { type FileHost, startFileHost } from './file-host.js';
import {
  changingValidators,
  contentRangeLies,
  emptyPage,
  htmlPage,
  ignoreIfRange,
  ignoreRange,
  type Misbehaviour,
  noValidators,
  partialUnasked,
  redirect,
  refuse,
  weakEtag,
} from './misbehaviour.js';

const SIZE = 1000;
const file = noise(SIZE, 'a file');
const other = noise(SIZE, 'another file');
let host: FileHost;
let data: Buffer;
let otherData: Buffer;

beforeEach(async () => {
  data = await bufferOf(file);
  otherData = await bufferOf(other);
  host = await startFileHost();
  host.add('/a.bin', file, { etag: '"v1"' });
});

afterEach(() => host.close());

const get = (headers: Record<string, string> = {}, options?: Parameters<typeof httpGet>[2]) =>
  httpGet(host.url('/a.bin'), headers, options);

/** All that comes over the connection, as Latin-1: for answers that no HTTP client takes. */
function onTheWire(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(host.origin);
    let wire = '';
    const socket = net.connect(Number(port), hostname, () => {
      socket.write(`GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: close\r\n\r\n`);
    });
    socket
      .setEncoding('latin1')
      .on('data', (text: string) => {
        wire += text;
      })
      .on('close', () => resolve(wire))
      .on('error', reject);
  });
}

test('holds for the answers it was meant for', async () => {
  host.misbehave('/a.bin', { ...refuse(503), skip: 1, times: 2 });
  const statuses = [];
  for (let round = 0; round < 4; round += 1) statuses.push((await get()).status);
  expect(statuses).toEqual([200, 503, 503, 200]);
});

test.each<[string, Misbehaviour, object]>([
  ['Range ignored', ignoreRange(), { status: 200 }],
  ['starts later', contentRangeLies.startsLater(), { headers: { 'content-range': 'bytes 101-199/1000' } }],
  ['starts earlier', contentRangeLies.startsEarlier(), { headers: { 'content-range': 'bytes 99-199/1000' } }],
  ['ends earlier', contentRangeLies.endsEarlier(), { headers: { 'content-range': 'bytes 100-198/1000' } }],
  ['other total', contentRangeLies.otherTotal(), { headers: { 'content-range': 'bytes 100-199/1001' } }],
  ['unknown total', contentRangeLies.unknownTotal(), { headers: { 'content-range': 'bytes 100-199/*' } }],
  ['unsatisfied', contentRangeLies.unsatisfied(), { status: 206, headers: { 'content-range': 'bytes */*' } }],
  ['weak ETag', weakEtag(), { headers: { etag: 'W/"v1"' } }],
  ['HTML', htmlPage(), { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' } }],
  ['empty', emptyPage(), { status: 200, body: Buffer.alloc(0) }],
  ['204', refuse(204), { status: 204, body: Buffer.alloc(0) }],
  ['202', { status: 202, body: 'later' }, { status: 202, body: Buffer.from('later') }],
  ['429', refuse(429, { retryAfter: 2 }), { status: 429, headers: { 'retry-after': '2' } }],
  ['absurd wait', refuse(503, { retryAfter: 'abc' }), { status: 503, headers: { 'retry-after': 'abc' } }],
  ['redirect', redirect('http://other/'), { status: 302, headers: { location: 'http://other/' } }],
  ['length is no number', { headers: { 'content-length': 'many' } }, { error: 'HPE_INVALID_CONTENT_LENGTH' }],
  ['negative length', { headers: { 'content-length': '-1' } }, { error: 'HPE_INVALID_CONTENT_LENGTH' }],
  ['length too large', { headers: { 'content-length': '101' } }, { error: 'ECONNRESET' }],
  ['no answer', { noAnswer: 'close' }, { status: 0, error: 'ECONNRESET' }],
  ['reset before any answer', { noAnswer: 'reset' }, { status: 0, error: 'ECONNRESET' }],
  ['reset', { resetAt: 0 }, { status: 206, error: 'ECONNRESET' }],
])('%s', async (_, rule, expected) => {
  host.misbehave('/a.bin', rule);
  expect(await get({ range: 'bytes=100-199' })).toMatchObject(expected);
});

test('Content-Range is missing, validators are missing, a redirect leads nowhere', async () => {
  host
    .misbehave('/a.bin', { ...contentRangeLies.missing(), times: 1 })
    .misbehave('/a.bin', { ...noValidators(), skip: 1 });
  expect((await get({ range: 'bytes=1-' })).headers).not.toHaveProperty('content-range');
  const { headers } = await get();
  expect(headers).not.toHaveProperty('etag');
  expect(headers).not.toHaveProperty('last-modified');
  host.misbehave('/a.bin', redirect());
  expect((await get()).headers).not.toHaveProperty('location');
});

test('Retry-After as a date lies ahead', async () => {
  host.misbehave('/a.bin', refuse(503, { retryAfter: { in: 10_000 } }));
  const ahead = Date.parse(String((await get()).headers['retry-after'])) - Date.now();
  expect(ahead).toBeGreaterThan(7000);
  expect(ahead).toBeLessThanOrEqual(10_000);
});

test('206 unasked brings the whole file', async () => {
  host.misbehave('/a.bin', partialUnasked());
  expect(await get()).toMatchObject({ status: 206, body: data, headers: { 'content-range': 'bytes 0-999/1000' } });
});

test('a range is honoured although the file has changed', async () => {
  host.add('/a.bin', other).misbehave('/a.bin', ignoreIfRange());
  const { status, body } = await get({ range: 'bytes=10-19', 'if-range': '"v1"' });
  expect(status).toBe(206);
  expect(body.equals(otherData.subarray(10, 20))).toBe(true);
});

test('validators change with every answer', async () => {
  host.misbehave('/a.bin', changingValidators());
  const [first, second] = [await get(), await get()];
  expect(first.headers.etag).not.toBe(second.headers.etag);
  expect(first.headers['last-modified']).not.toBe(second.headers['last-modified']);
  expect((await get({ range: 'bytes=1-', 'if-range': String(second.headers.etag) })).status).toBe(200);
});

test('shifted bytes come under the right Content-Range', async () => {
  host.misbehave('/a.bin', { shift: -7 });
  const { headers, body } = await get({ range: 'bytes=100-199' });
  expect(headers['content-range']).toBe('bytes 100-199/1000');
  expect(body.equals(data.subarray(93, 193))).toBe(true);
  expect((await get()).body.equals(data)).toBe(true);
});

test('the file becomes another in the middle of an answer', async () => {
  host.misbehave('/a.bin', { becomes: { at: 400, content: other }, times: 1 });
  expect((await get()).body.equals(data)).toBe(true);
  const { headers, body } = await get();
  expect(body.equals(otherData)).toBe(true);
  expect(headers.etag).not.toBe('"v1"');
  host.misbehave('/a.bin', { becomes: { at: 400, content: file, inPlace: true }, times: 1 });
  expect((await get()).body.equals(Buffer.concat([otherData.subarray(0, 400), data.subarray(400)]))).toBe(true);
});

test('without a length the body ends by chunks or with the connection', async () => {
  host.misbehave('/a.bin', { framing: 'chunked', times: 1 }).misbehave('/a.bin', { framing: 'close', skip: 1 });
  const chunked = await get();
  expect(chunked.headers).toMatchObject({ 'transfer-encoding': 'chunked' });
  const closed = await get();
  expect(closed.headers).not.toHaveProperty('transfer-encoding');
  for (const { headers, body } of [chunked, closed]) {
    expect(headers).not.toHaveProperty('content-length');
    expect(body.equals(data)).toBe(true);
  }
});

test('bytes come after the announced end', async () => {
  host.misbehave('/a.bin', { surplus: 5 });
  const wire = await onTheWire('/a.bin');
  expect(wire).toContain('content-length: 1000\r\n');
  expect(wire.endsWith(`\r\n\r\n${data.toString('latin1')}+++++`)).toBe(true);
  expect(host.bytesSent('/a.bin')).toBe(SIZE + 5);
});

test('a chunked body carries a Content-Length as well', async () => {
  host.misbehave('/a.bin', { headers: { 'transfer-encoding': 'chunked' } });
  const wire = await onTheWire('/a.bin');
  expect(wire).toContain('content-length: 1000\r\n');
  expect(wire.endsWith(`\r\n\r\n3e8\r\n${data.toString('latin1')}\r\n0\r\n\r\n`)).toBe(true);
});

test('gzip is applied, always or when it was asked for, and merely claimed', async () => {
  host.misbehave('/a.bin', { gzip: 'asked' });
  expect((await get({ 'accept-encoding': 'identity' })).body.equals(data)).toBe(true);
  const { status, headers, body } = await get({ 'accept-encoding': 'gzip, br', range: 'bytes=5-' });
  expect(status).toBe(200);
  expect(headers['content-encoding']).toBe('gzip');
  expect(gunzipSync(body).equals(data)).toBe(true);
  host.behave();
  host.misbehave('/a.bin', { headers: { 'content-encoding': 'gzip' } });
  expect((await get()).body.equals(data)).toBe(true);
});

test('the body is cut after so many bytes, with and without a length', async () => {
  host
    .misbehave('/a.bin', { cutAt: 300, times: 1 })
    .misbehave('/a.bin', { cutAt: 200, framing: 'chunked', skip: 1, times: 1 });
  const [cut, chunked, whole] = [await get(), await get(), await get()];
  expect(cut).toMatchObject({ error: 'ECONNRESET', body: data.subarray(0, 300) });
  expect(chunked).toMatchObject({ error: 'ECONNRESET', body: data.subarray(0, 200) });
  expect(whole).toMatchObject({ error: undefined, body: data });
  expect(host.requests.map(({ outcome }) => outcome)).toEqual(['cut', 'cut', 'complete']);
  expect(host.bytesSent()).toBe(1500);
});

test('the host goes silent until released, before the headers and within the body', async () => {
  host.misbehave('/a.bin', { noAnswer: 'silence', times: 1 }).misbehave('/a.bin', { stallAt: 250, skip: 1, times: 1 });
  const unanswered = get();
  await host.stalled('/a.bin');
  host.release('/a.bin');
  expect(await unanswered).toMatchObject({ status: 0, error: 'ECONNRESET' });
  const stalled = get();
  await host.stalled('/a.bin');
  expect(host.requests.at(-1)).toMatchObject({ sent: 250, outcome: 'open' });
  host.release('/a.bin');
  expect((await stalled).body.equals(data)).toBe(true);
});

test('a client that goes away is seen', async () => {
  host.misbehave('/a.bin', { stallAt: 100 });
  const abort = new AbortController();
  const left = get({}, { signal: abort.signal });
  await host.reached('/a.bin', 100);
  abort.abort();
  expect((await left).error).toBe('ABORT_ERR');
  await host.idle();
  expect(host.requests[0]).toMatchObject({ outcome: 'aborted', sent: 100 });
});

test('latency, limits and a trickle take their time', async () => {
  const timed = async (rule: Misbehaviour) => {
    host.behave();
    host.misbehave('/a.bin', rule);
    const start = performance.now();
    expect((await get()).body.equals(data)).toBe(true);
    return performance.now() - start;
  };
  expect(await timed({ latency: 80 })).toBeGreaterThan(75);
  // The first step goes at once.
  expect(await timed({ bytesPerSecond: 10_000 })).toBeGreaterThan(70);
  expect(await timed({ trickle: { bytes: 200, every: 20 } })).toBeGreaterThan(75);
});
