/** The same file at several hosts: whoever works serves it, both at once where it is large, and who gives other bytes is found out. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RemoteFile } from '../../src/sources/source.js';
import { type Content, digestOf, noise } from '../hosts/content.js';
import { type FileHost, startFileHost } from '../hosts/file-host.js';
import { refuse } from '../hosts/misbehaviour.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { closeEngines, expectRight, MiB, start, startEngine } from './downloading.js';

const NAME = 'a.bin';
const small = noise(20 * MiB + 5, 'one');
const large = noise(80 * MiB + 5, 'large');
const other = noise(small.size, 'another');

let first: FileHost;
let second: FileHost;
const sums = new Map<Content, string>();
beforeAll(async () => {
  for (const content of [small, large]) sums.set(content, await digestOf(content, 'sha256'));
});
beforeEach(async () => {
  first = await startFileHost();
  second = await startFileHost();
});
afterEach(async () => {
  await closeEngines();
  await first.close();
  await second.close();
});
afterAll(removeTempDirs);

/** A file that both hosts are said to have. */
function offered(content: Content): RemoteFile {
  return {
    path: NAME,
    size: content.size,
    checksums: [`sha256:${sums.get(content)}`],
    request: async () => ({ url: first.url(`/${NAME}`) }),
    mirrors: [{ request: async () => ({ url: second.url(`/${NAME}`) }) }],
    unpack: false,
    into: '',
  };
}

function fetching(content: Content, options: { parts?: string; onWarning?(): void } = {}) {
  const { parts = tempDir('parts') } = options;
  const warnings: string[] = [];
  const onWarning = (message: string) => {
    warnings.push(message);
    options.onWarning?.();
  };
  const started = start(offered(content), { engine: startEngine({ connections: 2 }), parts, onWarning });
  return { ...started, warnings };
}

const sent = (host: FileHost) => host.bytesSent(`/${NAME}`);

describe('a file with a mirror', () => {
  it('goes on at the mirror where its host has broken off', async () => {
    first.add(`/${NAME}`, small);
    second.add(`/${NAME}`, small);
    first.misbehave(`/${NAME}`, { cutAt: 5 * MiB });
    first.misbehave(`/${NAME}`, { noAnswer: 'reset', skip: 2 });
    const { result, warnings } = fetching(small);
    await expectRight(await result, small);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(`going on without ${new URL(first.url('/')).host}`);
    // What the first had given was not asked for again, but for what a cut may cost.
    expect(sent(second)).toBeLessThanOrEqual(small.size - sent(first) + 2 * 2 * MiB);
  });

  it.each([404, 403, 410, 500])('is fetched from the mirror when its host answers %i', async (status) => {
    second.add(`/${NAME}`, small);
    first.add(`/${NAME}`, small);
    first.misbehave(`/${NAME}`, refuse(status));
    const { result, warnings } = fetching(small);
    await expectRight(await result, small);
    expect(warnings).toHaveLength(1);
    expect(sent(second)).toBe(small.size);
  });

  it('comes from its own host alone while that works and the file is not large', async () => {
    first.add(`/${NAME}`, small);
    second.add(`/${NAME}`, small);
    const { result, warnings } = fetching(small);
    await expectRight(await result, small);
    expect(warnings).toEqual([]);
    expect(sent(second)).toBe(0);
  });

  it('comes from both at once when it is large, more of it from the faster one', async () => {
    first.add(`/${NAME}`, large);
    second.add(`/${NAME}`, large);
    first.misbehave(`/${NAME}`, { bytesPerSecond: 4 * MiB });
    const { result, warnings } = fetching(large);
    await expectRight(await result, large);
    expect(warnings).toEqual([]);
    expect(sent(first)).toBeGreaterThan(0);
    expect(sent(second)).toBeGreaterThan(2 * sent(first));
    // Only the end of what a slow one had begun may come twice.
    expect(sent(first) + sent(second)).toBeLessThan(large.size + 34 * MiB);
  });

  it.each([
    ['large', large],
    ['not', small],
  ])('does without a mirror that has a file of another size (%s)', async (_, content) => {
    first.add(`/${NAME}`, content);
    second.add(`/${NAME}`, noise(content.size + 1, 'longer'));
    if (content === small) first.misbehave(`/${NAME}`, { cutAt: 5 * MiB, times: 1 });
    const { result } = fetching(content);
    await expectRight(await result, content);
  });

  it('finds out and names a mirror that gives other bytes', async () => {
    first.add(`/${NAME}`, small);
    second.add(`/${NAME}`, other);
    // It breaks off, so that the mirror brings some of it; later it works again.
    first.misbehave(`/${NAME}`, { noAnswer: 'reset', skip: 1 });
    const { result, warnings } = fetching(small, { onWarning: () => first.behave() });
    await expectRight(await result, small);
    expect(warnings.at(-1)).toContain(`going on without ${new URL(second.url('/')).host} (it gave other bytes)`);
  });

  it('comes from the mirror when its own host gives other bytes', async () => {
    first.add(`/${NAME}`, other);
    second.add(`/${NAME}`, small);
    const { result, warnings } = fetching(small);
    await expectRight(await result, small);
    expect(warnings).toEqual([expect.stringContaining(`${new URL(first.url('/')).host} (it gave other bytes)`)]);
  });

  it('fails as its own host did when nobody has it, and names the others', async () => {
    const { result } = fetching(small);
    await expect(result).rejects.toMatchObject({ exitCode: 3 });
  });

  it('is not looked for elsewhere without a checksum', async () => {
    second.add(`/${NAME}`, small);
    const file = { ...offered(small), checksums: [] };
    const { result } = start(file, { engine: startEngine() });
    await expect(result).rejects.toMatchObject({ exitCode: 3 });
    expect(sent(second)).toBe(0);
  });

  it('goes on in a later run at whichever host works', async () => {
    first.add(`/${NAME}`, small);
    second.add(`/${NAME}`, small);
    const parts = tempDir('parts');
    first.misbehave(`/${NAME}`, { stallAt: 4 * MiB });
    const begun = fetching(small, { parts });
    await first.stalled(`/${NAME}`, 2);
    begun.abort();
    await begun.result.catch(() => undefined);
    await first.idle();
    first.behave();
    first.misbehave(`/${NAME}`, refuse(404));
    const { result } = fetching(small, { parts });
    const downloaded = await result;
    await expectRight(downloaded, small);
    expect(downloaded.resumed).toBeGreaterThan(MiB);
    expect(sent(second)).toBe(small.size - downloaded.resumed);
  });
});
