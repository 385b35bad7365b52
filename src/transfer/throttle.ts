/** Holds a whole process to a number of bytes a second. */
import { setTimeout as sleep } from 'node:timers/promises';

export class Throttle {
  #next = 0;

  /** @param rate bytes a second; undefined means as fast as it goes */
  constructor(readonly rate?: number) {}

  /** Waits until `bytes` more may be received. */
  async take(bytes: number, signal: AbortSignal): Promise<void> {
    if (this.rate === undefined) return;
    const now = performance.now();
    this.#next = Math.max(now, this.#next) + (bytes / this.rate) * 1000;
    await sleep(this.#next - now, undefined, { signal });
  }
}
