/** What a host's answer to a request for bytes is worth. A 2xx proves nothing. */
import type { IncomingMessage } from 'node:http';
import { ActionRequiredError, NetworkError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import { TransientFault } from './faults.js';
import type { Identity } from './journal.js';
import type { Range } from './ranges.js';
import { redactUrl } from './redact.js';
import { askedWait, isTransientStatus } from './retry.js';
import type { WireResponse } from './wire.js';

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

/** Validators that promise equal bytes. A weak ETag (W/) does not. */
export function validators(response: WireResponse): Omit<Identity, 'size'> {
  const { etag, 'last-modified': lastModified } = response.headers;
  const found: Omit<Identity, 'size'> = {};
  if (etag !== undefined && !etag.startsWith('W/')) found.etag = etag;
  if (lastModified !== undefined) found.lastModified = lastModified;
  return found;
}

/** Throws for every answer that holds no bytes of the file: the error tells whether trying again makes sense. */
export async function refuseBadStatus(response: WireResponse): Promise<void> {
  const { status, headers, body, final } = response;
  if (status === 200 || status === 206) return;
  const host = new URL(final.url).host;
  const said = await excerpt(body);
  const what = `${host} answered ${status}${said === '' ? '' : ` (${said})`} for ${redactUrl(final.url)}`;
  if (isTransientStatus(status) || status === 202) {
    throw new TransientFault(what, askedWait(headers));
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

/** A login, quota or error page in place of the file. `expectsPage`: the file itself is HTML. */
export async function refusePage(response: WireResponse, name: string, size: number | undefined): Promise<void> {
  const { headers, body, final } = response;
  const isPage = /^(text\/html|application\/xhtml)/i.test(headers['content-type'] ?? '');
  if (!isPage || /\.x?html?$/i.test(name)) return;
  if (size !== undefined && contentLength(response) === size) return; // Some hosts call everything text/html.
  throw pageError(final.url, await excerpt(body));
}

export function pageError(url: string, said: string): NetworkError {
  const host = new URL(url).host;
  return new NetworkError(`${host} sent a web page where a file was expected: ${said}`, {
    host,
    hint: `Open ${redactUrl(url)} in a browser: the host may want a login, or has a quota or a fault.`,
  });
}

/** True for bytes that begin like a web page. */
export function looksLikePage(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 256)).toString('latin1').trimStart().toLowerCase();
  return start.startsWith('<!doctype html') || start.startsWith('<html');
}

/** First words of a body, without markup. Ends the body. */
export async function excerpt(body: IncomingMessage): Promise<string> {
  let text = '';
  try {
    body.setEncoding('utf8');
    for await (const chunk of body) {
      text += chunk;
      if (text.length >= EXCERPT) break;
    }
  } catch {
    // What is there will do.
  }
  body.destroy();
  return words(text);
}

export function words(text: string): string {
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1];
  const plain = text
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
  if (encoding === undefined || encoding === 'identity' || /\.(gz|tgz)$/i.test(name)) return;
  const host = new URL(response.final.url).host;
  throw new NetworkError(
    `${host} sends ${redactUrl(response.final.url)} compressed (${printable(encoding)}) although it was asked not to`,
    { host, hint: 'A proxy on the way may do this. Try another network or another source.' },
  );
}
