// @ts-check
/** Loaded into a process by `--import`: when it ends, its peak resident memory in bytes is written to the file in PEAK_MEMORY. */
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

const file = process.env.PEAK_MEMORY;
if (file !== undefined && isMainThread) {
  process.on('exit', () => writeFileSync(file, String(process.resourceUsage().maxRSS * 1024)));
}
