/** Takes a response's body into a part, in large writes, and never holds more than one write's worth of bytes. */
import { crc32 } from 'node:zlib';
import { isPageName, looksLikePage, pageError } from './answer.js';
import { ENOUGH, readBody } from './body.js';
import { TransientFault } from './faults.js';
import type { Part } from './part.js';
import type { Claim } from './ranges.js';
import type { Asking } from './requests.js';
import type { WireResponse } from './wire.js';

/**
 * Bytes gathered before they are written and recorded. With the 64 KiB that a socket may still deliver, a kill loses at most 1 MiB a
 * connection.
 */
const WRITE = 1024 * 1024 - 64 * 1024;

export interface Receiving {
  asking: Asking;
  part: Part;
  claim: Claim;
  /** Byte after the last that the response brings; undefined when only its end tells. */
  end: number | undefined;
  onWritten(bytes: number): void;
}

/**
 * Returns when the claim is filled, or as far as the response reaches. Whatever came in is kept, also when it throws.
 * @throws TransientFault (cut short), NetworkError (a page), PartLostError, file system errors, the signal's reason
 */
export async function receive(response: WireResponse, options: Receiving): Promise<void> {
  const { part, claim } = options;
  const { engine, signal, remote } = options.asking;
  const end = options.end ?? Number.POSITIVE_INFINITY;
  const { rate } = engine.throttle;
  const mayBePage = remote.checksums.length === 0 && !isPageName(remote.path);
  // Under a rate limit small writes keep the flow even.
  const write = rate === undefined ? WRITE : Math.max(16 * 1024, Math.min(WRITE, Math.floor(rate / 8)));
  let chunks: Buffer[] = [];
  let start = claim.at;
  let length = 0;
  let crc = 0;
  let writing: Promise<void> = Promise.resolve();

  const flush = async (): Promise<void> => {
    if (length === 0) return;
    const taken = { chunks, start, length, crc };
    chunks = [];
    start += length;
    length = 0;
    crc = 0;
    if (mayBePage && taken.start === 0) refusePageBytes(taken.chunks, response);
    await part.write(taken.chunks, taken.start, taken.length, taken.crc);
    options.onWritten(taken.length);
    await engine.throttle.take(taken.length, signal);
  };

  let broken: { error: unknown } | undefined;
  try {
    await readBody(response.body, options.asking, (chunk) => {
      // The claim may have lost its tail to another connection meanwhile.
      const room = claim.end - claim.at;
      const bytes = chunk.length <= room ? chunk : chunk.subarray(0, Math.max(0, room));
      if (bytes.length > 0) {
        chunks.push(bytes);
        length += bytes.length;
        crc = crc32(bytes, crc);
        claim.at += bytes.length;
      }
      if (claim.at >= claim.end) {
        // Let the parser see the end of the message, so that the connection can serve again; but take no more than is due.
        return claim.end < end || bytes.length < chunk.length ? ENOUGH : undefined;
      }
      if (length < write) return undefined;
      writing = flush();
      return writing;
    });
  } catch (error) {
    broken = { error };
  }
  await writing;
  await flush();
  if (claim.at >= claim.end) return;
  if (broken !== undefined) throw broken.error;
  if (options.end !== undefined && claim.at < options.end) {
    throw new TransientFault(`the connection ended ${options.end - claim.at} bytes too early`);
  }
}

function refusePageBytes(chunks: Buffer[], response: WireResponse): void {
  const bytes = Buffer.concat(chunks);
  if (looksLikePage(bytes)) throw pageError(response, bytes.toString('utf8'));
}
