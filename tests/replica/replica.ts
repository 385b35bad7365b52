/** A replica: what the hosts of a dataset hold, small, in the shapes that the evidence tells. */
import type { Method } from '../../src/registry/schema.js';
import type { Held } from './hosts.js';
import type { Files } from './offer.js';

export type Replica = {
  dataset: string;
  /** Name of the source; the one that is used without asking when absent. */
  source?: string;
  /** What sets it apart from another replica of the same source. */
  title?: string;
  /** Made from the entry alone: where its files come to lie is not known, only that they do. */
  derived?: true;
} & ({ hosts: Partial<Record<Method, Held>> } | { byHand: Files });
