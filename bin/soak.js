#!/usr/bin/env node
// `npm run test:soak`: the tests that are killed at some moments in the suite, at all of them, and with long random runs.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tests = process.argv.length > 2 ? process.argv.slice(2) : ['killed', 'crash', 'addition', 'split'];
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', ...tests], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, MEDDS_SOAK: '1' },
});
process.exitCode = status ?? 1;
