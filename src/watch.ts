/** Waits for files that a person downloads: each is taken when it is whole, whatever it is called, until the dataset is complete. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { candidates, sourceName } from './choose.js';
import { ActionRequiredError, asDiskError, IntegrityError, interruption, NotFoundError, UsageError } from './errors.js';
import { expectedFiles, type GivenFile, mayBe } from './expected.js';
import { type ImportOptions, importDataset } from './import.js';
import type { FetchResult } from './outcome.js';
import { printable } from './printable.js';
import type { Dataset, SourceEntry } from './registry/schema.js';

export interface WatchOptions extends ImportOptions {
  /** Milliseconds between two looks at the folder. A file counts as whole when it did not change between two looks. */
  interval?: number;
}

/** What browsers call a download that is under way. */
const UNFINISHED = /\.(crdownload|part|partial|download|opdownload|tmp)$/i;

/**
 * Looks at the folder itself, not into folders below it, again and again: notifications do not come from network file systems.
 * @throws UsageError (nobody has written down what the files are), and what `importDataset` throws of the disk
 */
export async function watchFolder(dataset: Dataset, folder: string, options: WatchOptions): Promise<FetchResult> {
  const entry = awaited(dataset, options.source);
  const say = (message: string) => options.onProgress?.({ event: 'note', message });
  const settled = new Settled(path.resolve(folder));
  const expected = expectedFiles(entry);
  const names = expected.map(({ path: name, pattern }) => pattern ?? name);
  say(`Waiting in ${printable(folder)} for: ${printable(names.join(', '))}. Ctrl-C keeps what has been taken.`);
  for (;;) {
    const found = (await settled.look()).filter((given) => expected.some((wanted) => mayBe(wanted, given)));
    if (found.length > 0) {
      try {
        const files = found.map(({ file }) => file);
        return await importDataset(dataset, files, { ...options, source: sourceName(entry) });
      } catch (error) {
        if (error instanceof ActionRequiredError) say(`${error.message}: ${error.steps.join(' ')}`);
        else if (error instanceof IntegrityError) say(`${error.message}. ${error.hint ?? ''}`);
        else if (!(error instanceof NotFoundError)) throw error;
      }
    }
    await sleep(options.interval ?? 1000, undefined, { signal: options.signal }).catch(() => undefined);
    if (options.signal?.aborted === true) throw interruption(options.signal);
  }
}

/** The source by hand whose files are waited for. */
function awaited(dataset: Dataset, wanted: string | undefined): SourceEntry {
  const entry = candidates(dataset, wanted).find(({ method }) => method === 'manual');
  if (entry !== undefined && expectedFiles(entry).length > 0) return entry;
  throw new UsageError(`It is not known which files make up ${dataset.id}, so none can be waited for`, {
    dataset: dataset.id,
    hint: `Download them, then: medds import ${dataset.id} FILES`,
  });
}

/** Files of a folder that have come to rest, each told of once. */
class Settled {
  /** Size and time of change at the last look. */
  #before = new Map<string, string>();
  readonly #told = new Set<string>();

  constructor(private readonly folder: string) {}

  /** @throws NotFoundError, DiskError */
  async look(): Promise<GivenFile[]> {
    const names = await this.#names();
    const now = new Map<string, string>();
    const found: GivenFile[] = [];
    for (const name of names) {
      // Firefox reserves the final name with an empty file while the bytes go to NAME.part.
      if (UNFINISHED.test(name) || names.has(`${name}.part`)) continue;
      const file = path.join(this.folder, name);
      const stats = await fs.stat(file).catch(() => undefined);
      if (stats?.isFile() !== true || stats.size === 0) continue;
      const state = `${stats.size} ${stats.mtimeMs}`;
      now.set(file, state);
      if (this.#before.get(file) !== state || this.#told.has(`${file} ${state}`)) continue;
      this.#told.add(`${file} ${state}`);
      found.push({ file, size: stats.size });
    }
    this.#before = now;
    return found;
  }

  async #names(): Promise<Set<string>> {
    try {
      return new Set(await fs.readdir(this.folder));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw asDiskError(error);
      throw new NotFoundError(`There is no folder ${printable(this.folder)}`, { file: this.folder });
    }
  }
}
