/** Files that projects release at NITRC (https://www.nitrc.org): named one by one, or all that a project's page of downloads lists. */
import type { FileFacts, SourceEntry } from '../registry/schema.js';
import type { Listed } from './facts.js';
import { known } from './json-api.js';
import { NitrcReleases } from './nitrc-frs.js';
import { locateOnNitrc, type NitrcRef } from './nitrc-locator.js';
import { asPart, distinctParts, lookedAt } from './shared-link.js';
import type { RemoteFile, Source } from './source.js';
import { chooseTree, globs } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'nitrc' }>;
type NamedFile = NonNullable<Entry['files']>[number];

export const nitrc: Source<'nitrc'> = {
  locate: locateOnNitrc,

  async resolve(entry, context) {
    const releases = new NitrcReleases(context);
    const files =
      entry.files === undefined ? await ofGroup(releases, entry) : await named(releases, entry, entry.files);
    const [first] = files;
    return { label: `NITRC ${entry.group ?? first?.path ?? ''}`, files, notes: [] };
  },
};

async function named(releases: NitrcReleases, entry: Entry, files: readonly NamedFile[]): Promise<RemoteFile[]> {
  const all: RemoteFile[] = [];
  for (const { id, link, ...facts } of files) {
    const name = facts.path?.split('/').at(-1);
    const ref = link === true || name === undefined ? { id } : { id, name };
    const listed = await listedOf(releases, ref, facts.path);
    const rules = { unpack: entry.unpack, into: entry.into };
    const wanted: FileFacts = { ...facts, path: listed.path };
    all.push(...chooseTree([listed], { files: [wanted], ...rules }, `NITRC file ${id}`));
  }
  return all;
}

async function ofGroup(releases: NitrcReleases, entry: Entry): Promise<RemoteFile[]> {
  const found = await releases.list(entry.group as string);
  const paths = distinctParts(found.map(({ id, shown }) => ({ id, name: shown })));
  const wanted = globs(entry);
  const listing: Listed[] = [];
  for (const [at, ref] of found.entries()) {
    const path = paths[at] as string;
    // What is not wanted is only named in messages.
    if (wanted(path)) listing.push(await listedOf(releases, ref, path));
    else listing.push({ path, checksums: [], request: async () => (await releases.look(ref)).request });
  }
  return chooseTree(listing, { ...entry, files: undefined }, `NITRC ${entry.group}`);
}

/** @param path where it belongs; what NITRC calls it when absent */
async function listedOf(releases: NitrcReleases, ref: NitrcRef, path: string | undefined): Promise<Listed> {
  const { name, size, request } = await releases.look(ref);
  return {
    path: path ?? asPart(name ?? ref.id),
    ...known('size', size),
    checksums: [],
    request: lookedAt(async (signal) => (await releases.look(ref, signal)).request, request),
  };
}
