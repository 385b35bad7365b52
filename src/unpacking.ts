/** Archives into the staging area: what they are, whose turn it is, which of their members are wanted. */
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import PQueue from 'p-queue';
import { type ArchiveKind, detectKind } from './archive/detect.js';
import { unpackNested } from './archive/nested.js';
import type { UnpackedMember, UnpackOptions } from './archive/unpack.js';
import type { ArchiveFile } from './archive/volumes.js';
import { IntegrityError } from './errors.js';
import type { NewTree } from './library/staging.js';
import type { PlannedFile } from './plan.js';
import type { FileState, OnProgress } from './progress.js';
import type { UnpackRule } from './registry/schema.js';

/** Runs the unpacking of an archive of so many bytes when it is its turn. */
export type UnpackingQueue = <T>(work: () => Promise<T>, bytes: number) => Promise<T>;

/** An archive larger than this, in bytes, is unpacked by all processors together. */
const LARGE = 4 * 1024 * 1024;

/** Small archives of which one is written while others are flushed. */
const SMALL_ONES = 8;

/** Large archives are unpacked one at a time, small ones several: each has one thread, and mostly waits for the disk. */
export function unpackingQueue(): UnpackingQueue {
  const large = new PQueue({ concurrency: 1 });
  const small = new PQueue({ concurrency: SMALL_ONES });
  return (work, bytes) => (bytes > LARGE ? large : small).add(work);
}

const KINDS: Record<string, readonly ArchiveKind[]> = {
  zip: ['zip'],
  tar: ['tar', 'tar.gz', 'tar.bz2', 'tar.xz', 'tar.zst'],
  gz: ['gz', 'tar.gz'],
  '7z': ['7z'],
};

/** What an archive is, by its first bytes; undefined when the registry's rule does not allow that, or it is none. */
export async function kindOf(archive: ArchiveFile, rule: UnpackRule): Promise<ArchiveKind | undefined> {
  const kind = await detectKind(archive);
  const allowed = typeof rule === 'string' ? KINDS[rule] : undefined;
  return kind === undefined || allowed?.includes(kind) === false ? undefined : kind;
}

export function noArchive(name: string, rule: UnpackRule): IntegrityError {
  return new IntegrityError(`${name} is not ${typeof rule === 'string' ? `a ${rule} archive` : 'an archive'}`, {
    file: name,
    hint: 'The host may have sent something else under this name. --no-unpack keeps the file as it is.',
  });
}

/** Unpacks what is wanted of an archive into a tree, which is then to be finished. @throws as `unpackNested` */
export async function unpackInto(
  tree: NewTree,
  archive: ArchiveFile,
  { remote, choice }: PlannedFile,
  options: { kind: ArchiveKind; onProgress: OnProgress; signal: AbortSignal } & Pick<
    UnpackOptions,
    'access' | 'toCome'
  >,
): Promise<void> {
  const { onProgress, ...rest } = options;
  const { path: name, nested = [], stripTop, password } = remote;
  // A zip's members can be passed over, those of others come by all the same.
  const only = options.kind === 'zip' && nested.length === 0 ? choice?.paths : undefined;
  const left = new Set<string>();
  const onMember = async (member: UnpackedMember): Promise<void> => {
    if (choice === undefined || choice.selects(member.path)) {
      await tree.addMember(member);
      return;
    }
    await fs.rm(path.join(tree.folder, member.path));
    left.add(path.posix.dirname(member.path));
  };
  await unpackNested(archive, tree.folder, nested, {
    ...rest,
    name,
    onMember,
    onProgress: (done, size) => tell(onProgress, name, 'unpacking', done, size),
    folds: tree.folds,
    done: tree.done,
    ...(only === undefined ? {} : { only }),
    ...(stripTop === undefined ? {} : { stripTop }),
    ...(password === undefined ? {} : { password }),
  });
  for (const folder of left) await removeEmpty(tree.folder, folder);
}

/** Removes a folder and those above it, as far as nothing is in them. */
async function removeEmpty(root: string, folder: string): Promise<void> {
  for (let at = folder; at !== '.'; at = path.posix.dirname(at)) {
    const removed = await fs.rmdir(path.join(root, at)).then(
      () => true,
      () => false,
    );
    if (!removed && existsSync(path.join(root, at))) return;
  }
}

/** Says that a file enters a state, or goes on in it. */
export function tell(
  onProgress: OnProgress,
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
