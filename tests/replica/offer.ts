/**
 * What the hosts of replicas hold: small files in the real shapes. The contents of each are made from its place in the dataset, so
 * that a tree in which two were mixed up, or in which one is missing, is not the right one.
 */
import { gzipSync } from 'node:zlib';
import { buildSevenZip } from '../archive/build-seven-zip.js';
import { buildTar } from '../archive/build-tar.js';
import { buildZip } from '../archive/build-zip.js';
import { splitZip } from '../archive/split-zip.js';

/** A file at a host. */
export interface Offer {
  /** Places in the dataset of all that comes out of it. */
  holds: readonly string[];
  bytes(): Buffer | Promise<Buffer>;
}

/** By their names at the host. */
export type Files = Record<string, Offer>;

export const contentOf = (place: string): Buffer => Buffer.from(`${place}\n`.repeat(9));

/** How the names inside of an archive differ from the places in the dataset. */
interface Inside {
  /** What places begin with that the names do not. */
  without?: string;
  /** What the names begin with that places do not. */
  within?: string;
}

const membersOf = (places: readonly string[], { without = '', within = '' }: Inside) =>
  places.map((place) => {
    if (!place.startsWith(without)) throw new Error(`${place} does not begin with ${without}`);
    return { name: `${within}${place.slice(without.length)}`, data: contentOf(place) };
  });

/** A file that lies in the dataset as it is. */
export const file = (place: string): Offer => ({ holds: [place], bytes: () => contentOf(place) });

/** Files whose names at the host are their places. */
export const files = (...places: string[]): Files => Object.fromEntries(places.map((place) => [place, file(place)]));

/** Something that is there and must not come along. */
export const spare = (): Offer => ({ holds: [], bytes: () => Buffer.from('This is no part of the dataset.\n') });

export const zip = (places: readonly string[], inside: Inside = {}): Offer => ({
  holds: places,
  bytes: () => buildZip(membersOf(places, inside)),
});

export const tarGz = (places: readonly string[], inside: Inside = {}): Offer => ({
  holds: places,
  bytes: () => gzipSync(buildTar(membersOf(places, inside))),
});

export const sevenZip = (places: readonly string[]): Offer => ({
  holds: places,
  bytes: () => buildSevenZip(Object.fromEntries(membersOf(places, {}).map(({ name, data }) => [name, data]))),
});

/** A series of one image; what the dataset holds of it, its stand-in tells. */
export const image = (name: string): Offer => ({ holds: [], bytes: () => contentOf(name) });

/** bzip2 as written by its own program, for want of a writer: `data` in base64. */
export const packed = (places: readonly string[], data: string): Offer => ({
  holds: places,
  bytes: () => Buffer.from(data, 'base64'),
});

/** A zip of archives, by their names in it. */
export const zipOf = (inner: Files): Offer => ({
  holds: Object.values(inner).flatMap(({ holds }) => holds),
  async bytes() {
    const members = Object.entries(inner).map(async ([name, { bytes }]) => ({ name, data: await bytes() }));
    return buildZip(await Promise.all(members));
  },
});

/** A zip that was split into just so many parts: `STEM.z01` and so on, and last `STEM.ENDING`. */
export function splitFiles(stem: string, count: number, ending: string, places: readonly string[]): Files {
  const members = membersOf(places, {});
  const parts = splitInto(members, count);
  const named = parts.map((part, index): [string, Offer] => [
    `${stem}.${index === count - 1 ? ending : `z${String(index + 1).padStart(2, '0')}`}`,
    { holds: index === 0 ? places : [], bytes: () => part },
  ]);
  return Object.fromEntries(named);
}

function splitInto(members: ReturnType<typeof membersOf>, count: number): Buffer[] {
  const whole = buildZip(members).length;
  for (let size = Math.ceil(whole / count); size < whole; size += 1) {
    const parts = splitZip(members, size);
    if (parts.length === count) return parts;
  }
  throw new Error(`These members cannot be split into ${count} parts`);
}

/** Two digits, or as many as are asked for. */
export const numbered = (first: number, last: number, name: (number: string) => string, digits = 2): string[] =>
  Array.from({ length: last - first + 1 }, (_, at) => name(String(first + at).padStart(digits, '0')));
