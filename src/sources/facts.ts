/** What the registry says of files, held against what a host lists. */
import { parseChecksum } from '../checksum.js';
import { IntegrityError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import type { FileFacts } from '../registry/schema.js';
import type { FileRequest, RemoteFile } from './source.js';

/** A file as a host lists it. */
export interface Listed {
  path: string;
  size?: number;
  checksums: string[];
  /** As in RemoteFile. */
  wrapped?: string;
  request(signal?: AbortSignal): Promise<FileRequest>;
}

export function checksumsOf(facts: Pick<FileFacts, 'checksum'>): string[] {
  return facts.checksum === undefined ? [] : [facts.checksum].flat();
}

/** A remote file from what is known of it; archives are unpacked unless the registry says otherwise. */
export function remoteFile(listed: Listed, facts: Omit<FileFacts, 'path'> = {}): RemoteFile {
  const size = facts.size ?? listed.size;
  return {
    path: listed.path,
    ...(size === undefined ? {} : { size }),
    checksums: [...new Set([...checksumsOf(facts), ...listed.checksums])],
    request: listed.request,
    ...(listed.wrapped === undefined ? {} : { wrapped: listed.wrapped }),
    unpack: facts.unpack ?? true,
    ...(facts.nested === undefined ? {} : { nested: facts.nested }),
    ...(facts.password === undefined ? {} : { password: facts.password }),
    into: facts.into ?? '',
  };
}

/**
 * The files of a listing that the registry asks for (all of them when it names none).
 * @throws NotFoundError when one is no longer listed, IntegrityError when the host's facts are not the registry's
 */
export function chooseFiles(
  listing: readonly Listed[],
  wanted: readonly FileFacts[] | undefined,
  where: string,
): RemoteFile[] {
  if (wanted === undefined) return listing.map((listed) => remoteFile(listed));
  const byPath = new Map(listing.map((listed) => [listed.path, listed]));
  return wanted.map((facts) => {
    const listed = byPath.get(facts.path) ?? listing.find(({ path }) => fitsPattern(path, facts.pattern));
    if (listed === undefined) {
      throw new NotFoundError(`${where} no longer holds ${facts.path}`, {
        file: facts.path,
        hint: `It holds: ${printable(
          listing
            .map((file) => file.path)
            .slice(0, 20)
            .join(', '),
        )}. The registry entry may be out of date; another source may still have the file.`,
      });
    }
    refuseContradiction(listed, facts, where);
    return remoteFile({ ...listed, path: facts.path }, facts);
  });
}

/** `*` stands for any characters but a slash, `?` for one; letters of either case fit. */
export function fitsPattern(name: string, pattern: string | undefined): boolean {
  if (pattern === undefined) return false;
  const body = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]');
  return new RegExp(`^${body}$`, 'i').test(name);
}

function refuseContradiction(listed: Listed, facts: FileFacts, where: string): void {
  const hint = 'The host has replaced the file since the registry entry was written. Try another source (--source).';
  if (facts.size !== undefined && listed.size !== undefined && facts.size !== listed.size) {
    throw new IntegrityError(
      `${where} lists ${facts.path} with ${listed.size} bytes, the registry with ${facts.size}`,
      {
        file: facts.path,
        hint,
      },
    );
  }
  for (const known of checksumsOf(facts).map(parseChecksum)) {
    const said = listed.checksums.map(parseChecksum).find(({ algorithm }) => algorithm === known.algorithm);
    if (said !== undefined && said.hex !== known.hex) {
      throw new IntegrityError(
        `${where} lists ${facts.path} with ${said.algorithm} ${said.hex}, the registry with ${known.hex}`,
        { file: facts.path, hint },
      );
    }
  }
}
