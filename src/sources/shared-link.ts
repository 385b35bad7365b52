/**
 * Links that are shared on hosts made for people: they answer 200 with a web page where a file was asked
 * for, so a file's address is looked at before it is used; and their folders hold names that are no paths.
 */
import { printable } from '../printable.js';
import type { Answer, Conversation, Question } from '../transfer/conversation.js';
import { percentDecoded } from './percent.js';
import type { FileRequest } from './source.js';

/** What a host says of a file when its first byte is asked for. */
export interface Look {
  answer: Answer;
  /** Undefined when the answer is a page or an error instead of the file. */
  file?: { name?: string; size?: number };
}

/** Asks for one byte of a file: its name and size, or the page that the host shows in its place. @throws NetworkError */
export async function look(http: Conversation, request: Question, signal?: AbortSignal): Promise<Look> {
  // Pages come in the reader's language; English is what their words are looked up in.
  const headers = {
    ...request.headers,
    accept: '*/*',
    'accept-encoding': 'identity',
    'accept-language': 'en',
    range: 'bytes=0-0',
  };
  const answer = await http.ask({ ...request, headers }, signal);
  const size = sizeOf(answer);
  const isEmpty = answer.status === 416 && size === 0;
  const disposition = answer.headers['content-disposition'];
  const isFile = answer.status === 206 || (answer.status === 200 && (disposition !== undefined || !isPage(answer)));
  if (!isFile && !isEmpty) return { answer };
  const name = fileName(disposition);
  return { answer, file: { ...(name === undefined ? {} : { name }), ...(size === undefined ? {} : { size }) } };
}

function isPage({ headers }: Answer): boolean {
  return /^(text\/html|application\/xhtml)/i.test(headers['content-type'] ?? '');
}

function sizeOf({ status, headers }: Answer): number | undefined {
  const total = /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1];
  const said = status === 200 ? headers['content-length'] : total;
  return said === undefined ? undefined : Number(said);
}

/** The name that Content-Disposition gives (RFC 6266): `filename*` before `filename`. */
export function fileName(disposition: string | undefined): string | undefined {
  if (disposition === undefined) return undefined;
  const extended = /filename\*\s*=\s*UTF-8'[^']*'([^;]+)/i.exec(disposition)?.[1];
  if (extended !== undefined) return percentDecoded(extended.trim());
  const plain = /filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]+))/i.exec(disposition);
  const name = (plain?.[1]?.replace(/\\(.)/g, '$1') ?? plain?.[2])?.trim();
  // Node reads headers as Latin-1; most hosts write UTF-8.
  return name && (/[\u0080-\u00ff]/.test(name) ? Buffer.from(name, 'latin1').toString('utf8') : name);
}

/** A name as one part of a path: it may hold slashes at the host, and anything else. */
export function asPart(name: string): string {
  const part = printable(name.replace(/[/\\]/g, '_')).trim();
  return /^\.*$/.test(part) ? `_${part}` : part;
}

/** The parts of a path for the things in one folder, where several may bear one name: those get their id as well. */
export function distinctParts(items: readonly { id: string; name: string }[]): string[] {
  const parts = items.map(({ name }) => asPart(name));
  const counts = new Map<string, number>();
  for (const part of parts) counts.set(part, (counts.get(part) ?? 0) + 1);
  return parts.map((part, index) => (counts.get(part) === 1 ? part : marked(part, items[index]?.id ?? '')));
}

/** `scan.nii.gz` becomes `scan (ID).nii.gz`. */
function marked(part: string, id: string): string {
  const ending = /^.[^.]*((?:\.[A-Za-z0-9]{1,8}){1,2})$/.exec(part)?.[1] ?? '';
  return `${part.slice(0, part.length - ending.length)} (${id})${ending}`;
}

/** How long an address that was looked at is taken for good without looking again, milliseconds. */
const FRESH = 60_000;

/**
 * A remote file's `request` from a look at its address: the first call takes what was found before while that is fresh; every
 * later call means that the address was refused meanwhile, and looks again to learn why.
 */
export function lookedAt(
  find: (signal?: AbortSignal) => Promise<FileRequest>,
  found?: FileRequest,
): (signal?: AbortSignal) => Promise<FileRequest> {
  let known = found;
  const since = performance.now();
  return (signal) => {
    const request = known;
    known = undefined;
    return request !== undefined && performance.now() - since < FRESH ? Promise.resolve(request) : find(signal);
  };
}
