/** The result of `medds fetch` and `medds import`. */
import type { FetchResult } from '../outcome.js';
import { printable } from '../printable.js';
import type { KnownOverlap } from '../registry/overlaps.js';
import type { Dataset } from '../registry/schema.js';
import { useOf } from '../registry/use.js';
import { formatBytes, formatCount, formatMany } from './format.js';
import { overlapText, problemText, useText } from './known.js';
import { measureFor } from './measure.js';
import { note, print, printJson } from './output.js';
import { terminalOf, textWidth } from './terminal.js';
import { labelled } from './wrap.js';

/** On a terminal a line for people; in a pipe the folder alone, for the next program. */
export async function showFetchResult(
  dataset: Dataset,
  result: FetchResult,
  options: { json: boolean; quiet: boolean },
  overlaps: readonly KnownOverlap[] = [],
): Promise<void> {
  if (options.json) {
    const { problems = [], splits = [] } = dataset;
    printJson({ version: 1, ...result, use: useOf(dataset), problems, overlaps, splits });
    return;
  }
  const out = terminalOf(process.stdout);
  const lines = remarks(dataset, result, overlaps);
  const text = summary(dataset, result);
  const measure = await measureFor([text, ...lines.flat()]);
  if (out.tty) print(labelled('✓ ', text, textWidth(out), measure).replace('✓', out.style.green('✓')));
  else {
    if (!options.quiet) note(`✓ ${text}`);
    print(result.path);
  }
  if (options.quiet) return;
  const width = textWidth(terminalOf(process.stderr));
  for (const [label, text] of lines) note(labelled(`  ${label}: `, printable(text), width, measure));
}

function summary({ cases }: Dataset, result: FetchResult): string {
  const { id, outcome, files, bytes, path, source } = result;
  const size = files === undefined || bytes === undefined ? [] : [formatMany(files, 'file'), formatBytes(bytes)];
  const what = cases === undefined ? size : [`${formatCount(cases)} cases`, ...size];
  const here = outcome === 'present' ? ['here already'] : [];
  const parts = [id, what.join(', '), verifiedText(result), source.label, ...here, path].filter((part) => part !== '');
  return printable(parts.join(' · '));
}

/** What was proven of the downloads, and what was only written down. */
function verifiedText({ verified }: FetchResult): string {
  const { checksums, of, algorithms } = verified;
  if (checksums === 0) return 'no checksum was known; SHA-256 recorded';
  const which = checksums === of ? `${of === 1 ? 'the file' : `all ${of} files`}` : `${checksums} of ${of} files`;
  return `verified (${algorithms.join(', ')} of ${which})`;
}

function remarks(
  dataset: Dataset,
  result: FetchResult,
  overlaps: readonly KnownOverlap[],
): [label: string, text: string][] {
  const lines: [string, string][] = [];
  const doi = dataset.papers?.find((paper) => paper.doi !== undefined)?.doi;
  if (dataset.registry !== 'argument' && (doi !== undefined || dataset.citation !== undefined)) {
    lines.push(['Cite', `${doi ?? 'see'} (medds info ${dataset.id} --cite bibtex)`]);
  }
  if (dataset.terms !== undefined) lines.push(['Terms', dataset.terms.summary]);
  const use = useText(dataset);
  if (use !== undefined) lines.push(['Use', use]);
  lines.push(...few('Problem', (dataset.problems ?? []).map(problemText), dataset));
  lines.push(
    ...few(
      'Overlap',
      overlaps.map((one) => `it ${overlapText(one)}`),
      dataset,
    ),
  );
  lines.push(...few('Note', dataset.notes ?? [], dataset, 1));
  const { checksums, of } = result.verified;
  if (checksums < of && checksums > 0) {
    lines.push(['Checksums', `SHA-256 is recorded of the ${formatMany(of - checksums, 'file')} without a known one.`]);
  }
  return lines;
}

/** The first ones, and where the others are. */
function few(label: string, texts: readonly string[], { id }: Dataset, most = 3): [label: string, text: string][] {
  const more = texts.length - most;
  return texts.slice(0, most).map((text, index) => {
    const others =
      more > 0 && index === most - 1 ? ` (${formatMany(more, `more ${label.toLowerCase()}`)}: medds info ${id})` : '';
    return [label, `${text}${others}`];
  });
}

/** What a dry run found out. */
export function showPlan(result: FetchResult, options: { json: boolean }): void {
  if (options.json) {
    printJson({ version: 1, ...result });
    return;
  }
  const { id, source, download, resumed, verified, peakDisk, finalSize, freeDisk, path, license } = result;
  const rows: [string, string | undefined][] = [
    ['Dataset', id],
    ['Source', `${source.label} (${source.name})`],
    ['Licence', license?.spdx ?? license?.name],
    ['Files', filesText(result)],
    [
      'To fetch',
      download === undefined
        ? 'unknown: the host does not tell every size'
        : formatBytes(Math.max(0, download - resumed)),
    ],
    ['Here', formatBytes(resumed)],
    ['Checksums', `known of ${verified.checksums} of ${verified.of} files`],
    ['Peak disk', peakDisk === undefined ? undefined : `at least ${formatBytes(peakDisk)} while it works`],
    ['Final size', finalSize === undefined ? undefined : `about ${formatBytes(finalSize)}`],
    ['Free', freeDisk === undefined ? undefined : formatBytes(freeDisk)],
    ['Into', path],
  ];
  for (const [label, text] of rows) if (text !== undefined) print(`${`${label}:`.padEnd(12)}${printable(text)}`);
}

/** `16`; of a part of a dataset `chosen 6 of 1,782 files, in 2 remote files`. */
function filesText({ remotes, files, chosen }: FetchResult): string {
  if (chosen === undefined) return formatCount(remotes);
  const { of } = chosen;
  const some = files === undefined ? 'some files' : formatMany(files, 'file');
  const text = of === undefined || files === undefined ? some : `${formatCount(files)} of ${formatMany(of, 'file')}`;
  return `chosen ${text}, in ${formatMany(remotes, 'remote file')}`;
}
