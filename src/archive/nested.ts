/** Archives inside an archive: those that the registry names are unpacked in their places. What comes out of them is left as it is. */
import fs from 'node:fs/promises';
import path from 'node:path';
import picomatch from 'picomatch';
import { MAX_MEMBERS } from './budget.js';
import { fileSystemFolds, PathClaims } from './collisions.js';
import { detectKind } from './detect.js';
import { asRefusal, FormatError, quoted } from './refusal.js';
import { sha256OfFile, type UnpackedMember } from './tree-writer.js';
import { type UnpackOptions, unpackArchive } from './unpack.js';
import type { ArchiveFile } from './volumes.js';

type Result = Awaited<ReturnType<typeof unpackArchive>>;

/**
 * As `unpackArchive`; then unpacks the members that one of the globs in `nested` names into the folders they lie in, and removes them.
 * All limits and checks hold for everything together: a path that two of the archives have must have the same contents. Beside
 * `target`, the folder `<target>.nested` is used.
 * @param nested as in picomatch; none of them need fit
 * @throws as `unpackArchive`; IntegrityError when a member that is named is no archive
 */
export async function unpackNested(
  archive: ArchiveFile,
  target: string,
  nested: readonly string[],
  options: UnpackOptions,
): Promise<Result> {
  if (nested.length === 0) return unpackArchive(archive, target, options);
  const scratch = `${target}.nested`;
  try {
    const folds = options.folds ?? (await fileSystemFolds(target));
    const tree = new MergedTree(target, folds, options);
    const progress = summed(options.onProgress);
    const isNested = picomatch([...nested], { dot: true });
    const inner: string[] = [];
    const onMember = async (member: UnpackedMember): Promise<void> => {
      if (member.link === undefined && isNested(member.path)) inner.push(member.path);
      else await tree.add(member);
    };
    const { kind } = await unpackArchive(archive, target, { ...options, folds, onMember, onProgress: progress() });
    for (const member of inner.sort()) {
      await fs.mkdir(scratch);
      await unpackInner(member, scratch, tree, { ...options, folds, onProgress: progress() });
      await fs.rm(scratch, { recursive: true });
    }
    const { files, links, bytes } = tree;
    return { kind, files, links, bytes };
  } catch (error) {
    throw asRefusal(options.name, error);
  } finally {
    await fs.rm(scratch, { recursive: true, force: true });
  }
}

async function unpackInner(member: string, scratch: string, tree: MergedTree, options: UnpackOptions): Promise<void> {
  const archive = path.join(scratch, 'archive');
  const folder = path.join(scratch, 'tree');
  await fs.rename(path.join(tree.target, member), archive);
  await fs.mkdir(folder);
  const kind = await detectKind(archive);
  if (kind === undefined || kind === 'gz') throw new FormatError(`holds ${quoted(member)}, which is no archive`);
  const { limits = {} } = options;
  const found: UnpackedMember[] = [];
  await unpackArchive(archive, folder, {
    ...options,
    kind,
    name: `${options.name}/${member}`,
    limits: {
      members: (limits.members ?? MAX_MEMBERS) - tree.files - tree.links,
      ...(limits.bytes === undefined ? {} : { bytes: limits.bytes - tree.bytes }),
    },
    onMember: (one) => void found.push(one),
  });
  await fs.rm(archive);
  await tree.merge(folder, path.posix.dirname(member), found);
}

/** Gives what several archives, one after the other, tell of their progress: each goes on where the last one was. */
function summed(onProgress: UnpackOptions['onProgress']): () => NonNullable<UnpackOptions['onProgress']> {
  let all = 0;
  return () => {
    const before = all;
    return (written, total) => {
      all = before + written;
      onProgress?.(all, total === undefined ? undefined : before + total);
    };
  };
}

/** What came out so far, wherever from. */
class MergedTree {
  files = 0;
  links = 0;
  bytes = 0;
  readonly #claims: PathClaims;

  constructor(
    readonly target: string,
    folds: boolean,
    private readonly options: Pick<UnpackOptions, 'onMember'>,
  ) {
    this.#claims = new PathClaims({ folds });
  }

  async add(member: UnpackedMember): Promise<void> {
    this.#claims.claimFile(member.path);
    await this.#tell(member);
  }

  /** Moves everything from a folder on the same disk to its place. @throws FormatError, IntegrityError */
  async merge(from: string, into: string, members: readonly UnpackedMember[]): Promise<void> {
    const place = (name: string): string => path.posix.join(into, name);
    // Empty ones are no members, and are kept as well.
    for (const folder of await foldersIn(from)) {
      this.#claims.claimFolder(place(folder));
      await fs.mkdir(path.join(this.target, place(folder)), { recursive: true });
    }
    for (const member of members) {
      const moved = { ...member, path: place(member.path) };
      if (this.#claims.claimFile(moved.path) === 'duplicate') {
        if (await isThere(path.join(this.target, moved.path), moved)) continue;
        throw new FormatError(`holds ${quoted(moved.path)} twice, with different contents`);
      }
      await fs.rename(path.join(from, member.path), path.join(this.target, moved.path));
      await this.#tell(moved);
    }
  }

  async #tell(member: UnpackedMember): Promise<void> {
    if (member.link === undefined) this.files += 1;
    else this.links += 1;
    this.bytes += member.size;
    await this.options.onMember?.(member);
  }
}

/** Relative POSIX paths of all folders below, outer ones first. */
async function foldersIn(root: string): Promise<string[]> {
  const entries = await fs.readdir(root, { recursive: true, withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory());
  return folders
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, '/'))
    .sort();
}

async function isThere(place: string, { link, sha256 }: UnpackedMember): Promise<boolean> {
  const stat = await fs.lstat(place);
  if (link !== undefined) return stat.isSymbolicLink() && (await fs.readlink(place)) === link;
  return stat.isFile() && sha256OfFile(place) === sha256;
}
