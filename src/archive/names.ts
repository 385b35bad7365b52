/** Which files are archives by their name. What they really are, their first bytes decide (detect.ts). */

/**
 * A single compressed file (`.nii.gz`) is no archive: tools read it as it is. `.change2zip` is a zip whose owners keep their host from
 * unpacking it.
 */
const ARCHIVE = /\.(zip|change2zip|7z|tar|tgz|tbz2?|txz|tzst|tar\.(gz|bz2|xz|zst|z))$/i;

export function archiveName(path: string): boolean {
  return ARCHIVE.test(path);
}
