/** The caller's end of a thread that unpacks. Starting one costs more than a small archive does, so threads are used again. */
import { Worker } from 'node:worker_threads';
import { builtFile } from '../built.js';
import { type Batch, type Job, type Order, type Report, unpackError } from './thread-messages.js';

const PROGRAM = builtFile('unpack-thread.js', import.meta.url);

/** How long a thread waits for another job. Milliseconds. */
const PATIENCE = 2_000;

type Answer = Exclude<Report, { report: 'failed' | 'ended' }>;

export class UnpackWorker {
  static readonly #waiting: UnpackWorker[] = [];

  readonly #worker = new Worker(PROGRAM, { execArgv: [] });
  #job: Job['job'] = 'zip';
  /** Batches or streams that were ordered and are not done. */
  #undone = 0;
  #inbox: Report[] = [];
  #wake: (() => void) | undefined;
  /** Why it does no more work. */
  #failure: Error | undefined;
  #leave: NodeJS.Timeout | undefined;

  private constructor() {
    this.#worker.on('message', (report: Report) => this.#take(report));
    this.#worker.once('error', (error: Error) => this.#fail(error));
    this.#worker.once('exit', () => this.#fail(new Error('the thread that unpacks ended before its work was done')));
  }

  /** A thread that begins this job at once. */
  static start(job: Job): UnpackWorker {
    const worker = UnpackWorker.#waiting.pop() ?? new UnpackWorker();
    clearTimeout(worker.#leave);
    worker.#worker.ref();
    worker.#job = job.job;
    worker.#undone = job.job === 'stream' ? 1 : 0;
    worker.#order({ order: 'job', job });
    return worker;
  }

  post(batch: Batch): void {
    this.#undone += 1;
    this.#order({ order: 'batch', batch });
  }

  /**
   * What the thread reports of this job, in order.
   * @throws what went wrong in the thread; the signal's reason as soon as it fires
   */
  async *reports(signal: AbortSignal): AsyncGenerator<Answer> {
    const wake = () => this.#wake?.();
    signal.addEventListener('abort', wake);
    try {
      for (;;) {
        signal.throwIfAborted();
        const report = this.#inbox.shift();
        if (report === undefined) {
          if (this.#failure !== undefined) throw this.#failure;
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
        } else if (report.report !== 'failed' && report.report !== 'ended') yield report;
      }
    } finally {
      signal.removeEventListener('abort', wake);
    }
  }

  /** Ends the job; settles when nothing is written any more and the archive is let go of. */
  async stop(): Promise<void> {
    if (this.#undone === 0 && this.#failure === undefined) {
      this.#order({ order: 'end' });
      while (this.#failure === undefined && this.#inbox.at(-1)?.report !== 'ended') {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
    this.#inbox = [];
    if (this.#undone > 0 || this.#failure !== undefined) {
      await this.#worker.terminate();
      return;
    }
    UnpackWorker.#waiting.push(this);
    // Neither the thread nor the timer keeps the program from ending.
    this.#worker.unref();
    this.#leave = setTimeout(() => {
      UnpackWorker.#waiting.splice(UnpackWorker.#waiting.indexOf(this), 1);
      void this.#worker.terminate();
    }, PATIENCE).unref();
  }

  #order(order: Order): void {
    this.#worker.postMessage(order);
  }

  #take(report: Report): void {
    if (report.report === 'failed') this.#failure ??= unpackError(report.failure);
    if (report.report === (this.#job === 'zip' ? 'members' : 'done')) this.#undone -= 1;
    this.#inbox.push(report);
    this.#wake?.();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    const at = UnpackWorker.#waiting.indexOf(this);
    if (at >= 0) UnpackWorker.#waiting.splice(at, 1);
    this.#wake?.();
  }
}
