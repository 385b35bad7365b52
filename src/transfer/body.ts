/** Reads the body of an answer: never longer than it is wanted, never silently cut, never past a stall. */
import type { IncomingMessage } from 'node:http';
import type { Engine } from './engine.js';
import { TransientFault } from './faults.js';

/** What reading needs to know: who watches for stalls, and who may end it. */
export interface Reading {
  engine: Engine;
  signal: AbortSignal;
}

/** What a reader returns when it wants no more. */
export const ENOUGH = Symbol('enough');

/** Bodies up to this length are worth reading to their end for the connection's sake. Bytes. */
const SHORT = 16 * 1024;

/**
 * Gives every chunk to `take`, and holds the host back while the promise that it returns is pending.
 * @throws TransientFault (cut short), what `take` throws, the connection's error, the signal's reason
 */
export function readBody(
  body: IncomingMessage,
  { engine, signal }: Reading,
  take: (chunk: Buffer) => Promise<unknown> | typeof ENOUGH | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const watch = engine.watch(body);
    const finish = (settle: () => void) => {
      watch.done();
      signal.removeEventListener('abort', onAbort);
      body.off('data', onData).off('end', onEnd).off('error', onError).off('close', onClose);
      // A connection can serve again only when nothing of this answer is left in it.
      if (body.complete) body.resume();
      else body.destroy();
      settle();
    };
    const fail = (error: unknown) => finish(() => reject(error));
    const onAbort = () => fail(signal.reason);
    const onData = (chunk: Buffer) => {
      watch.touch();
      try {
        const busy = take(chunk);
        if (busy === undefined) return;
        if (busy === ENOUGH) {
          finish(resolve);
          return;
        }
        body.pause();
        watch.hold();
        busy.then(() => {
          watch.touch();
          body.resume();
        }, fail);
      } catch (error) {
        fail(error);
      }
    };
    const onEnd = () => finish(resolve);
    const onError = (error: NodeJS.ErrnoException) => fail(error.code === 'ECONNRESET' ? cut(error) : error);
    const onClose = () => fail(cut());
    body.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose);
    // It may have broken before anybody listened; then no event tells of it.
    if (body.destroyed) fail(cut(body.errored ?? undefined));
    else if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

function cut(cause?: unknown): TransientFault {
  return new TransientFault('the connection was cut', undefined, cause);
}

/** Throws a body away: one that is short is read to its end, which keeps the connection; another ends with it. */
export function discardBody(body: IncomingMessage): void {
  if (Number(body.headers['content-length']) <= SHORT) body.resume();
  else body.destroy();
}
