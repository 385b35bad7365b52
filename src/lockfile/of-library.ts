/** What a lock file says of a dataset that is in the library. */
import path from 'node:path';
import { asDiskError, IncompleteError, MeddsError } from '../errors.js';
import type { Layout } from '../library/layout.js';
import { type Manifest, type RemoteRecord, readFiles, readManifest, readRemotes } from '../library/manifest.js';
import { treeDigest } from '../library/tree-digest.js';
import type { Dataset } from '../registry/schema.js';
import { isUrl } from '../settings/values.js';
import type { LockedDataset, LockedRemote } from './form.js';

/** @throws IncompleteError when it is not here, IntegrityError, DiskError */
export async function lockedOf(layout: Layout, id: string, known: Dataset | undefined): Promise<LockedDataset> {
  try {
    const manifest = await readManifest(layout, id);
    if (manifest === undefined) {
      throw new IncompleteError(`${id} is not complete here`, { dataset: id, hint: `Run: medds fetch ${id}` });
    }
    return locked(manifest, await remotesOf(layout, id), await treeDigest(readFiles(layout, id)), known);
  } catch (error) {
    const told = asDiskError(error, { dataset: id });
    throw told instanceof MeddsError ? told.at({ dataset: id }) : told;
  }
}

/** In the order of the form, which the text keeps. */
function locked(manifest: Manifest, remote: LockedRemote[], tree: string, known: Dataset | undefined): LockedDataset {
  const { name, registry, argument, source, revision, doi, license, terms, fetchedAt, medds } = manifest;
  const { chosen, files, bytes, entry } = manifest;
  const casePaths = chosen?.selections.some((flags) => flags.includes('--cases')) ? known?.casePaths : undefined;
  return {
    name,
    // A path is of this machine only.
    registry: isUrl(registry) ? registry : path.basename(registry),
    ...(argument === undefined ? {} : { argument }),
    source,
    ...(revision === undefined ? {} : { revision }),
    ...(doi === undefined ? {} : { doi }),
    ...(license === undefined ? {} : { license }),
    ...(terms === undefined ? {} : { terms }),
    fetchedAt,
    medds,
    ...(chosen === undefined ? {} : { selections: chosen.selections }),
    ...(casePaths === undefined ? {} : { casePaths }),
    files,
    bytes,
    tree,
    ...(entry === undefined ? {} : { entry }),
    remote,
  };
}

async function remotesOf(layout: Layout, id: string): Promise<LockedRemote[]> {
  const remotes: LockedRemote[] = [];
  for await (const record of readRemotes(layout, id)) remotes.push(lockedRemote(record));
  const placeOf = ({ into = '', path }: LockedRemote) => `${into}/${path}`;
  return remotes.sort((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

function lockedRemote({ remote, size, checksums, unpacked, into, partOf, partial }: RemoteRecord): LockedRemote {
  return {
    path: remote,
    size,
    checksums: [...checksums].sort(),
    unpacked,
    ...(into === undefined ? {} : { into }),
    ...(partOf === undefined ? {} : { partOf }),
    ...(partial === undefined ? {} : { partial }),
  };
}
