/** What every access method brings to the conformance suite (../conformance.test.ts): a stand-in host that holds a small dataset. */
import type { Method, SourceEntry } from '../../../src/registry/schema.js';
import { bytes, type Content, noise } from '../../hosts/content.js';
import type { FileHost } from '../../hosts/file-host.js';

export interface StandIn {
  method: Method;
  /** Serves listings and bytes; where bytes come from a second host, see `bytes`. */
  host: FileHost;
  /** Variables that lead the method to the stand-in, and its credentials. */
  env: Record<string, string>;
  /** Secrets among them: they must show up nowhere. */
  secrets?: string[];
  /** A dataset of at least three files, one of them over 3 MiB and not an archive: too large to be fetched in one go. */
  entry: SourceEntry;
  /** The same files by a locator, where the method has one. */
  locator?: string;
  /** The dataset's tree once it is fetched: what lies at each path. */
  tree: Record<string, Content | string | Uint8Array>;
  /** Where the largest file's bytes are asked for, for `bytesSent` and `misbehave`. */
  bytes: { host: FileHost; path: string };
  /** Path on `host` of the first listing, where there is one. */
  listing?: string;
  /** False where the host cannot give a part of a file. */
  ranges: boolean;
  /** True where the host tells no size or no checksum beforehand, so that a cut body can only be told by the transfer. */
  unverified?: boolean;
  /** True where a listing that fails at one address is asked for at another. */
  asksElsewhere?: boolean;
  close(): Promise<void>;
}

/** A small dataset with folders, and one file that is too large to be fetched in one go; `seed` keeps methods apart. */
export const phantoms = (seed: string) => ({
  'scans/images.bin': noise(3_500_000, seed),
  'scans/labels.csv': bytes('case,label\n1,0\n'),
  'notes.txt': bytes('Case 7 is missing.\n'),
});
