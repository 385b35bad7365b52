/** Where a dataset's data lies: behind `medds path`. */
import { existsSync } from 'node:fs';
import { MeddsError } from './errors.js';
import { datasetFolder, type Folder } from './library/folder.js';
import { DATASET_ID, layoutOf } from './library/layout.js';
import type { Settings } from './settings.js';

/**
 * The folder of a dataset that is here, by id or alias. The registries are read only when the library does not have it.
 * @throws IncompleteError, NotFoundError (no such dataset here or in a registry), UsageError, DiskError
 */
export async function locateDataset(typed: string, settings: Settings): Promise<Folder> {
  const layout = layoutOf(settings.home.value);
  if (!DATASET_ID.test(typed)) return datasetFolder(layout, (await known(typed, settings)).id);
  try {
    return await datasetFolder(layout, typed);
  } catch (error) {
    const here = existsSync(layout.state(typed));
    if (here || !(error instanceof MeddsError)) throw error;
    const { id } = await known(typed, settings);
    if (id === typed) throw error;
    return datasetFolder(layout, id);
  }
}

async function known(typed: string, settings: Settings) {
  const [{ openRegistry }, { requireDataset }] = await Promise.all([
    import('./catalogue.js'),
    import('./registry/suggest.js'),
  ]);
  return requireDataset(await openRegistry(settings), typed);
}
