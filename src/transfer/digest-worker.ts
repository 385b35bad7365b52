/** Reads a growing file in order, as far as it is safely written, and hashes it: off the main thread, and only once. */
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { Algorithm, Digests } from '../checksum.js';
import type { DigestAnswer, DigestOrder } from './digest.js';
import { Hashing, isSized } from './hashing.js';

const port = parentPort;
if (port === null) throw new Error('digest-worker runs as a worker thread only');

const buffer = Buffer.allocUnsafe(1024 * 1024);
let hashing: Hashing | undefined;
/** The size that was expected, and the digests that are of no use when it was another one. */
let sized: number | undefined;
let late: Algorithm[] = [];
let fd: number | undefined;
let at = 0;

function readUpTo(to: number): void {
  while (fd !== undefined && at < to) {
    const read = readSync(fd, buffer, 0, Math.min(buffer.length, to - at), at);
    if (read === 0) throw new Error(`the file ends at byte ${at} where ${to} were written`);
    hashing?.update(buffer.subarray(0, read));
    at += read;
  }
}

/** The digests that need the size, from the beginning once more. */
function readAgain(size: number): Digests {
  if (late.length === 0) return {};
  hashing = new Hashing(late, size);
  at = 0;
  readUpTo(size);
  return hashing.digest();
}

function close(): void {
  if (fd !== undefined) closeSync(fd);
  fd = undefined;
  hashing = undefined;
}

port.on('message', (order: DigestOrder) => {
  try {
    if (order.kind === 'open') {
      close();
      fd = openSync(order.file, 'r');
      hashing = new Hashing(order.algorithms, order.size);
      sized = order.size;
      late = order.algorithms.filter(isSized);
      at = 0;
    } else if (order.kind === 'advance') {
      readUpTo(order.to);
    } else if (order.kind === 'finish') {
      readUpTo(order.to);
      const digests = hashing?.digest() ?? {};
      if (order.to !== sized) Object.assign(digests, readAgain(order.to));
      close();
      port.postMessage({ job: order.job, digests } satisfies DigestAnswer);
    } else {
      close();
    }
  } catch (error) {
    close();
    const { code } = error as NodeJS.ErrnoException;
    port.postMessage({ job: order.job, error: error as Error, code } satisfies DigestAnswer);
  }
});
