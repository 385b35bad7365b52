import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    exclude: ['tests/bench/**'],
    // Process tests start the built CLI several times; a loaded machine needs room. Nothing waits on this clock.
    testTimeout: 60_000,
    // Much of their time is waiting, for processes and loopback.
    maxWorkers: 4,
    hookTimeout: 60_000,
    // Tests share nothing but modules, and loading those for every file takes a sixth of the time.
    isolate: false,
  },
});
