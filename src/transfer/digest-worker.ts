/** Reads growing files in order, as far as they are safely written, and hashes them: off the main thread, and only once. */
import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { Algorithm, Digests } from '../checksum.js';
import type { DigestAnswer, DigestOrder } from './digest.js';
import { Hashing, isSized } from './hashing.js';

const port = parentPort;
if (port === null) throw new Error('digest-worker runs as a worker thread only');

const buffer = Buffer.allocUnsafe(1024 * 1024);

class GrowingFile {
  readonly #fd: number;
  #hashing: Hashing;
  #at = 0;

  /** @param size that is expected; digests that begin with it are of no use when it was another one */
  constructor(
    file: string,
    private readonly algorithms: Algorithm[],
    private readonly size: number | undefined,
  ) {
    this.#fd = openSync(file, 'r');
    this.#hashing = new Hashing(algorithms, size);
  }

  readUpTo(to: number): void {
    while (this.#at < to) {
      const read = readSync(this.#fd, buffer, 0, Math.min(buffer.length, to - this.#at), this.#at);
      if (read === 0) throw new Error(`the file ends at byte ${this.#at} where ${to} were written`);
      this.#hashing.update(buffer.subarray(0, read));
      this.#at += read;
    }
  }

  digestsOf(size: number): Digests {
    this.readUpTo(size);
    const digests = this.#hashing.digest();
    const late = size === this.size ? [] : this.algorithms.filter(isSized);
    if (late.length === 0) return digests;
    this.#hashing = new Hashing(late, size);
    this.#at = 0;
    this.readUpTo(size);
    return { ...digests, ...this.#hashing.digest() };
  }

  close(): void {
    closeSync(this.#fd);
  }
}

const files = new Map<number, GrowingFile>();

function close(job: number): void {
  files.get(job)?.close();
  files.delete(job);
}

port.on('message', (order: DigestOrder) => {
  const { job } = order;
  try {
    if (order.kind === 'open') files.set(job, new GrowingFile(order.file, order.algorithms, order.size));
    // What failed has been told; what it is asked after that is for nobody.
    const file = files.get(job);
    if (file === undefined) return;
    if (order.kind === 'advance') file.readUpTo(order.to);
    if (order.kind === 'abandon') close(job);
    if (order.kind !== 'finish') return;
    const digests = file.digestsOf(order.to);
    close(job);
    port.postMessage({ job, digests } satisfies DigestAnswer);
  } catch (error) {
    close(job);
    const { code } = error as NodeJS.ErrnoException;
    port.postMessage({ job, error: error as Error, code } satisfies DigestAnswer);
  }
});
