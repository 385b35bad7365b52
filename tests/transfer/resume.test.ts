import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeRecord, encodeRecord } from '../../src/record-line.js';
import { type Content, noise } from '../hosts/content.js';
import { type FileHost, type FileOptions, startFileHost } from '../hosts/file-host.js';
import {
  changingValidators,
  htmlPage,
  ignoreIfRange,
  ignoreRange,
  type Misbehaviour,
  noValidators,
  weakEtag,
} from '../hosts/misbehaviour.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { closeEngines, expectRight, fetchFile, MiB, partsIn, remoteFile, start, startEngine } from './downloading.js';

let host: FileHost;
let parts: string;
beforeEach(async () => {
  host = await startFileHost();
  parts = tempDir('parts');
});
afterEach(async () => {
  await closeEngines();
  await host.close();
});
afterAll(removeTempDirs);

const NAME = 'a.bin';
const content = noise(24 * MiB + 321, 'version 1');
const other = noise(content.size, 'version 2');

/** What is written at a time. */
const WRITE = 960 * 1024;

/**
 * Most that is lost of two answers that stall after 5 MiB, when they are given up once all whole writes are done: what was
 * still on its way.
 */
const LOST = 2 * (5 * MiB - 5 * WRITE);

/** Lets a first run get 5 MiB over each of two connections, then ends it. @returns bytes that the host sent for it */
async function firstRun(rule: Misbehaviour = {}, options: FileOptions = {}, held: Content = content): Promise<number> {
  host.add(NAME, held, options).misbehave(NAME, { ...rule, stallAt: 5 * MiB });
  const { result, abort, tells } = start(remoteFile(host, NAME), { parts, engine: startEngine({ connections: 2 }) });
  await host.stalled(NAME, 2);
  await tells(({ done }) => done >= 10 * WRITE);
  abort();
  await expect(result).rejects.toMatchObject({ name: 'InterruptedError' });
  await host.idle();
  host.behave();
  if (Object.keys(rule).length > 0) host.misbehave(NAME, rule);
  return host.bytesSent();
}

/** A later run, of a process that knows nothing of the first. */
const nextRun = (facts = {}) =>
  start(remoteFile(host, NAME, facts), { parts, engine: startEngine({ connections: 2 }) });

function partFolder(): string {
  const [name, ...more] = readdirSync(parts);
  expect(more).toEqual([]);
  return path.join(parts, name as string);
}

describe('an unchanged file goes on where it was left', () => {
  test.each<[string, FileOptions, Misbehaviour]>([
    ['by its ETag', { lastModified: null }, {}],
    ['by its date', { etag: null }, {}],
    ['by its date where the ETag is weak', { etag: 'W/"1"' }, {}],
    ['by bytes compared where there is neither', {}, noValidators()],
    ['by bytes compared where there is a weak ETag only', {}, weakEtag()],
  ])('%s', async (how, options, rule) => {
    const before = await firstRun(rule, options);
    const { result, told } = nextRun();
    const downloaded = await result;
    await expectRight(downloaded, content);
    const lost = before - downloaded.resumed;
    expect(lost).toBeLessThanOrEqual(LOST);
    expect(told.map(({ state }) => state)).not.toContain('restarting');
    expect(told[0]).toMatchObject({ state: 'resuming', done: downloaded.resumed, size: content.size });
    // Nothing else twice, but what was compared: 64 KiB at both ends.
    expect(host.bytesSent()).toBe(content.size + lost + (how.includes('compared') ? 2 * 64 * 1024 : 0));
    const later = host.requests.slice(2);
    expect(later.every(({ headers }) => (headers['if-range'] !== undefined) === !how.includes('compared'))).toBe(true);
    expect(partsIn(parts)).toHaveLength(3);
  });

  test('over and over', async () => {
    await firstRun();
    for (let run = 1; run <= 2; run++) {
      host.misbehave(NAME, { stallAt: MiB });
      const { result, abort, told, tells } = nextRun();
      await host.stalled(NAME, 2);
      await tells(({ done }) => done >= (told[0]?.done ?? 0) + 2 * WRITE);
      abort();
      await expect(result).rejects.toThrow();
      await host.idle();
      host.behave();
    }
    await expectRight(await nextRun().result, content);
    expect(host.bytesSent() - content.size).toBeLessThanOrEqual(LOST + 4 * (MiB - WRITE));
  });

  test('a whole one is only read again', async () => {
    host.add(NAME, content);
    await fetchFile(remoteFile(host, NAME), { parts });
    const asked = host.requests.length;
    const downloaded = await nextRun().result;
    await expectRight(downloaded, content);
    expect(downloaded.resumed).toBe(content.size);
    expect(host.requests).toHaveLength(asked);
  });
});

