/** The result of `medds list`. */

import type { Found, Listed } from '../catalogue.js';
import { candidates, sourceName } from '../choose.js';
import { printable } from '../printable.js';
import { accessText, methodsOf } from './access.js';
import { formatBytes, formatCount } from './format.js';
import { note, print, printJson } from './output.js';
import { type Column, tabbedText, tableText } from './table.js';
import { type Terminal, terminalOf } from './terminal.js';

const COLUMNS: readonly Column[] = [
  { header: 'ID' },
  { header: 'MODALITY', least: 8, leaveOut: 2 },
  { header: 'TASK', least: 12, leaveOut: 4 },
  { header: 'SIZE', align: 'right' },
  { header: 'CASES', align: 'right', leaveOut: 5 },
  { header: 'ACCESS', least: 9, leaveOut: 3 },
  { header: 'HERE', least: 8, leaveOut: 1 },
];

export interface ListOptions {
  json?: boolean;
  quiet?: boolean;
}

/** A table on a terminal, lines with tabs in a pipe, or a JSON document. */
export async function showDatasetList({ listed, total }: Found, { json, quiet }: ListOptions = {}): Promise<void> {
  if (json === true) return printJson({ version: 1, total, datasets: listed.map(listedJson) });
  if (listed.length === 0) {
    if (quiet !== true) note(`No dataset fits. medds list shows all ${total}.`);
    return;
  }
  const terminal = terminalOf(process.stdout);
  print(await listText(listed, terminal));
  if (terminal.tty && quiet !== true) note(`${listed.length} of ${total} datasets. medds info ID tells more.`);
}

/** A table for a terminal; for a pipe a line a dataset, with exact numbers. */
export async function listText(listed: readonly Listed[], terminal: Terminal): Promise<string> {
  if (!terminal.tty) return tabbedText(listed.map((one) => cellsOf(one, String, String)));
  const rows = listed.map((one) => cellsOf(one, formatBytes, formatCount));
  return tableText(COLUMNS, rows, terminal);
}

function cellsOf(
  { dataset, status }: Listed,
  bytes: (count: number) => string,
  count: (count: number) => string,
): string[] {
  const { id, modalities = [], tasks = [], size, cases } = dataset;
  return [
    id,
    modalities.join(', '),
    tasks.join(', '),
    size === undefined ? '' : bytes(size),
    cases === undefined ? '' : count(cases),
    accessText(dataset),
    hereText(status),
  ].map((text) => (text === '' ? '-' : printable(text)));
}

/** `complete`, `12 of 1,782 files`, `3 of 16 files`, `failed`; empty when nothing is here. */
export function hereText(status: Listed['status']): string {
  if (status === undefined) return '';
  const { state, download, files, chosen } = status;
  if (state === 'chosen' && files !== undefined && chosen?.of !== undefined) {
    return `${formatCount(files)} of ${formatCount(chosen.of)} files`;
  }
  if (state !== 'partial' || download === undefined) return state;
  return `${formatCount(download.done)} of ${formatCount(download.files)} files`;
}

function listedJson({ dataset, status }: Listed): object {
  const { id, name, title, section, modalities = [], anatomy = [], tasks = [], size, cases, license } = dataset;
  return {
    id,
    name,
    title: title ?? null,
    section: section ?? null,
    modalities,
    anatomy,
    tasks,
    size: size ?? null,
    cases: cases ?? null,
    license: license?.spdx ?? license?.name ?? null,
    access: candidates(dataset).map((source) => ({
      source: sourceName(source),
      methods: methodsOf(source),
      requires: source.requires ?? [],
    })),
    here:
      status === undefined
        ? null
        : { state: status.state, download: status.download ?? null, chosen: status.chosen ?? null },
  };
}
