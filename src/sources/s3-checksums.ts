/** Which of what S3 says of an object is a checksum of its bytes. */
import { ALGORITHMS, type Algorithm } from '../checksum.js';
import type { Answer } from '../transfer/conversation.js';

/**
 * An ETag is the MD5 of the bytes only for an object that came in one part and is not encrypted with a key of its own
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html); that of several parts ends in a dash and their number.
 */
export function md5OfEtag(etag: string | undefined): string[] {
  const hex = /^"?([0-9a-f]{32})"?$/.exec(etag ?? '')?.[1];
  return hex === undefined ? [] : [`md5:${hex}`];
}

/** Whether such an answer's object is encrypted so that its ETag says nothing: SSE-KMS, or a key that the customer gives. */
export function hidesMd5({ headers }: Pick<Answer, 'headers'>): boolean {
  const encryption = headers['x-amz-server-side-encryption'];
  return (
    (encryption !== undefined && encryption !== 'AES256') ||
    headers['x-amz-server-side-encryption-customer-algorithm'] !== undefined
  );
}

/** Of S3's own algorithms, those that medds computes as well. */
export const KEPT: Readonly<Record<string, Algorithm>> = { SHA256: 'sha256', SHA1: 'sha1', CRC32C: 'crc32c' };

/**
 * Checksums in the answer to a HEAD: the ETag, the ones that S3 keeps (in base64; `x-amz-checksum-type: COMPOSITE` and a number
 * behind them mean checksums of checksums), and the MD5 that rclone notes down (https://rclone.org/s3/#modification-times-and-hashes).
 */
export function checksumsIn(answer: Pick<Answer, 'headers'>): string[] {
  const { headers } = answer;
  const found = hidesMd5(answer) ? [] : md5OfEtag(headers.etag);
  if (headers['x-amz-checksum-type'] !== 'COMPOSITE') {
    for (const [name, algorithm] of Object.entries(KEPT)) {
      found.push(...ofBase64(algorithm, headers[`x-amz-checksum-${name.toLowerCase()}`]));
    }
  }
  found.push(...ofBase64('md5', headers['x-amz-meta-md5chksum']));
  return [...new Set(found)];
}

function ofBase64(algorithm: Algorithm, value: string | string[] | undefined): string[] {
  if (typeof value !== 'string' || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return [];
  const hex = Buffer.from(value, 'base64').toString('hex');
  return hex.length === ALGORITHMS[algorithm] ? [`${algorithm}:${hex}`] : [];
}

/**
 * A list as `md5sum` writes and reads it, one file a line: the hexadecimal sum, two blanks (or a blank and a star), the path
 * (https://www.gnu.org/software/coreutils/manual/html_node/md5sum-invocation.html). Other lines are left aside.
 * @returns MD5 by path, relative to the list's folder
 */
export function readMd5List(text: string): Map<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const [, hex, path] = /^([0-9a-f]{32})[ \t]+\*?(.*\S)\s*$/i.exec(line) ?? [];
    if (hex !== undefined && path !== undefined) sums.set(path.replace(/^(\.\/)+/, ''), hex.toLowerCase());
  }
  return sums;
}
