/** Several digests over the same bytes. */
import { createHash } from 'node:crypto';
import type { Algorithm, Digests } from '../checksum.js';
import { Crc32c } from './crc32c.js';

/** Whether the digest depends on the size before the first byte. */
export function isSized(algorithm: Algorithm): algorithm is 'git-sha1' {
  return algorithm === 'git-sha1';
}

export class Hashing {
  readonly #hashes: { algorithm: Algorithm; update(bytes: Uint8Array): unknown; digest(): string }[];

  /** @param size of what is to come, in bytes; git-sha1 begins with it and is left out while it is unknown */
  constructor(algorithms: readonly Algorithm[], size?: number) {
    const possible = algorithms.filter((algorithm) => size !== undefined || !isSized(algorithm));
    this.#hashes = possible.map((algorithm) => {
      if (algorithm === 'crc32c') {
        const crc = new Crc32c();
        return { algorithm, update: (bytes) => crc.update(bytes), digest: () => crc.digest() };
      }
      const hash = isSized(algorithm) ? createHash('sha1').update(`blob ${size}\0`) : createHash(algorithm);
      return { algorithm, update: (bytes) => hash.update(bytes), digest: () => hash.digest('hex') };
    });
  }

  update(bytes: Uint8Array): void {
    for (const hash of this.#hashes) hash.update(bytes);
  }

  digest(): Digests {
    return Object.fromEntries(this.#hashes.map((hash) => [hash.algorithm, hash.digest()]));
  }
}
