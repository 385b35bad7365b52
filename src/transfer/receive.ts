/** Takes a response's body into a part, in large writes, and never holds more than one write's worth of bytes. */
import { crc32 } from 'node:zlib';
import { looksLikePage, pageError, words } from './answer.js';
import type { Engine } from './engine.js';
import { ChangedFault, TransientFault } from './faults.js';
import type { Part } from './part.js';
import type { Claim } from './ranges.js';
import type { WireResponse } from './wire.js';

/**
 * Bytes gathered before they are written and recorded. With the 64 KiB that a socket may still deliver, a kill loses at most 1 MiB a
 * connection.
 */
const WRITE = 1024 * 1024 - 64 * 1024;

export interface Receiving {
  engine: Engine;
  part: Part;
  claim: Claim;
  /** Bytes before `claim.at` that the host sends first, to be compared with what is here. */
  overlap: number;
  /** True when a file that begins like a web page is an error. */
  refusePages: boolean;
  onWritten(bytes: number): void;
  signal: AbortSignal;
}

/** @throws TransientFault (cut short), ChangedFault (the overlap differs), NetworkError (a page), file system errors */
export function receive(response: WireResponse, options: Receiving): Promise<void> {
  const { body } = response;
  const { engine, part, claim, signal } = options;
  const watch = engine.watch(body);
  const limit = engine.throttle.rate;
  const write = limit === undefined ? WRITE : Math.max(16 * 1024, Math.min(WRITE, Math.floor(limit / 8)));
  let chunks: Uint8Array[] = [];
  let start = claim.at;
  let length = 0;
  let crc = 0;
  let seen: Buffer = Buffer.alloc(0);
  let overlap = options.overlap;
  let writing: Promise<void> = Promise.resolve();

  const flush = async (): Promise<void> => {
    const taken = { chunks, start, length, crc };
    if (length === 0) return;
    chunks = [];
    start += length;
    length = 0;
    crc = 0;
    await part.write(taken.chunks, taken.start, taken.length, taken.crc);
    options.onWritten(taken.length);
    await engine.throttle.take(taken.length, signal);
  };

  return new Promise<void>((resolve, reject) => {
    let over = false;
    const end = (error?: unknown) => {
      if (over) return;
      over = true;
      watch.done();
      signal.removeEventListener('abort', onAbort);
      // A body that is not read to its end takes its connection with it.
      if (!body.complete) body.destroy();
      // Whatever came in is kept, also when the connection broke.
      writing.then(flush).then(
        () => (error === undefined ? resolve() : reject(error)),
        (failure) => reject(failure),
      );
    };
    const onAbort = () => end(signal.reason);

    const onData = (chunk: Buffer) => {
      if (over) return;
      watch.touch();
      let bytes = chunk;
      if (overlap > 0) {
        seen = Buffer.concat([seen, bytes.subarray(0, overlap)]);
        bytes = bytes.subarray(Math.min(overlap, bytes.length));
        overlap -= chunk.length - bytes.length;
        if (overlap > 0) return;
        body.pause();
        compare(part, claim.at, seen).then(() => {
          body.resume();
          if (bytes.length > 0) onData(bytes);
        }, end);
        return;
      }
      if (options.refusePages && claim.at === 0 && looksLikePage(bytes)) {
        end(pageError(response.final.url, words(bytes.toString('utf8'))));
        return;
      }
      const room = claim.end - claim.at;
      if (bytes.length > room) bytes = bytes.subarray(0, room); // The tail went to another connection meanwhile.
      if (bytes.length > 0) {
        chunks.push(bytes);
        length += bytes.length;
        crc = crc32(bytes, crc);
        claim.at += bytes.length;
      }
      if (claim.at >= claim.end) {
        // Let the parser see the end of the message, so that the connection can serve again; but take no more than is due.
        if (chunk.length > room) end();
        return;
      }
      if (length >= write) {
        body.pause();
        writing = flush();
        writing.then(() => body.resume(), end);
      }
    };

    body.on('data', onData);
    body.once('end', () => {
      if (claim.at >= claim.end) end();
      else
        end(
          new TransientFault(
            `the connection ended after ${claim.at - claim.start} of ${claim.end - claim.start} bytes`,
          ),
        );
    });
    body.once('error', (error) => end(claim.at >= claim.end ? undefined : error));
    body.once('close', () => {
      if (!body.complete) end(claim.at >= claim.end ? undefined : new TransientFault('the connection was cut'));
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** Holds the bytes before `at` on disk against what the host sends for them now. */
async function compare(part: Part, at: number, sent: Buffer): Promise<void> {
  const here = await part.read(at - sent.length, sent.length);
  if (!here.equals(sent)) throw new ChangedFault('the bytes at the host differ from those already here');
}
