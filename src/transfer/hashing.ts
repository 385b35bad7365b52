/** Several digests over the same bytes. */
import { createHash } from 'node:crypto';
import type { Algorithm, Digests } from '../checksum.js';
import { Crc32c } from './crc32c.js';

export class Hashing {
  readonly #hashes: { algorithm: Algorithm; update(bytes: Uint8Array): unknown; digest(): string }[];

  constructor(algorithms: readonly Algorithm[]) {
    this.#hashes = algorithms.map((algorithm) => {
      if (algorithm === 'crc32c') {
        const crc = new Crc32c();
        return { algorithm, update: (bytes) => crc.update(bytes), digest: () => crc.digest() };
      }
      const hash = createHash(algorithm);
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
