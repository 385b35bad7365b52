/** What a Dataverse server lists (https://guides.dataverse.org/en/latest/api/native-api.html), as files. */
import { isChecksum } from '../checksum.js';
import { printable } from '../printable.js';
import { distinctPaths } from './distinct.js';
import type { Listed } from './facts.js';
import { known } from './json-api.js';
import { statedLicense } from './license.js';
import { asPart } from './shared-link.js';
import type { FileRequest, Resolution } from './source.js';

/** The part of a version of a dataset that is used. */
export interface DatasetVersion {
  versionNumber?: number;
  versionMinorNumber?: number;
  versionState?: string;
  /** An object since 5.10, a name before. */
  license?: { name?: string; uri?: string } | string;
  termsOfAccess?: string;
  metadataBlocks?: { citation?: { fields?: { typeName?: string; value?: unknown }[] } };
  files?: DatasetFile[];
}

export interface DatasetFile {
  label: string;
  directoryLabel?: string;
  restricted?: boolean;
  dataFile: {
    id: number;
    /** Bytes; of a table that was ingested, those of the server's own form of it. */
    filesize?: number;
    md5?: string;
    checksum?: { type: string; value: string };
    /** Spreadsheets and the like are kept in a form of the server's own, `.tab`, beside what was uploaded. */
    tabularData?: boolean;
    originalFileFormat?: string;
    originalFileSize?: number;
    originalFileName?: string;
    embargo?: { dateAvailable?: string };
    retention?: { dateUnavailable?: string };
  };
}

/** How a file of a listing is asked for: `/api/access/datafile/ID`. What is made on the way comes whole only. */
export type ToRequest = (
  address: string,
  file: { size: number | undefined; isMade: boolean },
) => (signal?: AbortSignal) => Promise<FileRequest>;

/**
 * Every file with its folder, tables as they were uploaded: that is what the server's checksum is of (github.com/datalad/
 * datalad-dataverse issue 307). `closed` tells why files are not for everybody.
 */
export function listFiles(
  files: readonly DatasetFile[],
  toRequest: ToRequest,
): { listing: Listed[]; closed: Map<Listed['request'], string> } {
  const paths = distinctPaths(
    files.map((file) => ({
      id: String(file.dataFile.id),
      folder: (file.directoryLabel ?? '').split('/').filter(Boolean).map(asPart).join('/'),
      name: isOriginal(file) ? (file.dataFile.originalFileName ?? file.label) : file.label,
    })),
  );
  const closed = new Map<Listed['request'], string>();
  const listing = files.map((file, at): Listed => {
    const { dataFile } = file;
    const original = isOriginal(file);
    // Of a table whose upload is not kept, what comes is made on the way: nothing is known of it.
    const isMade = dataFile.tabularData === true && !original;
    const size = original ? dataFile.originalFileSize : isMade ? undefined : dataFile.filesize;
    const request = toRequest(`/api/access/datafile/${dataFile.id}${original ? '?format=original' : ''}`, {
      size,
      isMade,
    });
    const reason = reasonClosed(file);
    if (reason !== undefined) closed.set(request, reason);
    return { path: paths[at] as string, ...known('size', size), checksums: isMade ? [] : checksumOf(file), request };
  });
  return { listing, closed };
}

function isOriginal({ dataFile }: DatasetFile): boolean {
  return dataFile.tabularData === true && dataFile.originalFileFormat !== undefined;
}

function checksumOf({ dataFile: { checksum, md5 } }: DatasetFile): string[] {
  const { type, value } = checksum ?? { type: 'MD5', value: md5 ?? '' };
  const sum = `${type.replace('-', '')}:${value}`.toLowerCase();
  return isChecksum(sum) ? [sum] : [];
}

function reasonClosed({ restricted, dataFile: { embargo, retention } }: DatasetFile): string | undefined {
  const today = new Date().toISOString().slice(0, 10);
  const { dateAvailable = '' } = embargo ?? {};
  const { dateUnavailable = '' } = retention ?? {};
  if (dateAvailable > today) return `under embargo until ${printable(dateAvailable)}`;
  if (dateUnavailable !== '' && dateUnavailable <= today) return `withheld since ${printable(dateUnavailable)}`;
  return restricted === true ? 'restricted' : undefined;
}

export function titleOf({ metadataBlocks }: DatasetVersion): string | undefined {
  const title = metadataBlocks?.citation?.fields?.find(({ typeName }) => typeName === 'title')?.value;
  return typeof title === 'string' ? title : undefined;
}

export function licenseOf({ license }: DatasetVersion): Resolution['license'] {
  const { name, uri } = typeof license === 'string' ? { name: license, uri: undefined } : (license ?? {});
  return name === 'NONE' ? undefined : statedLicense(name, uri);
}
