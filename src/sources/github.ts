/**
 * Repositories of GitHub: the files of a commit, those that git keeps in LFS among them, or what a release brings. A branch or tag
 * is turned into its commit first, and everything is listed and fetched at that commit.
 */
import { githubToken } from '../credentials/github.js';
import type { Secret } from '../credentials/store.js';
import { ActionRequiredError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import type { SourceEntry } from '../registry/schema.js';
import type { Listed } from './facts.js';
import { COMMIT, GitHub, LATEST, type Repository } from './github-api.js';
import { filesOfCommit } from './github-commit.js';
import { locateOnGitHub } from './github-locator.js';
import { RateLimitError, TokenRefusedError } from './github-refusal.js';
import { known } from './json-api.js';
import type { Resolution, Source, SourceContext } from './source.js';
import { chooseTree } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'github' }>;

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

async function ofCommit(
  hub: GitHub,
  repository: Repository,
  entry: Entry,
  context: SourceContext,
): Promise<Resolution> {
  const commit = await hub.commit(repository, entry.ref);
  const { files, left } = await filesOfCommit({ hub, repository, commit }, entry, context);
  const more = left.length > NAMED ? ` and ${left.length - NAMED} more` : '';
  const note = `Left out, as they are links or other repositories: ${printable(left.slice(0, NAMED).join(', '))}${more}.`;
  return {
    label: `GitHub ${repository.full_name}`,
    revision: `github:${repository.full_name}@${commit}`,
    files,
    notes: left.length === 0 ? [] : [note],
  };
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
  const isPinned = release === undefined ? COMMIT.test(ref) : release !== LATEST;
  if (files.length === 0 || !isNamed || !isPinned) return undefined;
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
