/** What lies on Google Drive, and the two ways to ask for it: the public pages, and the API with a key. */
import { asPart } from './shared-link.js';
import type { FileRequest, SourceContext } from './source.js';

export interface DriveRef {
  id: string;
  /** Needed for some things that were shared before September 2021 (https://developers.google.com/workspace/drive/api/guides/resource-keys). */
  resourceKey?: string | undefined;
}

export interface DriveItem extends DriveRef {
  /** `other` has no bytes that can be had: a form, a map, a drawing. */
  kind: 'file' | 'folder' | 'document' | 'other';
  name?: string;
  size?: number;
  checksums: string[];
  /** Of a document: what it is exported as. */
  format?: DocumentFormat;
  /** Where its bytes came from when it was looked at. */
  found?: FileRequest;
}

export interface DriveFolder {
  name?: string;
  items: DriveItem[];
}

/** All throw NotFoundError, ActionRequiredError (not shared with everyone), QuotaError, NetworkError. */
export interface Drive {
  /** Name, size and checksums of a file, as far as they are told. */
  file(ref: DriveRef, signal?: AbortSignal): Promise<DriveItem>;
  /** A file, a folder or a document, whichever has this id. */
  item(ref: DriveRef, signal?: AbortSignal): Promise<DriveItem>;
  folder(ref: DriveRef, signal?: AbortSignal): Promise<DriveFolder>;
  /** Where the bytes are asked for, once it is sure that they come. */
  request(item: DriveItem, signal?: AbortSignal): Promise<FileRequest>;
}

/** Google's own documents have no bytes; they are exported as Office files. */
export interface DocumentFormat {
  /** As in the document's address: docs.google.com/KIND/d/ID. */
  kind: string;
  ending: string;
  type: string;
}

/** https://developers.google.com/workspace/drive/api/guides/ref-export-formats, by what the API calls them. */
const FORMATS: Record<string, DocumentFormat> = {
  document: { kind: 'document', ending: 'docx', type: office('wordprocessingml.document') },
  spreadsheet: { kind: 'spreadsheets', ending: 'xlsx', type: office('spreadsheetml.sheet') },
  presentation: { kind: 'presentation', ending: 'pptx', type: office('presentationml.presentation') },
};

function office(format: string): string {
  return `application/vnd.openxmlformats-officedocument.${format}`;
}

/** @param name `spreadsheet` as in the API's types, or `spreadsheets` as in addresses */
export function documentFormat(name: string): DocumentFormat | undefined {
  return FORMATS[name] ?? Object.values(FORMATS).find(({ kind }) => kind === name);
}

/** What a thing is called on disk: a document by the kind of file that it is exported as. */
export function pathPart({ name, id, format }: DriveItem): string {
  const part = asPart(name ?? id);
  return format === undefined || part.endsWith(`.${format.ending}`) ? part : `${part}.${format.ending}`;
}

/** Hosts that Drive is spread over. One base URL (MEDDS_ENDPOINT_GOOGLE_DRIVE) stands for them all. */
export function driveHosts({ endpoint }: SourceContext) {
  const at = (standard: string) => endpoint('google-drive', standard);
  return {
    pages: at('https://drive.google.com'),
    bytes: at('https://drive.usercontent.google.com'),
    documents: at('https://docs.google.com'),
    api: at('https://www.googleapis.com'),
  };
}

/** The address of a page or an answer, with its query. */
export function address(base: string, query: Record<string, string | undefined>): string {
  const url = new URL(base);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  return url.href;
}
