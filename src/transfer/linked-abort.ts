/** Cancellation that comes from above or from within. */
import { setMaxListeners } from 'node:events';

export interface LinkedAbort {
  /** Aborts when the parent does, or when `abort` is called. */
  signal: AbortSignal;
  abort(reason?: unknown): void;
  /** Takes the one listener off the parent. */
  unlink(): void;
}

/** What AbortSignal.any does, but it leaves nothing behind on a parent that lives on. */
export function linkAbort(parent: AbortSignal): LinkedAbort {
  const controller = new AbortController();
  // Every connection of a file listens, and waits in queues: more than Node takes for a leak.
  setMaxListeners(0, controller.signal, parent);
  const follow = () => controller.abort(parent.reason);
  if (parent.aborted) follow();
  else parent.addEventListener('abort', follow, { once: true });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    unlink: () => parent.removeEventListener('abort', follow),
  };
}