describe('a changed file starts over and says so', () => {
  test.each<[string, FileOptions, Misbehaviour, FileOptions]>([
    ['another ETag', { lastModified: null }, {}, { lastModified: null }],
    ['another ETag where the host ignores If-Range', { lastModified: null }, ignoreIfRange(), { lastModified: null }],
    ['another date', { etag: null }, {}, { etag: null }],
    ['another date where the host ignores If-Range', { etag: null }, ignoreIfRange(), { etag: null }],
    ['other bytes, no validators', {}, noValidators(), {}],
    ['other bytes, a weak ETag', {}, weakEtag(), {}],
  ])('%s', async (_, options, rule, changed) => {
    await firstRun(rule, options);
    host.add(NAME, other, changed);
    const { result, told } = nextRun();
    const downloaded = await result;
    await expectRight(downloaded, other);
    expect(downloaded.resumed).toBe(0);
    expect(told.map(({ state }) => state)).toContain('restarting');
    expect(partsIn(parts)).toHaveLength(3);
  });

  test.each([content.size - 1, content.size + 1, 7 * MiB])('another size (%i), no validators', async (size) => {
    await firstRun(noValidators());
    const resized = noise(size, 'version 1');
    host.add(NAME, resized);
    const { result, told } = nextRun();
    await expectRight(await result, resized);
    expect(told.map(({ state }) => state)).toContain('restarting');
  });

  test('another size that the listing tells costs no question', async () => {
    await firstRun();
    const resized = noise(content.size - 1, 'version 2');
    host.add(NAME, resized);
    const { result, told } = nextRun({ size: resized.size });
    await expectRight(await result, resized);
    expect(told[0]).toMatchObject({ state: 'restarting', detail: 'the file has another size now' });
    expect(host.requests.slice(2).map(({ status }) => status)).not.toContain(200);
  });

  test('even where only the checksum can tell', async () => {
    await firstRun(noValidators());
    // The samples that are compared are the same, the rest is not.
    const patched = spliced(content, other, 100_000, 200_000);
    host.add(NAME, patched);
    const checksums = [`sha256:${await sha256(patched)}`];
    const { result, told } = nextRun({ checksums });
    await expectRight(await result, patched);
    expect(told.map(({ detail }) => detail)).toContain('what earlier runs had brought does not fit its checksum');
  });

  test('in the middle of a run', async () => {
    host.add(NAME, content).misbehave(NAME, { becomes: { at: MiB, content: other }, times: 1 });
    const { result, told } = nextRun();
    await expectRight(await result, other);
    expect(told.map(({ detail }) => detail)).toContain('the file has changed at the host');
  });
});

describe('a host whose answers do not fit together', () => {
  test('and that knows no ranges any more sends the file whole', async () => {
    await firstRun();
    host.misbehave(NAME, ignoreRange());
    const { result, told } = nextRun();
    await expectRight(await result, content);
    expect(told.map(({ detail }) => detail)).toContain('the host sent the whole file where a part was asked for');
  });

  test('because it knows ranges only at times is asked for the whole file', async () => {
    host
      .add(NAME, content)
      .misbehave(NAME, { ...ignoreRange(), when: ({ headers }) => headers.range?.startsWith('bytes=0-') === false });
    await expectRight(await nextRun().result, content);
    expect(host.requests.at(-1)?.headers.range).toBeUndefined();
  });

  test('because every one of its machines makes up its own validators is asked for the whole file', async () => {
    host.add(NAME, content).misbehave(NAME, changingValidators());
    await expectRight(await nextRun().result, content);
  });

  test('because it sends a page for the moment keeps what is here', async () => {
    const before = await firstRun();
    host.misbehave(NAME, htmlPage());
    await expect(nextRun().result).rejects.toThrow(/Please sign in/);
    host.behave();
    const downloaded = await nextRun().result;
    await expectRight(downloaded, content);
    expect(before - downloaded.resumed).toBeLessThanOrEqual(LOST);
  });

  test('because it sends something short in place of a listed file keeps what is here', async () => {
    const before = await firstRun();
    host.misbehave(NAME, { status: 200, body: '{"error":"quota"}', headers: { 'content-type': 'application/json' } });
    await expect(nextRun({ size: content.size }).result).rejects.toThrow(/"error":"quota"/);
    host.behave();
    expect(before - (await nextRun().result).resumed).toBeLessThanOrEqual(LOST);
  });
});

