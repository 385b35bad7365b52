/** `medds overlap`: which datasets share cases, as the registry says and as equal files in the library show. */
import { type OnWarning, openRegistry } from './catalogue.js';
import { asDiskError } from './errors.js';
import { type Layout, layoutOf } from './library/layout.js';
import { readFiles, readManifest } from './library/manifest.js';
import { type KnownOverlap, overlapsOf, sharedKin } from './registry/overlaps.js';
import type { Dataset } from './registry/schema.js';
import { requireDataset } from './registry/suggest.js';
import type { Settings } from './settings.js';

/** Files of both that are equal, byte for byte. */
export interface EqualFiles {
  /** Files of the first that the second has as well, and their bytes. */
  files: number;
  bytes: number;
  /** The first few, by their paths in both. */
  examples: { a: string; b: string }[];
}

export interface Overlapping {
  a: string;
  b: string;
  /** What the registry says. */
  known: KnownOverlap[];
  /** Datasets that both overlap with. */
  via: string[];
  /** What the library shows; null unless both are here. */
  equal: EqualFiles | null;
}

const EXAMPLES = 5;
/** Smaller files are equal by chance: empty masks, licences, tables of one line. Bytes. */
const TELLING = 1024;

/**
 * Every pair of the datasets; for a single one, every other that the registry knows to overlap with it.
 * @throws NotFoundError, UsageError, NetworkError, DiskError
 */
export async function overlapping(
  ids: readonly string[],
  settings: Settings,
  onWarning?: OnWarning,
): Promise<{ overlaps: Overlapping[]; elsewhere: KnownOverlap[] }> {
  const registry = await openRegistry(settings, onWarning);
  const named = [...new Set(ids.map((id) => requireDataset(registry, id)))];
  const layout = layoutOf(settings.home.value);
  const compare = async (a: Dataset, b: Dataset): Promise<Overlapping> => ({
    a: a.id,
    b: b.id,
    known: overlapsOf(a, registry.datasets).filter(({ dataset }) => dataset === b.id),
    via: sharedKin(a, b, registry.datasets),
    equal: await equalFiles(layout, a.id, b.id),
  });
  const overlaps: Overlapping[] = [];
  const [first] = named as [Dataset];
  if (named.length === 1) {
    const known = overlapsOf(first, registry.datasets);
    for (const { dataset } of known) {
      const other = dataset === undefined ? undefined : registry.get(dataset);
      if (other !== undefined) overlaps.push(await compare(first, other));
    }
    const elsewhere = known.filter(({ dataset }) => dataset === undefined || registry.get(dataset) === undefined);
    return { overlaps, elsewhere };
  }
  for (const [index, a] of named.entries()) for (const b of named.slice(index + 1)) overlaps.push(await compare(a, b));
  return { overlaps, elsewhere: [] };
}

async function equalFiles(layout: Layout, a: string, b: string): Promise<EqualFiles | null> {
  try {
    if ((await readManifest(layout, a)) === undefined || (await readManifest(layout, b)) === undefined) return null;
    const paths = new Map<string, string>();
    for await (const { path, sha256, size, link } of readFiles(layout, b)) {
      if (size >= TELLING && link === undefined) paths.set(sha256, path);
    }
    const equal: EqualFiles = { files: 0, bytes: 0, examples: [] };
    for await (const { path, sha256, size, link } of readFiles(layout, a)) {
      const other = size >= TELLING && link === undefined ? paths.get(sha256) : undefined;
      if (other === undefined) continue;
      equal.files += 1;
      equal.bytes += size;
      if (equal.examples.length < EXAMPLES) equal.examples.push({ a: path, b: other });
    }
    return equal;
  } catch (error) {
    throw asDiskError(error);
  }
}
