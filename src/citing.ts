/** Citations of datasets that are named, or of all that the library holds. */
import { findDataset, type OnWarning } from './catalogue.js';
import { NotFoundError } from './errors.js';
import { libraryStatus } from './library/inventory.js';
import { layoutOf } from './library/layout.js';
import { printable } from './printable.js';
import { type CitationForm, cite } from './registry/cite.js';
import type { Dataset } from './registry/schema.js';
import type { Settings } from './settings.js';

export interface Citation {
  ids: string[];
  form: CitationForm;
  citation: string;
}

/**
 * @param ids ids or aliases; undefined means every dataset that is here, whole or in part
 * @throws NotFoundError (no such dataset, or nothing is known to cite), UsageError, NetworkError, DiskError
 */
export async function citationOf(
  ids: readonly string[] | undefined,
  form: CitationForm,
  settings: Settings,
  onWarning: OnWarning = () => undefined,
): Promise<Citation> {
  const datasets = ids === undefined ? await fetched(settings, onWarning) : await named(ids, settings, onWarning);
  return { ids: datasets.map(({ id }) => id), form, citation: await cite(datasets, form) };
}

async function named(ids: readonly string[], settings: Settings, onWarning: OnWarning): Promise<Dataset[]> {
  const found = [];
  for (const id of ids) found.push((await findDataset(id, settings, onWarning)).dataset);
  return found;
}

async function fetched(settings: Settings, onWarning: OnWarning): Promise<Dataset[]> {
  const here = (await libraryStatus(layoutOf(settings.home.value))).filter(({ files }) => files !== undefined);
  const datasets: Dataset[] = [];
  for (const { id } of here) {
    try {
      datasets.push(...(await named([id], settings, onWarning)));
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      onWarning(`${printable(id)} is described by no registry: medds status ${id} tells where it came from`);
    }
  }
  if (datasets.length > 0) return datasets;
  throw new NotFoundError('Nothing that a registry describes is in the library', {
    hint: 'Name datasets: medds cite IDS',
  });
}