describe('what lies in the folder', () => {
  test('with a torn journal is used as far as it goes', async () => {
    await firstRun();
    const journal = path.join(partFolder(), 'journal');
    const text = readFileSync(journal);
    writeFileSync(journal, text.subarray(0, text.length - 5));
    const downloaded = await nextRun().result;
    await expectRight(downloaded, content);
    expect(downloaded.resumed).toBeGreaterThan(8 * MiB);
  });

  test('with zeros where the journal promises data, after a start of the machine, is not believed', async () => {
    const before = await firstRun();
    const folder = partFolder();
    const lines = readFileSync(path.join(folder, 'journal'), 'utf8').trimEnd().split('\n');
    const records = lines.map((line) => decodeRecord<object>(line) as { boot?: string; s?: number; e?: number });
    for (const record of records) if (record.boot !== undefined) record.boot = 'another start';
    const lost = records.find(({ s }) => s === 0);
    const data = path.join(folder, 'data');
    const held = readFileSync(data).fill(0, 0, lost?.e);
    writeFileSync(data, held);
    writeFileSync(path.join(folder, 'journal'), records.map(encodeRecord).join(''));
    const downloaded = await nextRun().result;
    await expectRight(downloaded, content);
    expect(downloaded.resumed).toBeLessThanOrEqual(before - (lost?.e ?? 0));
    expect(downloaded.resumed).toBeGreaterThanOrEqual(before - (lost?.e ?? 0) - LOST);
  });

  test('with data cut off is not believed', async () => {
    await firstRun();
    const data = path.join(partFolder(), 'data');
    writeFileSync(data, readFileSync(data).subarray(0, 3 * MiB));
    await expectRight(await nextRun().result, content);
  });

  test('without data, without a journal, or of another file is removed', async () => {
    await firstRun();
    const [good, dataless, journalless, foreign] = [partFolder(), 'key.00000001', 'key.00000002', 'key.00000003'].map(
      (name) => path.resolve(parts, name),
    );
    for (const folder of [dataless, journalless, foreign]) {
      const cp = await import('node:fs');
      cp.cpSync(good as string, folder as string, { recursive: true });
    }
    rmSync(path.join(dataless as string, 'data'));
    rmSync(path.join(journalless as string, 'journal'));
    const journal = path.join(foreign as string, 'journal');
    const [header, ...rest] = readFileSync(journal, 'utf8').split('\n');
    writeFileSync(
      journal,
      [encodeRecord({ ...decodeRecord<object>(header as string), path: 'b.bin' }).trimEnd(), ...rest].join('\n'),
    );
    renameSync(good as string, path.join(parts, 'key.ffffffff'));
    writeFileSync(path.join(parts, 'key.00000004'), 'a small file that was not taken');
    writeFileSync(path.join(parts, 'other.00000005'), 'of another file');
    await expectRight(await nextRun().result, content);
    expect(host.bytesSent() - content.size).toBeLessThanOrEqual(LOST);
    expect(partsIn(parts).filter((name) => !name.includes('/'))).toHaveLength(2);
    expect(partsIn(parts)).toContain('other.00000005');
  });
});

/** `base`, with bytes [start, end) of `patch`. */
function spliced(base: Content, patch: Content, start: number, end: number): Content {
  return {
    size: base.size,
    async *read(from, to) {
      for (const [content, first, last] of [
        [base, 0, start],
        [patch, start, end],
        [base, end, base.size],
      ] as const) {
        const [a, b] = [Math.max(from, first), Math.min(to, last)];
        if (a < b) yield* content.read(a, b);
      }
    },
  };
}

async function sha256(content: Content): Promise<string> {
  const { digestOf } = await import('../hosts/content.js');
  return digestOf(content, 'sha256');
}
