// @ts-check
/** Temporary folders for tests: `tempDir()` makes one, `removeTempDirs()` in `afterEach` or `afterAll` removes them all. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** @type {Set<string>} */
const folders = new Set();

// A test that forgets, or a run that is interrupted, leaves nothing behind either.
process.once('exit', removeTempDirs);

/**
 * A fresh, empty folder, by its real path (on macOS the temporary folder is a link).
 * @param {string} [name] tells whose it is when a run was killed
 * @returns {string}
 */
export function tempDir(name = 'test') {
  const folder = mkdtempSync(path.join(realpathSync(os.tmpdir()), `medds-${name}-`));
  folders.add(folder);
  return folder;
}

/** Removes every folder that `tempDir` made in this process. */
export function removeTempDirs() {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  folders.clear();
}
