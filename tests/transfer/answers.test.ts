import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { MeddsError } from '../../src/errors.js';
import { type Content, digestOf, noise } from '../hosts/content.js';
import { type FileHost, startFileHost } from '../hosts/file-host.js';
import {
  contentRangeLies,
  emptyPage,
  htmlPage,
  ignoreRange,
  type Misbehaviour,
  partialUnasked,
  redirect,
  refuse,
} from '../hosts/misbehaviour.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { closeEngines, expectRight, fetchFile, MiB, partsIn, remoteFile, start, startEngine } from './downloading.js';

let host: FileHost;
beforeEach(async () => {
  host = await startFileHost();
});
afterEach(async () => {
  await closeEngines();
  await host.close();
});
afterAll(removeTempDirs);

const small = noise(1000, 'small');
const large = noise(1.25 * MiB, 'large');

/** How a file is known: by a listing that tells its size, by one that tells a checksum, too, or by its address alone. */
const KNOWN: [string, Content, 'size' | 'checksum' | 'nothing'][] = [
  ['small, size known', small, 'size'],
  ['small, nothing known', small, 'nothing'],
  ['large, size known', large, 'size'],
  ['large, checksum known', large, 'checksum'],
  ['large, nothing known', large, 'nothing'],
];

async function known(name: string, content: Content, what: 'size' | 'checksum' | 'nothing') {
  if (what === 'nothing') return remoteFile(host, name);
  const checksums = what === 'size' ? [] : [`md5:${await digestOf(content, 'md5')}`];
  return remoteFile(host, name, { size: content.size, checksums });
}

/** Short only where it is waited for: a busy machine is no stalled host. */
function stallTimeoutFor(rule: Misbehaviour): number {
  return rule.stallAt === undefined && rule.noAnswer !== 'silence' ? 10_000 : 80;
}

const compressed = (name: string): Misbehaviour => ({ headers: { 'content-encoding': name } });

describe('right bytes in spite of', () => {
  test.each<[string, Misbehaviour, string?]>([
    ['Range ignored', ignoreRange()],
    ['206 where no range was asked for', partialUnasked()],
    ['a range that starts later', contentRangeLies.startsLater()],
    ['a range that starts earlier', contentRangeLies.startsEarlier()],
    ['a range that ends earlier', contentRangeLies.endsEarlier()],
    ['a range of an unknown total', contentRangeLies.unknownTotal()],
    ['an unsatisfied range', contentRangeLies.unsatisfied()],
    ['no Content-Range', contentRangeLies.missing()],
    ['a nonsensical Content-Range', contentRangeLies.nonsense()],
    ['bytes after the announced end', { surplus: 5 }],
    ['a chunked body', { framing: 'chunked' }],
    ['a body that ends with the connection', { framing: 'close' }],
    ['compression for those who ask for it', { gzip: 'asked' }],
    ['compression claimed of a file that is compressed itself', compressed('gzip'), 'a.nii.gz'],
    ['a media type that says nothing', { headers: { 'content-type': null } }],
    [
      'a media type that says web page of everything, where the size is known',
      { headers: { 'content-type': 'text/html' } },
    ],
    ['Retry-After on every answer', { headers: { 'retry-after': '3600' } }],
    ['one cut', { cutAt: 700, times: 1 }],
    ['one reset', { resetAt: 700, times: 1 }],
    ['one hang-up', { noAnswer: 'close', times: 1 }],
    ['one reset before any answer', { noAnswer: 'reset', times: 1 }],
    ['one silence', { noAnswer: 'silence', times: 1 }],
    ['one stall', { stallAt: 700, times: 1 }],
    ['one 500', { ...refuse(500), times: 1 }],
    ['one 503 that stalls in its own page', { ...refuse(503), stallAt: 3, times: 1 }],
    ['one 408', { ...refuse(408), times: 1 }],
    ['one 202', { status: 202, body: 'later', times: 1 }],
    ['one 429', { ...refuse(429, { retryAfter: 0 }), times: 1 }],
    ['one empty answer', { ...emptyPage(), times: 1 }],
    ['a slow host', { trickle: { bytes: 200_000, every: 30 } }],
  ])('%s', async (what, rule, name = 'a.bin') => {
    for (const [label, content, kind] of KNOWN) {
      if (kind === 'nothing' && what.includes('size is known')) continue;
      host.behave();
      host.add(name, content).misbehave(name, rule);
      const engine = startEngine({ stallTimeout: stallTimeoutFor(rule) });
      const parts = tempDir('parts');
      await expectRight(await fetchFile(await known(name, content, kind), { engine, parts }), content).catch(
        (error) => {
          throw new Error(`${label}: ${error.message}`, { cause: error });
        },
      );
      expect(partsIn(parts).filter((entry) => !entry.includes('/'))).toHaveLength(1);
      await engine.close();
    }
  });

  test('cuts, as long as every try brings something', async () => {
    host.add('a.bin', large).misbehave('a.bin', { cutAt: 200_000 });
    await expectRight(await fetchFile(await known('a.bin', large, 'checksum')), large);
    expect(host.bytesSent()).toBeLessThan(large.size * 1.1);
  });
});

