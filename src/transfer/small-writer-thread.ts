/** Writes small files away from the thread that downloads: on many disks to create one takes longer than to fetch it. */
import { parentPort } from 'node:worker_threads';
import type { SmallOrder, SmallReport } from './small-writer.js';
import { writeSmall } from './write-small.js';

parentPort?.on('message', async ({ job, ...small }: SmallOrder) => {
  let report: SmallReport;
  try {
    report = { job, digests: await writeSmall(small) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    report = { job, error: error as Error, code, path: small.file };
  }
  parentPort?.postMessage(report);
});
