/** Ctrl-C and its kin: the work is told to stop, keeps what it has, and ends within a second; a second one ends it at once. */
import { EXIT, InterruptedError } from '../errors.js';

/** Milliseconds for winding down. What is on disk is safe at every moment, so nothing is lost when they run out. */
const PATIENCE = 900;

export const GO_ON = 'Run the same command again to go on.';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Aborts when the user or the system wants the process to end. Dispose it when the work is over. */
export class Interrupt {
  readonly #controller = new AbortController();
  readonly #listener = () => this.#stop();

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#listener);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  dispose(): void {
    for (const signal of SIGNALS) process.off(signal, this.#listener);
  }

  #stop(): void {
    if (this.signal.aborted) process.exit(EXIT.interrupted);
    this.#controller.abort(new InterruptedError('Interrupted'));
    setTimeout(() => {
      process.stderr.write(`Interrupted; what is here is kept. ${GO_ON}\n`);
      process.exit(EXIT.interrupted);
    }, PATIENCE).unref();
  }
}
