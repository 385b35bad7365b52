/** Fetches again what `verify` found broken, and only that: plain files by themselves, archives whole. */
import { chooseSource } from './choose.js';
import { IncompleteError, NotFoundError } from './errors.js';
import { type FetchOptions, obtainAll, sourceContext, startEngine } from './fetch.js';
import { layoutOf } from './library/layout.js';
import { type FileRecord, type RemoteRecord, readFiles, readManifest, readRemotes } from './library/manifest.js';
import { restoreFiles } from './library/restore.js';
import { partKey } from './library/staging.js';
import type { VerifyResult } from './library/verify.js';
import type { PlannedFile } from './plan.js';
import type { Dataset } from './registry/schema.js';
import { joinParts } from './split.js';
import { inWorkspace } from './workspace.js';

export interface Repaired {
  id: string;
  /** Files that were put back. */
  files: number;
  /** Remote files that were fetched for them. */
  fetched: string[];
}

/**
 * @throws IntegrityError when the source no longer has the same contents, NotFoundError, NetworkError, ActionRequiredError,
 *   DiskError, InterruptedError
 */
export async function repairDataset(dataset: Dataset, found: VerifyResult, options: FetchOptions): Promise<Repaired> {
  const layout = layoutOf(options.home);
  const onProgress = options.onProgress ?? (() => undefined);
  const signal = options.signal ?? new AbortController().signal;
  const { id } = dataset;
  const engine = startEngine(dataset, options);
  const workspace = { command: 'verify --repair', wait: options.wait !== false, onProgress, signal };
  try {
    return await inWorkspace(layout, id, workspace, async (work) => {
      const manifest = await readManifest(layout, id);
      if (manifest === undefined) throw new IncompleteError(`${id} is not complete here`, { dataset: id });
      const names = new Set([...found.missing, ...found.changed.map(({ path }) => path)]);
      const broken = new Map<string, FileRecord>();
      for await (const record of readFiles(layout, id)) if (names.has(record.path)) broken.set(record.path, record);
      const needed: RemoteRecord[] = [];
      for await (const remote of readRemotes(layout, id)) if (isSourceOf(remote, broken)) needed.push(remote);

      const context = sourceContext(dataset, options, engine, signal);
      const { resolution } = await chooseSource(dataset, manifest.source.name, context, onProgress);
      const offered = new Map(resolution.files.map((file) => [`${file.into}/${file.path}`, file]));
      const files = needed.map((record): PlannedFile => {
        const remote = offered.get(`${record.into ?? ''}/${record.remote}`);
        if (remote === undefined) {
          throw new NotFoundError(`${resolution.label} no longer offers ${record.remote}`, {
            file: record.remote,
            hint: `Fetch the dataset as it is now: medds fetch ${id} --force`,
          });
        }
        // The bytes must be those of the first time, whatever the source says of them now. Of an archive that its host makes on the
        // way that is true of its members only, which are held against what is recorded of each.
        const same =
          remote.inspect === undefined ? { ...remote, size: record.size, checksums: record.checksums } : remote;
        return { remote: same, key: keyOf(record), unpack: record.unpacked };
      });
      joinParts(files.filter(({ unpack }) => unpack));
      onProgress({
        event: 'plan',
        dataset: id,
        name: dataset.name,
        source: resolution.label,
        files: files.length,
        finished: 0,
        size: needed.reduce((sum, { size }) => sum + size, 0),
        have: 0,
        parts: 0,
        home: layout.home,
      });
      const { records } = await obtainAll({ files }, work, engine, { ...options, onProgress, signal });
      await restoreFiles(layout, id, work.staging, records, broken);
      return { id, files: broken.size, fetched: needed.map(({ remote }) => remote) };
    });
  } finally {
    await engine.close();
  }
}

const placeOf = ({ into, remote }: RemoteRecord): string => (into === undefined ? remote : `${into}/${remote}`);
const keyOf = (record: RemoteRecord): string => partKey(placeOf(record));

function isSourceOf(remote: RemoteRecord, broken: ReadonlyMap<string, FileRecord>): boolean {
  if (!remote.unpacked) return broken.has(placeOf(remote));
  return [...broken.values()].some(({ from }) => from === (remote.partOf ?? remote.remote));
}
