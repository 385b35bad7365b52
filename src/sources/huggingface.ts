/**
 * Repositories of the Hugging Face Hub (https://huggingface.co/docs/hub). A revision is turned into its commit first, and
 * everything is listed and fetched at that commit: a branch may move in between.
 */
import { huggingFaceToken } from '../credentials/huggingface.js';
import type { Secret } from '../credentials/store.js';
import { ActionRequiredError } from '../errors.js';
import { printable } from '../printable.js';
import type { SourceEntry } from '../registry/schema.js';
import { commonFolder } from './common-folder.js';
import type { Listed } from './facts.js';
import { Hub, type RepoInfo, type TreeEntry } from './huggingface-hub.js';
import { locateOnHub } from './huggingface-locator.js';
import { TokenRefusedError } from './huggingface-refusal.js';
import { known } from './json-api.js';
import type { Resolution, Source, SourceContext } from './source.js';
import { chooseTree } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'huggingface' }>;

/** Files that the Hub gives one address in five minutes without a token (https://huggingface.co/docs/hub/rate-limits). */
const ANONYMOUS_FILES = 3000;

export const huggingface: Source<'huggingface'> = {
  locate: locateOnHub,

  async resolve(entry, context) {
    const token = await huggingFaceToken(context.env);
    try {
      return await resolveWith(token, entry, context);
    } catch (refusal) {
      if (!(refusal instanceof TokenRefusedError)) throw refusal;
      // A token that has run out is refused for public repositories too, which need none.
      const resolution = await resolveWith(undefined, entry, context).catch((error) => {
        throw error instanceof ActionRequiredError ? refusal : error;
      });
      const note = `${refusal.message}. It was asked without it.`;
      return { ...resolution, notes: [...resolution.notes, note] };
    }
  },
};

async function resolveWith(token: Secret | undefined, entry: Entry, context: SourceContext): Promise<Resolution> {
  const hub = new Hub(context, entry.type ?? 'dataset', token);
  const info = await hub.info(entry.repo, entry.revision);
  const { id: repo, sha } = info;
  if (info.gated) await hub.checkAccess(repo);
  const listing: Listed[] = [];
  for await (const file of hub.tree(repo, sha, commonFolder(entry))) {
    // Every repository has this one, an empty one too: it tells git which files are large.
    if (file.type === 'file' && file.path !== '.gitattributes') listing.push(listed(hub, repo, sha, file));
  }
  const files = chooseTree(listing, entry, `Hugging Face ${printable(repo)} at ${sha.slice(0, 7)}`);
  return {
    label: `Hugging Face ${printable(repo)}`,
    revision: hub.locator(repo, sha),
    ...cardOf(info),
    files,
    notes: notesOf(entry.repo, repo, files.length, token),
  };
}

function listed(hub: Hub, repo: string, commit: string, file: TreeEntry): Listed {
  const size = file.lfs?.size ?? file.size;
  return {
    path: file.path,
    ...known('size', size),
    checksums: checksumsOf(file),
    request: async () => hub.request(repo, commit, file.path),
  };
}

/** For a large file git holds a pointer, whose name says nothing of the contents. */
function checksumsOf({ oid = '', lfs, xetHash }: TreeEntry): string[] {
  if (lfs !== undefined) return /^[0-9a-f]{64}$/.test(lfs.oid ?? '') ? [`sha256:${lfs.oid}`] : [];
  return xetHash === undefined && /^[0-9a-f]{40}$/.test(oid) ? [`git-sha1:${oid}`] : [];
}

/** What the head of the repository's README states (https://huggingface.co/docs/hub/datasets-cards), and the DOI among its tags. */
function cardOf({ cardData, tags = [] }: RepoInfo): Pick<Resolution, 'license' | 'title' | 'doi'> {
  const doi = tags.find((tag) => /^doi:10\./.test(tag))?.slice('doi:'.length);
  return {
    ...known('title', textOf(cardData?.pretty_name)),
    ...known('doi', textOf(doi)),
    ...known('license', licenseOf(cardData ?? {})),
  };
}

function licenseOf(card: NonNullable<RepoInfo['cardData']>): Resolution['license'] {
  const id = textOf([card.license].flat()[0]);
  if (id === undefined || id === 'unknown') return undefined;
  // The Hub writes SPDX ids of the Creative Commons family in lower case.
  if (/^cc(0|-by)[a-z-]*-\d\.\d$/.test(id)) return { name: id.toUpperCase(), spdx: id.toUpperCase() };
  const link = textOf(card.license_link);
  return {
    name: textOf(card.license_name) ?? id,
    ...known('url', /^https?:\/\//.test(link ?? '') ? link : undefined),
  };
}

/** Anything may stand in a card. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? printable(value.trim()) : undefined;
}

function notesOf(asked: string, repo: string, files: number, token: Secret | undefined): string[] {
  const notes: string[] = [];
  if (repo !== asked) notes.push(`${asked} is now called ${printable(repo)} at Hugging Face.`);
  if (token === undefined && files > ANONYMOUS_FILES) {
    notes.push(
      `Hugging Face gives ${ANONYMOUS_FILES} files in five minutes to who has no token, and these are ${files}: there will be pauses. A token (medds login huggingface) allows more.`,
    );
  }
  return notes;
}
