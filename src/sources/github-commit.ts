/**
 * The files of a repository at a commit. Small ones lie in git; of large ones git may hold a pointer to Git LFS. Archives among them
 * are part of the tree, and left as they are unless the entry says otherwise.
 */
import PQueue from 'p-queue';
import type { SourceEntry } from '../registry/schema.js';
import { commonFolder } from './common-folder.js';
import { fitsPattern, type Listed } from './facts.js';
import { COMMIT, type GitHub, type Repository } from './github-api.js';
import { archiveOf, comesAsArchive } from './github-archive.js';
import { LfsLinks, type LfsObject, mayBePointer, readPointer, tellsOfLfs } from './github-lfs.js';
import { type TreeFile, walkTree } from './github-tree.js';
import { known } from './json-api.js';
import type { RemoteFile, SourceContext } from './source.js';
import { chooseTree, globs } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'github' }>;

export interface AtCommit {
  hub: GitHub;
  repository: Repository;
  commit: string;
}

/** Small files that are read at a time. */
const READERS = 16;

/**
 * @returns what the entry takes, and the paths of links and other repositories that it would take if they were files
 * @throws as `chooseTree`, and as GitHub's API
 */
export async function filesOfCommit(
  at: AtCommit,
  entry: Entry,
  context: SourceContext,
): Promise<{ files: RemoteFile[]; left: string[] }> {
  const { hub, repository, commit } = at;
  const list = (sha: string, recursive: boolean) => hub.tree(repository, sha, recursive);
  const tree = await walkTree(list, commit, commonFolder(entry));
  const wanted = wantedBy(entry);
  const left = tree.left.filter(wanted);
  const attributes = await readAll(at, tree.files.filter(isAttributes));
  if (takesAll(entry) && comesAsArchive(tree, attributes)) {
    const request = hub.archive(repository, commit);
    return { files: [archiveOf(request, repository.full_name, commit, tree.files, entry.into)], left };
  }
  // A pointer is known by its text alone, so small files are read; but only where LFS is in use at all.
  const mayHold = attributes.some(tellsOfLfs);
  const candidates = tree.files.filter((file) => mayHold && mayBePointer(file) && wanted(file.path));
  const listing = listOf(at, tree.files, await readPointers(at, candidates), context);
  return { files: chooseTree(listing, entry, `GitHub ${repository.full_name} at ${commit.slice(0, 7)}`), left };
}

/** Which files of a tree are looked at closer: those that the entry chooses, or may choose. */
function wantedBy(entry: Entry): (path: string) => boolean {
  const { files } = entry;
  if (files === undefined) return globs(entry);
  const paths = new Set(files.map(({ path }) => path));
  const patterns = files.flatMap(({ pattern }) => pattern ?? []);
  return (path) => paths.has(path) || patterns.some((pattern) => fitsPattern(path, pattern));
}

/** Whether the entry wants a repository as it is. */
function takesAll({ files, include, exclude, place, unpack = false }: Entry): boolean {
  return unpack === false && (files ?? include ?? exclude ?? place) === undefined;
}

const isAttributes = ({ path }: TreeFile): boolean => /(^|\/)\.gitattributes$/.test(path);

function readAll({ hub, repository, commit }: AtCommit, files: readonly TreeFile[]): Promise<string[]> {
  const read = ({ path, sha }: TreeFile) => hub.read(hub.file(repository, commit, path, sha), path);
  return new PQueue({ concurrency: READERS }).addAll(files.map((file) => () => read(file)));
}

/** What git holds in place of LFS files, by their paths. */
async function readPointers(at: AtCommit, candidates: readonly TreeFile[]): Promise<Map<string, LfsObject>> {
  const texts = await readAll(at, candidates);
  const pointers = new Map<string, LfsObject>();
  for (const [index, { path }] of candidates.entries()) {
    const object = readPointer(texts[index] ?? '');
    if (object !== undefined) pointers.set(path, object);
  }
  return pointers;
}

function listOf(
  { hub, repository, commit }: AtCommit,
  files: readonly TreeFile[],
  pointers: ReadonlyMap<string, LfsObject>,
  context: SourceContext,
): Listed[] {
  const { url, ...credentials } = hub.remote(repository);
  const links = new LfsLinks(context, url, credentials, pointers.values());
  return files.map(({ path, sha, size }): Listed => {
    const object = pointers.get(path);
    if (object === undefined) {
      const request = async () => hub.file(repository, commit, path, sha);
      return { path, ...known('size', size), checksums: COMMIT.test(sha) ? [`git-sha1:${sha}`] : [], request };
    }
    const { oid } = object;
    return { path, size: object.size, checksums: [`sha256:${oid}`], request: (signal) => links.request(oid, signal) };
  });
}
