#!/usr/bin/env node
// For work on medds itself: compiles the sources, then runs them with stack traces in errors.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiled = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', '.'], {
  cwd: root,
  stdio: 'inherit',
});
if (compiled.status !== 0) process.exit(1);
process.env.MEDDS_DEBUG ??= '1';
await import('./run.js');
