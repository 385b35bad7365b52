/** Unpacks a 7z, or a zip that is encrypted: its list is judged before anything is written, then its contents come as one stream. Blocks: for worker threads. */
import { crc32 } from 'node:zlib';
import type { Budget } from './budget.js';
import { FormatError, quoted } from './refusal.js';
import { isRoot, safePath } from './safety.js';
import { listSevenZip, readSevenZip, type SevenZipItem, type SevenZipOptions } from './seven-zip.js';
import type { TreeWriter } from './tree-writer.js';
import type { ArchiveFile } from './volumes.js';

const MAX_LINK_BYTES = 4096;

interface Member {
  kind: 'file' | 'folder' | 'link';
  /** Cleaned; '' for the root. */
  path: string;
  size: number;
  crc32: number | undefined;
  executable: boolean;
}

/**
 * @param survey counts what the list says, before `tree` counts what comes
 * @throws FormatError, IntegrityError, DiskError, the file system's errors
 */
export async function unpackSevenZip(
  archive: ArchiveFile,
  tree: TreeWriter,
  survey: Budget,
  listener: { expect(bytes: number): void; written(bytes: number): void },
  options: SevenZipOptions = {},
): Promise<void> {
  const items: SevenZipItem[] = [];
  await listSevenZip(archive, options, (item) => {
    if (item.encrypted && options.password === undefined) {
      throw new FormatError(`is encrypted (${quoted(item.path)}), and medds has no password for it`, 'encrypted');
    }
    survey.addMember();
    survey.addBytes(item.size);
    items.push(item);
  });
  const members = judged(items);
  listener.expect(survey.bytes);
  const writer = new MemberWriter(members, tree);
  await readSevenZip(archive, options, (bytes) => {
    writer.push(bytes);
    listener.written(bytes.length);
  });
  writer.finish();
}

/** All that can be said before a byte is unpacked. */
function judged(items: readonly SevenZipItem[]): Member[] {
  const folders = foldersOf(items);
  return items.map((item) => {
    const kind = kindOf(item, folders);
    const path = kind === 'folder' && isRoot(item.path) ? '' : safePath(item.path);
    return { kind, path, size: item.size, crc32: item.crc32, executable: item.mode.includes('x') };
  });
}

/** @throws FormatError for what is not unpacked */
function kindOf(item: SevenZipItem, folders: ReadonlySet<string>): Member['kind'] {
  const { path, size, attributes, mode } = item;
  const name = quoted(path);
  if (item.anti) throw new FormatError(`says that ${name} is to be deleted`, 'unsupported');
  if (mode.startsWith('l')) {
    if (size > MAX_LINK_BYTES) throw new FormatError(`is broken: link ${name} points to ${size} bytes`);
    return 'link';
  }
  if (attributes.includes('L')) throw new FormatError(`holds a link of Windows, ${name}`, 'unsupported');
  if (/^[^-d]/.test(mode)) throw new FormatError(`holds a device or the like, ${name}`, 'unsupported');
  if (!item.folder && !attributes.includes('D') && !mode.startsWith('d') && !folders.has(path)) return 'file';
  if (size > 0) throw new FormatError(`is broken: folder ${name} has contents of its own`);
  return 'folder';
}

/** Folders that others are in: not every program marks them. */
function foldersOf(items: readonly SevenZipItem[]): Set<string> {
  const folders = new Set<string>();
  for (const { path } of items) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      folders.add(path.slice(0, end));
    }
  }
  return folders;
}

/** Cuts the stream into the members. */
class MemberWriter {
  #next = 0;
  #open: Member | undefined;
  #left = 0;
  #crc = 0;
  #target: Buffer[] = [];

  constructor(
    private readonly members: readonly Member[],
    private readonly tree: TreeWriter,
  ) {}

  push(bytes: Buffer): void {
    for (let rest = bytes; rest.length > 0; ) {
      while (this.#left === 0) {
        if (!this.#begin()) throw new FormatError('is broken: more comes out of it than its list says');
      }
      const piece = rest.subarray(0, this.#left);
      this.#crc = crc32(piece, this.#crc);
      this.#left -= piece.length;
      if (this.#open?.kind === 'link') this.#target.push(Buffer.from(piece));
      else this.tree.write(piece);
      if (this.#left === 0) this.#end();
      rest = rest.subarray(piece.length);
    }
  }

  finish(): void {
    while (this.#left === 0) {
      if (this.#begin()) continue;
      this.tree.finish();
      return;
    }
    throw new FormatError('is broken: less comes out of it than its list says');
  }

  /** Takes up the next member, and is done with it when it is empty. @returns false when there is none */
  #begin(): boolean {
    const member = this.members[this.#next];
    if (member === undefined) return false;
    this.#next += 1;
    this.#open = member;
    this.#left = member.size;
    this.#crc = 0;
    if (member.kind === 'file') this.tree.begin(member.path, member.executable);
    if (member.kind === 'folder' && member.path !== '') this.tree.folder(member.path);
    if (member.size === 0) this.#end();
    return true;
  }

  #end(): void {
    const { kind, path, crc32: stated = this.#crc } = this.#open as Member;
    this.#open = undefined;
    if (stated !== this.#crc) throw new FormatError(`is broken: ${quoted(path)} is damaged: its CRC-32 does not fit`);
    if (kind === 'file') this.tree.end();
    if (kind === 'link') this.tree.link(path, Buffer.concat(this.#target.splice(0)).toString('utf8'));
  }
}
