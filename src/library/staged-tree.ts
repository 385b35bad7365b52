/**
 * The folder that one archive is unpacked into, and the list of what came out. Nobody takes it for finished before `finish`. What a
 * killed process has unpacked is gone on with, as long as the archive is the same and the machine has not been started again since.
 */
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { bootId } from '../boot.js';
import { flushFile, flushFolder, randomName, readJson } from './atomic.js';
import { isCode, renamed } from './disk.js';
import { RecordWriter, readRecords, writeRecords } from './records.js';
import type { DoneRecord, MemberRecord, StagedFolder } from './staged-folder.js';
import { walk } from './walk.js';

/** Members whose bytes are flushed at one time. */
const FLUSHES = 16;

/** How long the list may stay behind what is on disk: so much is unpacked again after a kill. Milliseconds. */
const BEHIND = 500;

/** What a tree that is not finished is of. */
interface Origin {
  /** Names the archive's bytes. */
  archive: string;
  boot: string;
}

export class StagedTree {
  readonly folder: string;
  readonly #done = new Map<string, number>();
  #files = 0;
  #bytes = 0;
  #failure: unknown;
  #due: NodeJS.Timeout | undefined;
  readonly #flushing = new Set<Promise<void>>();

  private constructor(
    private readonly root: string,
    private readonly key: string,
    private readonly list: RecordWriter,
    private readonly staged: StagedFolder,
  ) {
    this.folder = path.join(root, 'tree');
  }

  /** @param archive names the archive's bytes, where a tree of the same ones may be gone on with; it is new and empty otherwise */
  static async create(staged: StagedFolder, key: string, archive?: string): Promise<StagedTree> {
    const root = path.join(staged.trees, `${key}.${randomName()}`);
    const origin = archive === undefined ? undefined : { archive, boot: await bootId() };
    if (!(await takeOver(staged, key, root, origin))) {
      await fs.mkdir(root);
      await fs.mkdir(path.join(root, 'tree'));
      if (origin !== undefined) await fs.writeFile(originOf(root), JSON.stringify(origin));
    }
    const found = await whatIsWhole(root);
    const list = listOf(root);
    if (found.length > 0) await writeRecords(list, found);
    const tree = new StagedTree(root, key, await RecordWriter.open(list, { append: found.length > 0 }), staged);
    for (const member of found) {
      tree.#done.set(member.path, member.size);
      await tree.#count(member);
    }
    return tree;
  }

  /** Files that were unpacked before, by path, with their bytes. */
  get done(): ReadonlyMap<string, number> {
    return this.#done;
  }

  /** Takes note of a member that is whole on disk, and begins to flush it. */
  async addMember({ path: name, size, sha256, link }: MemberRecord): Promise<void> {
    await this.list.append({ path: name, size, sha256, ...(link === undefined ? {} : { link }) });
    this.#due ??= setTimeout(() => this.#write(), BEHIND).unref();
    await this.#count({ path: name, size, ...(link === undefined ? {} : { link }) });
  }

  #write(): void {
    this.#due = undefined;
    this.list.write().catch((error) => {
      this.#failure ??= error;
    });
  }

  async #count({ path: name, size, link }: Omit<MemberRecord, 'sha256'>): Promise<void> {
    this.#files += 1;
    this.#bytes += size;
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
    clearTimeout(this.#due);
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

  /** Leaves it as it is, for a later run to go on with. */
  async suspend(): Promise<void> {
    clearTimeout(this.#due);
    await Promise.all(this.#flushing);
    await this.list.close().catch(() => undefined); // What is not in the list is unpacked again.
  }

  async discard(): Promise<void> {
    await this.suspend();
    await fs.rm(this.root, { recursive: true, force: true });
  }
}

const listOf = (root: string): string => path.join(root, 'members.ndjson');
const originOf = (root: string): string => path.join(root, 'origin.json');

/** Makes a tree of the same bytes ours, and removes what else was left of this archive. @returns whether there was one */
async function takeOver(staged: StagedFolder, key: string, root: string, origin?: Origin): Promise<boolean> {
  let taken = false;
  for (const name of await fs.readdir(staged.trees)) {
    if (!name.startsWith(`${key}.`)) continue;
    const found = path.join(staged.trees, name);
    if (!taken && origin !== undefined && (await isOf(found, origin))) taken = await renamed(found, root);
    else await fs.rm(found, { recursive: true, force: true });
  }
  return taken;
}

/** Whether a tree that is not finished says what it is of. */
export function isResumable(root: string): boolean {
  return existsSync(originOf(root));
}

async function isOf(root: string, { archive, boot }: Origin): Promise<boolean> {
  const origin = await readJson<Origin>(originOf(root)).catch(() => undefined); // Torn: of nothing.
  return origin?.archive === archive && origin.boot === boot;
}

/** Files that the list has and the disk as well; everything else is removed. Links are made anew, after all files. */
async function whatIsWhole(root: string): Promise<MemberRecord[]> {
  const listed = new Map<string, MemberRecord>();
  for await (const member of readRecords<MemberRecord>(listOf(root))) listed.set(member.path, member);
  const whole: MemberRecord[] = [];
  const tree = path.join(root, 'tree');
  for await (const name of walk(tree)) {
    const member = listed.get(name);
    const stat = await fs.lstat(path.join(tree, name));
    if (member !== undefined && stat.isFile() && stat.size === member.size) whole.push(member);
    else await fs.rm(path.join(tree, name));
  }
  return whole;
}
