/** What others see of a file while it arrives, and what they may want of it. */
import type { Identity } from './journal.js';
import type { Range } from './ranges.js';

/** A file that is being written from several places; its first bytes are there as far as the reader is told. */
export interface Arriving {
  file: string;
  /** Without a size when the host does not tell it. */
  identity: Partial<Identity>;
  /** Whether the host gives any range of it. */
  ranged: boolean;
}

/** Somebody who reads a file while it arrives. */
export interface Reader {
  /** The first `to` bytes are there to stay. */
  advance(to: number): void;
  /** All bytes are there, and are about to be held against their checksums. */
  end(size: number): void;
}

/** Bytes that are wanted of a file that is known to be served by ranges. */
export interface Excerpt {
  /** Ascending. */
  ranges: readonly Range[];
  /** Some of them that are here already. */
  spans: readonly { start: number; bytes: Uint8Array }[];
  identity: Identity;
}
