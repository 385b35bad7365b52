// @ts-check
/** A limit in bytes a second. One pace shared by several bodies limits them together. */
import { setTimeout as wait } from 'node:timers/promises';

export class Pace {
  #free = 0;
  /** @readonly */
  bytesPerSecond;

  /** @param {number} [bytesPerSecond]  none: no limit */
  constructor(bytesPerSecond = Number.POSITIVE_INFINITY) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** How much to send in one go so that the flow is even: about 20 ms of it. */
  get step() {
    return Math.max(1, Math.min(256 * 1024, Math.ceil(this.bytesPerSecond / 50)));
  }

  /**
   * Resolves when `length` more bytes may go.
   * @param {number} length
   */
  async allow(length) {
    const now = performance.now();
    const start = Math.max(now, this.#free);
    this.#free = start + (length / this.bytesPerSecond) * 1000;
    // Timers are coarse: waits under 4 ms are left to add up.
    if (start - now >= 4) await wait(start - now);
  }
}
