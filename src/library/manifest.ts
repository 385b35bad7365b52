/** The manifest of a dataset and the list of its files: what is here, where it came from, when, under which licence. */
import { existsSync } from 'node:fs';
import { IntegrityError } from '../errors.js';
import { readJson, writeJson } from './atomic.js';
import { onDisk } from './disk.js';
import type { Layout } from './layout.js';
import { isManifest, isVerification, type Manifest, type Verification } from './manifest-form.js';
import { readRecords } from './records.js';

export type { Chosen, Manifest, ManifestFacts, Verification } from './manifest-form.js';

/** First record of files.ndjson. */
export interface ListHeader {
  /** Of the manifest that the list belongs to. */
  commit: string;
}

/** A remote file that the dataset was made from. These records follow the header. */
export interface RemoteRecord {
  /** Its path. */
  remote: string;
  size: number;
  /** Known beforehand and computed, `algorithm:hex`. */
  checksums: string[];
  unpacked: boolean;
  into?: string;
  /** Of a part of a split archive: path of the one that the archive goes by, which its files name. */
  partOf?: string;
  /** Of an archive: only some of its members are here. */
  partial?: true;
}

/** A file under datasets/<id>. These records come last. */
export interface FileRecord {
  /** Relative, POSIX separators. */
  path: string;
  size: number;
  /** Of the contents; of the target's text when it is a link. */
  sha256: string;
  /** Path of the remote file that it was unpacked from. */
  from?: string;
  /** Target of a symbolic link. */
  link?: string;
}

/**
 * The manifest of a dataset that is here.
 * @returns undefined when there is none, or the folder that it describes is gone. @throws IntegrityError when it is damaged, DiskError
 */
export async function readManifest(layout: Layout, id: string): Promise<Manifest | undefined> {
  const manifest = await readManifestFile(layout, id);
  return manifest !== undefined && existsSync(layout.dataset(id)) ? manifest : undefined;
}

/** The same, whatever became of the folder. */
export function readManifestFile(layout: Layout, id: string): Promise<Manifest | undefined> {
  return onDisk(id, async () => {
    const manifest = await readJson(layout.manifest(id));
    if (manifest === undefined) return undefined;
    if (!isManifest(manifest, id)) {
      throw new IntegrityError(`${layout.manifest(id)} is no manifest of ${id} that this version of medds can read`, {
        hint: `Fetch the dataset again (medds fetch ${id} --force), or update medds if a newer one wrote it.`,
      });
    }
    const verify = await readJson(layout.verified(id)).catch(() => undefined);
    if (isVerification(verify, manifest.commit)) {
      manifest.verify = { at: verify.at, ok: verify.ok, broken: verify.broken };
    }
    return manifest;
  });
}

/** Keeps what `verify` found for as long as the dataset stays the same. @throws file system errors */
export async function writeVerification(layout: Layout, manifest: Manifest, verify: Verification): Promise<void> {
  await writeJson(layout.verified(manifest.id), { commit: manifest.commit, ...verify });
}

/** The remote files of a complete dataset. */
export async function* readRemotes(layout: Layout, id: string): AsyncGenerator<RemoteRecord> {
  for await (const record of readRecords<ListHeader | RemoteRecord | FileRecord>(layout.files(id))) {
    if ('path' in record) return;
    if ('remote' in record) yield record;
  }
}

/** The files of a complete dataset. */
export function readFiles(layout: Layout, id: string): AsyncGenerator<FileRecord> {
  return recordedFiles(layout.files(id));
}

/** The files of a list, wherever it lies. */
export async function* recordedFiles(list: string): AsyncGenerator<FileRecord> {
  for await (const record of readRecords<ListHeader | RemoteRecord | FileRecord>(list)) {
    if ('path' in record) yield record;
  }
}
