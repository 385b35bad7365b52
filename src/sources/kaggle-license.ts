/** Licences as Kaggle names them (the list that its uploaders choose from), as the SPDX ids that they stand for. */
import { printable } from '../printable.js';
import type { Resolution } from './source.js';

const SPDX: readonly [RegExp, string][] = [
  [/^CC0\b/i, 'CC0-1.0'],
  [/^Apache 2\.0$/i, 'Apache-2.0'],
  [/^MIT$/i, 'MIT'],
  [/^Community Data License Agreement - Sharing - Version 1\.0$/i, 'CDLA-Sharing-1.0'],
  [/^Community Data License Agreement - Permissive - Version 1\.0$/i, 'CDLA-Permissive-1.0'],
  [/^Database: Open Database.*Contents: Database Contents$/i, 'ODbL-1.0'],
];

/** `Attribution 4.0 International (CC BY 4.0)`, `CC BY-NC-SA 4.0`. */
const CREATIVE_COMMONS = /\bCC[ -](BY(?:-(?:NC|SA|ND)){0,2})[ -](\d\.\d)\b/i;

export function licenseOnKaggle(name: string | undefined): Resolution['license'] {
  if (name === undefined || /^(unknown|other\b)/i.test(name)) return undefined;
  const [, terms, number] = CREATIVE_COMMONS.exec(name) ?? [];
  const spdx =
    terms === undefined ? SPDX.find(([form]) => form.test(name))?.[1] : `CC-${terms.toUpperCase()}-${number}`;
  return { name: printable(name), ...(spdx === undefined ? {} : { spdx }) };
}
