/**
 * Where an archive lies: in one file, or in several that are read as one, so that nobody needs a joined copy. Everything that
 * reads archives goes by positions in the whole.
 */
import { closeSync, createReadStream, fstatSync, openSync, readSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { type GrowingFile, Growth } from './growth.js';

/** A file, the parts of a split archive in their order, or a file that is still arriving. */
export type ArchiveFile = string | readonly string[] | GrowingFile;

export function filesOf(archive: ArchiveFile): readonly string[] {
  if (typeof archive === 'string') return [archive];
  return isGrowing(archive) ? [archive.file] : archive;
}

function isGrowing(archive: ArchiveFile): archive is GrowingFile {
  return typeof archive === 'object' && 'growth' in archive;
}

/** Waits for the end of an archive that is still arriving, where the next step would block a thread that must not wait. */
export async function allHere(archive: ArchiveFile): Promise<void> {
  if (isGrowing(archive)) await new Growth(archive.growth).until(Number.MAX_SAFE_INTEGER);
}

/** The part that holds a position: the last of those that begin at or before it. `starts` ascend from 0. */
export function volumeAt(starts: readonly number[], position: number): number {
  let volume = starts.length - 1;
  while (volume > 0 && (starts[volume] as number) > position) volume -= 1;
  return volume;
}

/** Reads anywhere, as `readSync` does with one file. Blocks: for worker threads. */
export class VolumeBytes {
  readonly #fds: number[] = [];
  readonly #starts: number[] = [];
  readonly #growth: Growth | undefined;
  /** Bytes in all; of a file that is still arriving, those that are here. */
  readonly size: number;

  /** @throws the file system's error when one cannot be opened */
  constructor(archive: ArchiveFile) {
    this.#growth = isGrowing(archive) ? new Growth(archive.growth) : undefined;
    try {
      let start = 0;
      for (const file of filesOf(archive)) {
        const fd = openSync(file, 'r');
        this.#fds.push(fd);
        this.#starts.push(start);
        start += fstatSync(fd).size;
      }
      this.size = start;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /**
   * Copies up to `length` bytes from `position` on, and returns how many: fewer where a part ends, none only at the end of all. Waits
   * for a file that is still arriving.
   */
  read(buffer: Buffer, offset: number, wanted: number, position: number): number {
    const here = this.#growth?.waitFor(position) ?? Number.POSITIVE_INFINITY;
    const length = Math.max(0, Math.min(wanted, here - position));
    for (let volume = volumeAt(this.#starts, position); volume < this.#fds.length; volume += 1) {
      const from = Math.max(0, position - (this.#starts[volume] as number));
      const count = readSync(this.#fds[volume] as number, buffer, offset, length, from);
      if (count > 0) return count;
    }
    return 0;
  }

  close(): void {
    for (const fd of this.#fds.splice(0)) closeSync(fd);
  }
}

/** The bytes from `start` on, in pieces of `chunk` bytes at most. */
export function streamOf(archive: ArchiveFile, chunk: number, start = 0): Readable {
  if (isGrowing(archive)) return Readable.from(arriving(archive, chunk, start), { highWaterMark: 1 });
  const [only, ...others] = filesOf(archive);
  if (only !== undefined && others.length === 0) return createReadStream(only, { start, highWaterMark: chunk });
  return Readable.from(piecesOf(filesOf(archive), chunk, start));
}

async function* piecesOf(files: readonly string[], chunk: number, start: number): AsyncGenerator<Buffer> {
  let skip = start;
  for (const file of files) {
    const { size } = await stat(file);
    if (skip < size) yield* createReadStream(file, { start: skip, highWaterMark: chunk });
    skip = Math.max(0, skip - size);
  }
}

async function* arriving({ file, growth: shared }: GrowingFile, chunk: number, start: number): AsyncGenerator<Buffer> {
  const growth = new Growth(shared);
  const handle = await open(file, 'r');
  try {
    for (let at = start; ; ) {
      const reach = await growth.until(at);
      if (reach <= at) return;
      const buffer = Buffer.allocUnsafe(Math.min(chunk, reach - at));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
}
