/** All registries merged: the bundled one, then those that the user adds, each winning over those before it. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Dataset, Registry } from './schema.js';

/** The registry that comes with medds. It is checked by a test, not here: the check costs more time than all of `medds list`. */
export const BUNDLED_REGISTRY = fileURLToPath(new URL('../../registry.json', import.meta.url));

export interface LoadOptions {
  /** Paths or URLs of registries beside the bundled one; a later one wins. */
  registries?: readonly string[];
  /** Path of the bundled registry. */
  bundled?: string;
  /** Reads a registry that is given as a URL. Default: over the network, through the environment's proxy. */
  fetchText?(url: string): Promise<string>;
  /** Things that are no error, a sentence each. */
  onWarning?(message: string): void;
}

export interface RegistrySet {
  /** Sorted by id. */
  readonly datasets: readonly Dataset[];
  /** Entries of a registry that a later one replaces. */
  readonly shadowed: readonly { id: string; registry: string; by: string }[];
  /** By id or alias, whatever the case. An id wins over an alias. */
  get(idOrAlias: string): Dataset | undefined;
}

/** @throws UsageError (which file, where in it, and why), NetworkError, DiskError */
export async function loadRegistry(options: LoadOptions = {}): Promise<RegistrySet> {
  const byId = new Map<string, Dataset>();
  const shadowed: RegistrySet['shadowed'][number][] = [];
  const add = (registry: Registry, place: string): void => {
    for (const [id, entry] of Object.entries(registry.datasets)) {
      const before = byId.get(id);
      if (before !== undefined) shadowed.push({ id, registry: before.registry, by: place });
      // Set anew, so that the map's order is the order of precedence.
      byId.delete(id);
      byId.set(id, { id, ...entry, registry: place });
    }
  };
  // Read at once: for one file, waiting for a thread takes longer.
  add(JSON.parse(readFileSync(options.bundled ?? BUNDLED_REGISTRY, 'utf8')) as Registry, 'bundled');
  const places = [...new Set(options.registries)];
  if (places.length > 0) {
    const { readUserRegistry, shownPlace } = await import('./user-registry.js');
    for (const place of places) add(await readUserRegistry(place, options.fetchText), shownPlace(place));
  }
  const aliases = collectAliases(byId, options.onWarning ?? (() => undefined));
  return {
    datasets: [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    shadowed,
    get(idOrAlias) {
      const key = idOrAlias.trim().toLowerCase();
      return byId.get(key) ?? aliases.get(key);
    },
  };
}

function collectAliases(byId: ReadonlyMap<string, Dataset>, warn: (message: string) => void): Map<string, Dataset> {
  const aliases = new Map<string, Dataset>();
  for (const dataset of byId.values()) {
    for (const alias of dataset.aliases ?? []) {
      const other = byId.get(alias) ?? aliases.get(alias);
      if (other !== undefined) {
        const winner = byId.has(alias) ? alias : dataset.id;
        warn(
          `"${alias}" means ${winner}: it is a name of ${other.id} (${other.registry}) and ${dataset.id} (${dataset.registry})`,
        );
      }
      aliases.set(alias, dataset);
    }
  }
  return aliases;
}
