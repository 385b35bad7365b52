/** Unpacks what can only be read from front to back, in one thread: tars, 7z, encrypted zips and single gzip files. */
import type { Limits } from './budget.js';
import type { StreamJob } from './thread-messages.js';
import type { UnpackedMember } from './tree-writer.js';
import { UnpackWorker } from './unpack-worker.js';
import type { ArchiveFile } from './volumes.js';

/** Who is told how unpacking goes. */
export interface Listener {
  /** Bytes that there will be, when that is known. */
  expect(bytes: number): void;
  /** Members that are whole on disk. */
  members(members: UnpackedMember[]): Promise<void>;
  /** Bytes written since the last call. */
  written(bytes: number): void;
}

export interface Unpacked {
  files: number;
  links: number;
  /** Bytes of all files. */
  bytes: number;
}

export interface UnpackJob {
  archive: ArchiveFile;
  target: string;
  name: string;
  folds: boolean;
  stripTop: boolean;
  limits: Limits;
  /** As in UnpackOptions. */
  done: ReadonlyMap<string, number>;
  /** Of one that is encrypted. */
  password?: string;
  signal: AbortSignal;
  listener: Listener;
}

export async function unpackStream(kind: StreamJob['kind'], job: UnpackJob): Promise<Unpacked> {
  const { archive, target, name, folds, stripTop, limits, done, password, signal, listener } = job;
  const pending = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const count = new Int32Array(pending);
  const what = {
    kind,
    archive,
    target,
    name,
    folds,
    stripTop,
    limits,
    done,
    pending,
    ...(password === undefined ? {} : { password }),
  };
  const worker = UnpackWorker.start({ job: 'stream', ...what });
  try {
    for await (const report of worker.reports(signal)) {
      if (report.report === 'done') return report;
      if (report.report === 'members') await listener.members(report.members);
      else if (report.report === 'expect') listener.expect(report.bytes);
      else listener.written(report.bytes);
      Atomics.sub(count, 0, 1);
      Atomics.notify(count, 0);
    }
    throw new Error('no report came');
  } finally {
    await worker.stop();
  }
}
