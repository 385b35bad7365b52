/** A thread that hashes files: synchronous reads and OpenSSL, with nothing in between. */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

export interface HashOrder {
  /** Absolute paths. */
  files: string[];
}

/** What a file is now. `link` is the target of a symbolic link, `sha256` that of its text. */
export type HashedFile =
  | { sha256: string; size: number; link?: string }
  | { missing: true }
  | { other: string }
  | { error: Error };

export type HashAnswer = { bytes: number } | { files: HashedFile[] };

const port = parentPort;
if (port === null) throw new Error('hash-worker runs as a worker thread only');

const buffer = Buffer.allocUnsafe(1024 * 1024);
/** Bytes of one file between two signs of progress. */
const STEP = 64 * 1024 * 1024;
// A link that took a file's place since it was looked at is not followed.
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0);

function hash(file: string): HashedFile {
  const stat = lstatSync(file, { throwIfNoEntry: false });
  if (stat === undefined) return { missing: true };
  if (stat.isSymbolicLink()) {
    const link = readlinkSync(file);
    return { sha256: createHash('sha256').update(link).digest('hex'), size: 0, link };
  }
  if (!stat.isFile()) return { other: stat.isDirectory() ? 'a folder' : 'no regular file' };
  const fd = openSync(file, FLAGS);
  try {
    return contents(fd);
  } finally {
    closeSync(fd);
  }
}

function contents(fd: number): HashedFile {
  if (!fstatSync(fd).isFile()) return { other: 'no regular file' };
  const digest = createHash('sha256');
  let size = 0;
  let told = 0;
  for (;;) {
    const read = readSync(fd, buffer, 0, buffer.length, null);
    if (read === 0) break;
    digest.update(buffer.subarray(0, read));
    size += read;
    if (size - told >= STEP) {
      port?.postMessage({ bytes: size - told } satisfies HashAnswer);
      told = size;
    }
  }
  port?.postMessage({ bytes: size - told } satisfies HashAnswer);
  return { sha256: digest.digest('hex'), size };
}

port.on('message', ({ files }: HashOrder) => {
  const hashed = files.map((file): HashedFile => {
    try {
      return hash(file);
    } catch (error) {
      // A parent that is no folder any more is a missing file, too.
      const { code } = error as NodeJS.ErrnoException;
      return code === 'ENOENT' || code === 'ENOTDIR' ? { missing: true } : { error: error as Error };
    }
  });
  port.postMessage({ files: hashed } satisfies HashAnswer);
});
