/** The caller's end of a thread that unpacks. */
import { on } from 'node:events';
import { Worker } from 'node:worker_threads';
import { builtFile } from '../built.js';
import { type Batch, type Job, type Report, unpackError } from './thread-messages.js';

const PROGRAM = builtFile('unpack-thread.js', import.meta.url);

type Answer = Exclude<Report, { report: 'failed' }>;

export class UnpackWorker {
  readonly #worker: Worker;
  /** Why the thread ended, when it did so by itself. */
  #ended: Error | undefined;

  constructor(job: Job) {
    this.#worker = new Worker(PROGRAM, { workerData: job, execArgv: [] });
    this.#worker.once('error', (error: Error) => {
      this.#ended = error;
    });
    this.#worker.once('exit', () => {
      this.#ended ??= new Error('the thread that unpacks ended before its work was done');
    });
  }

  post(batch: Batch): void {
    this.#worker.postMessage(batch);
  }

  /**
   * What the thread reports from this call on, in order.
   * @throws what went wrong in the thread; AbortError as soon as `signal` fires
   */
  reports(signal: AbortSignal): AsyncIterable<Answer> {
    // Listening begins here, not when the first report is asked for: none may be missed.
    const messages = on(this.#worker, 'message', { signal, close: ['exit'] }) as AsyncIterable<[Report]>;
    return this.#answers(messages);
  }

  async *#answers(messages: AsyncIterable<[Report]>): AsyncGenerator<Answer> {
    if (this.#ended !== undefined) throw this.#ended;
    for await (const [report] of messages) {
      if (report.report === 'failed') throw unpackError(report.failure);
      yield report;
    }
    throw this.#ended ?? new Error('the thread that unpacks was stopped');
  }

  /** Ends the thread, whatever it does; settles when it writes no more. */
  async stop(): Promise<void> {
    await this.#worker.terminate();
  }
}
