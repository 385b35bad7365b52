/** How far an archive that is still arriving may be read: told by the thread that downloads, waited for by those that unpack. */

/** The file lies at `file` and grows; every byte before the growth's reach is there to stay. */
export interface GrowingFile {
  file: string;
  /** Of a `Growth`. */
  growth: SharedArrayBuffer;
}

const GROWING = 0;
const WHOLE = 1;
const GIVEN_UP = 2;

export class Growth {
  /** A count of changes, which sleepers watch, and the state. */
  readonly #signals: Int32Array;
  readonly #reach: BigInt64Array;

  constructor(readonly shared: SharedArrayBuffer = new SharedArrayBuffer(16)) {
    this.#signals = new Int32Array(shared, 0, 2);
    this.#reach = new BigInt64Array(shared, 8, 1);
  }

  /** The first so many bytes are there. */
  get reach(): number {
    return Number(Atomics.load(this.#reach, 0));
  }

  advance(to: number): void {
    if (to <= this.reach) return;
    Atomics.store(this.#reach, 0, BigInt(to));
    this.#wake();
  }

  /** All bytes are there. @param size the archive's */
  end(size: number): void {
    Atomics.store(this.#reach, 0, BigInt(size));
    this.#settle(WHOLE);
  }

  /** No more will come; who waits gets an error. */
  giveUp(): void {
    this.#settle(GIVEN_UP);
  }

  /** Blocks until the byte at `position` is there. @returns the reach; `position` or less only when the archive ends there */
  waitFor(position: number): number {
    for (;;) {
      const seen = Atomics.load(this.#signals, 0);
      const reach = this.#reachFor(position);
      if (reach !== undefined) return reach;
      Atomics.wait(this.#signals, 0, seen);
    }
  }

  /** The same without blocking. */
  async until(position: number): Promise<number> {
    for (;;) {
      const seen = Atomics.load(this.#signals, 0);
      const reach = this.#reachFor(position);
      if (reach !== undefined) return reach;
      await waitAsync(this.#signals, 0, seen).value;
    }
  }

  /** Undefined while there is something to wait for. */
  #reachFor(position: number): number | undefined {
    const state = Atomics.load(this.#signals, 1);
    if (state === GIVEN_UP) throw new Error('the archive has stopped arriving');
    const { reach } = this;
    return reach > position || state === WHOLE ? reach : undefined;
  }

  #settle(state: number): void {
    if (Atomics.compareExchange(this.#signals, 1, GROWING, state) === GROWING) this.#wake();
  }

  #wake(): void {
    Atomics.add(this.#signals, 0, 1);
    Atomics.notify(this.#signals, 0);
  }
}

/** ES2024; Node has had it since 16, TypeScript's library for Node 20 has not. */
const { waitAsync } = Atomics as unknown as {
  waitAsync(array: Int32Array, index: number, value: number): { value: Promise<string> | string };
};
