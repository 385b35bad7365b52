/** A disk whose plug can be pulled: a file system (ext4) in a file, of which what was flushed can be looked at by itself. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tempDir } from '../support/temp-dir.js';

const mounted = new Set<string>();

export class ImageDisk {
  /** Where it is mounted. */
  readonly folder: string;
  #image: string;
  #count = 0;

  /** @param size bytes */
  constructor(size: number) {
    const place = tempDir('image-disk');
    this.folder = path.join(place, 'disk');
    this.#image = path.join(place, 'image');
    mkdirSync(this.folder);
    writeFileSync(this.#image, '');
    truncateSync(this.#image, size);
    run('mkfs.ext4', '-q', '-E', 'lazy_itable_init=0', this.#image);
    this.#mount();
  }

  /** All that was not flushed is gone: what is on the disk is looked at by a system that was started anew. */
  pullThePlug(): void {
    // What the system still holds in memory for the mounted one never comes to the copy.
    const copy = `${this.#image}.${++this.#count}`;
    copyFileSync(this.#image, copy);
    this.unmount();
    this.#image = copy;
    this.#mount();
  }

  unmount(): void {
    run('umount', this.folder);
    mounted.delete(this.folder);
  }

  #mount(): void {
    // Nothing but what a program flushes itself comes to the disk soon, and in no order that it did not ask for.
    run('mount', '-o', 'loop,data=writeback,noauto_da_alloc,commit=300', this.#image, this.folder);
    mounted.add(this.folder);
  }
}

/** For `afterEach`. */
export function removeImageDisks(): void {
  // Lazily: a process that a failed test left may still look at it.
  for (const folder of mounted) spawnSync('umount', ['-l', folder]);
  mounted.clear();
}

// Before the temporary folders are removed, when a test run is interrupted.
process.prependOnceListener('exit', removeImageDisks);

function whyNot(): string | undefined {
  if (process.platform !== 'linux') return 'loop devices are for Linux only';
  if (process.geteuid?.() !== 0) return 'only root may mount';
  try {
    new ImageDisk(16 * 1024 * 1024).unmount();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function run(program: string, ...args: string[]): void {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw error ?? new Error(`${program} ${args.join(' ')}: ${stderr.trim()}`);
}

/** Why there can be none here; undefined where there can. */
export const noImageDisks = whyNot();
