/** Checksums as the registry and the manifest write them: `algorithm:hex`. */

/**
 * Hexadecimal digits of each. `git-sha1` is the name that git gives a file's contents, the SHA-1 of `blob SIZE`, a zero byte and
 * the contents (https://git-scm.com/book/en/v2/Git-Internals-Git-Objects): hosts that keep files in git tell no other.
 */
export const ALGORITHMS = { md5: 32, sha1: 40, sha256: 64, sha512: 128, crc32c: 8, 'git-sha1': 40 } as const;

export type Algorithm = keyof typeof ALGORITHMS;

export type Digests = Partial<Record<Algorithm, string>>;

const FORM = /^(md5|sha1|sha256|sha512|crc32c|git-sha1):([0-9a-f]+)$/;

export function isChecksum(text: string): boolean {
  const match = FORM.exec(text);
  return match !== null && match[2]?.length === ALGORITHMS[match[1] as Algorithm];
}

/** Splits a checksum that has passed `isChecksum`. */
export function parseChecksum(text: string): { algorithm: Algorithm; hex: string } {
  const match = FORM.exec(text);
  if (match === null || !isChecksum(text)) throw new TypeError(`not a checksum: ${text}`);
  return { algorithm: match[1] as Algorithm, hex: match[2] as string };
}

/** The first of `expected` that `digests` contradict. */
export function findMismatch(
  expected: readonly string[],
  digests: Digests,
): { algorithm: Algorithm; expected: string; actual: string } | undefined {
  for (const checksum of expected) {
    const { algorithm, hex } = parseChecksum(checksum);
    const actual = digests[algorithm];
    if (actual !== undefined && actual !== hex) return { algorithm, expected: hex, actual };
  }
  return undefined;
}
