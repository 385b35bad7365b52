/** Digests of files under way: a worker thread follows what is written, in order, so that a finished file needs no second pass. */
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

/** Bytes between two messages to the worker: few enough messages, and little left to do at the end. */
const STEP = 4 * 1024 * 1024;

/** Keeps workers for the next file: starting one costs some 30 ms and 10 MB. */
export class DigestPool {
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();

  /** @param size of the whole file, where it is known: a digest that begins with it then needs no second pass */
  follow(file: string, algorithms: Algorithm[], size?: number): Follower {
    let worker = this.#idle.pop();
    if (worker === undefined) {
      worker = new Worker(WORKER);
      worker.unref();
      this.#all.add(worker);
    }
    return new Follower(worker, { file, algorithms, size }, (returned) => this.#idle.push(returned));
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
    this.#all.clear();
    this.#idle.length = 0;
  }
}

export class Follower {
  readonly #job = ++jobs;
  /** Once it is settled the worker may serve another file. */
  #settled = false;
  #told = 0;
  #settle: (act: () => void) => void;
  readonly #answer: Promise<Digests>;

  constructor(
    private readonly worker: Worker,
    followed: { file: string; algorithms: Algorithm[]; size: number | undefined },
    private readonly giveBack: (worker: Worker) => void,
  ) {
    this.#settle = () => undefined;
    this.#answer = new Promise((resolve, reject) => {
      const onMessage = (answer: DigestAnswer) => {
        if (answer.job !== this.#job) return; // What the worker's last, abandoned job still had to say.
        this.#settle(() => {
          if ('error' in answer) reject(Object.assign(answer.error, { code: answer.code, path: followed.file }));
          else resolve(answer.digests);
        });
        giveBack(worker);
      };
      const onError = (error: Error) => this.#settle(() => reject(error));
      const onExit = () => this.#settle(() => reject(new Error('the digest worker ended')));
      this.#settle = (act) => {
        worker.off('message', onMessage).off('error', onError).off('exit', onExit);
        this.#settle = () => undefined;
        this.#settled = true;
        act();
      };
      worker.on('message', onMessage).on('error', onError).on('exit', onExit);
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
    if (this.#settled) return this.#answer;
    this.worker.ref(); // An unreferenced worker would let the process end while it computes.
    try {
      this.#send({ kind: 'finish', to: size });
      return await this.#answer;
    } finally {
      this.worker.unref();
    }
  }

  /** Gives the file up. Does nothing once the digests are there. */
  abandon(): void {
    this.#settle(() => {
      this.#send({ kind: 'abandon' });
      this.giveBack(this.worker);
    });
  }

  #send(order: Order<DigestOrder>): void {
    this.worker.postMessage({ ...order, job: this.#job });
  }
}
