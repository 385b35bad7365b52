/** Under which licence, and by which DOI, series of IDC are cited: one collection may hold several, and analyses by others. */
import { printable } from '../printable.js';
import type { IdcSeries } from './idc-api.js';
import type { Resolution } from './source.js';

/** IDC's short names: `CC BY 4.0`, `CC BY-NC 3.0`; and what else there is, a name of its own. */
const CREATIVE_COMMONS = /^CC (BY(?:-NC)?(?:-ND|-SA)?) (\d\.\d)$/;

/** Licences that a note names. */
const NAMED = 5;

export function citationOf(series: readonly IdcSeries[]): Pick<Resolution, 'license' | 'doi' | 'notes'> {
  const licenses = new Map<string, number>();
  const dois = new Set<string>();
  const analyses = new Map<string, number>();
  for (const { license, doi, analysis } of series) {
    if (license !== undefined) licenses.set(license, (licenses.get(license) ?? 0) + 1);
    if (doi !== undefined) dois.add(doi);
    if (analysis !== undefined) analyses.set(analysis, (analyses.get(analysis) ?? 0) + 1);
  }
  const notes: string[] = [];
  if (licenses.size > 1) notes.push(`Its series are under several licences: ${counted(licenses)}.`);
  if (analyses.size > 0) {
    notes.push(
      `It holds analyses by others, to be cited by themselves: ${counted(analyses)}. modalities or exclude leave them out.`,
    );
  }
  const [only] = licenses.keys();
  return {
    notes,
    ...(dois.size === 0 ? {} : { doi: printable([...dois].sort().join(' ')) }),
    ...(only === undefined
      ? {}
      : {
          license: licenses.size === 1 ? toLicense(only) : { name: printable([...licenses.keys()].sort().join(' / ')) },
        }),
  };
}

function toLicense(name: string): NonNullable<Resolution['license']> {
  const [, kind, version] = CREATIVE_COMMONS.exec(name) ?? [];
  if (kind === undefined) return { name: printable(name) };
  const url = `https://creativecommons.org/licenses/${kind.toLowerCase()}/${version}/`;
  return { name, spdx: `CC-${kind}-${version}`, url };
}

/** `CC BY 3.0 (12 series), CC BY 4.0 (1 series)`, the most frequent first. */
function counted(counts: ReadonlyMap<string, number>): string {
  const named = [...counts].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${name} (${count} series)`);
  const more = named.length > NAMED ? ` and ${named.length - NAMED} more` : '';
  return printable(`${named.slice(0, NAMED).join(', ')}${more}`);
}
