/** The result of `medds lock`. */
import type { Locked } from '../locking.js';
import { printable } from '../printable.js';
import { formatBytes, formatMany } from './format.js';
import { note, print, printJson } from './output.js';

export function showLocked({ file, ids, lock }: Locked, { json, quiet }: { json: boolean; quiet: boolean }): void {
  if (json) {
    printJson({ version: 1, file, ids, datasets: lock.datasets });
    return;
  }
  for (const id of quiet ? [] : ids) {
    const { source, files, bytes, tree } = lock.datasets[id] as (typeof lock.datasets)[string];
    note(
      printable(
        `${id} · ${source.label} · ${formatMany(files, 'file')}, ${formatBytes(bytes)} · ${tree.slice(0, 19)}…`,
      ),
    );
  }
  print(printable(file));
}

export function showDescription(ids: readonly string[], text: string, { json }: { json: boolean }): void {
  if (json) printJson({ version: 1, ids, text });
  else print(printable(text));
}
