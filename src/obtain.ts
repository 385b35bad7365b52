/** One remote file, from the host into the staging area: downloaded, verified, unpacked. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { Ahead, canGoAhead } from './ahead.js';
import type { Algorithm } from './checksum.js';
import { IntegrityError } from './errors.js';
import type { Layout } from './library/layout.js';
import type { DoneRecord, NewTree, Staging } from './library/staging.js';
import { bytesToFetch, type PlannedFile } from './plan.js';
import type { OnProgress } from './progress.js';
import { type Arrivals, type Arrived, partOf } from './split.js';
import { download } from './transfer/download.js';
import type { Engine } from './transfer/engine.js';
import { kindOf, noArchive, tell, type UnpackingQueue, unpackInto } from './unpacking.js';
import { downloadWrapped } from './wrapped.js';

export interface Obtaining {
  id: string;
  layout: Layout;
  staging: Staging;
  engine: Engine;
  keepArchives: boolean;
  unpacking: UnpackingQueue;
  arrivals: Arrivals;
  onProgress: OnProgress;
  signal: AbortSignal;
}

export interface Obtained {
  /** What is finished now: nothing yet when other parts of an archive are to come, and all of them with the last. */
  records: DoneRecord[];
  /** Bytes that earlier runs had brought. */
  resumed: number;
}

/** @param priority of its connections: the higher come first, so that files are finished one after the other */
export async function obtain(planned: PlannedFile, context: Obtaining, priority = 0): Promise<Obtained> {
  const { remote } = planned;
  // What is kept is recorded with SHA-256; an archive only needs what it is held against.
  // Of one that is made on the way, no two are alike: what is in it is what counts.
  const known = remote.checksums.length > 0 || remote.inspect !== undefined;
  const algorithms: Algorithm[] = planned.unpack && known ? [] : ['sha256'];
  for (let tries = 1; ; tries++) {
    const ahead = canGoAhead(planned) ? new Ahead(planned, context) : undefined;
    const downloaded = await (remote.wrapped === undefined ? download : downloadWrapped)(remote, {
      engine: context.engine,
      parts: context.layout.parts(context.id),
      key: planned.key,
      algorithms,
      priority,
      onWarning: (message) => context.onProgress({ event: 'warning', message }),
      signal: ahead?.signal ?? context.signal,
      onProgress: (state, done, size, detail) => tell(context.onProgress, remote.path, state, done, size, detail),
      ...(ahead === undefined ? {} : { follow: (arriving) => ahead.follow(arriving) }),
      ...(planned.choice?.excerpt === undefined ? {} : { only: planned.choice.excerpt }),
    }).catch(async (error) => {
      await ahead?.giveUp(!(error instanceof IntegrityError));
      throw ahead?.failure ?? error;
    });
    const { resumed, size } = downloaded;
    const here = context.arrivals.add({ planned, file: downloaded });
    if (here === undefined) {
      tell(context.onProgress, remote.path, 'waiting', size, size, 'the other parts are still to come');
      return { records: [], resumed };
    }
    try {
      return { records: await take(here, context, await ahead?.tree()), resumed };
    } catch (error) {
      if (!(error instanceof IntegrityError)) throw error;
      // Unless a checksum vouches for the bytes, the next run must not begin with the same broken ones.
      for (const { file } of here) if ((file.checksums ?? []).length === 0) await file.discard();
      if (remote.inspect === undefined || tries === TRIES) throw error;
      tell(context.onProgress, remote.path, 'retrying', 0, remote.size, error.message);
    }
  }
}

/** Times that an archive which its host makes on the way is asked for when it comes incomplete. */
const TRIES = 3;

type Taking = Omit<Obtaining, 'engine' | 'arrivals'>;

/**
 * Brings a file that is here, or all parts of a split archive in their order, into the staging area.
 * @param tree what was unpacked of it while it arrived
 */
export async function take(here: readonly Arrived[], context: Taking, tree?: NewTree): Promise<DoneRecord[]> {
  const bytes = here.reduce((sum, { file }) => sum + file.size, 0);
  const records = here.some(({ planned }) => planned.unpack)
    ? await (tree === undefined
        ? context.unpacking(async () => finish(here, await unpack(here, context)), bytes)
        : finish(here, tree))
    : await Promise.all(here.map((arrived) => takeAsItIs(arrived, context)));
  for (const { planned, file } of here) {
    // A part of an archive is none.
    const isWhole = planned.choice?.excerpt === undefined;
    if (planned.unpack && context.keepArchives && isWhole) await keep(planned, file.file, context);
    // A small file is all there was, and has been moved.
    if (planned.unpack || file.flushed !== true) await file.discard();
    tell(context.onProgress, planned.remote.path, 'done', file.size, file.size);
  }
  return records;
}

async function takeAsItIs(arrived: Arrived, { staging }: Taking): Promise<DoneRecord> {
  const record = recordOf(arrived);
  await staging.addFile(arrived.file.file, record, arrived.file.flushed);
  return record;
}

function recordOf({ planned, file }: Arrived): DoneRecord {
  const { remote, key, unpack, choice } = planned;
  return {
    key,
    path: remote.path,
    size: file.size,
    checksums: choice?.excerpt === undefined ? (file.checksums ?? remote.checksums) : remote.checksums,
    digests: file.digests as Record<string, string>,
    unpacked: unpack,
    into: remote.into,
    ...(choice === undefined ? {} : { members: choice.digest, fetched: bytesToFetch(planned) ?? file.size }),
    files: 1,
    bytes: file.size,
  };
}

/** The part that an archive goes by. */
function headOf(here: readonly Arrived[]): Arrived {
  return here.find(({ planned }) => partOf(planned) === undefined) as Arrived;
}

async function unpack(here: readonly Arrived[], { staging, onProgress, signal }: Taking): Promise<NewTree> {
  const archive = here.map(({ file }) => file.file);
  const { planned } = headOf(here);
  const { remote, key } = planned;
  const kind = await kindOf(archive, remote.unpack);
  if (kind === undefined) throw noArchive(remote.path, remote.unpack);
  const tree = await staging.newTree(key);
  try {
    await unpackInto(tree, archive, planned, { kind, onProgress, signal });
    await remote.inspect?.(tree.folder, planned.choice?.selects);
    return tree;
  } catch (error) {
    await tree.discard();
    throw error;
  }
}

async function finish(here: readonly Arrived[], tree: NewTree): Promise<DoneRecord[]> {
  const head = headOf(here);
  const others = here.filter((arrived) => arrived !== head);
  const parts = others.map((part) => ({ ...recordOf(part), partOf: head.planned.remote.path, files: 0, bytes: 0 }));
  try {
    return [await tree.finish(recordOf(head), parts), ...parts];
  } catch (error) {
    await tree.discard();
    throw error;
  }
}

async function keep({ remote }: PlannedFile, archive: string, { layout, id }: Taking): Promise<void> {
  const target = path.join(layout.archives(id), remote.into, remote.path);
  await fs.mkdir(path.dirname(target), { recursive: true });
  await fs.rename(archive, target);
}
