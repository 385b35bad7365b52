/** Digests of files under way: a worker thread follows what is written, in order, so that a finished file needs no second pass. */
import os from 'node:os';
import { Worker } from 'node:worker_threads';
import { builtFile } from '../built.js';
import type { Algorithm, Digests } from '../checksum.js';

export type DigestOrder =
  | { kind: 'open'; job: number; file: string; algorithms: Algorithm[]; size: number | undefined }
  | { kind: 'advance'; job: number; to: number }
  | { kind: 'finish'; job: number; to: number }
  | { kind: 'abandon'; job: number };

/** `code` is the error's, which does not survive the way between threads by itself. */
export type DigestAnswer = { job: number } & ({ digests: Digests } | { error: Error; code: string | undefined });

type Order<K> = K extends unknown ? Omit<K, 'job'> : never;
let jobs = 0;

const WORKER = builtFile('digest-worker.js', import.meta.url);

/** More threads than processors would only take memory. */
const WORKERS = Math.max(2, os.availableParallelism());

/** Bytes between two messages to the worker: few enough messages, and little left to do at the end. */
const STEP = 4 * 1024 * 1024;

/** Keeps workers for the next file: starting one costs some 30 ms and 10 MB. */
export class DigestPool {
  readonly #workers = new Set<DigestWorker>();

  /** @param size of the whole file, where it is known: a digest that begins with it then needs no second pass */
  follow(file: string, algorithms: Algorithm[], size?: number): Follower {
    let [worker] = [...this.#workers].sort((a, b) => a.load - b.load);
    if (worker === undefined || (worker.load > 0 && this.#workers.size < WORKERS)) {
      worker = new DigestWorker(() => this.#workers.delete(worker as DigestWorker));
      this.#workers.add(worker);
    }
    return new Follower(worker, { file, algorithms, size });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
    this.#workers.clear();
  }
}

/** One thread, and whoever waits for an answer of it. */
class DigestWorker {
  readonly #thread = new Worker(WORKER);
  readonly #jobs = new Map<number, (answer: Error | Digests) => void>();
  #awaited = 0;

  constructor(onEnd: () => void) {
    this.#thread.unref();
    this.#thread.on('message', (answer: DigestAnswer) => {
      const settle = this.#jobs.get(answer.job);
      this.#jobs.delete(answer.job);
      settle?.('error' in answer ? Object.assign(answer.error, { code: answer.code }) : answer.digests);
    });
    const end = (error: Error) => {
      onEnd();
      for (const settle of this.#jobs.values()) settle(error);
      this.#jobs.clear();
    };
    this.#thread.on('error', end).on('exit', () => end(new Error('the digest worker ended')));
  }

  /** Files that it follows. */
  get load(): number {
    return this.#jobs.size;
  }

  begin(job: number, settle: (answer: Error | Digests) => void): void {
    this.#jobs.set(job, settle);
  }

  forget(job: number): void {
    this.#jobs.delete(job);
  }

  send(order: DigestOrder): void {
    this.#thread.postMessage(order);
  }

  /** Keeps the process from ending while it computes, which an unreferenced thread does not. */
  async awaited<T>(answer: Promise<T>): Promise<T> {
    if (this.#awaited++ === 0) this.#thread.ref();
    try {
      return await answer;
    } finally {
      if (--this.#awaited === 0) this.#thread.unref();
    }
  }

  terminate(): Promise<unknown> {
    return this.#thread.terminate();
  }
}

export class Follower {
  readonly #job = ++jobs;
  /** Once it is settled there is nothing more to say to the worker. */
  #settled = false;
  #told = 0;
  readonly #answer: Promise<Digests>;

  constructor(
    private readonly worker: DigestWorker,
    followed: { file: string; algorithms: Algorithm[]; size: number | undefined },
  ) {
    this.#answer = new Promise((resolve, reject) => {
      worker.begin(this.#job, (answer) => {
        this.#settled = true;
        if (answer instanceof Error) reject(Object.assign(answer, { path: followed.file }));
        else resolve(answer);
      });
    });
    this.#answer.catch(() => undefined); // It may fail before anybody waits for it.
    this.#send({ kind: 'open', ...followed });
  }

  /** The first `to` bytes of the file are written. */
  advance(to: number): void {
    if (this.#settled || to - this.#told < STEP) return;
    this.#told = to;
    this.#send({ kind: 'advance', to });
  }

  /** The digests of the first `size` bytes. */
  async finish(size: number): Promise<Digests> {
    if (!this.#settled) this.#send({ kind: 'finish', to: size });
    return this.worker.awaited(this.#answer);
  }

  /** Gives the file up. Does nothing once the digests are there. */
  abandon(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.worker.forget(this.#job);
    this.#send({ kind: 'abandon' });
  }

  #send(order: Order<DigestOrder>): void {
    this.worker.send({ ...order, job: this.#job });
  }
}
