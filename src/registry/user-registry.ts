/** A registry that a user adds: a file or a URL, read whole and held against the schema. */
import { open } from 'node:fs/promises';
import { asDiskError, UsageError } from '../errors.js';
import { printable } from '../printable.js';
import { isUrl } from '../settings/values.js';
import { redactUrl } from '../transfer/redact.js';
import type { Registry } from './schema.js';

/** Far above any list of datasets, far below what hurts. Bytes. */
export const LARGEST_REGISTRY = 64 * 1024 * 1024;

/** @throws UsageError, NetworkError, DiskError */
export async function readUserRegistry(
  place: string,
  fetchText: (url: string) => Promise<string> = fetchFromNetwork,
): Promise<Registry> {
  const text = await readRegistryText(place, fetchText);
  const { validateRegistry } = await import('./validate.js');
  return validateRegistry(text, shownPlace(place));
}

/** @throws UsageError (not there, too large), NetworkError, DiskError */
export async function readRegistryText(
  place: string,
  fetchText: (url: string) => Promise<string> = fetchFromNetwork,
): Promise<string> {
  const text = isUrl(place) ? await fetchText(place) : await readRegistryFile(place);
  if (text.length > LARGEST_REGISTRY) throw tooLarge(shownPlace(place));
  return text;
}

/** A place as it may be shown and written down: an address without what may be secret in it. */
export const shownPlace = (place: string): string => (isUrl(place) ? redactUrl(place) : place);

async function readRegistryFile(file: string): Promise<string> {
  try {
    await using handle = await open(file);
    const facts = await handle.stat();
    if (facts.size > LARGEST_REGISTRY) throw tooLarge(file);
    return await handle.readFile('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
      throw new UsageError(`There is no registry file ${printable(file)}`, {
        hint: 'It is named by --registry, MEDDS_REGISTRY or the setting "registries" (medds config list).',
        cause: error,
      });
    }
    throw asDiskError(error, { hint: 'Correct its permissions, or name another registry.' });
  }
}

function tooLarge(place: string): UsageError {
  return new UsageError(`The registry ${printable(place)} is larger than ${LARGEST_REGISTRY / 1024 / 1024} MiB`, {
    hint: 'A registry describes datasets; it does not hold them.',
  });
}

async function fetchFromNetwork(url: string): Promise<string> {
  const { fetchText } = await import('./fetch-text.js');
  return fetchText(url);
}
