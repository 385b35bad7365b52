/** What a source offers now, held against what a lock file recorded of it. */
import { parseChecksum } from '../checksum.js';
import { IntegrityError } from '../errors.js';
import { printable } from '../printable.js';
import type { RemoteFile, Resolution } from '../sources/source.js';
import type { LockedDataset, LockedRemote } from './form.js';

/** How a list of remote files differs from another. */
export interface Differences {
  /** What was recorded, and is not there any more. */
  gone: string[];
  /** What is another file now, and what tells. */
  changed: { path: string; what: string }[];
  /** What was not there, or not chosen. */
  added: string[];
}

/** Names that a message lists. */
const NAMED = 5;

/** A remote file as it is now, at its source or in the library. */
type Now = Pick<RemoteFile, 'path' | 'size' | 'checksums'> &
  Pick<Partial<RemoteFile>, 'inspect'> & { into?: string | undefined };

export function differencesOf(recorded: readonly LockedRemote[], files: readonly Now[]): Differences {
  const offered = new Map(files.map((file) => [placeOf(file), file]));
  const known = new Set(recorded.map(placeOf));
  const here = recorded.map((one) => ({ one, now: offered.get(placeOf(one)) }));
  return {
    gone: here.filter(({ now }) => now === undefined).map(({ one }) => placeOf(one)),
    changed: here.flatMap(({ one, now }) => {
      const what = now === undefined ? undefined : difference(one, now);
      return what === undefined ? [] : [{ path: placeOf(one), what }];
    }),
    added: [...offered.keys()].filter((place) => !known.has(place)),
  };
}

/**
 * What the source offers of the locked files, with all checksums that were recorded: also what a host gives no checksum for is held
 * against the first fetch while its bytes arrive.
 * @throws IntegrityError that says what has changed
 */
export function heldTo(id: string, locked: LockedDataset, resolution: Resolution): Resolution {
  const differences = differencesOf(locked.remote, resolution.files);
  if (differences.gone.length + differences.changed.length > 0) throw changed(id, differences);
  const records = new Map(locked.remote.map((one) => [placeOf(one), one]));
  const files = resolution.files.flatMap((file) => {
    const record = records.get(placeOf(file));
    return record === undefined ? [] : [withRecord(file, record)];
  });
  return { ...resolution, files };
}

function withRecord(file: RemoteFile, { checksums, size, unpacked, partial }: LockedRemote): RemoteFile {
  const held = unpacked ? file : { ...file, unpack: false as const };
  // Of what is made on the way no two are alike, and of an archive that was fetched in part nobody knows the whole.
  if (file.inspect !== undefined || partial === true) return held;
  return { ...held, size, checksums: [...new Set([...file.checksums, ...checksums])] };
}

function difference({ size, checksums }: LockedRemote, now: Now): string | undefined {
  if (now.inspect !== undefined) return undefined;
  if (now.size !== undefined && now.size !== size) return `${size} bytes became ${now.size}`;
  const known = checksums.map(parseChecksum);
  for (const { algorithm, hex } of now.checksums.map(parseChecksum)) {
    const recorded = known.filter((one) => one.algorithm === algorithm);
    if (recorded.length > 0 && !recorded.some((one) => one.hex === hex)) {
      return `${algorithm} ${recorded[0]?.hex} became ${hex}`;
    }
  }
  return undefined;
}

function changed(id: string, { gone, changed, added }: Differences): IntegrityError {
  const what = [...changed.map(({ path, what }) => `${path}: ${what}`), ...gone.map((path) => `${path}: gone`)];
  const more = what.length > NAMED ? [`and ${what.length - NAMED} more`] : [];
  const fresh = added.length === 0 ? '' : ` ${added.length} more came.`;
  const list = [...what.slice(0, NAMED), ...more].join('; ');
  return new IntegrityError(`The source of ${id} does not offer what is locked: ${printable(list)}.${fresh}`, {
    dataset: id,
    hint: `medds diff ${id} shows all. To take what is offered now: medds fetch ${id} --force, then medds lock ${id}.`,
  });
}

const placeOf = ({ into = '', path }: { into?: string | undefined; path: string }): string =>
  into === '' ? path : `${into}/${path}`;
