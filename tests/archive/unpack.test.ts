import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unpackArchive } from '../../src/archive/unpack.js';
import { DiskError, InterruptedError } from '../../src/errors.js';
import { buildTar } from './build-tar.js';
import { buildZip } from './build-zip.js';
import { Sandbox } from './sandbox.js';

let box: Sandbox;
beforeEach(() => {
  box = new Sandbox();
});
afterEach(() => box.remove());

const noise = randomBytes(1024 * 1024);
const parts = Array.from({ length: 40 }, (_, index) => ({ name: `${index}.raw`, data: noise, deflate: true }));
const archives: [string, Buffer][] = [
  ['zip', buildZip(parts)],
  ['tar', buildTar(parts)],
  ['tar.gz', gzipSync(buildTar(parts), { level: 1 })],
];

describe.each(archives)('%s', (_, archive) => {
  it('stops at once when it is told to, and writes no more', async () => {
    const controller = new AbortController();
    let stopped = 0;
    const work = box.unpack(archive, {
      signal: controller.signal,
      onMember() {
        if (stopped > 0) return;
        stopped = performance.now();
        controller.abort();
      },
    });
    await expect(work).rejects.toBeInstanceOf(InterruptedError);
    expect(performance.now() - stopped).toBeLessThan(5000);
    // Removing the folder would fail, or it would come back, if a thread were still at it.
    expect(readdirSync(box.target).length).toBeLessThan(parts.length);
    rmSync(box.target, { recursive: true });
    expect(existsSync(box.target)).toBe(false);
  });

  it('does not begin when it was told to stop before', async () => {
    await expect(box.unpack(archive, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(InterruptedError);
    expect(readdirSync(box.target)).toEqual([]);
  });

  it('reports a member once, whole, one call at a time, and waits for the caller', async () => {
    let inside = 0;
    const seen: string[] = [];
    await box.unpack(archive, {
      async onMember({ path, size }) {
        inside += 1;
        expect(inside).toBe(1);
        expect(existsSync(join(box.target, path))).toBe(true);
        expect(size).toBe(noise.length);
        await new Promise(setImmediate);
        seen.push(path);
        inside -= 1;
      },
    });
    expect(seen.sort()).toEqual(parts.map(({ name }) => name).sort());
  });

  it('passes on what the caller throws', async () => {
    const fault = new Error('the log is full');
    const onMember = () => Promise.reject(fault);
    await expect(box.unpack(archive, { onMember })).rejects.toBe(fault);
  });

  it('never writes over what is in the target', async () => {
    writeFileSync(box.archive, archive);
    mkdirSync(box.target);
    writeFileSync(join(box.target, '39.raw'), 'mine');
    await expect(unpackArchive(box.archive, box.target, { name: 'a' })).rejects.toThrow(/39\.raw/);
    expect(box.tree()['39.raw']).toBe('mine');
  });

  it('says when the target cannot be used', async () => {
    writeFileSync(box.archive, archive);
    writeFileSync(box.target, 'a file');
    await expect(unpackArchive(box.archive, box.target, { name: 'a' })).rejects.toBeInstanceOf(DiskError);
  });
});

it('says when a file is no archive', async () => {
  const error = await box.refuses(Buffer.from('<html>Sign in</html>'), /no archive/);
  expect(error.hint).toMatch(/--no-unpack/);
});

it('shows names from archives without letting them steer the terminal', async () => {
  const error = await box.refuses(buildZip([{ name: '../\u001b[2J\u202e', data: 'x' }]), /Unsafe path/, {
    name: 'case.zip',
  });
  expect(error.message).toContain('\\u{1b}[2J\\u{202e}');
});
