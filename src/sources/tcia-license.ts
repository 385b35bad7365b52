/** Under which licence, and by which DOI, series of TCIA are cited: every series says so itself. */
import { printable } from '../printable.js';
import type { Resolution } from './source.js';
import type { TciaSeries } from './tcia-nbia.js';

const CREATIVE_COMMONS = /creativecommons\.org\/licenses\/(by(?:-nc)?(?:-nd|-sa)?)\/(\d\.\d)/i;

export function licensesOf(series: readonly TciaSeries[]): Pick<Resolution, 'license' | 'doi' | 'notes'> {
  const licenses = new Map<string, string | undefined>();
  const dois = new Set<string>();
  for (const { license, licenseUrl, doi } of series) {
    if (license !== undefined) licenses.set(license, licenseUrl);
    if (doi !== undefined) dois.add(doi);
  }
  const found: Pick<Resolution, 'license' | 'doi' | 'notes'> = { notes: [] };
  if (dois.size > 0) found.doi = printable([...dois].join(' '));
  const [first] = licenses;
  if (licenses.size === 1 && first !== undefined) found.license = toLicense(...first);
  if (licenses.size > 1) {
    found.license = { name: printable([...licenses.keys()].join(' / ')) };
    found.notes.push('Its series are under several licences: the LICENSE beside each one tells which.');
  }
  return found;
}

function toLicense(name: string, url: string | undefined): NonNullable<Resolution['license']> {
  const [, kind, version] = CREATIVE_COMMONS.exec(url ?? '') ?? [];
  return {
    name: printable(name),
    ...(kind === undefined ? {} : { spdx: `CC-${kind.toUpperCase()}-${version}` }),
    ...(url === undefined || !URL.canParse(url) ? {} : { url }),
  };
}
