/** What every access method provides: it turns a registry entry into remote files. It downloads nothing. */
import type { Method, SourceEntry, UnpackRule } from '../registry/schema.js';
import type { Conversation } from '../transfer/conversation.js';

/** How to ask for a file's bytes, valid now. */
export interface FileRequest {
  url: string;
  /** Sent to every host on the way. Holds no secrets. */
  headers?: Record<string, string>;
  /** Sent only to the origin of `url`, never across a redirect to another one, and never shown. */
  credentials?: Record<string, string>;
  /** True when the URL itself is a secret (a signed link): it is never shown with its query. */
  signed?: boolean;
  /** False where the host answers an error when a range is asked for: the file is asked for whole. */
  ranges?: false;
  /** Time (milliseconds since 1970) after which the address is not used any more, where it lives for seconds only. */
  until?: number;
  /** `algorithm:hex`, where the host tells it only together with the address. Counts when the file's `checksums` are empty. */
  checksum?: string;
}

/** Where else a file can be had. */
export type Mirror = Pick<RemoteFile, 'request'>;

/** One file that a source offers. */
export interface RemoteFile {
  /** Its place in the dataset, relative, POSIX separators; an archive's name when it is unpacked. Unique in a resolution. */
  path: string;
  /** Bytes, when the host or the registry tells. */
  size?: number;
  /** Bytes that an archive unpacks to, when the host tells; all that is known of one that is made while it is sent. */
  unpackedSize?: number;
  /** Known checksums, `algorithm:hex`. */
  checksums: string[];
  /** The same bytes at other hosts. */
  mirrors?: readonly Mirror[];
  /** Asks for a fresh address; called again when a link has expired. Starts from what is stable (a record, an id). */
  request(signal?: AbortSignal): Promise<FileRequest>;
  /** How it is unpacked; true lets its first bytes decide; false leaves it as it is. */
  unpack: UnpackRule;
  /** Globs over the paths in an archive: archives in it that are unpacked in their places. */
  nested?: readonly string[];
  /** Of an archive that is encrypted. Never shown or written down. */
  password?: string;
  /** Folder inside the dataset that its contents go to; '' is the dataset's root. */
  into: string;
  /** Name under which the host may put the file into a zip of its own making; the file itself is what all facts are about. */
  wrapped?: string;
  /** True for a tar in which everything is in one folder, whose name is left out. */
  stripTop?: true;
  /**
   * For archives that the host makes while it sends them: holds what came out, in `folder`, against what the host said would be
   * in it; where not all is wanted, only what `selects` takes, by its path, must be there. After an IntegrityError the whole
   * archive is asked for again.
   */
  inspect?(folder: string, selects?: (path: string) => boolean): Promise<void>;
}

/** Everything that a source offers for a dataset. */
export interface Resolution {
  /** One line that says where it comes from: `Zenodo 3723295 + 4121926`. */
  label: string;
  /** What pins it: a record and version, a commit, as a locator of its source; written into the manifest. */
  revision?: string;
  /** The entry as it means this version for good, where `revision` does not say it. */
  pinned?: SourceEntry;
  doi?: string;
  /** Licence that the host states, when the registry has none. */
  license?: { name: string; spdx?: string; url?: string };
  /** Title that the host gives, for datasets that no registry knows. */
  title?: string;
  files: RemoteFile[];
  /** That its host has a newer version, in a sentence. */
  superseded?: string;
  /** Things the user should know, a sentence each. */
  notes: string[];
}

export interface SourceContext {
  /** Short conversations with a host: JSON, listings. */
  http: Conversation;
  env: NodeJS.ProcessEnv;
  /** Id of the dataset, for messages. */
  dataset?: string;
  /** Base URL of a host, without a trailing slash; MEDDS_ENDPOINT_<METHOD> overrides `standard`. */
  endpoint(method: string, standard: string): string;
  signal?: AbortSignal;
}

/** What a locator stands for. */
export interface Located {
  /** What the dataset is called in the library; made into an id. */
  id: string;
  /** For people. */
  name: string;
  entry: SourceEntry;
  /** The locator as it may be written down, when it holds what must not (a signed link's query). */
  argument?: string;
}

/** One access method. `M` is the entry's `method`. */
export interface Source<M extends Method = Method> {
  /**
   * Reads a locator (`hf:owner/name@rev`, a page's address, `doi:10.…`) without asking anyone; undefined when it is not this method's.
   * @throws UsageError when it is, but wrong
   */
  locate?(typed: string): Located | undefined;
  /** @throws NotFoundError, ActionRequiredError, NetworkError, IntegrityError (the host's facts contradict the registry's) */
  resolve(entry: Extract<SourceEntry, { method: M }>, context: SourceContext): Promise<Resolution>;
}
