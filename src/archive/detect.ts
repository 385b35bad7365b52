/** What an archive is, by its first bytes and never by its name. */
import { type Compression, decompress } from './decompress.js';
import { fileAccess } from './random-access.js';
import { FormatError } from './refusal.js';
import { BLOCK, hasTarChecksum } from './tar-header.js';
import type { ArchiveFile } from './volumes.js';
import { findZipEnd } from './zip-end.js';

export type ArchiveKind = 'zip' | 'tar' | 'tar.gz' | 'tar.bz2' | 'tar.xz' | 'tar.zst' | 'gz' | '7z';

/** Magic numbers, as hex. bzip2's fourth byte is the block size; its fifth to tenth are pi, or the root of pi when empty. */
const MAGIC: readonly [RegExp, ArchiveKind | Compression][] = [
  [/^504b(0304|0506|0708|3030504b0304)/, 'zip'],
  [/^377abcaf271c/, '7z'],
  [/^1f8b08/, 'gz'],
  [/^425a683[1-9](314159265359|177245385090)/, 'bz2'],
  [/^fd377a585a00/, 'xz'],
  [/^(28b52ffd|5[0-9a-f]2a4d18)/, 'zst'],
];

/**
 * Which archive a file is; undefined when it is none. gz, bz2, xz and zst are looked into for a tar. A gzip that holds
 * anything else is a single file, 'gz'; other compressed single files are not unpacked.
 * @throws DiskError, or the file system's error, when the file cannot be read
 */
export async function detectKind(file: ArchiveFile): Promise<ArchiveKind | undefined> {
  const head = await firstBytes(file);
  const hex = head.toString('hex', 0, 16);
  const found = MAGIC.find(([magic]) => magic.test(hex))?.[1];
  switch (found) {
    case 'gz':
      return (await holdsTar(file, found)) ? 'tar.gz' : 'gz';
    case 'bz2':
    case 'xz':
    case 'zst':
      return (await holdsTar(file, found)) ? `tar.${found}` : undefined;
    case undefined:
      if (head.length >= BLOCK && hasTarChecksum(head)) return 'tar';
      return (await endsAsZip(file)) ? 'zip' : undefined;
    default:
      return found as ArchiveKind;
  }
}

async function firstBytes(file: ArchiveFile): Promise<Buffer> {
  const access = await fileAccess(file);
  try {
    return await access.read(0, BLOCK);
  } finally {
    await access.close();
  }
}

/** Thrown to stop decompressing when enough has been seen. */
const ENOUGH = Symbol('enough');

async function holdsTar(file: ArchiveFile, compression: Compression): Promise<boolean> {
  let start = Buffer.alloc(0);
  try {
    await decompress(file, compression, (chunk) => {
      start = Buffer.concat([start, chunk.subarray(0, BLOCK - start.length)]);
      if (start.length === BLOCK) throw ENOUGH;
    });
  } catch (error) {
    // What is broken here is said when it is unpacked.
    if (error !== ENOUGH && !(error instanceof FormatError)) throw error;
  }
  return start.length === BLOCK && hasTarChecksum(start);
}

/** A program may stand before a zip. */
async function endsAsZip(file: ArchiveFile): Promise<boolean> {
  const access = await fileAccess(file);
  try {
    const end = await findZipEnd(access);
    return end !== undefined && end.members > 0;
  } catch (error) {
    // A zip that is no good is still a zip; unpacking says why.
    if (error instanceof FormatError) return true;
    throw error;
  } finally {
    await access.close();
  }
}
