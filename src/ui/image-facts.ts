/** What the images of a dataset are, in a few lines: for `status ID` and `verify --deep`. */
import type { FormatSummary } from '../images/summary.js';
import type { KeptImages } from '../library/image-facts.js';
import { formatCount, formatMany } from './format.js';

export function imageRows(images: KeptImages): [label: string, text: string][] {
  const { others, parts, modalities, patients, studies, series, cases, unreadableCount } = images;
  const counts = [
    cases === undefined ? undefined : formatMany(cases, 'case'),
    patients === undefined ? undefined : formatMany(patients, 'patient'),
    studies === undefined ? undefined : formatMany(studies, 'study', 'studies'),
    series === undefined ? undefined : formatMany(series, 'series', 'series'),
  ].filter((part) => part !== undefined);
  const rest = [
    parts === 0 ? undefined : `${formatCount(parts)} that belong to one`,
    others === 0 ? undefined : `${formatCount(others)} other ${others === 1 ? 'file' : 'files'}`,
    unreadableCount === 0 ? undefined : `${formatCount(unreadableCount)} that cannot be read`,
  ].filter((part) => part !== undefined);
  return [
    ['Images', [formatMany(images.images, 'image'), ...rest].join(', ')],
    ...Object.entries(images.formats).map(([name, found]): [string, string] => [name, formatText(found)]),
    ...(counts.length === 0 ? [] : [['Cases', counts.join(', ')] as [string, string]]),
    ...(Object.keys(modalities).length === 0 ? [] : [['Modality', countsText(modalities)] as [string, string]]),
  ];
}

/** `20: 512 x 512 x 120 (12), 512 x 512 x 98 (8); 0.7 x 0.7 x 1.25 to 0.9 x 0.9 x 2.5; MET_SHORT` */
function formatText({ count, dimensions, otherDimensions, spacing, types }: FormatSummary): string {
  const sizes = dimensions.map(({ size, count: some }) => (some === count ? size : `${size} (${formatCount(some)})`));
  if (otherDimensions > 0) sizes.push(`${formatMany(otherDimensions, 'other size')}`);
  const [least, most] = [spacing?.least.join(' x '), spacing?.most.join(' x ')];
  const spaced = least === undefined ? undefined : `spacing ${least === most ? least : `${least} to ${most}`}`;
  const kinds = Object.keys(types).length === 0 ? undefined : countsText(types);
  const parts = [sizes.join(', ') || undefined, spaced, kinds].filter((part) => part !== undefined);
  return [formatCount(count), parts.join('; ')].filter(Boolean).join(': ');
}

const countsText = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => (Object.keys(counts).length === 1 ? name : `${name} (${formatCount(count)})`))
    .join(', ');
