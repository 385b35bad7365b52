/** Which bytes of a file are here, which are on their way, and which come next. */

/** Bytes [start, end). */
export interface Range {
  start: number;
  end: number;
}

/** A range that one connection fetches. `end` may shrink while it works, when an idle connection takes over its tail. */
export interface Claim extends Range {
  /** Next byte that the connection waits for. */
  at: number;
  /** When it was claimed, by performance.now(). */
  readonly since: number;
}

export class RangeMap {
  readonly #done: Range[] = [];
  readonly #claims = new Set<Claim>();
  #bytes = 0;
  #leftOut = 0;
  #size: number;

  /** @param size of the file; Infinity while the host has not told */
  constructor(size: number, done: Iterable<Range> = []) {
    this.#size = size;
    for (const range of done) this.add(range);
  }

  get size(): number {
    return this.#size;
  }

  /** Says what the size is, once it is known. */
  settle(size: number): void {
    this.#size = size;
  }

  /** Bytes that are here, of those that are wanted. */
  get bytes(): number {
    return this.#bytes - this.#leftOut;
  }

  /** Bytes that are wanted: all of them, unless some were left out. */
  get wanted(): number {
    return this.#size - this.#leftOut;
  }

  /** Only these ranges are wanted, ascending: the rest counts as if it were here. */
  restrict(wanted: readonly Range[]): void {
    let at = 0;
    for (const { start, end } of [...wanted, { start: this.#size, end: this.#size }]) {
      const before = this.#bytes;
      this.add({ start: at, end: start });
      this.#leftOut += this.#bytes - before;
      at = end;
    }
  }

  get complete(): boolean {
    return this.#bytes === this.#size;
  }

  /** End of the unbroken run of bytes from the beginning. */
  get frontier(): number {
    const first = this.#done[0];
    return first?.start === 0 ? first.end : 0;
  }

  get ranges(): readonly Range[] {
    return this.#done;
  }

  add({ start, end }: Range): void {
    if (end <= start) return;
    let low = 0;
    while (low < this.#done.length && (this.#done[low] as Range).end < start) low++;
    let high = low;
    const merged = { start, end };
    let replaced = 0;
    while (high < this.#done.length && (this.#done[high] as Range).start <= merged.end) {
      const range = this.#done[high] as Range;
      merged.start = Math.min(merged.start, range.start);
      merged.end = Math.max(merged.end, range.end);
      replaced += range.end - range.start;
      high++;
    }
    this.#done.splice(low, high - low, merged);
    this.#bytes += merged.end - merged.start - replaced;
  }

  /** Bytes that are neither here nor on their way. */
  get free(): number {
    let claimed = 0;
    for (const { at, end } of this.#claims) claimed += end - at;
    return this.#size - this.#bytes - claimed;
  }

  /**
   * Takes up to `length` bytes that nobody fetches, the earliest first; when none is left, half of what the slowest of the
   * others still waits for. `left` tells how long one will still take; 0 for those that are not worth splitting.
   */
  claim(length: number, left: (claim: Claim) => number = () => 0): Claim | undefined {
    let at = 0;
    for (const { start, end } of [...this.#done, ...this.#claims].sort((a, b) => a.start - b.start)) {
      if (start > at) return this.#take(at, Math.min(start, at + length));
      at = Math.max(at, end);
    }
    if (at < this.#size) return this.#take(at, Math.min(this.#size, at + length));
    return this.#split(left);
  }

  release(claim: Claim): void {
    this.#claims.delete(claim);
  }

  #take(start: number, end: number): Claim {
    const claim = { start, end, at: start, since: performance.now() };
    this.#claims.add(claim);
    return claim;
  }

  #split(left: (claim: Claim) => number): Claim | undefined {
    let slowest: Claim | undefined;
    let longest = 0;
    for (const claim of this.#claims) {
      const time = left(claim);
      if (time > longest && claim.end - claim.at > 1) [slowest, longest] = [claim, time];
    }
    if (slowest === undefined) return undefined;
    const { end } = slowest;
    slowest.end = slowest.at + Math.ceil((end - slowest.at) / 2);
    return this.#take(slowest.end, end);
  }
}
