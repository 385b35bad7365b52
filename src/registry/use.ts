/** What may be done with a dataset, as far as the registry knows. */
import type { DatasetEntry } from './schema.js';

export type Answer = 'allowed' | 'forbidden' | 'unknown';

export interface Use {
  redistribution: Answer;
  commercial: Answer;
}

/** Licences by their SPDX identifiers. */
const COMMERCIAL: readonly [RegExp, Answer][] = [
  [/^CC-BY-NC-/, 'forbidden'],
  [
    /^(CC0|CC-BY(-SA|-ND)?)-|^(MIT|Apache-2\.0|BSD-\d-Clause|ODbL-1\.0|ODC-By-1\.0|PDDL-1\.0|CDLA-Permissive-\d\.0)$/,
    'allowed',
  ],
];

/** The entry's own word counts more than what its licence says in general. */
export function useOf({ redistribution, commercialUse, license }: DatasetEntry): Use {
  const { spdx = '' } = license ?? {};
  const licensed = COMMERCIAL.find(([form]) => form.test(spdx))?.[1];
  return { redistribution: redistribution ?? 'unknown', commercial: commercialUse ?? licensed ?? 'unknown' };
}
