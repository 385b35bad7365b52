/** Progress for programs: one JSON document a line on stderr, each with a time (docs/json-output.md). */
import type { ProgressEvent } from '../progress.js';
import type { ProgressDisplay } from './progress.js';

/** Milliseconds between two lines about a file that is only going on. */
const PAUSE = 250;

export function jsonProgress(stream: NodeJS.WritableStream): ProgressDisplay {
  const last = new Map<string, { state: string; at: number }>();
  return {
    on(event: ProgressEvent) {
      if (event.event === 'file' && !isNews(event)) return;
      stream.write(`${JSON.stringify({ version: 1, time: new Date().toISOString(), ...event })}\n`);
    },
    stop() {
      last.clear();
    },
  };

  function isNews({ file, state, detail }: Extract<ProgressEvent, { event: 'file' }>): boolean {
    const known = last.get(file);
    const at = performance.now();
    if (state === 'done') last.delete(file);
    else last.set(file, { state, at });
    if (known === undefined || known.state !== state || detail !== undefined || at - known.at >= PAUSE) return true;
    last.set(file, known);
    return false;
  }
}
