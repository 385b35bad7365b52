/** What a user types for data on Synapse: an id as it is, in an address or in a DOI, perhaps with the version of a file or dataset. */

import { UsageError } from '../errors.js';
import { printableArgument } from '../transfer/redact.js';
import type { Located } from './source.js';

/** `syn123`, `syn123.4`. */
export const SYNAPSE_ID = /^syn(\d+)(?:\.(\d+))?$/i;

const ID = '(syn\\d+(?:\\.\\d+)?)';

const FORMS = [
  new RegExp(`^synapse:${ID}$`, 'i'),
  new RegExp(`^${ID}$`, 'i'),
  // DOIs that Synapse makes for its own entities.
  new RegExp(`^doi:10\\.7303/${ID}$`, 'i'),
  // Pages go on after the id: /wiki/217789, /files/, /tables/. Older ones begin with #!.
  new RegExp(`^https?://(?:www\\.)?synapse\\.org/(?:#!)?Synapse:${ID}(?:[/?#].*)?$`, 'i'),
];

export interface SynapseRef {
  /** With `syn` before it. */
  id: string;
  /** The newest when absent. */
  version?: number;
}

/** @throws UsageError */
export function locateOnSynapse(typed: string): Located | undefined {
  for (const form of FORMS) {
    const id = form.exec(typed)?.[1]?.toLowerCase();
    if (id !== undefined) return { id, name: `Synapse ${id}`, entry: { method: 'synapse', entity: id } };
  }
  if (!/^synapse:|^https?:\/\/(www\.)?synapse\.org\//i.test(typed)) return undefined;
  throw new UsageError(`${printableArgument(typed)} names nothing on Synapse`, {
    hint: 'It is synapse:ID, with an id such as syn123 that the page of a project, folder, file or dataset names; synapse:syn123.4 is version 4 of a file.',
  });
}

/** @param id that SYNAPSE_ID takes */
export function synapseRef(id: string): SynapseRef {
  const [, digits, version] = SYNAPSE_ID.exec(id) ?? [];
  return { id: `syn${digits}`, ...(version === undefined ? {} : { version: Number(version) }) };
}
