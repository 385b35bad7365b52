/** What a manifest is, and whether something read from disk is one. Light: `medds path` loads nothing more. */
import type { SourceEntry } from '../registry/schema.js';

export interface Manifest {
  version: 1;
  id: string;
  name: string;
  /** Path or URL of the registry that the entry came from. */
  registry: string;
  /** Locator as the user typed it, for a dataset that no registry knows. */
  argument?: string;
  source: { name: string; method: string; label: string };
  /** What pins the source: a record and version, a commit. */
  revision?: string;
  doi?: string;
  /** The registry's entry of the source, as it means this version for good; not where an address in it may hold a secret. */
  entry?: SourceEntry;
  license?: { name: string; spdx?: string; url?: string };
  /** What the owners ask of those who use the data, as the registry said when it was fetched. */
  terms?: { summary: string; url?: string | undefined };
  /** ISO 8601. */
  fetchedAt: string;
  /** Version of medds that wrote this. */
  medds: string;
  /** Files under datasets/<id>, symbolic links included. */
  files: number;
  /** Bytes of these files. */
  bytes: number;
  /** Bytes of the remote files. */
  downloaded: number;
  /** Number of remote files. */
  remotes: number;
  /** Remote files that were held against a checksum known beforehand, of how many, and by which algorithms. */
  verified: { checksums: number; of: number; algorithms: string[] };
  notes?: string[];
  /** What was chosen, where that is not all that the source offers. */
  chosen?: Chosen;
  /** Ties this manifest to its files.ndjson: random, one a commit. */
  commit: string;
  /** What the last `verify` found; kept in a file of its own, so that a manifest is written once. */
  verify?: Verification;
}

/** A part of a dataset that was asked for, and is whole. */
export interface Chosen {
  /** As flags, one text a fetch: `--cases 3`. */
  selections: string[];
  /** Files of the whole dataset, where they are known. */
  of?: number;
}

/** What the fetch knows; the rest is counted when the dataset is committed. */
export type ManifestFacts = Omit<Manifest, 'files' | 'bytes' | 'downloaded' | 'remotes' | 'commit' | 'verify'>;

export interface Verification {
  /** ISO 8601. */
  at: string;
  ok: boolean;
  /** Files that are missing or changed. */
  broken: number;
}

/** Whether `value` is the manifest of dataset `id`: whatever else lies there must not count as one. */
export function isManifest(value: unknown, id: string): value is Manifest {
  if (typeof value !== 'object' || value === null) return false;
  const { version, id: whose, name, source, fetchedAt, files, bytes, commit } = value as Partial<Manifest>;
  return (
    version === 1 &&
    whose === id &&
    typeof name === 'string' &&
    typeof source?.label === 'string' &&
    typeof fetchedAt === 'string' &&
    Number.isSafeInteger(files) &&
    Number.isSafeInteger(bytes) &&
    typeof commit === 'string'
  );
}

/** Whether `value` is a verification of the manifest with this commit, not of an earlier one. */
export function isVerification(value: unknown, commit: string): value is Verification {
  if (typeof value !== 'object' || value === null) return false;
  const { ok, at, commit: whose } = value as Partial<Verification & { commit: string }>;
  return whose === commit && typeof ok === 'boolean' && typeof at === 'string';
}
