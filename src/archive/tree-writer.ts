/** Writes the members of a stream (tar, gzip) into a new folder: one after the other, links last. Blocks: for worker threads. */
import { createHash } from 'node:crypto';
import { closeSync, lstatSync, mkdirSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Budget } from './budget.js';
import type { PathClaims } from './collisions.js';
import { checkLink, type Link, makeLinks } from './links.js';
import { MemberFile } from './member-file.js';
import { quoted, refusal } from './refusal.js';

/** One member that is whole on disk. */
export interface UnpackedMember {
  /** Relative POSIX path in the tree. */
  path: string;
  /** Bytes; 0 for a link. */
  size: number;
  /** SHA-256 of the bytes, for a link of its target's text, in hex. */
  sha256: string;
  /** Target of a symbolic link, as in the archive. */
  link?: string;
}

export interface TreeOptions {
  archive: string;
  root: string;
  claims: PathClaims;
  budget: Budget;
  /** Members that an earlier run made whole, by path, with their bytes: they are passed over. */
  done?: ReadonlyMap<string, number>;
  /** Called when a member is whole; not for those of an earlier run. */
  onMember(member: UnpackedMember): void;
}

export class TreeWriter {
  readonly #options: TreeOptions;
  readonly #folders = new Set<string>(['.']);
  readonly #links = new Map<string, string>();
  #open: { path: string; file: MemberFile; duplicate: boolean } | undefined;
  /** Of a member that is passed over, the bytes that are still to come. */
  #passing: { path: string; left: number } | undefined;
  files = 0;

  constructor(options: TreeOptions) {
    this.#options = options;
  }

  get links(): number {
    return this.#links.size;
  }

  folder(path: string): void {
    this.#options.claims.claimFolder(path);
    this.#makeFolder(path);
  }

  /** Begins a file. One that is here already is compared and not written again. */
  begin(path: string, executable: boolean): void {
    const { claims, root, done } = this.#options;
    const duplicate = claims.claimFile(path) === 'duplicate';
    if (duplicate && this.#links.has(path)) this.#refuseTwice(path);
    const size = duplicate ? undefined : done?.get(path);
    if (size !== undefined) {
      this.#passing = { path, left: size };
      return;
    }
    if (!duplicate) this.#makeFolder(dirname(path));
    this.#open = { path, duplicate, file: new MemberFile(duplicate ? undefined : join(root, path), executable) };
  }

  write(bytes: Buffer): void {
    this.#options.budget.addBytes(bytes.length);
    if (this.#passing !== undefined) this.#passing.left -= bytes.length;
    this.#open?.file.write(bytes);
  }

  end(): void {
    if (this.#passing !== undefined) this.#endPassing(this.#passing);
    if (this.#open === undefined) return;
    const { path, file, duplicate } = this.#open;
    this.#open = undefined;
    const sha256 = file.finish();
    if (duplicate) {
      if (sha256OfFile(join(this.#options.root, path)) !== sha256) this.#refuseTwice(path);
      return;
    }
    this.files += 1;
    this.#options.onMember({ path, size: file.size, sha256 });
  }

  /** Notes a symbolic link; `finish` makes it. */
  link(path: string, target: string): void {
    checkLink(this.#options.archive, { path, target });
    const duplicate = this.#options.claims.claimFile(path) === 'duplicate';
    if (duplicate && this.#links.get(path) !== target) this.#refuseTwice(path);
    this.#links.set(path, target);
  }

  /** A hard link becomes a copy, so that no two files of a dataset change together. */
  hardLink(path: string, target: string, executable: boolean): void {
    const { archive, root, claims } = this.#options;
    const source = join(root, target);
    if (!claims.hasFile(target) || this.#links.has(target) || !lstatSync(source).isFile()) {
      throw refusal(
        archive,
        'unsafe',
        `holds a hard link to no earlier file of it, ${quoted(path)} to ${quoted(target)}`,
      );
    }
    if (path === target) return;
    this.begin(path, executable);
    eachChunk(source, (bytes) => this.write(bytes));
    this.end();
  }

  /** Makes the links, when all files are there. @throws IntegrityError when one leads out */
  finish(): void {
    const { archive, root, onMember } = this.#options;
    const links: Link[] = Array.from(this.#links, ([path, target]) => ({ path, target }));
    makeLinks(archive, root, links);
    for (const { path, target } of links) onMember({ path, size: 0, sha256: sha256OfText(target), link: target });
  }

  /** Lets go of a file that was not ended. */
  close(): void {
    this.#open?.file.close();
  }

  #endPassing({ path, left }: { path: string; left: number }): void {
    this.#passing = undefined;
    this.files += 1;
    if (left !== 0) throw refusal(this.#options.archive, 'broken', `holds ${quoted(path)} in another size than before`);
  }

  #makeFolder(path: string): void {
    if (this.#folders.has(path)) return;
    mkdirSync(join(this.#options.root, path), { recursive: true });
    this.#folders.add(path);
  }

  #refuseTwice(path: string): never {
    throw refusal(this.#options.archive, 'broken', `holds ${quoted(path)} twice, with different contents`);
  }
}

export function sha256OfText(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function sha256OfFile(path: string): string {
  const hash = createHash('sha256');
  eachChunk(path, (bytes) => hash.update(bytes));
  return hash.digest('hex');
}

function eachChunk(path: string, use: (bytes: Buffer) => void): void {
  const fd = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(1024 * 1024);
    for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer)) use(buffer.subarray(0, count));
  } finally {
    closeSync(fd);
  }
}
