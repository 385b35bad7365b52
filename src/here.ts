/** What is here of a dataset of which only a part was chosen, and to which more is to be added. */
import { placeIn } from './contents.js';
import { IntegrityError } from './errors.js';
import type { Layout } from './library/layout.js';
import { type Chosen, type Manifest, type RemoteRecord, readFiles, readRemotes } from './library/manifest.js';
import type { PlannedFile } from './plan.js';
import { printable } from './printable.js';

export class Here {
  private constructor(
    private readonly manifest: Manifest,
    /** By place in the dataset. */
    private readonly remotes: ReadonlyMap<string, RemoteRecord>,
    /** Of archives that are here in part: files by archive. */
    private readonly members: ReadonlyMap<string, ReadonlySet<string>>,
  ) {}

  static async read(layout: Layout, manifest: Manifest): Promise<Here> {
    const { id } = manifest;
    const remotes = new Map<string, RemoteRecord>();
    const members = new Map<string, Set<string>>();
    for await (const record of readRemotes(layout, id)) {
      remotes.set(placeIn({ into: record.into ?? '' }, record.remote), record);
      if (record.partial === true) members.set(record.remote, new Set());
    }
    if (members.size > 0) {
      for await (const { path, from } of readFiles(layout, id)) if (from !== undefined) members.get(from)?.add(path);
    }
    return new Here(manifest, remotes, members);
  }

  /** Names the state of the dataset that more is added to. */
  get commit(): string {
    return this.manifest.commit;
  }

  get chosen(): Chosen {
    return this.manifest.chosen ?? { selections: [] };
  }

  /**
   * Whether all that a remote file comes to is here.
   * @throws IntegrityError when the source has changed since: parts of different versions make no dataset
   */
  hasAll(planned: PlannedFile): boolean {
    const record = this.#recordOf(planned);
    return record !== undefined && record.partial !== true;
  }

  /** Whether a member of an archive is here. @throws as `hasAll` */
  hasMember(planned: PlannedFile, path: string): boolean {
    const record = this.#recordOf(planned);
    if (record === undefined || record.partial !== true) return record !== undefined;
    return this.members.get(record.remote)?.has(placeIn(planned.remote, path)) === true;
  }

  #recordOf({ remote, unpack }: PlannedFile): RemoteRecord | undefined {
    const record = this.remotes.get(placeIn(remote, remote.path));
    if (record === undefined || record.unpacked !== unpack) return undefined;
    const algorithms = new Set(record.checksums.map((checksum) => checksum.slice(0, checksum.indexOf(':') + 1)));
    const contradicted = remote.checksums.some(
      (checksum) =>
        algorithms.has(checksum.slice(0, checksum.indexOf(':') + 1)) && !record.checksums.includes(checksum),
    );
    if (!contradicted && (remote.size ?? record.size) === record.size) return record;
    throw new IntegrityError(`${printable(remote.path)} has changed at its source since it was fetched`, {
      file: remote.path,
      hint: `Parts of two versions make no dataset. Fetch it anew: medds fetch ${this.manifest.id} --force`,
    });
  }
}
