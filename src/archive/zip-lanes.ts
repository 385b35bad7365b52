/** Several threads at one zip: each takes the next batch as soon as it can. */
import type { Batch } from './thread-messages.js';
import type { UnpackedMember } from './tree-writer.js';
import type { UnpackJob } from './unpack-stream.js';
import { UnpackWorker } from './unpack-worker.js';

/** Behind a batch larger than this no second one waits, since another thread may be free before. */
const LARGE = 16 * 1024 * 1024;

export class ZipLanes {
  readonly #job: UnpackJob;
  readonly #workers: UnpackWorker[];

  /** Starts the threads, so that they are ready when the first batch is. */
  constructor(job: UnpackJob, count: number) {
    const { archive, name, target } = job;
    this.#job = job;
    this.#workers = Array.from({ length: count }, () => UnpackWorker.start({ job: 'zip', archive, name, target }));
  }

  /**
   * Works off `batches` and gives `onMembers` what is whole, a batch at a time.
   * @throws the first thing that went wrong anywhere
   */
  async run(batches: AsyncGenerator<Batch>, onMembers: (members: UnpackedMember[]) => Promise<void>): Promise<void> {
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#job.signal, stop.signal]);
    let failure: { error: unknown } | undefined;
    const lane = async (worker: UnpackWorker): Promise<void> => {
      try {
        await this.#work(worker, batches, onMembers, signal);
      } catch (error) {
        failure ??= { error };
        stop.abort();
      }
    };
    await Promise.all(this.#workers.map(lane));
    if (failure !== undefined) throw failure.error;
  }

  /** Ends the threads, whatever they do. */
  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
  }

  async #work(
    worker: UnpackWorker,
    batches: AsyncGenerator<Batch>,
    onMembers: (members: UnpackedMember[]) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    let open = 0;
    let large = false;
    // A second batch waits in the thread, so that the thread need not wait for us.
    const refill = async (): Promise<void> => {
      while (open < (large ? 1 : 2)) {
        const { value, done } = await batches.next();
        if (done === true) return;
        worker.post(value);
        open += 1;
        large = value.members.reduce((sum, { size }) => sum + size, 0) > LARGE;
      }
    };
    const reports = worker.reports(signal);
    await refill();
    if (open === 0) return;
    for await (const report of reports) {
      if (report.report === 'written') this.#job.listener.written(report.bytes);
      if (report.report !== 'members') continue;
      open -= 1;
      await refill();
      await onMembers(report.members);
      if (open === 0) return;
    }
  }
}
