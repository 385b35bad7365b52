/** The hosts that one file can be had from: its own, and mirrors. Which of them are left, and who of them gave wrong bytes. */

import type { RemoteFile } from '../sources/source.js';
import { Address } from './address.js';
import { isRefusal } from './answer.js';
import type { Engine } from './engine.js';
import type { Identity } from './journal.js';
import { Patience } from './patience.js';
import type { Asking } from './requests.js';

/** One host, on its own terms. */
export interface Side {
  asking: Asking;
  patience: Patience;
  /** False for a mirror. */
  own: boolean;
  /** Bytes that it has brought. */
  brought: number;
}

export interface SidesOptions {
  engine: Engine;
  signal: AbortSignal;
  priority: number;
  onRetry(detail: string): void;
  /** Told of a host that is done without, and why. */
  onLeft(host: string, reason: string): void;
}

export class Sides {
  readonly #all: readonly Side[];
  #left: [Side, ...Side[]];
  /** Hosts that are still to be tried by themselves, after what came did not fit its checksum; undefined before that. */
  #alone: Side[] | undefined;
  /** Those that it came from. */
  #suspects: readonly Side[] = [];

  constructor(
    remote: RemoteFile,
    private readonly options: SidesOptions,
  ) {
    // Without a checksum nobody can tell whether two hosts gave the same file.
    const mirrors = remote.checksums.length === 0 ? [] : (remote.mirrors ?? []);
    const { onRetry, onLeft: _, ...common } = options;
    const side = (file: RemoteFile, own: boolean): Side => {
      const address = new Address(file);
      const patience = new Patience(common.engine.retry, address, onRetry);
      return { asking: { ...common, remote: file, address }, patience, own, brought: 0 };
    };
    // What is known of the file is known of its copies.
    this.#left = [
      side(remote, true),
      ...mirrors.map((mirror) => side({ ...remote, request: (signal) => mirror.request(signal) }, false)),
    ];
    this.#all = this.#left;
  }

  /** Those that are not done without, the leading one first. */
  get left(): readonly [Side, ...Side[]] {
    return this.#left;
  }

  get lead(): Side {
    return this.#left[0];
  }

  /** How many have been found to bring what does not fit, at most. */
  get suspected(): number {
    return this.#suspects.length;
  }

  /** Does without a host, while others are left. */
  leave(side: Side, error: Error): void {
    const [first, ...others] = this.#left.filter((one) => one !== side);
    if (first === undefined) return;
    this.#left = [first, ...others];
    this.#tell(side, error.message);
  }

  /** Does without the leading host when it gives nothing. @returns false when no other is left, or the error is another */
  passOn(error: unknown): boolean {
    if (!isRefusal(error)) return false;
    if (this.#alone !== undefined) return this.nextAlone();
    if (this.#left.length === 1) return false;
    this.leave(this.lead, error as Error);
    return true;
  }

  /**
   * What came does not fit its checksum: who of several hosts is to blame shows only when they are asked one by one.
   * @returns false when none is left to be asked
   */
  nextAlone(): boolean {
    if (this.#alone === undefined) {
      const brought = this.#all.filter((side) => side.brought > 0);
      this.#suspects = brought.length === 0 ? [this.lead] : brought;
      // Also one that was done without: what it gave before may have been right.
      this.#alone = this.#all.filter((side) => brought.length > 1 || !this.#suspects.includes(side));
    }
    const next = this.#alone.shift();
    if (next !== undefined) this.#left = [next];
    return next !== undefined;
  }

  /** What came fits: names those that gave something else before. */
  confirm(): void {
    for (const side of this.#suspects) if (side !== this.lead) this.#tell(side, 'it gave other bytes');
  }

  #tell({ asking }: Side, reason: string): void {
    this.options.onLeft(asking.address.host, reason);
  }
}

/** What is true of the file wherever it lies: validators are each host's own. */
export function withoutValidators<I extends Partial<Identity>>({ etag: _, lastModified: __, ...rest }: I) {
  return rest;
}
