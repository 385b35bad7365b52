import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { findMismatch, isChecksum } from '../../src/checksum.js';
import { DigestPool } from '../../src/transfer/digest.js';
import { Hashing } from '../../src/transfer/hashing.js';
import { bufferOf, noise } from '../hosts/content.js';
import { FileHost } from '../hosts/file-host.js';
import { ignoreRange } from '../hosts/misbehaviour.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { closeEngines, fetchFile, MiB, remoteFile } from './downloading.js';

/** As `git hash-object` prints them. */
const EMPTY = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';
const HELLO = 'ce013625030ba8dba906f756967f9e9ca394464a';

const gitSha1 = (bytes: Buffer) => createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');

const hosts: FileHost[] = [];
const pools: DigestPool[] = [];

afterEach(async () => {
  await closeEngines();
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
  await Promise.all(hosts.splice(0).map((host) => host.close()));
  removeTempDirs();
});

describe('the digest', () => {
  test('is git’s name of the contents', () => {
    expect(new Hashing(['git-sha1'], 0).digest()).toEqual({ 'git-sha1': EMPTY });
    const hashing = new Hashing(['sha1', 'git-sha1'], 6);
    hashing.update(Buffer.from('hel'));
    hashing.update(Buffer.from('lo\n'));
    expect(hashing.digest()).toEqual({ 'git-sha1': HELLO, sha1: 'f572d396fae9206628714fb2ce00f72e94f2258f' });
  });

  test('is a checksum like others', () => {
    expect(isChecksum(`git-sha1:${HELLO}`)).toBe(true);
    expect(isChecksum(`git-sha1:${HELLO}0`)).toBe(false);
    expect(findMismatch([`sha1:${EMPTY}`, `git-sha1:${EMPTY}`], { 'git-sha1': HELLO })?.algorithm).toBe('git-sha1');
  });

  test.each([
    ['known beforehand', 6],
    ['not known', undefined],
    ['another than was said', 9],
  ])('of a file whose size is %s', async (_, size) => {
    const file = path.join(tempDir(), 'hello.txt');
    writeFileSync(file, 'hello\n');
    const pool = new DigestPool();
    pools.push(pool);
    const digests = await pool.follow(file, ['git-sha1', 'sha1'], size).finish(6);
    expect(digests).toEqual({ 'git-sha1': HELLO, sha1: 'f572d396fae9206628714fb2ce00f72e94f2258f' });
  });
});

describe('a download', () => {
  const content = noise(3 * MiB, 'git');

  async function offered(checksum: string, facts: { size?: number } = {}) {
    const host = await new FileHost().start();
    hosts.push(host);
    host.add('/a.bin', content);
    return { host, remote: remoteFile(host, 'a.bin', { checksums: [`git-sha1:${checksum}`], ...facts }) };
  }

  test.each<[string, { size?: number }, boolean]>([
    ['in ranges', { size: content.size }, true],
    ['whole, of a size that the listing told', { size: content.size }, false],
    ['whole, of no known size', {}, false],
  ])('%s is held against it', async (_, facts, ranges) => {
    const right = gitSha1(await bufferOf(content));
    const { host, remote } = await offered(right, facts);
    if (!ranges) host.misbehave('/a.bin', { ...ignoreRange(), framing: 'chunked' });
    expect((await fetchFile(remote)).digests['git-sha1']).toBe(right);
    await expect(fetchFile({ ...remote, checksums: [`git-sha1:${EMPTY}`] })).rejects.toMatchObject({
      code: 'INTEGRITY',
      message: expect.stringContaining(`git-sha1 ${right} where ${EMPTY} was expected`),
    });
  });

  test('of a few bytes is held against it, too', async () => {
    const { host, remote } = await offered(HELLO, { size: 6 });
    host.add('/a.bin', 'hello\n');
    expect((await fetchFile(remote)).digests['git-sha1']).toBe(HELLO);
    host.add('/a.bin', 'hallo\n');
    await expect(fetchFile(remote)).rejects.toMatchObject({ code: 'INTEGRITY' });
  });
});
