/** The result of `medds status`. */
import type { DatasetStatus } from '../library/inventory.js';
import { printable } from '../printable.js';
import { chosenText } from './chosen.js';
import { hereText } from './dataset-list.js';
import { formatBytes, formatCount, formatMany, formatRelative } from './format.js';
import { imageRows } from './image-facts.js';
import { note, print, printJson } from './output.js';
import { type Column, tabbedText, tableText } from './table.js';
import { terminalOf } from './terminal.js';

const COLUMNS: readonly Column[] = [
  { header: 'ID' },
  { header: 'STATE' },
  { header: 'FILES', align: 'right', leaveOut: 3 },
  { header: 'ON DISK', align: 'right' },
  { header: 'WHEN', leaveOut: 1 },
  { header: 'SOURCE', least: 8, leaveOut: 2 },
];

export interface StatusOptions {
  json: boolean;
  quiet: boolean;
}

/** Bytes that a dataset takes, complete or not. */
const onDisk = ({ bytes = 0, parts, archives }: DatasetStatus): number => bytes + parts + archives;

export async function showLibrary(
  home: string,
  statuses: readonly DatasetStatus[],
  options: StatusOptions,
): Promise<void> {
  const total = statuses.reduce((sum, status) => sum + onDisk(status), 0);
  if (options.json) {
    printJson({ version: 1, home, bytes: total, datasets: statuses });
    return;
  }
  if (statuses.length === 0) {
    if (!options.quiet) note(`Nothing is in ${printable(home)} yet. medds list shows what there is to fetch.`);
    return;
  }
  const terminal = terminalOf(process.stdout);
  if (!terminal.tty) {
    const rows = statuses.map((status) => [
      status.id,
      status.state,
      String(status.files ?? ''),
      String(onDisk(status)),
      status.fetchedAt ?? '',
      status.source?.label ?? '',
    ]);
    print(tabbedText(rows.map((row) => row.map((cell) => (cell === '' ? '-' : printable(cell))))));
    return;
  }
  const rows = statuses.map((status) =>
    [
      status.id,
      hereText(status),
      status.files === undefined ? '-' : formatCount(status.files),
      formatBytes(onDisk(status)),
      status.fetchedAt === undefined ? '-' : formatRelative(new Date(status.fetchedAt)),
      status.source?.label ?? '-',
    ].map(printable),
  );
  print(await tableText(COLUMNS, rows, terminal));
  if (!options.quiet) note(`${formatMany(statuses.length, 'dataset')}, ${formatBytes(total)} in ${printable(home)}`);
}

export function showStatus(status: DatasetStatus, options: StatusOptions): void {
  if (options.json) {
    printJson({ version: 1, ...status });
    return;
  }
  for (const [label, text] of rowsOf(status)) {
    if (text !== undefined) print(`${`${label}:`.padEnd(11)}${printable(text)}`);
  }
}

const filesText = (files: number, chosen: DatasetStatus['chosen']): string =>
  chosen?.of === undefined ? formatCount(files) : `${formatCount(files)} of ${formatCount(chosen.of)}`;

function rowsOf(status: DatasetStatus): [string, string | undefined][] {
  const {
    id,
    name,
    state,
    download,
    files,
    bytes,
    source,
    fetchedAt,
    license,
    failure,
    needs,
    verify,
    path,
    chosen,
    images,
  } = status;
  const progress =
    download === undefined
      ? undefined
      : `${formatCount(download.done)} of ${formatMany(download.files, 'file')}, ${formatBytes(download.bytes)}${download.size === undefined ? '' : ` of ${formatBytes(download.size)}`}`;
  return [
    ['Dataset', name === id ? id : `${id} (${name})`],
    ['State', chosen === undefined ? state : `${state}: ${chosenText(chosen)}`],
    ['Folder', path],
    ['Files', files === undefined ? undefined : `${filesText(files, chosen)}, ${formatBytes(bytes ?? 0)}`],
    ['Fetched', fetchedAt === undefined ? undefined : `${fetchedAt} (${formatRelative(new Date(fetchedAt))})`],
    ['Source', source?.label],
    ['Licence', license?.spdx ?? license?.name],
    [
      'Verified',
      verify === undefined ? undefined : `${verify.at}, ${verify.ok ? 'all as recorded' : `${verify.broken} broken`}`,
    ],
    ...(images === undefined ? [] : imageRows(images)),
    ['Download', progress],
    ['Failed', failure?.message],
    ['To do', failure?.hint],
    ...(needs?.steps ?? []).map((step): [string, string] => ['To do', step]),
    ['Parts', status.parts === 0 ? undefined : formatBytes(status.parts)],
    ['Archives', status.archives === 0 ? undefined : formatBytes(status.archives)],
    ['In use by', status.lockedBy],
  ];
}
