/** What a user types where a dataset is meant: an id or alias of a registry, a locator, or the name of something in the library. */

import { existsSync } from 'node:fs';
import { type OnWarning, openRegistry } from './catalogue.js';
import { UsageError } from './errors.js';
import { DATASET_ID, layoutOf } from './library/layout.js';
import { printable } from './printable.js';
import type { Dataset } from './registry/schema.js';
import { requireDataset } from './registry/suggest.js';
import type { Settings } from './settings.js';
import { endpointOf } from './sources/endpoint.js';
import { datasetOfLocator } from './sources/locator.js';
import { printableArgument } from './transfer/redact.js';
import { USER_AGENT } from './version.js';

export interface ArgumentOptions {
  /** Its name in the library, in place of its own. */
  as?: string | undefined;
  onWarning?: OnWarning | undefined;
  env?: NodeJS.ProcessEnv | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * The dataset to fetch. Nobody is asked what the argument stands for, unless it is a DOI that does not say so itself.
 * @throws NotFoundError, UsageError, NetworkError, DiskError
 */
export async function fetchable(
  typed: string,
  settings: Settings,
  { as, onWarning, env = process.env, signal }: ArgumentOptions = {},
): Promise<Dataset> {
  if (as !== undefined && !DATASET_ID.test(as)) {
    throw new UsageError(`${printable(as)} cannot be a dataset's id`, {
      hint: 'An id holds lower-case letters, digits, dots, dashes and underscores, and begins with a letter or digit.',
    });
  }
  if (typed.endsWith('?…')) {
    throw new UsageError(`The address ${printableArgument(typed)} held more than could be written down`, {
      hint: 'Fetch it again with the whole address and --force.',
    });
  }
  const located = await datasetOfLocator(typed, (doi) => askDoi(doi, settings, env, signal));
  const registry = await openRegistry(settings, onWarning);
  if (located === undefined) {
    const dataset = requireDataset(registry, typed);
    return as === undefined ? dataset : { ...dataset, id: as };
  }
  const id = as ?? located.id;
  if (registry.get(id) !== undefined) {
    throw new UsageError(`${id} is the name of another dataset, in the registry`, {
      hint: `Give this one a name of its own: medds fetch ${printableArgument(typed)} --as NAME`,
    });
  }
  return { ...located, id };
}

/** What a question takes is loaded only when there is one. */
async function askDoi(
  doi: string,
  { offline, tries }: Settings,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal | undefined,
): Promise<string> {
  const [{ Agents }, { startConversation }, { addressOfDoi }] = await Promise.all([
    import('./transfer/agents.js'),
    import('./transfer/conversation.js'),
    import('./sources/doi.js'),
  ]);
  const agents = new Agents();
  try {
    const retry = { tries: tries.value };
    const http = startConversation({ agents, userAgent: USER_AGENT, retry, offline: offline.value });
    const endpoint = (method: string, standard: string) => endpointOf(method, standard, env);
    return await addressOfDoi(doi, { http, endpoint, ...(signal === undefined ? {} : { signal }) });
  } finally {
    agents.close();
  }
}

/** The id of something that the library may hold. @throws NotFoundError (with what may have been meant), UsageError */
export async function idInLibrary(typed: string, settings: Settings): Promise<string> {
  const layout = layoutOf(settings.home.value);
  const places = DATASET_ID.test(typed) ? [layout.state(typed), layout.dataset(typed), layout.parts(typed)] : [];
  if (places.some((place) => existsSync(place))) return typed;
  return requireDataset(await openRegistry(settings), typed).id;
}
