/**
 * A `.tcia` manifest, the list of series that TCIA's pages and the NBIA portal offer for download: `key=value` lines, then one
 * SeriesInstanceUID a line. It is written by ManifestMaker.java of https://github.com/CBIIT/NBIA-TCIA.
 */
import { UsageError } from '../errors.js';
import { printable } from '../printable.js';

/** The keys of a header. None is needed: `downloadServerUrl` names a servlet that is gone. */
const KEYS = [
  'databasketId',
  'downloadServerUrl',
  'includeAnnotation',
  'ListOfSeriesToDownload',
  'manifestVersion',
  'noOfrRetry', // As the writer spells it.
];

/** One published manifest has a column's heading above its list. */
const HEADING = /^series\s*(id|(instance\s*)?uid)$/i;

/** A DICOM UID: PS3.5, section 9.1. */
export const UID = /^(?=.{3,64}$)\d+(\.\d+)+$/;

const LONGEST_SHOWN = 60;

/**
 * The series that a manifest names, each once.
 * @param name what to call the manifest in messages
 * @throws UsageError with the number of the first line that is none of a manifest's
 */
export function readManifest(text: string, name: string): string[] {
  const series = new Set<string>();
  for (const [at, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || HEADING.test(line)) continue;
    if (UID.test(line)) series.add(line);
    else if (!KEYS.includes(/^(\w+)=/.exec(line)?.[1] ?? '')) throw unreadable(name, at + 1, line);
  }
  if (series.size > 0) return [...series];
  throw new UsageError(`${printable(name)} names no series`, {
    hint: 'A .tcia manifest has one SeriesInstanceUID a line below ListOfSeriesToDownload=. Get it again from the page it came from.',
  });
}

function unreadable(name: string, line: number, text: string): UsageError {
  const shown = printable(text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text);
  return new UsageError(
    `${printable(name)}, line ${line}: "${shown}" is neither a key of a .tcia manifest nor a series`,
    {
      hint: 'A manifest is lines of key=value, then one SeriesInstanceUID a line; lines that begin with # are comments.',
    },
  );
}