describe('an error of the right kind for', () => {
  test.each<[string, Misbehaviour, string, RegExp, string?]>([
    ['a web page', htmlPage(), 'NetworkError', /web page.*Please sign in/],
    ['a web page that says it is a file', { ...htmlPage(), headers: {} }, 'NetworkError', /web page.*Please sign in/],
    [
      'a web page with 206',
      { ...htmlPage(), status: 206, headers: { 'content-type': 'text/html' } },
      'NetworkError',
      /sign in|206/,
    ],
    ['an empty answer', emptyPage(), 'NetworkError', /nothing where a file was expected; gave up after 4 tries/],
    ['204', refuse(204), 'NetworkError', /204/],
    ['400', refuse(400, { body: 'no such <b>key</b>' }), 'NetworkError', /400 \(no such key\)/],
    ['401', refuse(401), 'ActionRequiredError', /401/],
    ['403', refuse(403), 'ActionRequiredError', /403/],
    [
      '403 to who has asked too often',
      refuse(403, { headers: { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '3600' } }),
      'NetworkError',
      /403 .*asks to wait 60 minutes/,
    ],
    ['404', refuse(404), 'NotFoundError', /404/],
    ['404 with a page that never ends', { ...refuse(404), stallAt: 5 }, 'NotFoundError', /404/],
    ['410', refuse(410), 'NotFoundError', /410/],
    ['500', refuse(500), 'NetworkError', /500 .*gave up after 4 tries/],
    ['503', refuse(503, { retryAfter: 'abc' }), 'NetworkError', /503 .*gave up after 4 tries/],
    ['503 for a day', refuse(503, { retryAfter: 86_400 }), 'NetworkError', /503 .*asks to wait 1440 minutes/],
    [
      '429 until tomorrow',
      refuse(429, { retryAfter: { in: 86_400_000 } }),
      'NetworkError',
      /429 .*asks to wait 14[34]\d minutes/,
    ],
    ['a length that is no number', { headers: { 'content-length': 'many' } }, 'NetworkError', /Parse Error/],
    ['a negative length', { headers: { 'content-length': '-1' } }, 'NetworkError', /Parse Error/],
    [
      'a length beyond all numbers',
      { headers: { 'content-length': '99999999999999999999999' } },
      'NetworkError',
      /Parse Error/,
    ],
    ['no answer', { noAnswer: 'close' }, 'NetworkError', /gave up after 4 tries/],
    ['resets', { noAnswer: 'reset' }, 'NetworkError', /gave up after 4 tries/],
    ['silence', { noAnswer: 'silence' }, 'NetworkError', /no answer in time; gave up/],
    ['stalls without progress', { stallAt: 100 }, 'NetworkError', /no bytes for .*; gave up/],
    ['cuts without progress', { cutAt: 100 }, 'NetworkError', /the connection was cut; gave up/],
    ['compression that nobody asked for', { gzip: 'always' }, 'NetworkError', /compressed \(gzip\)/],
    ["another compression than the file's own", compressed('br'), 'NetworkError', /compressed \(br\)/, 'a.nii.gz'],
    ['a redirect to nowhere', redirect(), 'NetworkError', /without saying where to/],
    ['a redirect to itself', redirect('/a.bin'), 'NetworkError', /redirects in a loop/],
  ])('%s', async (_, rule, kind, message, name = 'a.bin') => {
    for (const [label, content, how] of KNOWN) {
      host.behave();
      host.add(name, content).misbehave(name, rule);
      const engine = startEngine({ stallTimeout: stallTimeoutFor(rule) });
      const parts = tempDir('parts');
      const error = await fetchFile(await known(name, content, how), { engine, parts }).then(
        () => expect.fail(`${label}: it was taken for the file`),
        (error: MeddsError) => error,
      );
      const { host: at } = new URL(host.origin);
      expect({ name: error.name, file: error.file, host: error.host }, label).toEqual({
        name: kind,
        file: name,
        host: at,
      });
      expect(error.message, label).toMatch(message);
      host.release();
      await engine.close();
    }
  });

  test.each(['size', 'checksum'] as const)('another length than the listing tells (%s known)', async (how) => {
    for (const content of [small, large]) {
      for (const length of [1, content.size - 1, content.size + 1, 2 * content.size]) {
        host.add('a.bin', noise(length, 'other'));
        const failed = fetchFile(await known('a.bin', content, how));
        await expect(failed).rejects.toMatchObject({ name: 'IntegrityError', file: 'a.bin' });
        await expect(failed).rejects.toThrow(`${length} bytes at the host where ${content.size} were expected`);
      }
    }
  });

  test('another total in Content-Range than the listing tells', async () => {
    host.add('a.bin', large).misbehave('a.bin', contentRangeLies.otherTotal());
    await expect(fetchFile(await known('a.bin', large, 'size'))).rejects.toMatchObject({ name: 'IntegrityError' });
    await expectRight(await fetchFile(remoteFile(host, 'a.bin')), large);
  });

  test('an answer that ends early without having told its length', async () => {
    for (const content of [small, large]) {
      host.behave();
      host.add('a.bin', noise(content.size - 1, 'short')).misbehave('a.bin', { ...ignoreRange(), framing: 'close' });
      await expect(fetchFile(await known('a.bin', content, 'size'))).rejects.toMatchObject({
        name: 'NetworkError',
        file: 'a.bin',
      });
    }
  });

  test('bytes from another place of the file', async () => {
    host.add('a.bin', large).misbehave('a.bin', { shift: 7 });
    await expect(fetchFile(await known('a.bin', large, 'checksum'))).rejects.toMatchObject({ name: 'IntegrityError' });
  });

  test('a name that does not exist, a port where nobody listens, an address that is none', async () => {
    const to = (url: string) => remoteFile(host, 'a.bin', { request: async () => ({ url }) });
    await expect(fetchFile(to('http://host.invalid/a.bin'))).rejects.toThrow('There is no host called host.invalid');
    await expect(fetchFile(to('http://127.0.0.1:9/a.bin'))).rejects.toThrow(/ECONNREFUSED.*gave up after 4 tries/);
    await expect(fetchFile(to('ftp://127.0.0.1/a.bin'))).rejects.toThrow('Not an http or https address');
    await expect(fetchFile(to('nonsense'))).rejects.toMatchObject({ name: 'NetworkError', file: 'a.bin' });
  });

  test('any request while offline', async () => {
    const engine = startEngine({ offline: true });
    await expect(fetchFile(remoteFile(host, 'a.bin'), { engine })).rejects.toThrow(/offline/);
    expect(host.requests).toEqual([]);
  });
});

