/** The checksum that a host states beside a file's bytes, for files of which none is known beforehand. */
import type { IncomingHttpHeaders } from 'node:http';
import { ALGORITHMS, type Algorithm, parseChecksum } from '../checksum.js';
import type { RemoteFile } from '../sources/source.js';
import type { Identity } from './journal.js';

/**
 * What Google's storage says of the whole object, also where it sends a range of it: `x-goog-hash: crc32c=n03x6A==,md5=Ojk9…` in
 * base64, in one header or two (https://cloud.google.com/storage/docs/xml-api/reference-headers#xgooghash). Undefined where the bytes
 * on the way are others than those stored.
 */
export function statedChecksum(headers: IncomingHttpHeaders): string | undefined {
  const encodings = [headers['content-encoding'], headers['x-goog-stored-content-encoding']];
  if (encodings.some((encoding) => encoding !== undefined && encoding !== 'identity')) return undefined;
  const said = [headers['x-goog-hash'] ?? []].flat().join(',');
  for (const algorithm of ['md5', 'crc32c'] as const) {
    const base64 = new RegExp(`(?:^|[,\\s])${algorithm}=([A-Za-z0-9+/]+={0,2})`).exec(said)?.[1];
    const hex = Buffer.from(base64 ?? '', 'base64').toString('hex');
    if (hex.length === ALGORITHMS[algorithm]) return `${algorithm}:${hex}`;
  }
  return undefined;
}

/** What a file's bytes are held against. */
export function checksumsFor({ checksums }: RemoteFile, { checksum }: Omit<Identity, 'size'>): string[] {
  return checksums.length > 0 || checksum === undefined ? checksums : [checksum];
}

/** The digests that this takes, and those wanted besides. */
export function algorithmsFor(checksums: readonly string[], wanted: readonly Algorithm[]): Algorithm[] {
  return [...new Set([...checksums.map((checksum) => parseChecksum(checksum).algorithm), ...wanted])];
}
