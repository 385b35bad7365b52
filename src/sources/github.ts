/**
 * Repositories of GitHub: the files of a commit, those that git keeps in LFS among them, or what a release brings. A branch or tag
 * is turned into its commit first, and everything is listed and fetched at that commit.
 */
import PQueue from 'p-queue';
import { githubToken } from '../credentials/github.js';
import type { Secret } from '../credentials/store.js';
import { ActionRequiredError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import type { SourceEntry } from '../registry/schema.js';
import { commonFolder } from './common-folder.js';
import { fitsPattern, type Listed } from './facts.js';
import { COMMIT, GitHub, LATEST, type Repository } from './github-api.js';
import { archiveOf, comesAsArchive } from './github-archive.js';
import { LfsLinks, type LfsObject, mayBePointer, readPointer, tellsOfLfs } from './github-lfs.js';
import { locateOnGitHub } from './github-locator.js';
import { RateLimitError, TokenRefusedError } from './github-refusal.js';
import { type TreeFile, walkTree } from './github-tree.js';
import { known } from './json-api.js';
import type { Resolution, Source, SourceContext } from './source.js';
import { chooseTree, globs } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'github' }>;

/** Pointers that are read at a time. */
const READERS = 16;

/** Things left out that a note names. */
const NAMED = 10;

export const github: Source<'github'> = {
  locate: locateOnGitHub,

  async resolve(entry, context) {
    const token = await githubToken(context.env);
    try {
      return await resolveWith(token, entry, context);
    } catch (refusal) {
      if (!(refusal instanceof TokenRefusedError)) throw refusal;
      // A token that has run out is refused for public repositories too, which need none. A private one is not there without it.
      const resolution = await resolveWith(undefined, entry, context).catch((error) => {
        throw error instanceof ActionRequiredError || error instanceof NotFoundError ? refusal : error;
      });
      const note = `${refusal.message}. It was asked without it.`;
      return { ...resolution, notes: [...resolution.notes, note] };
    }
  },
};

async function resolveWith(token: Secret | undefined, entry: Entry, context: SourceContext): Promise<Resolution> {
  const hub = new GitHub(context, token);
  try {
    const repository = await hub.repository(entry.repo);
    const { full_name: name, license } = repository;
    const found = entry.release === undefined ? ofCommit : ofRelease;
    const { notes, ...resolution } = await found(hub, repository, entry, context);
    const hasMoved = name.toLowerCase() !== entry.repo.toLowerCase();
    return {
      ...resolution,
      ...known('license', licenseOf(license)),
      notes: hasMoved ? [`${entry.repo} is now called ${name} at GitHub.`, ...notes] : notes,
    };
  } catch (limit) {
    const resolution = limit instanceof RateLimitError ? ofFixedAddresses(hub, entry) : undefined;
    if (resolution === undefined) throw limit;
    return { ...resolution, notes: [`${(limit as Error).message}. The files are fetched without asking it.`] };
  }
}

/** Archives in a repository are part of its tree, and left as they are unless the entry says otherwise. */
async function ofCommit(
  hub: GitHub,
  repository: Repository,
  entry: Entry,
  context: SourceContext,
): Promise<Resolution> {
  const { full_name: name } = repository;
  const commit = await hub.commit(repository, entry.ref);
  const list = (sha: string, recursive: boolean) => hub.tree(repository, sha, recursive);
  const tree = await walkTree(list, commit, commonFolder(entry));
  const reader = (file: TreeFile) => hub.read(hub.file(repository, commit, file.path, file.sha), file.path);
  const attributes = await readAll(tree.files.filter(isAttributes), reader);
  const wanted = wantedBy(entry);
  const choose = async () => {
    // A pointer is told by its text, so only where LFS is in use at all.
    const candidates = attributes.some(tellsOfLfs)
      ? tree.files.filter((file) => mayBePointer(file) && wanted(file.path))
      : [];
    const listing = listOf(hub, repository, commit, tree.files, await readPointers(candidates, reader), context);
    return chooseTree(listing, entry, `GitHub ${name} at ${commit.slice(0, 7)}`);
  };
  const isWhole = takesAll(entry) && comesAsArchive(tree, attributes);
  return {
    label: `GitHub ${name}`,
    revision: `github:${name}@${commit}`,
    files: isWhole
      ? [archiveOf(hub.archive(repository, commit), name, commit, tree.files, entry.into)]
      : await choose(),
    notes: notesOf(tree.left.filter(wanted)),
  };
}

const isAttributes = ({ path }: TreeFile): boolean => /(^|\/)\.gitattributes$/.test(path);

