/** A paragraph for the methods section of a paper: which data, which version, from where, when, under which licence. */
import { formatBytes } from '../byte-units.js';
import type { LockedDataset } from './form.js';

/** @param datasets by id */
export function describeLocked(datasets: Readonly<Record<string, LockedDataset>>): string {
  const all = Object.values(datasets);
  const versions = [...new Set(all.map(({ medds }) => medds))].join(' and ');
  const opening = all.length === 1 ? 'One public dataset was used' : `${all.length} public datasets were used`;
  return [
    `${opening}, obtained and verified with medds ${versions}.`,
    ...all.map(sentence),
    'A tree digest is the SHA-256 of the sorted list of all files with their SHA-256.',
  ].join(' ');
}

function sentence(dataset: LockedDataset): string {
  const { name, source, fetchedAt, files, bytes, selections, tree } = dataset;
  const facts = factsOf(dataset);
  const about = facts.length === 0 ? '' : ` (${facts.join('; ')})`;
  const part = selections === undefined ? '' : ` chosen by ${selections.join(' and ')}`;
  const count = `${files.toLocaleString('en')} ${files === 1 ? 'file' : 'files'}`;
  return `${name}${about} was downloaded from ${source.label.replace(/^direct download /, '')} on ${fetchedAt.slice(0, 10)}: ${count}${part}, ${formatBytes(bytes)}, tree digest ${tree}.`;
}

function factsOf({ revision, doi, license }: LockedDataset): string[] {
  const facts = [
    revision === undefined ? undefined : `version ${revision}`,
    doi === undefined ? undefined : `DOI ${doi.split(' ').join(' and ')}`,
    license === undefined ? 'licence not stated' : `licence ${license.spdx ?? license.name}`,
  ];
  return facts.filter((fact) => fact !== undefined);
}
