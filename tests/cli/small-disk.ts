/** A file system with little room, in memory (tmpfs): what a full or read-only disk does for real. */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { tempDir } from '../support/temp-dir.js';

const mounted = new Set<string>();

/** Why there can be none here; undefined where there can. */
export const noSmallDisks = whyNot();

/** Options are those of tmpfs: `size=4m`, `nr_inodes=100`. Unmounted by `removeSmallDisks`. @returns its folder */
export function smallDisk(options: string): string {
  const folder = path.join(tempDir('small-disk'), 'disk');
  mkdirSync(folder);
  run('mount', '-t', 'tmpfs', '-o', options, 'tmpfs', folder);
  mounted.add(folder);
  return folder;
}

/** Gives it more room (`size=8m`), or makes it read-only (`ro`). */
export function changeDisk(folder: string, options: string): void {
  run('mount', '-o', `remount,${options}`, folder);
}

/** For `afterEach`. */
export function removeSmallDisks(): void {
  // Lazily: a process that a failed test left may still look at it.
  for (const folder of mounted) spawnSync('umount', ['-l', folder]);
  mounted.clear();
}

// Before the temporary folders are removed, when a test run is interrupted.
process.prependOnceListener('exit', removeSmallDisks);

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'tmpfs is for Linux only';
  if (process.geteuid?.() !== 0) return 'only root may mount';
  try {
    smallDisk('size=1m');
    return undefined;
  } catch (error) {
    return (error as Error).message;
  } finally {
    removeSmallDisks();
  }
}

function run(program: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')}: ${stderr.trim()}`);
}
