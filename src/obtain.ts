/** One remote file, from the host into the staging area: downloaded, verified, unpacked. */
import fs from 'node:fs/promises';
import path from 'node:path';
import PQueue from 'p-queue';
import { type ArchiveKind, detectKind } from './archive/detect.js';
import { unpackNested } from './archive/nested.js';
import type { ArchiveFile } from './archive/volumes.js';
import type { Algorithm } from './checksum.js';
import { IntegrityError } from './errors.js';
import type { Layout } from './library/layout.js';
import type { DoneRecord, Staging } from './library/staging.js';
import type { PlannedFile } from './plan.js';
import type { FileState, OnProgress } from './progress.js';
import type { UnpackRule } from './registry/schema.js';
import { type Arrivals, type Arrived, partOf } from './split.js';
import { download } from './transfer/download.js';
import type { Engine } from './transfer/engine.js';
import { downloadWrapped } from './wrapped.js';

export interface Obtaining {
  id: string;
  layout: Layout;
  staging: Staging;
  engine: Engine;
  keepArchives: boolean;
  /** Runs the unpacking of an archive of so many bytes when it is its turn; see `unpackingQueue`. */
  unpacking<T>(work: () => Promise<T>, bytes: number): Promise<T>;
  arrivals: Arrivals;
  onProgress: OnProgress;
  signal: AbortSignal;
}

/** An archive larger than this, in bytes, is unpacked by all processors together. */
const LARGE = 4 * 1024 * 1024;

/** Small archives of which one is written while others are flushed. */
const SMALL_ONES = 8;

/** Large archives are unpacked one at a time, small ones several: each has one thread, and mostly waits for the disk. */
export function unpackingQueue(): Obtaining['unpacking'] {
  const large = new PQueue({ concurrency: 1 });
  const small = new PQueue({ concurrency: SMALL_ONES });
  return (work, bytes) => (bytes > LARGE ? large : small).add(work);
}

export interface Obtained {
  /** What is finished now: nothing yet when other parts of an archive are to come, and all of them with the last. */
  records: DoneRecord[];
  /** Bytes that earlier runs had brought. */
  resumed: number;
}

export async function obtain(planned: PlannedFile, context: Obtaining): Promise<Obtained> {
  const { remote } = planned;
  // What is kept is recorded with SHA-256; an archive only needs what it is held against.
  // Of one that is made on the way, no two are alike: what is in it is what counts.
  const known = remote.checksums.length > 0 || remote.inspect !== undefined;
  const algorithms: Algorithm[] = planned.unpack && known ? [] : ['sha256'];
  for (let tries = 1; ; tries++) {
    const downloaded = await (remote.wrapped === undefined ? download : downloadWrapped)(remote, {
      engine: context.engine,
      parts: context.layout.parts(context.id),
      key: planned.key,
      algorithms,
      signal: context.signal,
      onProgress: (state, done, size, detail) => tell(context, remote.path, state, done, size, detail),
    });
    const { resumed, size } = downloaded;
    const here = context.arrivals.add({ planned, file: downloaded });
    if (here === undefined) {
      tell(context, remote.path, 'waiting', size, size, 'the other parts are still to come');
      return { records: [], resumed };
    }
    try {
      return { records: await take(here, context), resumed };
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      // Unless a checksum vouches for the bytes, the next run must not begin with the same broken ones.
      for (const { file } of here) if ((file.checksums ?? []).length === 0) await file.discard();
      if (remote.inspect === undefined || tries === TRIES) throw error;
      tell(context, remote.path, 'retrying', 0, remote.size, error.message);
    }
  }
}

/** Times that an archive which its host makes on the way is asked for when it comes incomplete. */
const TRIES = 3;

type Taking = Omit<Obtaining, 'engine' | 'arrivals'>;

