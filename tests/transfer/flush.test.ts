/** Large files are flushed to the disk while they come: what the disk says then must not be lost. */
import { afterAll, afterEach, expect, it } from 'vitest';
import { noise } from '../hosts/content.js';
import { startFileHost } from '../hosts/file-host.js';
import { withHook } from '../library/crash.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { closeEngines, expectRight, fetchFile, MiB, remoteFile } from './downloading.js';

const host = await startFileHost();
afterEach(closeEngines);
afterAll(async () => {
  removeTempDirs();
  await host.close();
});

it('a flush that fails while the rest comes ends the download, and what is here is gone on with', async () => {
  const content = noise(80 * MiB, 'flushed');
  host.add('/a.bin', content);
  const parts = tempDir('parts');
  let flushes = 0;
  const failing = async (name: string) => {
    if (name !== 'datasync') return;
    flushes += 1;
    throw Object.assign(new Error('i/o error'), { code: 'EIO' });
  };
  await withHook(failing, async () => {
    const fetching = fetchFile(remoteFile(host, '/a.bin', { size: content.size }), { parts });
    await expect(fetching).rejects.toMatchObject({ exitCode: 7, file: '/a.bin' });
  });
  expect(flushes).toBe(1);

  const sent = host.bytesSent();
  const downloaded = await fetchFile(remoteFile(host, '/a.bin', { size: content.size }), { parts });
  await expectRight(downloaded, content);
  expect(downloaded.resumed).toBeGreaterThan(0);
  expect(host.bytesSent() - sent).toBeLessThan(content.size);
});
