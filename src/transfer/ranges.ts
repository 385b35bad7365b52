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
}

export class RangeMap {
  readonly #done: Range[] = [];
  readonly #claims = new Set<Claim>();
  #bytes = 0;
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

  /** Bytes that are here. */
  get bytes(): number {
    return this.#bytes;
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

  /**
   * Takes up to `length` bytes that nobody fetches, the earliest first; when none is left, half of the longest that is still
   * to come, if that is at least `worth` bytes.
   */
  claim(length: number, worth: number): Claim | undefined {
    let at = 0;
    for (const { start, end } of [...this.#done, ...this.#claims].sort((a, b) => a.start - b.start)) {
      if (start > at) return this.#take(at, Math.min(start, at + length));
      at = Math.max(at, end);
    }
    if (at < this.#size) return this.#take(at, Math.min(this.#size, at + length));
    return this.#split(worth);
  }

  release(claim: Claim): void {
    this.#claims.delete(claim);
  }

  #take(start: number, end: number): Claim {
    const claim = { start, end, at: start };
    this.#claims.add(claim);
    return claim;
  }

  #split(worth: number): Claim | undefined {
    let longest: Claim | undefined;
    for (const claim of this.#claims) {
      if (longest === undefined || claim.end - claim.at > longest.end - longest.at) longest = claim;
    }
    if (longest === undefined || longest.end - longest.at < worth) return undefined;
    const middle = longest.at + Math.ceil((longest.end - longest.at) / 2);
    const tail = this.#take(middle, longest.end);
    longest.end = middle;
    return tail;
  }
}
