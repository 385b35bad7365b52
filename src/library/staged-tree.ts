/** The folder that one archive is unpacked into, and the list of what came out. Nobody takes it for finished before `finish`. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { flushFile, flushFolder, randomName } from './atomic.js';
import { isCode } from './disk.js';
import { RecordWriter } from './records.js';
import type { DoneRecord, MemberRecord, StagedFolder } from './staged-folder.js';

/** Members whose bytes are flushed at one time. */
const FLUSHES = 16;

export class StagedTree {
  /** New and empty. */
  readonly folder: string;
  #files = 0;
  #bytes = 0;
  #failure: unknown;
  readonly #flushing = new Set<Promise<void>>();

  private constructor(
    private readonly root: string,
    private readonly key: string,
    private readonly list: RecordWriter,
    private readonly staged: StagedFolder,
  ) {
    this.folder = path.join(root, 'tree');
  }

  static async create(staged: StagedFolder, key: string): Promise<StagedTree> {
    const root = path.join(staged.trees, `${key}.${randomName()}`);
    await fs.mkdir(root);
    await fs.mkdir(path.join(root, 'tree'));
    return new StagedTree(root, key, await RecordWriter.open(path.join(root, 'members.ndjson')), staged);
  }

  /** Takes note of a member that is whole on disk, and begins to flush it. */
  async addMember({ path: name, size, sha256, link }: MemberRecord): Promise<void> {
    this.#files += 1;
    this.#bytes += size;
    await this.list.append({ path: name, size, sha256, ...(link === undefined ? {} : { link }) });
    if (link !== undefined) return;
    if (this.#flushing.size >= FLUSHES) await Promise.race(this.#flushing);
    const flushing: Promise<void> = flushFile(path.join(this.folder, name))
      .catch((error) => {
        this.#failure ??= error;
      })
      .finally(() => this.#flushing.delete(flushing));
    this.#flushing.add(flushing);
  }

  /** Everything is flushed, and only then is it called finished. @returns the record with what was counted */
  async finish(record: DoneRecord): Promise<DoneRecord> {
    await Promise.all(this.#flushing);
    if (this.#failure !== undefined) throw this.#failure;
    await this.list.flush();
    await this.list.close();
    await flushFolder(this.folder);
    const place = path.join(this.staged.trees, this.key);
    try {
      await fs.rename(this.root, place);
    } catch (error) {
      // An earlier version of the same archive.
      if (!isCode(error, 'ENOTEMPTY', 'EEXIST', 'EPERM')) throw error;
      await fs.rm(place, { recursive: true, force: true });
      await fs.rename(this.root, place);
    }
    return { ...record, key: this.key, unpacked: true, files: this.#files, bytes: this.#bytes };
  }

  async discard(): Promise<void> {
    await Promise.all(this.#flushing);
    await this.list.close().catch(() => undefined); // Closed already when `finish` failed half-way.
    await fs.rm(this.root, { recursive: true, force: true });
  }
}
