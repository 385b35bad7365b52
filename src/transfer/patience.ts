/** Tries again as long as that makes sense: after a pause that grows, or that the host asks for, and only while there is progress. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkError } from '../errors.js';
import type { Engine } from './engine.js';
import { TransientFault } from './faults.js';
import { backOff, isTransientFault } from './retry.js';

export class Patience {
  /** Grows with every bit of progress, on whichever connection. */
  #progress = 0;

  constructor(
    private readonly engine: Engine,
    private readonly signal: AbortSignal,
    private readonly onRetry: (detail: string) => void,
  ) {}

  progressed(): void {
    this.#progress++;
  }

  /** Runs `work` until it succeeds. @throws NetworkError after the last try; anything that is not transient at once */
  async until<T>(work: () => Promise<T>): Promise<T> {
    const { retry } = this.engine;
    let fruitless = 0;
    let progress = this.#progress;
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (this.signal.aborted || !isTransient(error)) throw error;
        fruitless = this.#progress === progress ? fruitless + 1 : 1;
        progress = this.#progress;
        const message = (error as Error).message;
        const asked = error instanceof TransientFault ? error.wait : undefined;
        if (asked !== undefined && asked > retry.longest) {
          throw new NetworkError(`${message}; it asks to wait ${Math.round(asked / 60_000)} minutes`, {
            hint: 'Run the same command again later; what is here is kept.',
            cause: error,
          });
        }
        if (fruitless >= retry.tries) {
          throw new NetworkError(`${message}; gave up after ${fruitless} tries`, {
            hint: 'Run the same command again later; what is here is kept and resumed.',
            cause: error,
          });
        }
        const wait = Math.max(asked ?? 0, backOff(retry, fruitless));
        this.onRetry(`${message}; next try in ${(wait / 1000).toFixed(1)} s`);
        await sleep(wait, undefined, { signal: this.signal });
      }
    }
  }
}

function isTransient(error: unknown): boolean {
  return error instanceof TransientFault || isTransientFault(error);
}
