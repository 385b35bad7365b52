/**
 * A `.s5cmd` manifest, the list of series that IDC's portal and its API offer for download: `cp s3://BUCKET/UUID/* .`, one a line,
 * and comments (https://learn.canceridc.dev/data/downloading-data). Those for Google's storage have the same form: nothing but the
 * names of the buckets tells them apart.
 */
import { UsageError } from '../errors.js';
import { printable } from '../printable.js';

/** Where a version of a series is: its folder's name, a UUID, stays the same for as long as its contents do. */
export interface SeriesLocation {
  bucket: string;
  uuid: string;
}

export const LOCATION = /^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The folder's address in a line, with or without what s5cmd wants around it. */
const IN_LINE = /s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?=\/|\s|$)/;

/** Buckets at Google, and the ones at Amazon that hold the same. */
const AT_AMAZON: Readonly<Record<string, string>> = {
  'public-datasets-idc': 'idc-open-data',
  'idc-open-idc1': 'idc-open-data-two',
  'idc-open-cr': 'idc-open-data-cr',
};

const LONGEST_SHOWN = 60;

/**
 * The series that a manifest names, each once, as `s3://BUCKET/UUID` at Amazon.
 * @param name what to call the manifest in messages
 * @throws UsageError
 */
export function readS5cmd(text: string, name: string): string[] {
  const found = new Set<string>();
  for (const [at, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const line = raw.trim();
    // The program that writes manifests for one study puts a line of a single word above the list.
    if (line === '' || line.startsWith('#') || /^\w+$/.test(line)) continue;
    const [, bucket = '', uuid] = IN_LINE.exec(line) ?? [];
    if (uuid === undefined) {
      const shown = printable(line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN)}…` : line);
      throw new UsageError(`${printable(name)}, line ${at + 1}: "${shown}" names no series of IDC`, {
        hint: 'A manifest has lines such as "cp s3://idc-open-data/UUID/* ."; lines that begin with # are comments.',
      });
    }
    found.add(`s3://${AT_AMAZON[bucket] ?? bucket}/${uuid}`);
  }
  if (found.size > 0) return [...found];
  throw new UsageError(`${printable(name)} names no series`, {
    hint: 'Get it again from the page it came from: https://portal.imaging.datacommons.cancer.gov/explore/ .',
  });
}

/** @param location that `LOCATION` fits */
export function placeOfSeries(location: string): SeriesLocation {
  const [, bucket = '', uuid = ''] = IN_LINE.exec(location) ?? [];
  return { bucket, uuid };
}
