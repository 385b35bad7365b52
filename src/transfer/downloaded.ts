/** What is asked of a download, and what comes of it. */
import type { Algorithm, Digests } from '../checksum.js';
import type { FileState } from '../progress.js';
import type { Arriving, Excerpt, Reader } from './arriving.js';
import type { Engine } from './engine.js';

export interface DownloadOptions {
  engine: Engine;
  /** Folder for parts; made when it is not there. */
  parts: string;
  /** Name of this file's parts, the same in every run. */
  key: string;
  /** Digests wanted besides those that the known checksums need. */
  algorithms?: readonly Algorithm[];
  /** `done` and `size` in bytes; `detail` says why a state was entered. */
  onProgress?(state: FileState, done: number, size?: number, detail?: string): void;
  /**
   * Called when the file begins to arrive, and again each time that it begins anew in another place: what was read before is void
   * then. Not called for small files.
   */
  follow?(arriving: Arriving): Reader;
  /** Told of hosts that are done without. */
  onWarning?(message: string): void;
  /** Of its connections: the higher come first. */
  priority?: number;
  /** Some of its bytes are wanted and no others. */
  only?: Excerpt;
  signal: AbortSignal;
}

export interface Downloaded {
  /** Where the bytes are; the caller moves them away, then calls `discard`. */
  file: string;
  size: number;
  digests: Digests;
  /** What they were held against: the checksums known beforehand, or else the one that the host stated beside them. */
  checksums: string[];
  /** Bytes that earlier runs had brought. */
  resumed: number;
  /** True when it has been flushed to the disk. */
  flushed?: boolean;
  /** Removes what is left of the part. */
  discard(): Promise<void>;
}