/** Brings a file that is here, or all parts of a split archive in their order, into the staging area. */
export async function take(here: readonly Arrived[], context: Taking): Promise<DoneRecord[]> {
  const bytes = here.reduce((sum, { file }) => sum + file.size, 0);
  const records = here.some(({ planned }) => planned.unpack)
    ? await context.unpacking(() => unpack(here, context), bytes)
    : await Promise.all(here.map((arrived) => takeAsItIs(arrived, context)));
  for (const { planned, file } of here) {
    if (planned.unpack && context.keepArchives) await keep(planned, file.file, context);
    await file.discard();
    tell(context, planned.remote.path, 'done', file.size, file.size);
  }
  return records;
}

async function takeAsItIs(arrived: Arrived, { staging }: Taking): Promise<DoneRecord> {
  const record = recordOf(arrived);
  await staging.addFile(arrived.file.file, record, arrived.file.flushed);
  return record;
}

function recordOf({ planned, file }: Arrived): DoneRecord {
  const { remote, key, unpack } = planned;
  return {
    key,
    path: remote.path,
    size: file.size,
    checksums: file.checksums ?? remote.checksums,
    digests: file.digests as Record<string, string>,
    unpacked: unpack,
    into: remote.into,
    files: 1,
    bytes: file.size,
  };
}

async function unpack(here: readonly Arrived[], context: Taking): Promise<DoneRecord[]> {
  const archive = here.map(({ file }) => file.file);
  const head = here.find(({ planned }) => partOf(planned) === undefined) as Arrived;
  const { remote, key } = head.planned;
  const others = here.filter((arrived) => arrived !== head);
  const kind = await kindOf(archive, remote.path, remote.unpack);
  const tree = await context.staging.newTree(key);
  try {
    const result = await unpackNested(archive, tree.folder, remote.nested ?? [], {
      kind,
      name: remote.path,
      onMember: (member) => tree.addMember(member),
      onProgress: (done, size) => tell(context, remote.path, 'unpacking', done, size),
      folds: tree.folds,
      ...(remote.stripTop === undefined ? {} : { stripTop: remote.stripTop }),
      signal: context.signal,
    });
    await remote.inspect?.(tree.folder);
    const record = { ...recordOf(head), files: result.files + result.links, bytes: result.bytes };
    const parts = others.map((part) => ({ ...recordOf(part), partOf: remote.path, files: 0, bytes: 0 }));
    await tree.finish(record, parts);
    return [record, ...parts];
  } catch (error) {
    await tree.discard();
    throw error;
  }
}

const KINDS: Record<string, readonly ArchiveKind[]> = {
  zip: ['zip'],
  tar: ['tar', 'tar.gz', 'tar.bz2', 'tar.xz', 'tar.zst'],
  gz: ['gz', 'tar.gz'],
  '7z': ['7z'],
};

async function kindOf(archive: ArchiveFile, name: string, rule: UnpackRule): Promise<ArchiveKind> {
  const kind = await detectKind(archive);
  const allowed = typeof rule === 'string' ? KINDS[rule] : undefined;
  if (kind === undefined || allowed?.includes(kind) === false) {
    throw new IntegrityError(`${name} is not ${allowed === undefined ? 'an archive' : `a ${String(rule)} archive`}`, {
      file: name,
      hint: 'The host may have sent something else under this name. --no-unpack keeps the file as it is.',
    });
  }
  return kind;
}

async function keep({ remote }: PlannedFile, archive: string, { layout, id }: Taking): Promise<void> {
  const target = path.join(layout.archives(id), remote.into, remote.path);
  await fs.mkdir(path.dirname(target), { recursive: true });
  await fs.rename(archive, target);
}

function tell(
  { onProgress }: Pick<Obtaining, 'onProgress'>,
  file: string,
  state: FileState,
  done: number,
  size?: number,
  detail?: string,
): void {
  onProgress({
    event: 'file',
    file,
    state,
    done,
    ...(size === undefined ? {} : { size }),
    ...(detail === undefined ? {} : { detail }),
  });
}
