/** The registries that a user adds for good: `medds registry add`, `list` and `remove`. */
import path from 'node:path';
import { UsageError } from './errors.js';
import { printable } from './printable.js';
import { cachedText, forgetCached } from './registry/cache.js';
import { loadRegistry } from './registry/load.js';
import { readUserRegistry, shownPlace } from './registry/user-registry.js';
import { settingsFile } from './settings/file.js';
import { isUrl } from './settings/values.js';
import { changeStored, SETTINGS, type Settings, storedSetting } from './settings.js';

export interface AddedRegistry {
  place: string;
  datasets: string[];
  /** Those of them that take the place of an entry in another registry. */
  shadows: string[];
}

export interface ListedRegistry {
  /** `bundled`, a path, or an address without what may be secret in it. */
  place: string;
  /** What names it: the settings file, MEDDS_REGISTRY, --registry. */
  from: string;
  datasets: number;
  /** Entries of it that a later registry replaces. */
  shadowed: string[];
}

/** @throws UsageError (it is no valid registry, or added already), NetworkError, NotFoundError, DiskError */
export async function addRegistry(typed: string, settings: Settings, env = process.env): Promise<AddedRegistry> {
  const place = placeOf(typed);
  const stored = storedSetting('registries', env) ?? [];
  if (stored.includes(place)) {
    throw new UsageError(`${printable(shownPlace(place))} is added already`, {
      hint: 'medds registry list shows all.',
    });
  }
  // One from the web is kept from now on, so that it is there offline.
  const { folder, offline } = settings;
  const registry = await readUserRegistry(place, (url) => cachedText(url, { folder, offline: offline.value }));
  const before = await loadRegistry({ registries: stored.filter((one) => !isUrl(one)) });
  await changeStored('registries', [...stored, place], env);
  const datasets = Object.keys(registry.datasets).sort();
  return { place, datasets, shadows: datasets.filter((id) => before.datasets.some((one) => one.id === id)) };
}

/** @throws UsageError when it was not added */
export async function removeRegistry(typed: string, env = process.env): Promise<string> {
  const place = placeOf(typed);
  const stored = storedSetting('registries', env) ?? [];
  if (!stored.includes(place)) {
    const known = stored.map(shownPlace).join(', ') || 'none';
    throw new UsageError(`${printable(shownPlace(place))} was not added`, { hint: `Added are: ${known}.` });
  }
  await changeStored(
    'registries',
    stored.filter((one) => one !== place),
    env,
  );
  if (isUrl(place)) await forgetCached(place, path.dirname(settingsFile(env)));
  return place;
}

/** In the order of precedence: of two entries for one id, the later one counts. @throws as `loadRegistry` */
export async function listRegistries(
  settings: Settings,
  onWarning: (message: string) => void,
  env = process.env,
): Promise<ListedRegistry[]> {
  const places = [...new Set(settings.registries.value)];
  const { folder, offline } = settings;
  const fetchText = (url: string) => cachedText(url, { folder, offline: offline.value, onWarning });
  const all = await loadRegistry({ registries: places, fetchText, onWarning });
  const stored = storedSetting('registries', env) ?? [];
  const listed: ListedRegistry[] = [];
  for (const place of ['bundled', ...places]) {
    const shown = place === 'bundled' ? place : shownPlace(place);
    const shadowed = all.shadowed.filter(({ registry }) => registry === shown).map(({ id }) => id);
    const datasets = all.datasets.filter(({ registry }) => registry === shown).length + shadowed.length;
    const from = place === 'bundled' ? 'medds' : stored.includes(place) ? 'settings' : settings.registries.from;
    listed.push({ place: shown, from, datasets, shadowed });
  }
  return listed;
}

const placeOf = (typed: string): string => {
  const [place] = SETTINGS.registries.kind.read([typed], process.cwd()) ?? [];
  if (place === undefined) throw new UsageError('A registry is a path or a URL');
  return isUrl(place) ? place : path.resolve(place);
};
