/** The work area of one dataset: takes finished remote files in, and knows which are there already. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, renameSync, unlinkSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileSystemFolds } from '../archive/collisions.js';
import { IntegrityError } from '../errors.js';
import { printable } from '../printable.js';
import { flushFile, flushFolder } from './atomic.js';
import { recoverCommit } from './commit.js';
import { isCode, onDisk, unlessAbsent } from './disk.js';
import type { Layout } from './layout.js';
import { Places } from './places.js';
import { RecordWriter, writeRecords } from './records.js';
import {
  type DoneRecord,
  type MemberRecord,
  makeFolders,
  placeOf,
  readDone,
  type StagedFolder,
  stagedFolder,
  takenOver,
} from './staged-folder.js';
import { isResumable, StagedTree } from './staged-tree.js';
import { present, requireOneDisk, takeOver } from './take-over.js';
import { discard } from './trash.js';

export type { DoneRecord } from './staged-folder.js';

/** The name by which a remote file's part, tree and record go: the first 16 hexadecimal digits of its path's SHA-256. */
export function partKey(remotePath: string): string {
  return createHash('sha256').update(remotePath).digest().toString('hex', 0, 8);
}

/** An archive under way. */
export interface NewTree {
  /** Absolute; nothing is in it but what is `done`. */
  folder: string;
  /** Files that an earlier run unpacked, by path, with their bytes. */
  done: ReadonlyMap<string, number>;
  /** Whether the file system takes some different names for one. */
  folds: boolean;
  /** Takes note of a member that is whole on disk. */
  addMember(member: MemberRecord): Promise<void>;
  /** Makes it a finished remote file, and with it the others that it came out of; `files` and `bytes` of the record are counted here. */
  finish(record: DoneRecord, others?: readonly DoneRecord[]): Promise<DoneRecord>;
  /** Leaves it for a later run, which goes on with it. */
  suspend(): Promise<void>;
  discard(): Promise<void>;
}

export class Staging {
  /** Those that are there, of `files`. */
  readonly #folders = new Set<string>();
  /** Of plain files. */
  readonly #places: Places;

  private constructor(
    private readonly layout: Layout,
    private readonly id: string,
    private readonly staged: StagedFolder,
    private readonly log: RecordWriter,
    private readonly finished: Map<string, DoneRecord>,
    private readonly folds: boolean,
  ) {
    this.#places = new Places(folds);
    for (const record of finished.values()) if (!record.unpacked) this.#places.occupy(record);
  }

  /**
   * Takes over what earlier runs left, or begins anew. A commit that was stopped is brought to its end first.
   * @throws DiskError, IntegrityError
   */
  static open(layout: Layout, id: string): Promise<Staging> {
    return onDisk(id, async () => {
      await recoverCommit(layout, id);
      await requireOneDisk(layout, id);
      const staged = stagedFolder(await takeOver(layout, id));
      for (const name of ['files', 'trees']) await makeFolders(staged.folder, name);
      for (const name of await fs.readdir(staged.trees)) {
        // What a killed run was unpacking and nobody can go on with.
        const root = path.join(staged.trees, name);
        if (name.includes('.') && !isResumable(root)) await discard(layout, root);
      }
      const finished = await present(staged, await readDone(staged.log));
      // A file of its own: a process that had this before us may still append to the old one.
      await writeRecords(staged.log, finished.values());
      const log = await RecordWriter.open(staged.log, { append: true });
      return new Staging(layout, id, staged, log, finished, await fileSystemFolds(staged.files));
    });
  }

  /** Where it all lies. */
  get folder(): StagedFolder {
    return this.staged;
  }

  /** Finished remote files whose result was still there when the staging was opened, and those added since, by key. */
  done(): Map<string, DoneRecord> {
    return new Map(this.finished);
  }

  /** What is finished: remote files, and the bytes that were downloaded for them. */
  async progress(): Promise<{ files: number; bytes: number }> {
    let bytes = 0;
    for (const { size } of this.finished.values()) bytes += size;
    return { files: this.finished.size, bytes };
  }

