import { statfsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

/** Many small folders come and go: in memory, where there is room, a sixth of the time is saved. Another place: TMPDIR. */
function memoryFolder(): string | undefined {
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize > 4 * 1024 ** 3 ? '/dev/shm' : undefined;
  } catch {
    return undefined;
  }
}

const folder = process.env.TMPDIR ?? memoryFolder();
if (folder !== undefined) process.env.TMPDIR = folder;

export default defineConfig(({ mode }) => ({
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/bench/**'],
    // Process tests start the built CLI several times; a loaded machine needs room. Nothing waits on this clock.
    testTimeout: mode === 'soak' ? 3_600_000 : 60_000,
    // `npm run test:soak`: tests that try some moments of very many, see tests/support/soak.ts, try them all.
    env: mode === 'soak' ? { MEDDS_SOAK: '1' } : {},
    // Much of their time is waiting, for processes and loopback.
    maxWorkers: 4,
    hookTimeout: 60_000,
    // Tests share nothing but modules, and loading those for every file takes a sixth of the time.
    isolate: false,
  },
}));
