/** The result of `medds fetch` and `medds import`. */
import type { FetchResult } from '../outcome.js';
import { printable } from '../printable.js';
import type { Dataset } from '../registry/schema.js';
import { formatBytes, formatCount, formatMany } from './format.js';
import { note, print, printJson } from './output.js';
import { terminalOf } from './terminal.js';

/** On a terminal a line for people; in a pipe the folder alone, for the next program. */
export function showFetchResult(
  dataset: Dataset,
  result: FetchResult,
  options: { json: boolean; quiet: boolean },
): void {
  if (options.json) {
    printJson({ version: 1, ...result });
    return;
  }
  const out = terminalOf(process.stdout);
  if (out.tty) print(summary(dataset, result, out.style.green('✓')));
  else {
    if (!options.quiet) note(summary(dataset, result, '✓'));
    print(result.path);
  }
  if (!options.quiet) for (const line of remarks(dataset, result)) note(`  ${printable(line)}`);
}

function summary({ cases }: Dataset, result: FetchResult, tick: string): string {
  const { id, outcome, files, bytes, path, source } = result;
  const size = files === undefined || bytes === undefined ? [] : [formatMany(files, 'file'), formatBytes(bytes)];
  const what = cases === undefined ? size : [`${formatCount(cases)} cases`, ...size];
  const here = outcome === 'present' ? ['here already'] : [];
  const parts = [id, what.join(', '), verifiedText(result), source.label, ...here, path].filter((part) => part !== '');
  return `${tick} ${printable(parts.join(' · '))}`;
}

/** What was proven of the downloads, and what was only written down. */
function verifiedText({ verified }: FetchResult): string {
  const { checksums, of, algorithms } = verified;
  if (checksums === 0) return 'no checksum was known; SHA-256 recorded';
  const which = checksums === of ? `${of === 1 ? 'the file' : `all ${of} files`}` : `${checksums} of ${of} files`;
  return `verified (${algorithms.join(', ')} of ${which})`;
}

function remarks(dataset: Dataset, result: FetchResult): string[] {
  const lines: string[] = [];
  const doi = dataset.papers?.find((paper) => paper.doi !== undefined)?.doi;
  if (dataset.registry !== 'argument' && (doi !== undefined || dataset.citation !== undefined)) {
    lines.push(`Cite: ${doi ?? 'see'} (medds info ${dataset.id} --cite bibtex)`);
  }
  if (dataset.terms !== undefined) lines.push(`Terms: ${dataset.terms.summary}`);
  const [first, ...more] = dataset.notes ?? [];
  if (first !== undefined) lines.push(`Note: ${first}`);
  if (more.length > 0) lines.push(`${formatMany(more.length, 'more note')}: medds info ${dataset.id}`);
  if (result.verified.checksums < result.verified.of && result.verified.checksums > 0) {
    lines.push('Files without a known checksum have their SHA-256 recorded: medds verify holds them against it.');
  }
  return lines;
}

/** What a dry run found out. */
export function showPlan(result: FetchResult, options: { json: boolean }): void {
  if (options.json) {
    printJson({ version: 1, ...result });
    return;
  }
  const { id, source, remotes, download, resumed, verified, peakDisk, freeDisk, path, license } = result;
  const rows: [string, string | undefined][] = [
    ['Dataset', id],
    ['Source', `${source.label} (${source.name})`],
    ['Licence', license?.spdx ?? license?.name],
    ['Files', formatCount(remotes)],
    ['Download', download === undefined ? 'unknown: the host does not tell every size' : formatBytes(download)],
    ['Here', formatBytes(resumed)],
    ['Checksums', `known of ${verified.checksums} of ${verified.of} files`],
    ['Disk', peakDisk === undefined ? undefined : `at least ${formatBytes(peakDisk)} while it works`],
    ['Free', freeDisk === undefined ? undefined : formatBytes(freeDisk)],
    ['Into', path],
  ];
  for (const [label, text] of rows) if (text !== undefined) print(`${`${label}:`.padEnd(11)}${printable(text)}`);
}