test('a host that sends a byte now and then is waited for, for longer than a stall may take', async () => {
  const content = noise(40, 'slow');
  host.add('a.bin', content).misbehave('a.bin', { trickle: { bytes: 1, every: 15 } });
  await expectRight(
    await fetchFile(remoteFile(host, 'a.bin'), { engine: startEngine({ stallTimeout: 300 }) }),
    content,
  );
  expect(host.requests).toHaveLength(1);
});

test('a web page is a file like any other when a page is what was asked for', async () => {
  host.misbehave('index.html', htmlPage());
  const { size } = await fetchFile(remoteFile(host, 'index.html'));
  expect(size).toBe(String(htmlPage().body).length);
});

test('what a host says is shown without what could steer a terminal', async () => {
  host.misbehave('a.bin', refuse(400, { body: '\u001b]0;title\u0007\u202eevil' }));
  await expect(fetchFile(remoteFile(host, 'a.bin'))).rejects.toThrow('(\\u{1b}]0;title\\u{7}\\u{202e}evil)');
});

test('what is permanent is asked once', async () => {
  for (const rule of [refuse(404), refuse(403), htmlPage(), refuse(503, { retryAfter: 86_400 })]) {
    host.behave();
    host.misbehave('a.bin', rule);
    const before = host.requests.length;
    await expect(fetchFile(remoteFile(host, 'a.bin', { size: 5 }))).rejects.toThrow();
    expect(host.requests).toHaveLength(before + 1);
  }
});

test('Retry-After is waited for, by all that ask this host', async () => {
  const engine = startEngine();
  host.add('a.bin', small).misbehave('a.bin', { ...refuse(429, { retryAfter: 1 }), times: 1 });
  host.add('b.bin', small);
  const first = start(remoteFile(host, 'a.bin', { size: 1000 }), { engine, key: 'a' });
  await first.tells(({ state }) => state === 'retrying');
  const refused = performance.now();
  expect(first.told.at(-1)?.detail).toMatch(/429 .*next try in 1\.0 s/);
  await fetchFile(remoteFile(host, 'b.bin', { size: 1000 }), { engine, key: 'b' });
  expect(performance.now() - refused).toBeGreaterThan(900);
  await first.result;
  expect(host.requestsOf('b.bin')).toHaveLength(1);
});
