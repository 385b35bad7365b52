/** What the registry knows of a dataset that its users should, in sentences: overlaps, problems, splits, what is forbidden. */
import type { KnownOverlap } from '../registry/overlaps.js';
import type { Dataset } from '../registry/schema.js';
import { useOf } from '../registry/use.js';
import { formatCount } from './format.js';

const RELATIONS: Record<KnownOverlap['relation'], string> = {
  'part-of': 'is part of',
  contains: 'contains',
  'derived-from': 'is derived from',
  'source-of': 'is what was processed into',
  shares: 'shares cases with',
};

/** `is part of LIDC-IDRI (lidc-idri; 888 cases): file names are its SeriesInstanceUIDs.` */
export function overlapText({ dataset, name, relation, cases, note }: KnownOverlap): string {
  const facts = [dataset, cases === undefined ? undefined : `${formatCount(cases)} cases`].filter(Boolean).join('; ');
  const about = facts === '' ? '' : ` (${facts})`;
  return `${RELATIONS[relation]} ${name}${about}${note === undefined ? '.' : `: ${note}`}`;
}

export function problemText({ summary, cases, files }: NonNullable<Dataset['problems']>[number]): string {
  const which = [
    cases === undefined ? undefined : `cases: ${cases.join(', ')}`,
    files === undefined ? undefined : `files: ${files.join(', ')}`,
  ].filter((part) => part !== undefined);
  return which.length === 0 ? summary : `${summary} (${which.join('; ')})`;
}

export function splitText({ name, cases, summary, paths }: NonNullable<Dataset['splits']>[number]): string {
  const facts = [
    cases === undefined ? undefined : `${formatCount(cases)} cases`,
    summary?.replace(/\.$/, ''),
    paths?.join(', '),
  ].filter((part) => part !== undefined);
  return facts.length === 0 ? name : `${name}: ${facts.join('; ')}`;
}

/** What is forbidden; what is allowed or not known is for `medds info`. */
export function useText(dataset: Dataset): string | undefined {
  const { redistribution, commercial } = useOf(dataset);
  const forbidden = [
    redistribution === 'forbidden' ? 'may not be passed on' : undefined,
    commercial === 'forbidden' ? 'may not be used commercially' : undefined,
  ].filter((part) => part !== undefined);
  return forbidden.length === 0 ? undefined : `The data ${forbidden.join(' and ')}.`;
}
