import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { DiskError } from '../../src/errors.js';
import { writeAttempt } from '../../src/library/attempt.js';
import { commitDataset } from '../../src/library/commit.js';
import { freeSpace, onDisk, requireSpace } from '../../src/library/disk.js';
import { datasetFolder } from '../../src/library/folder.js';
import { datasetStatus } from '../../src/library/inventory.js';
import { layoutOf } from '../../src/library/layout.js';
import { acquireLock } from '../../src/library/lock.js';
import { removeDataset } from '../../src/library/remove.js';
import { Staging } from '../../src/library/staging.js';
import { verifyDataset } from '../../src/library/verify.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { withHook } from './crash.js';
import { commitOf, fetchAll, type Remote, stageAll } from './staged.js';

afterEach(removeTempDirs);

const REMOTE: Remote = { path: 'a.zip', holds: { 'x/1': 'one' } };

/** Runs `work` as a user without rights; root may do everything. */
async function unprivileged<T>(work: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}

describe('freeSpace', () => {
  it('asks the nearest folder that is there', async () => {
    const { bavail, bsize } = fs.statfsSync(os.tmpdir());
    const free = await freeSpace(path.join(tempDir('disk'), 'not/there/yet'));
    expect(free).toBeGreaterThan(0.5 * bavail * bsize);
    expect(free).toBeLessThan(2 * bavail * bsize);
  });

  it('refuses what will not fit, and names both figures', async () => {
    const folder = tempDir('disk');
    await requireSpace(folder, 1);
    await expect(requireSpace(folder, 1e18)).rejects.toThrow(
      /1000000000\.0 GB are needed in .*, and [\d.]+ GB are free/,
    );
  });
});

describe('a library that may not be written to', () => {
  it('can be read and verified; every change is a disk error', async () => {
    const layout = layoutOf(tempDir('disk'));
    await fetchAll(layout, 'lung', [REMOTE]);
    fs.chmodSync(layout.home, 0o755);
    for (const folder of fs.readdirSync(layout.home, { recursive: true, encoding: 'utf8' })) {
      const place = path.join(layout.home, folder);
      fs.chmodSync(place, fs.statSync(place).isDirectory() ? 0o555 : 0o444);
    }
    fs.chmodSync(layout.home, 0o555);
    await unprivileged(async () => {
      expect(await datasetFolder(layout, 'lung')).toEqual({ path: layout.dataset('lung') });
      expect(await datasetStatus(layout, 'lung')).toMatchObject({ state: 'complete' });
      expect(await verifyDataset(layout, 'lung')).toMatchObject({ ok: true, checked: 1 });
      const changes = [
        () => acquireLock(layout, 'lung', { command: 'fetch', wait: false }),
        () => Staging.open(layout, 'lung'),
        () => removeDataset(layout, 'lung'),
      ];
      for (const change of changes) {
        const failure = await change().catch((error) => error);
        expect(failure).toBeInstanceOf(DiskError);
        expect(failure).toMatchObject({
          exitCode: 7,
          dataset: 'lung',
          message: expect.stringMatching(/permission denied/),
        });
      }
    });
    for (const folder of [layout.home, ...fs.readdirSync(layout.home, { recursive: true, encoding: 'utf8' })]) {
      fs.chmodSync(path.resolve(layout.home, folder), 0o755);
    }
  });
});

describe('a full disk', () => {
  it.each([1, 2, 5, 9, 14, 20])('in the middle of a commit (change %i) loses nothing that was finished', async (n) => {
    const layout = layoutOf(tempDir('disk'));
    await stageAll(layout, 'lung', [REMOTE]);
    let changes = 0;
    const full = async () => {
      changes += 1;
      if (changes >= n) throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', path: '/data/x' });
    };
    const failure = await withHook(full, () =>
      commitDataset(layout, 'lung', commitOf('lung', [REMOTE])).catch((error) => error),
    );
    expect(failure).toBeInstanceOf(DiskError);
    expect(failure.message).toMatch('Cannot use /data/x: the disk is full');
    const staging = await Staging.open(layout, 'lung');
    const done = staging.done().size;
    await staging.close();
    if (done > 0) await commitDataset(layout, 'lung', commitOf('lung', [REMOTE]));
    expect(fs.readFileSync(path.join(layout.dataset('lung'), 'x/1'), 'utf8')).toBe('one');
  });

  it('is a disk error of the attempt, too', async () => {
    const layout = layoutOf(tempDir('disk'));
    fs.writeFileSync(path.join(layout.home, 'state'), '');
    const attempt = {
      version: 1 as const,
      id: 'lung',
      name: 'LUNG',
      source: { name: 'direct', method: 'direct', label: 'host.example' },
      files: 1,
      startedAt: 'x',
      updatedAt: 'x',
    };
    await expect(writeAttempt(layout, attempt)).rejects.toThrow(DiskError);
  });
});

describe('parts and datasets on two disks', () => {
  it('are refused with what to do', async () => {
    const failure = await onDisk('lung', async () => {
      throw Object.assign(new Error('EXDEV'), { code: 'EXDEV' });
    }).catch((error) => error);
    expect(failure).toBeInstanceOf(DiskError);
    expect(failure.hint).toMatch(/medds config set home/);
  });

  it.runIf(fs.existsSync('/dev/shm') && fs.statSync('/dev/shm').dev !== fs.statSync(os.tmpdir()).dev)(
    'are found out before anything is downloaded',
    async () => {
      const layout = layoutOf(tempDir('disk'));
      const elsewhere = fs.mkdtempSync('/dev/shm/medds-disk-');
      try {
        fs.symlinkSync(elsewhere, path.join(layout.home, 'datasets'));
        await expect(Staging.open(layout, 'lung')).rejects.toThrow(/different disks/);
      } finally {
        fs.rmSync(elsewhere, { recursive: true });
      }
    },
  );
});
