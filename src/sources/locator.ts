/** Datasets that no registry holds, named by where they are: `zenodo:3723295`, `doi:10.5281/zenodo.3723295`, `https://host/file.zip`. */

import { UsageError } from '../errors.js';
import { printable } from '../printable.js';
import type { Dataset, Method } from '../registry/schema.js';
import { printableArgument } from '../transfer/redact.js';
import type { Located } from './source.js';
import { METHODS, sourceOfMethod } from './table.js';

/** Finds the address that a DOI stands for. */
export type ResolveDoi = (doi: string) => Promise<string>;

const DOI = /^(?:doi:|https?:\/\/(?:dx\.)?doi\.org\/)(10\.\d{4,9}\/\S+)$/i;

/**
 * The dataset that a locator stands for; undefined when the text is no locator, and so an id. DOIs of hosts that are known by
 * their form are read without asking anyone.
 * @throws UsageError; what `resolveDoi` throws
 */
export async function datasetOfLocator(argument: string, resolveDoi?: ResolveDoi): Promise<Dataset | undefined> {
  const doi = DOI.exec(argument)?.[1];
  const typed = doi === undefined ? argument : `doi:${doi}`;
  const located = await locate(typed);
  if (located !== undefined) return datasetOf(argument, located);
  if (doi !== undefined) return ofDoi(argument, doi, resolveDoi);
  if (/^[a-z][a-z0-9+.-]*:/i.test(argument)) {
    throw new UsageError(`${printableArgument(argument)} is no address that medds knows`, { hint: KNOWN });
  }
  return undefined;
}

const KNOWN =
  'Known are https://…, doi:…, and METHOD:… such as zenodo:3723295. docs/access-methods.md lists what each looks like.';

async function ofDoi(argument: string, doi: string, resolveDoi?: ResolveDoi): Promise<Dataset> {
  const address = await resolveDoi?.(doi);
  const located = address === undefined ? undefined : await locate(address, ['direct']);
  if (located !== undefined) return datasetOf(argument, located);
  throw new UsageError(`${printableArgument(argument)} is not a DOI of a host that medds can fetch from`, {
    hint:
      address === undefined
        ? KNOWN
        : `It leads to ${printable(address)} . What files lie there can be fetched by their own addresses.`,
  });
}

/** Asks the methods whose locators look like this one, in the order of their table. */
async function locate(typed: string, except: readonly Method[] = []): Promise<Located | undefined> {
  for (const [method, { locator }] of Object.entries(METHODS) as [Method, { locator?: RegExp }][]) {
    if (locator?.test(typed) !== true || except.includes(method)) continue;
    const located = (await sourceOfMethod(method)).locate?.(typed);
    if (located !== undefined) return located;
  }
  return undefined;
}

function datasetOf(argument: string, { id, name, entry, argument: shown = argument }: Located): Dataset {
  return { id: asId(id), name: printable(name), registry: 'argument', argument: shown, sources: [entry] };
}

/** An id as the library needs it, from any name. */
function asId(name: string): string {
  const id = name
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^[^a-z0-9]+|[-.]+$/g, '')
    .slice(0, 100);
  return id === '' ? 'download' : id;
}
