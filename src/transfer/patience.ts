/** Tries again as long as that makes sense: after a pause that grows, or that the host asks for, and only while there is progress. */
import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkError } from '../errors.js';
import { TransientFault } from './faults.js';
import { backOff, isTransientFault, type RetryPolicy } from './retry.js';

/** Bytes that make a try worth while; a host that gives a few and hangs up, again and again, makes no progress. */
const WORTH = 64 * 1024;

/** One file's patience, shared by its connections: what one of them brings keeps the others trying. */
export class Patience {
  #brought = 0;
  #failures = 0;
  #exhausted = false;

  /** @param where who is asked now, for messages */
  constructor(
    private readonly policy: RetryPolicy,
    private readonly where: { readonly host: string },
    private readonly onRetry: (detail: string) => void,
  ) {}

  /** True once it gave up: nothing came while it tried, over none of the connections. */
  get exhausted(): boolean {
    return this.#exhausted;
  }

  /**
   * Runs `work` until it succeeds. `work` tells of the bytes that it has brought for good.
   * @throws NetworkError after the last try; anything that is not transient at once
   */
  async until<T>(signal: AbortSignal, work: (progressed: (bytes: number) => void) => Promise<T>): Promise<T> {
    let own = 0;
    const progressed = (bytes: number) => {
      own += bytes;
      this.#brought += bytes;
    };
    // Giving up depends on the whole file's progress, the pause on this connection's alone: a host that bears only
    // some of our connections is asked ever more rarely for another one.
    let fruitless = 0;
    let attempt = 0;
    for (;;) {
      const before = this.#brought;
      own = 0;
      try {
        return await work(progressed);
      } catch (error) {
        if (signal.aborted || !(error instanceof TransientFault || isTransientFault(error))) throw error;
        fruitless = this.#brought - before >= WORTH ? 1 : fruitless + 1;
        attempt = own >= WORTH ? 1 : attempt + 1;
        this.#failures++;
        const asked = error instanceof TransientFault ? error.wait : undefined;
        const what = this.#name((error as Error).message);
        const end = this.#end(fruitless, asked);
        if (end !== undefined) throw this.#giveUp(`${what}; ${end}`, error);
        const wait = Math.max(asked ?? 0, backOff(this.policy, attempt));
        this.onRetry(`${what}; next try in ${(wait / 1000).toFixed(1)} s`);
        await sleep(wait, undefined, { signal });
      }
    }
  }

  #name(fault: string): string {
    return fault.includes(this.where.host) ? fault : `${this.where.host}: ${fault}`;
  }

  /** Why no further try is made; undefined when one is. */
  #end(fruitless: number, asked: number | undefined): string | undefined {
    const { tries, total, longest } = this.policy;
    if (asked !== undefined && asked > longest) return `it asks to wait ${Math.round(asked / 60_000)} minutes`;
    if (fruitless >= tries) return `gave up after ${fruitless} tries`;
    return this.#failures >= total ? `gave up after ${total} failures in all` : undefined;
  }

  #giveUp(message: string, cause: unknown): NetworkError {
    this.#exhausted = true;
    const hint = 'Run the same command again later; what is here is kept and resumed.';
    return new NetworkError(message, { host: this.where.host, hint, cause });
  }
}
