import fs from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { readJson, writeJson } from '../../src/library/atomic.js';
import { RecordWriter, readRecords, writeRecords } from '../../src/library/records.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { all } from './staged.js';

afterEach(removeTempDirs);

const logFile = () => path.join(tempDir('records'), 'log.ndjson');

describe('records', () => {
  it('come back in order, whatever they hold', async () => {
    const file = logFile();
    const records = [{ path: 'a\nb\u2028é😀' }, { n: 1 }, { deep: [null, true, { x: 'ß' }] }, { half: '\ud800' }];
    const writer = await RecordWriter.open(file);
    await Promise.all(records.map((record) => writer.append(record)));
    await writer.close();
    expect(await all(readRecords(file))).toEqual(records);
    expect(fs.readFileSync(file, 'latin1').split('\n')).toHaveLength(records.length + 1);
  });

  it('are read across the edges of buffers', async () => {
    const file = logFile();
    const records = Array.from({ length: 3000 }, (_, i) => ({ i, text: 'é'.repeat((i * 37) % 700) }));
    await writeRecords(file, records);
    expect(await all(readRecords(file))).toEqual(records);
  });

  it('of a file that is not there are none', async () => {
    expect(await all(readRecords(logFile()))).toEqual([]);
  });

  it('survive a torn end, wherever it is torn, and are gone on with', async () => {
    const file = logFile();
    await writeRecords(file, [{ a: 1 }, { b: 2 }]);
    const whole = fs.readFileSync(file);
    const first = whole.indexOf(10) + 1;
    for (let end = 0; end <= whole.length; end++) {
      fs.writeFileSync(file, whole.subarray(0, end));
      const writer = await RecordWriter.open(file, { append: true });
      await writer.append({ c: 3 });
      await writer.close();
      const kept = [...(end >= first - 1 ? [{ a: 1 }] : []), ...(end >= whole.length - 1 ? [{ b: 2 }] : [])];
      expect({ end, records: await all(readRecords(file)) }).toEqual({ end, records: [...kept, { c: 3 }] });
    }
  });

  it('that are damaged are skipped, one bit being enough', async () => {
    const file = logFile();
    await writeRecords(file, [{ a: 1 }, { b: 2 }, { c: 3 }]);
    const whole = fs.readFileSync(file);
    const start = whole.indexOf(10) + 1;
    const end = whole.indexOf(10, start);
    for (let at = start; at < end; at++) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] as number) ^ 1;
      fs.writeFileSync(file, damaged);
      const records = await all(readRecords(file));
      expect({ at, records: records.filter((record) => !('b' in (record as object))) }).toEqual({
        at,
        records: [{ a: 1 }, { c: 3 }],
      });
      // Case does not matter in hexadecimal digits; anything else does.
      if (at > start + 8) expect(records).toHaveLength(2);
    }
  });

  it('are found behind a line of any length, in bounded memory', async () => {
    const file = logFile();
    const handle = fs.openSync(file, 'w');
    const junk = Buffer.alloc(1024 * 1024, 'x');
    for (let megabytes = 0; megabytes < 64; megabytes++) fs.writeSync(handle, junk);
    fs.closeSync(handle);
    const writer = await RecordWriter.open(file, { append: true });
    await writer.append({ a: 1 });
    await writer.close();
    const before = process.memoryUsage().arrayBuffers;
    expect(await all(readRecords(file))).toEqual([{ a: 1 }]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(48 * 1024 * 1024);
  });

  it('are on disk when flush settles, though the writer is still open', async () => {
    const file = logFile();
    const writer = await RecordWriter.open(file);
    const flushes = Array.from({ length: 20 }, async (_, i) => {
      await writer.append({ i });
      await writer.flush();
      const seen = (await all(readRecords<{ i: number }>(file))).map((record) => record.i);
      expect(seen).toContain(i);
    });
    await Promise.all(flushes);
    await writer.close();
  });
});

describe('state files', () => {
  it('are there whole, and leave no temporary names', async () => {
    const file = path.join(tempDir('state'), 'x.json');
    expect(await readJson(file)).toBeUndefined();
    await writeJson(file, { a: 1 });
    await writeJson(file, { a: 2 });
    expect(await readJson(file)).toEqual({ a: 2 });
    expect(fs.readdirSync(path.dirname(file))).toEqual(['x.json']);
  });

  it.each([
    ['torn', '{"version":1,'],
    ['empty', ''],
    ['no text', '\u0000\u0001'],
  ])('that are %s are an integrity error', async (_, text) => {
    const file = path.join(tempDir('state'), 'x.json');
    fs.writeFileSync(file, text);
    await expect(readJson(file)).rejects.toMatchObject({ code: 'INTEGRITY' });
  });

  it('that are huge are not read', async () => {
    const file = path.join(tempDir('state'), 'x.json');
    fs.writeFileSync(file, '');
    fs.truncateSync(file, 8 * 1024 ** 3);
    await expect(readJson(file)).rejects.toMatchObject({ code: 'INTEGRITY' });
  });
});