  /**
   * Moves a finished download, which is to stay as it is, to its place in the dataset.
   * @param flushed true for one that is no part, and is known to be on the disk, as `record` says
   * @throws IntegrityError when it has another size, or its place is taken; BusyError when another process took over; DiskError
   */
  addFile(temp: string, record: DoneRecord, flushed = false): Promise<void> {
    return this.#owned(async () => {
      const { size } = flushed ? record : await fs.lstat(temp);
      if (size !== record.size) {
        throw new IntegrityError(`${printable(record.path)} has ${size} bytes where ${record.size} were expected`, {
          file: record.path,
        });
      }
      const sha256 = record.digests.sha256 ?? (await sha256Of(temp));
      const done = { ...record, digests: { ...record.digests, sha256 }, unpacked: false, files: 1, bytes: size };
      const place = placeOf(record.into, record.path);
      const other = this.#places.other(record);
      if (other !== undefined) {
        this.#requireSame(done, this.finished.get(other) as DoneRecord, place);
        await fs.rm(temp);
        return this.#remember(done);
      }
      if (flushed) {
        await this.#put(temp, place);
        return this.#remember(done);
      }
      await flushFile(temp);
      await this.#clear(place);
      // Before the move: a kill between the two leaves a part that is whole, and a record of nothing, which `present` drops.
      await this.#remember(done);
      try {
        await this.#put(temp, place);
      } catch (error) {
        await this.#forget(done);
        throw error;
      }
    });
  }

  /**
   * Begins to take in an unpacked archive.
   * @param archive names its bytes, where what a killed run unpacked of the same ones may be gone on with
   * @throws BusyError, DiskError
   */
  async newTree(key: string, archive?: string): Promise<NewTree> {
    const tree = await this.#owned(() => StagedTree.create(this.staged, key, archive));
    return {
      folder: tree.folder,
      done: tree.done,
      folds: this.folds,
      addMember: (member) => this.#owned(() => tree.addMember(member)),
      finish: (record, others = []) =>
        this.#owned(async () => {
          const done = await tree.finish(record);
          await this.#remember(...others, done);
          return done;
        }),
      suspend: () => this.#owned(() => tree.suspend()),
      discard: () => this.#owned(() => tree.discard()),
    };
  }

  /** Forgets a finished remote file: its checksum or the plan has changed. */
  discard(key: string): Promise<void> {
    return this.#owned(async () => {
      const record = this.finished.get(key);
      if (record === undefined) return;
      const isUnused = await this.#forget(record);
      if (record.unpacked) {
        await discard(this.layout, path.dirname(this.staged.tree(key)));
      } else if (isUnused) {
        await fs.rm(path.join(this.staged.files, placeOf(record.into, record.path)), { force: true });
      }
    });
  }

  /** Call when the work is over, committed or not. What was taken in stays; a staging with nothing in it vanishes. */
  close(): Promise<void> {
    return onDisk(this.id, async () => {
      await this.log.close();
      // Absent when another process has taken it over.
      const trees = await unlessAbsent(fs.readdir(this.staged.trees), undefined);
      if (this.finished.size > 0 || trees?.length !== 0) return;
      await fs.rm(this.staged.folder, { recursive: true, force: true });
      await fs.rmdir(this.layout.parts(this.id)).catch(() => undefined); // Unless there are parts.
    });
  }

  /** Whatever a crash leaves of several, the last is there only with all the others. */
  async #remember(...records: DoneRecord[]): Promise<void> {
    for (const record of records) await this.log.append(record);
    await this.log.flush();
    for (const record of records) {
      const before = this.finished.get(record.key);
      if (before !== undefined && !before.unpacked) this.#places.vacate(before);
      this.finished.set(record.key, record);
      if (!record.unpacked) this.#places.occupy(record);
    }
  }

  /** @returns whether nobody else needs what lies at its place */
  async #forget(record: DoneRecord): Promise<boolean> {
    this.finished.delete(record.key);
    await this.log.append({ key: record.key, dropped: true });
    await this.log.flush();
    return record.unpacked || this.#places.vacate(record);
  }

  /** Of what an earlier run left at a place, nothing may be taken for the file that is recorded next. */
  async #clear(place: string): Promise<void> {
    const file = path.join(this.staged.files, place);
    try {
      unlinkSync(file);
    } catch (error) {
      // What is no file there is told when the new one is put in its place.
      if (isCode(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'EPERM')) return;
      throw error;
    }
    await flushFolder(path.dirname(file));
  }

  async #put(temp: string, place: string): Promise<void> {
    try {
      const folder = path.dirname(place);
      if (!this.#folders.has(folder)) await makeFolders(this.staged.files, folder);
      this.#folders.add(folder);
      // In this thread: for a rename, to have another one do it costs more than to do it.
      renameSync(temp, path.join(this.staged.files, place));
    } catch (error) {
      if (!isCode(error, 'ENOTDIR', 'EISDIR', 'EEXIST')) throw error;
      throw new IntegrityError(`${printable(place)} is a file in one part of the dataset and a folder in another`, {
        file: place,
        cause: error,
      });
    }
  }

  #requireSame(record: DoneRecord, other: DoneRecord, place: string): void {
    if (record.digests.sha256 === other.digests.sha256) return;
    throw new IntegrityError(
      `${printable(record.path)} and ${printable(other.path)} have different contents and the same place in the dataset, ${printable(place)}`,
      { file: place, hint: 'Leave one of them out (--exclude), or report the registry entry.' },
    );
  }

  /** Runs `work`; when this staging is not ours any more, says so. */
  #owned<T>(work: () => Promise<T>): Promise<T> {
    return onDisk(this.id, async () => {
      try {
        return await work();
      } catch (error) {
        if (!isCode(error, 'ENOENT') || existsSync(this.staged.folder)) throw error;
        throw takenOver(this.id, error);
      }
    });
  }
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
