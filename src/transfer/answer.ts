/** What a host's answer to a request for bytes is worth. A 2xx proves nothing. */
import { ActionRequiredError, IntegrityError, NetworkError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import { ENOUGH, type Reading, readBody } from './body.js';
import { TransientFault } from './faults.js';
import type { Identity } from './journal.js';
import type { Range } from './ranges.js';
import { redactUrl } from './redact.js';
import { askedWait, isTransientStatus } from './retry.js';
import { statedChecksum } from './stated.js';
import type { WireResponse } from './wire.js';

/** Characters of a page that are read for its first words. */
const EXCERPT = 4096;

/** `Content-Range: bytes 0-99/1234` (RFC 9110 14.4); total is absent for `*`. */
export function parseContentRange(header: string | undefined): (Range & { total?: number }) | undefined {
  const match = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header?.trim() ?? '');
  if (match === null) return undefined;
  const range: Range & { total?: number } = { start: Number(match[1]), end: Number(match[2]) + 1 };
  if (match[3] !== '*') range.total = Number(match[3]);
  return range.end > range.start && range.end <= (range.total ?? Number.MAX_SAFE_INTEGER) ? range : undefined;
}

/** Length that the headers promise; undefined when they do not say. */
export function contentLength(response: WireResponse): number | undefined {
  const header = response.headers['content-length'];
  return header !== undefined && /^\d+$/.test(header) ? Number(header) : undefined;
}

/** Size of the file that an answer speaks of, whole or a part; undefined when it does not say. */
export function sizeOf(response: WireResponse): number | undefined {
  if (response.status === 206) return parseContentRange(response.headers['content-range'])?.total;
  return contentLength(response);
}

/** What promises equal bytes: a stated checksum, and validators in a form that If-Range takes (RFC 9110 13.1.5): a weak ETag (W/) does not. */
export function validators(response: WireResponse): Omit<Identity, 'size'> {
  const { etag, 'last-modified': lastModified } = response.headers;
  const found: Omit<Identity, 'size'> = {};
  if (etag !== undefined && /^"[^"]*"$/.test(etag)) found.etag = etag;
  if (lastModified !== undefined && !Number.isNaN(Date.parse(lastModified))) found.lastModified = lastModified;
  const checksum = statedChecksum(response.headers) ?? response.final.checksum;
  if (checksum !== undefined) found.checksum = checksum;
  return found;
}

/** Whether a host gives nothing, for now or for good; another may. */
export function isRefusal(error: unknown): boolean {
  return error instanceof NetworkError || error instanceof NotFoundError || error instanceof ActionRequiredError;
}

/** Throws for every answer that holds no bytes of the file: the error tells whether trying again makes sense. */
export async function refuseBadStatus(response: WireResponse, reading: Reading): Promise<void> {
  const { status, headers, final } = response;
  if (status === 200 || status === 206) return;
  const host = new URL(final.url).host;
  const said = words(await excerpt(response, reading));
  const what = `${host} answered ${status}${said === '' ? '' : ` (${said})`} for ${redactUrl(final.url)}`;
  const wait = askedWait(headers);
  // Some, GitHub among them, answer 403 to whoever has asked too often.
  if (isTransientStatus(status) || status === 202 || (status === 403 && wait !== undefined)) {
    throw new TransientFault(what, wait);
  }
  if (status === 401 || status === 403) {
    throw new ActionRequiredError(what, {
      host,
      url: redactUrl(final.url),
      hint: 'The host wants a login, accepted terms, or refuses this address. Open the page in a browser to see what it asks for.',
    });
  }
  if (status === 404 || status === 410) {
    throw new NotFoundError(what, { host, hint: 'The file has moved or is gone. medds info shows other sources.' });
  }
  throw new NetworkError(what, { host });
}

/** A login, quota or error page in place of the file `name`. */
export async function refusePage(
  response: WireResponse,
  name: string,
  size: number | undefined,
  reading: Reading,
): Promise<void> {
  const isPage = /^(text\/html|application\/xhtml)/i.test(response.headers['content-type'] ?? '');
  if (!isPage || isPageName(name)) return;
  if (size !== undefined && sizeOf(response) === size) return; // Some hosts call everything text/html.
  throw pageError(response, await excerpt(response, reading));
}

/** @throws IntegrityError for an answer that speaks of a file of another size, TransientFault for one with no bytes at all */
export async function refuseWrongSize(
  response: WireResponse,
  name: string,
  size: number | undefined,
  reading: Reading,
): Promise<void> {
  const actual = sizeOf(response);
  if (actual === undefined || actual === size) return;
  if (actual === 0) throw new TransientFault('the host sent nothing where a file was expected');
  if (size === undefined) return;
  const text = response.status === 200 ? await excerpt(response, reading) : '';
  if (looksLikePage(Buffer.from(text))) throw pageError(response, text);
  const said = isText(response) ? `: ${words(text)}` : '';
  throw new IntegrityError(`${name} has ${actual} bytes at the host where ${size} were expected${said}`, {
    host: new URL(response.final.url).host,
    hint: 'The host has replaced the file, or sends something else in its place. Try another source (--source).',
  });
}

/** @param text the page's beginning */
export function pageError(response: WireResponse, text: string): NetworkError {
  const { url } = response.final;
  const host = new URL(url).host;
  return new NetworkError(`${host} sent a web page where a file was expected: ${words(text)}`, {
    host,
    hint: `Open ${redactUrl(url)} in a browser: the host may want a login, or has a quota or a fault.`,
  });
}

/** True for bytes that begin like a web page. */
export function looksLikePage(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 256)).toString('latin1').trimStart().toLowerCase();
  return start.startsWith('<!doctype html') || start.startsWith('<html');
}

/** True for a file that is a web page itself. */
export function isPageName(name: string): boolean {
  return /\.x?html?$/i.test(name);
}

function isText(response: WireResponse): boolean {
  return /^(text\/|application\/(json|problem\+json|xml))/i.test(response.headers['content-type'] ?? '');
}

/** The beginning of a body; whatever of it comes. */
async function excerpt(response: WireResponse, reading: Reading): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  await readBody(response.body, reading, (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    return length >= EXCERPT ? ENOUGH : undefined;
  }).catch(() => undefined);
  return Buffer.concat(chunks).toString('utf8', 0, EXCERPT);
}

/** First words of a page or another text, without markup, fit for a terminal. */
export function words(text: string): string {
  const start = text.slice(0, EXCERPT);
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(start)?.[1];
  const plain = start
    .replace(/<(script|style)[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]*>?/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  const shown = title === undefined || plain.startsWith(title.trim()) ? plain : `${title.trim()}: ${plain}`;
  return printable(shown.length > 200 ? `${shown.slice(0, 200)}…` : shown);
}

/** A file that the host compressed for the way is not the file: neither ranges nor sizes speak of it. */
export function refuseTransportCompression(response: WireResponse, name: string): void {
  const encoding = response.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return;
  // Many hosts call the compression of the file itself the way's.
  if (/^(x-)?gzip$/i.test(encoding) && /\.(gz|tgz)$/i.test(name)) return;
  const host = new URL(response.final.url).host;
  throw new NetworkError(
    `${host} sends ${redactUrl(response.final.url)} compressed (${printable(encoding)}) although it was asked not to`,
    { host, hint: 'A proxy on the way may do this. Try another network or another source.' },
  );
}