/** Whether the entry wants a repository as it is. */
function takesAll({ files, include, exclude, place, unpack }: Entry): boolean {
  return (
    [files, include, exclude, place].every((rule) => rule === undefined) &&
    unpack !== true &&
    typeof unpack !== 'string'
  );
}

function readAll(files: readonly TreeFile[], read: (file: TreeFile) => Promise<string>): Promise<string[]> {
  return new PQueue({ concurrency: READERS }).addAll(files.map((file) => () => read(file)));
}

/** What git holds in place of LFS files, by their paths. */
async function readPointers(
  candidates: readonly TreeFile[],
  read: (file: TreeFile) => Promise<string>,
): Promise<Map<string, LfsObject>> {
  const texts = await readAll(candidates, read);
  return new Map(
    candidates.flatMap(({ path }, at) => {
      const object = readPointer(texts[at] ?? '');
      return object === undefined ? [] : [[path, object]];
    }),
  );
}

function listOf(
  hub: GitHub,
  repository: Repository,
  commit: string,
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
      return { path, ...known('size', size), checksums: [`git-sha1:${sha}`], request };
    }
    const { oid } = object;
    return { path, size: object.size, checksums: [`sha256:${oid}`], request: (signal) => links.request(oid, signal) };
  });
}

/** Which files of a tree are looked at closer: those that the entry chooses, or may choose. */
function wantedBy(entry: Entry): (path: string) => boolean {
  const { files } = entry;
  if (files === undefined) return globs(entry);
  const paths = new Set(files.map(({ path }) => path));
  const patterns = files.flatMap(({ pattern }) => pattern ?? []);
  return (path) => paths.has(path) || patterns.some((pattern) => fitsPattern(path, pattern));
}

/** What is attached to a release is for use: archives are unpacked unless the entry says otherwise. */
async function ofRelease(hub: GitHub, repository: Repository, entry: Entry): Promise<Resolution> {
  const { full_name: name } = repository;
  const { tag_name: tag, name: title, assets } = await hub.release(repository, entry.release ?? LATEST);
  const where = `GitHub ${name} ${printable(tag)}`;
  const listing = assets
    // Others were begun to be uploaded, and are not there.
    .filter(({ state }) => state === 'uploaded')
    .map((asset): Listed => {
      const isSum = /^sha256:[0-9a-f]{64}$/.test(asset.digest ?? '');
      const request = async () => hub.asset(repository, tag, asset);
      return { path: asset.name, size: asset.size, checksums: isSum ? [asset.digest as string] : [], request };
    });
  return {
    label: where,
    revision: revisionOf(name, tag),
    ...known('title', title),
    files: chooseTree(listing, { ...entry, unpack: entry.unpack ?? true }, where),
    notes: [],
  };
}

/**
 * Without the API: what the entry names with its size or checksum, at addresses that stay. Undefined where that is not everything.
 * Whether git holds a pointer in a file's place is not known then; size and checksum will tell.
 */
function ofFixedAddresses(hub: GitHub, entry: Entry): Resolution | undefined {
  const { repo, ref = '', release, files = [] } = entry;
  const isNamed = files.every(
    ({ pattern, size, checksum }) => pattern === undefined && (size ?? checksum) !== undefined,
  );
  if (files.length === 0 || !isNamed || !(release === undefined ? COMMIT.test(ref) : release !== LATEST))
    return undefined;
  const repository: Repository = { full_name: repo };
  const listing = files.map(({ path }): Listed => {
    const request =
      release === undefined ? hub.file(repository, ref, path) : hub.asset(repository, release, { name: path });
    return { path, checksums: [], request: async () => request };
  });
  return {
    label: `GitHub ${repo}${release === undefined ? '' : ` ${printable(release)}`}`,
    revision: release === undefined ? `github:${repo}@${ref}` : revisionOf(repo, release),
    files: chooseTree(listing, entry, `GitHub ${repo}`),
    notes: [],
  };
}

/** A release is a name only: its files may be replaced. */
const revisionOf = (repo: string, tag: string): string => `https://github.com/${repo}/releases/tag/${tag}`;

/** GitHub finds a licence out from the repository's files, and says `NOASSERTION` where it is none that it knows. */
function licenseOf(license: Repository['license']): Resolution['license'] {
  const { spdx_id: spdx, name } = license ?? {};
  if (!name || !spdx || spdx === 'NOASSERTION') return undefined;
  return { name: printable(name), spdx: printable(spdx) };
}

function notesOf(left: readonly string[]): string[] {
  if (left.length === 0) return [];
  const more = left.length > NAMED ? ` and ${left.length - NAMED} more` : '';
  return [`Left out, as they are links or other repositories: ${printable(left.slice(0, NAMED).join(', '))}${more}.`];
}
