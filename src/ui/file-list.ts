/** The result of `medds files`. */
import type { FileList, ListedFile } from '../files.js';
import { printable } from '../printable.js';
import { formatBytes, formatMany } from './format.js';
import { note, print, printJson } from './output.js';
import { type Column, tabbedText, tableText } from './table.js';
import { terminalOf } from './terminal.js';

const COLUMNS: readonly Column[] = [
  { header: 'PATH', least: 20 },
  { header: 'SIZE', align: 'right' },
  { header: 'IN', least: 10, leaveOut: 1 },
];

/** A table on a terminal, lines with tabs in a pipe, or a JSON document. Totals go to stderr. */
export async function showFileList(list: FileList, options: { json: boolean; quiet: boolean }): Promise<void> {
  if (options.json) return printJson(documentOf(list));
  const terminal = terminalOf(process.stdout);
  const cellsOf = (bytes: (count: number) => string) => (file: Pick<ListedFile, 'path' | 'size' | 'archive'>) =>
    [file.path, file.size === undefined ? '-' : bytes(file.size), file.archive ?? '-'].map(printable);
  if (list.files.length > 0) {
    if (terminal.tty) print(await tableText(COLUMNS, list.files.map(cellsOf(formatBytes)), terminal));
    else print(tabbedText(list.files.map(cellsOf(String))));
  }
  if (options.quiet) return;
  for (const { path, size, why } of list.unlisted) {
    note(printable(`Not listed: ${path}${size === undefined ? '' : ` (${formatBytes(size)})`} ${why}.`));
  }
  note(printable(totalsOf(list)));
}

/** `1,782 files, 118 GB unpacked, 888 cases · Zenodo 3723295 + 4121926` */
function totalsOf({ files, unlisted, cases, source }: FileList): string {
  const sizes = files.map(({ size }) => size);
  const bytes = sizes.reduce((sum: number, size) => sum + (size ?? 0), 0);
  const least = sizes.includes(undefined) ? 'at least ' : '';
  const totals = [
    ...(files.length === 0 ? [] : [formatMany(files.length, 'file'), `${least}${formatBytes(bytes)} unpacked`]),
    ...(unlisted.length === 0 ? [] : [`${formatMany(unlisted.length, 'archive')} not listed`]),
    ...(cases === undefined || cases === 0 ? [] : [formatMany(cases, 'case')]),
  ];
  return `${totals.join(', ')} · ${source.label}`;
}

function documentOf({ id, name, source, files, unlisted, cases }: FileList): object {
  return {
    version: 1,
    id,
    name,
    source,
    cases: cases ?? null,
    files: files.map((file) => ({
      path: file.path,
      size: file.size ?? null,
      packed: file.packed ?? null,
      archive: file.archive ?? null,
      case: file.case ?? null,
    })),
    unlisted: unlisted.map(({ path, size, why }) => ({ path, size: size ?? null, why })),
  };
}
