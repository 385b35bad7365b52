/** How much an archive may unpack to: what holds a bomb back, whatever its ratio. Masks of zeros pass 1000:1 honestly. */
import { statfs } from 'node:fs/promises';
import { formatBytes } from '../byte-units.js';
import { asDiskError, DiskError } from '../errors.js';
import { refusal } from './refusal.js';

/** Left free on the disk: a full file system hurts everyone on it. Bytes. */
export const RESERVE = 64 * 1024 * 1024;
/** Most members of an archive, unless the caller says otherwise. */
export const MAX_MEMBERS = 5_000_000;

/** Plain values, so that a worker thread can be told. */
export interface Limits {
  /** Bytes that may be written because the caller said so. */
  bytes?: number;
  members: number;
  /** Bytes that may be written because the disk has no more. */
  free: number;
}

/** @throws DiskError when the target cannot be looked at */
export async function limitsFor(target: string, asked: { bytes?: number; members?: number } = {}): Promise<Limits> {
  const disk = await statfs(target).catch((error) => {
    throw asDiskError(error);
  });
  return {
    ...(asked.bytes === undefined ? {} : { bytes: asked.bytes }),
    members: asked.members ?? MAX_MEMBERS,
    // Some network file systems tell nothing.
    free: disk.blocks === 0 ? Number.POSITIVE_INFINITY : Math.max(0, disk.bavail * disk.bsize - RESERVE),
  };
}

/** Counts what an archive has unpacked to, or says that it will. */
export class Budget {
  bytes = 0;
  members = 0;
  readonly #archive: string;
  readonly #limits: Limits;

  constructor(archive: string, limits: Limits) {
    this.#archive = archive;
    this.#limits = limits;
  }

  /** @throws IntegrityError when there are too many */
  addMember(): void {
    this.members += 1;
    if (this.members > this.#limits.members) {
      throw refusal(this.#archive, 'unsafe', `holds more than ${this.#limits.members} members`);
    }
  }

  /** @throws IntegrityError past the caller's limit; DiskError past what the disk has free */
  addBytes(count: number): void {
    this.bytes += count;
    const { bytes, free } = this.#limits;
    if (bytes !== undefined && this.bytes > bytes) {
      throw refusal(this.#archive, 'unsafe', `unpacks to more than the ${bytes} bytes that are allowed for it`);
    }
    if (this.bytes > free) {
      throw new DiskError(
        `${this.#archive} needs ${formatBytes(this.bytes)} or more to unpack, and the disk has ${formatBytes(free)} to spare.`,
        {
          hint: 'Free some space, or move the library: medds config set home FOLDER. Then run the command again.',
          file: this.#archive,
        },
      );
    }
  }
}
