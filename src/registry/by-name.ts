/** Which sources are used only when they are asked for by name. */
import type { DatasetEntry, SourceEntry } from './schema.js';

/** Why a source needs `--source`; undefined when it is used without. */
export function whyByName(dataset: Pick<DatasetEntry, 'redistribution'>, source: SourceEntry): string | undefined {
  if (source.onlyByName !== undefined) return source.onlyByName;
  if (source.official !== false || dataset.redistribution === 'allowed') return undefined;
  return dataset.redistribution === 'forbidden'
    ? 'A copy that is not the owners’, of data that may not be passed on.'
    : 'A copy that is not the owners’, of data that is not known to be free to be passed on.';
}
