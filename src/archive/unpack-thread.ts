/** The thread that unpacks: decompresses, hashes and writes, away from the thread that draws progress and downloads. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { Budget } from './budget.js';
import { PathClaims } from './collisions.js';
import { type Compression, decompress } from './decompress.js';
import { MemberFile } from './member-file.js';
import { asRefusal } from './refusal.js';
import { safePath } from './safety.js';
import { TarUnpacker } from './tar-unpacker.js';
import { type Batch, type Order, packError, type Report, type StreamJob, type ZipJob } from './thread-messages.js';
import { TreeWriter, type UnpackedMember } from './tree-writer.js';
import { ZipExtractor } from './zip-extractor.js';

/** A report goes out after so many members, or so many bytes. */
const REPORT_MEMBERS = 256;
const REPORT_BYTES = 8 * 1024 * 1024;
/** With so many reports not dealt with, the thread waits. */
const MAX_PENDING = 8;

function send(report: Report): void {
  parentPort?.postMessage(report);
}

/** Gathers what a stream job has to tell, and waits when nobody listens fast enough. */
class Reporter {
  #members: UnpackedMember[] = [];
  #bytes = 0;
  readonly #pending: Int32Array;

  constructor(pending: SharedArrayBuffer) {
    this.#pending = new Int32Array(pending);
  }

  member(member: UnpackedMember): void {
    this.#members.push(member);
    if (this.#members.length >= REPORT_MEMBERS) this.flush();
  }

  written(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes >= REPORT_BYTES) this.flush();
  }

  expect(bytes: number): void {
    this.#post({ report: 'expect', bytes });
  }

  flush(): void {
    if (this.#members.length > 0) this.#post({ report: 'members', members: this.#members });
    if (this.#bytes > 0) this.#post({ report: 'written', bytes: this.#bytes });
    this.#members = [];
    this.#bytes = 0;
  }

  #post(report: Report): void {
    Atomics.add(this.#pending, 0, 1);
    send(report);
    for (let count = Atomics.load(this.#pending, 0); count >= MAX_PENDING; count = Atomics.load(this.#pending, 0)) {
      Atomics.wait(this.#pending, 0, count);
    }
  }
}

const COMPRESSION: Record<Exclude<StreamJob['kind'], '7z' | 'zip'>, Compression> = {
  tar: 'none',
  'tar.gz': 'gz',
  'tar.bz2': 'bz2',
  'tar.xz': 'xz',
  'tar.zst': 'zst',
  gz: 'gz',
};

async function unpackStream({
  kind,
  archive,
  name,
  target,
  folds,
  stripTop,
  limits,
  done,
  pending,
  password,
}: StreamJob): Promise<void> {
  const reporter = new Reporter(pending);
  const budget = new Budget(name, limits);
  const claims = new PathClaims({ folds });
  const onMember = (member: UnpackedMember): void => reporter.member(member);
  const tree = new TreeWriter({ archive: name, root: target, claims, budget, done, onMember });
  try {
    if (kind === '7z' || kind === 'zip') {
      const options = { format: kind, ...(password === undefined ? {} : { password }) };
      const { unpackSevenZip } = await import('./unpack-seven-zip.js');
      await unpackSevenZip(archive, tree, new Budget(name, limits), reporter, options);
    } else if (kind === 'gz') {
      tree.begin(safePath(name.replace(/\.gz$/i, '')), false);
      await decompress(archive, 'gz', (bytes) => {
        tree.write(bytes);
        reporter.written(bytes.length);
      });
      tree.end();
    } else {
      const tar = new TarUnpacker(tree, budget, stripTop);
      await decompress(archive, COMPRESSION[kind], (bytes) => {
        tar.push(bytes);
        reporter.written(bytes.length);
      });
      tar.finish();
    }
  } finally {
    tree.close();
  }
  reporter.flush();
  send({ report: 'done', files: tree.files, links: tree.links, bytes: budget.bytes });
}

/** Writes the batches of one zip; each is answered with its members. */
class ZipBatches {
  readonly #zip: ZipExtractor;
  readonly #folders = new Set<string>();

  constructor(private readonly job: ZipJob) {
    this.#zip = new ZipExtractor(job.archive);
  }

  async extract({ members, hashOnly }: Batch): Promise<void> {
    const { target } = this.job;
    const done: UnpackedMember[] = [];
    let untold = 0;
    for (const member of members) {
      const folder = join(target, dirname(member.path));
      if (!hashOnly && !this.#folders.has(folder)) mkdirSync(folder, { recursive: true });
      this.#folders.add(folder);
      const file = new MemberFile(hashOnly ? undefined : join(target, member.path), member.executable);
      try {
        await this.#zip.extract(member, (bytes) => {
          file.write(bytes);
          untold += bytes.length;
          if (untold < REPORT_BYTES) return;
          send({ report: 'written', bytes: untold });
          untold = 0;
        });
        done.push({ path: member.path, size: file.size, sha256: file.finish() });
      } finally {
        file.close();
      }
    }
    send({ report: 'written', bytes: untold });
    send({ report: 'members', members: done });
  }

  close(): void {
    this.#zip.close();
  }
}

let name = '';
let zip: ZipBatches | undefined;

async function carryOut(order: Order): Promise<void> {
  if (order.order === 'batch') await zip?.extract(order.batch);
  if (order.order === 'job') {
    const { job } = order;
    ({ name } = job);
    if (job.job === 'zip') zip = new ZipBatches(job);
    else await unpackStream(job);
  }
  if (order.order === 'end') {
    zip?.close();
    zip = undefined;
    send({ report: 'ended' });
  }
}

// Two batches may be waiting; what is ordered is done one after the other.
let last = Promise.resolve();
parentPort?.on('message', (order: Order) => {
  last = last
    .then(() => carryOut(order))
    .catch((error) => send({ report: 'failed', failure: packError(asRefusal(name, error)) }));
});
