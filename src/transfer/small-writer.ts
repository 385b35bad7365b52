/** Writes small files, many at a time: a few threads, once there is more to do than one file after the other. */
import { Worker } from 'node:worker_threads';
import { builtFile } from '../built.js';
import type { Digests } from '../checksum.js';
import { type SmallFile, writeSmall } from './write-small.js';

export type SmallOrder = SmallFile & { job: number };

/** `code` is the error's, which does not survive the way between threads by itself. */
export type SmallReport = { job: number } & (
  | { digests: Digests }
  | { error: Error; code: string | undefined; path: string }
);

/** On network file systems a file takes as long to create as ten on a local disk, and several can be made at once. */
const THREADS = 2;

interface Waiting {
  resolve(digests: Digests): void;
  reject(error: unknown): void;
}

export class SmallWriter {
  readonly #threads: Worker[] = [];
  readonly #waiting = new Map<number, Waiting>();
  #jobs = 0;
  #busy = 0;

  /** @param small its bytes are not to be used any more @throws file system errors */
  async write(small: SmallFile): Promise<Digests> {
    this.#busy += 1;
    try {
      // A thread is worth its start only when files come faster than they are written.
      if (this.#threads.length === 0 && this.#busy === 1) return await writeSmall(small);
      return await this.#inThread(small);
    } finally {
      this.#busy -= 1;
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map((thread) => thread.terminate()));
  }

  #inThread(small: SmallFile): Promise<Digests> {
    const job = this.#jobs++;
    const thread = this.#threads[job % THREADS] ?? this.#start();
    return new Promise((resolve, reject) => {
      this.#waiting.set(job, { resolve, reject });
      thread.postMessage({ ...small, job } satisfies SmallOrder, [small.bytes.buffer as ArrayBuffer]);
    });
  }

  #start(): Worker {
    const thread = new Worker(builtFile('small-writer-thread.js', import.meta.url), { execArgv: [] });
    thread.unref();
    thread.on('message', ({ job, ...report }: SmallReport) => {
      const waiting = this.#waiting.get(job);
      this.#waiting.delete(job);
      if ('error' in report) waiting?.reject(Object.assign(report.error, { code: report.code, path: report.path }));
      else waiting?.resolve(report.digests);
    });
    thread.on('error', (error) => {
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
    this.#threads.push(thread);
    return thread;
  }
}
