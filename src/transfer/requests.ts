/** The requests for a file's bytes: the first, which learns what the host can do; for a range; for the whole. */
import { ActionRequiredError } from '../errors.js';
import type { FileRequest, RemoteFile } from '../sources/source.js';
import type { Address } from './address.js';
import {
  contentLength,
  parseContentRange,
  refuseBadStatus,
  refusePage,
  refuseTransportCompression,
  refuseWrongSize,
  sizeOf,
  validators,
} from './answer.js';
import { discardBody, type Reading } from './body.js';
import { ChangedFault, RangeIgnoredFault, TransientFault } from './faults.js';
import type { Identity } from './journal.js';
import type { Range } from './ranges.js';
import type { WireResponse } from './wire.js';

export interface Asking extends Reading {
  remote: RemoteFile;
  address: Address;
  /** Who gets a connection first: the higher. */
  priority?: number;
}

/** An answer that begins with the file's first byte. */
export interface Opened {
  response: WireResponse;
  /** Byte after the last that it brings; undefined when the host does not tell. */
  end: number | undefined;
  /** Size of the file; undefined when the host does not tell. */
  size: number | undefined;
  /** True when the host answered with the range that was asked for. */
  ranged: boolean;
  identity: Omit<Identity, 'size'>;
  /** Gives the connection back; to be called once the response is read or thrown away. */
  release(): void;
}

/** Asks for the beginning of the file. Nothing is known of the host before; a HEAD would cost a round trip and often lies. */
export function openFile(asking: Asking): Promise<Opened> {
  return open(asking, async (request) => {
    if (request.ranges === false) return asWhole(await ask(asking, request, {}));
    const segment = asking.engine.hosts.segment(asking.address.host);
    const response = await ask(asking, request, { range: `bytes=0-${segment - 1}` });
    if (response.status === 200) return asWhole(response);
    const range = rangeOf(response, 0, segment);
    const size = sizeOf(response) ?? asking.remote.size;
    if (range !== undefined && size !== undefined) {
      return { response, end: range.end, size, ranged: true, identity: validators(response) };
    }
    // An empty file (416), or ranges that make no sense: once more, without.
    discardBody(response.body);
    return asWhole(await ask(asking, request, {}));
  });
}

/** Asks for all of the file at once. */
export function openWhole(asking: Asking): Promise<Opened> {
  return open(asking, async (request) => asWhole(await ask(asking, request, {})));
}

async function open(
  asking: Asking,
  request: (request: FileRequest) => Promise<Omit<Opened, 'release'>>,
): Promise<Opened> {
  const { address, engine, signal, priority } = asking;
  await address.get(signal);
  const release = await engine.hosts.acquire(address.host, signal, priority);
  try {
    return { ...(await request(await address.get(signal))), release };
  } catch (error) {
    release();
    throw error;
  }
}

function asWhole(response: WireResponse): Omit<Opened, 'release'> {
  const size = sizeOf(response);
  // Some hosts answer 206 although no range was asked for; it will do when it covers everything.
  const isWhole = response.status === 200 || (size !== undefined && rangeOf(response, 0, size)?.end === size);
  if (!isWhole) {
    response.body.destroy();
    throw wrongRange(response, 'all of it');
  }
  return { response, end: size, size, ranged: false, identity: validators(response) };
}

/** What tells this version of the file from others; undefined when the host gives no parts of it. The answer's one byte is thrown away. */
export async function learnIdentity(asking: Asking): Promise<Identity | undefined> {
  const { address, engine, signal } = asking;
  const request = await address.get(signal);
  if (request.ranges === false) return undefined;
  const release = await engine.hosts.acquire(address.host, signal, asking.priority);
  try {
    const response = await ask(asking, request, { range: 'bytes=0-0' });
    discardBody(response.body);
    const size = sizeOf(response);
    if (size === undefined || rangeOf(response, 0, 1) === undefined) return undefined;
    return { ...validators(response), size };
  } finally {
    release();
  }
}

/** A range of the file that `identity` describes, or as much of it as the host gives: up to `end`. The caller holds a connection. */
export async function askRange(
  asking: Asking,
  identity: Identity,
  { start, end }: Range,
): Promise<{ response: WireResponse; end: number }> {
  const headers: Record<string, string> = { range: `bytes=${start}-${end - 1}` };
  const validator = identity.etag ?? identity.lastModified;
  if (validator !== undefined) headers['if-range'] = validator;
  const response = await ask(asking, await asking.address.get(asking.signal), headers);
  try {
    if (response.status === 416) throw new ChangedFault('the file is shorter at the host than it was');
    refuseChanged(response, identity);
    if (response.status === 200) {
      throw new RangeIgnoredFault('the host sent the whole file where a part was asked for');
    }
    const range = rangeOf(response, start, end);
    if (range === undefined) throw wrongRange(response, `bytes ${start}-${end - 1}`);
    return { response, end: range.end };
  } catch (error) {
    response.body.destroy();
    throw error;
  }
}

/** Sends a request and throws for every answer without bytes of the file; who asks for a range meets 416 as well as 200 and 206. */
async function ask(asking: Asking, request: FileRequest, headers: Record<string, string>): Promise<WireResponse> {
  const { address, engine, signal } = asking;
  const { path, size } = asking.remote;
  const response = await engine.send(request, headers, signal);
  if (response.status === 416 && headers.range !== undefined) return response;
  try {
    await refuseBadStatus(response, asking);
    refuseTransportCompression(response, path);
    await refusePage(response, path, size, asking);
    await refuseWrongSize(response, path, size, asking);
  } catch (error) {
    response.body.destroy();
    if (error instanceof TransientFault) {
      if (error.wait !== undefined && error.wait <= engine.retry.longest) engine.hosts.pause(address.host, error.wait);
    } else if (address.expire(request, error instanceof ActionRequiredError)) {
      // A signed link that worked and now is refused has expired: ask for a new one, from the stable address.
      throw new TransientFault((error as Error).message, 0, error);
    }
    throw error;
  }
  address.confirm(request, response.final);
  return response;
}

/** The range that an answer brings, when it begins where it should and goes no further than asked. */
function rangeOf(response: WireResponse, start: number, end: number): Range | undefined {
  const range = parseContentRange(response.headers['content-range']);
  if (response.status !== 206 || range?.start !== start || range.end > end) return undefined;
  const length = contentLength(response);
  return length === undefined || length === range.end - range.start ? range : undefined;
}

function refuseChanged(response: WireResponse, identity: Identity): void {
  const now = validators(response);
  const checksum = identity.checksum !== undefined && now.checksum !== undefined && now.checksum !== identity.checksum;
  const etag = identity.etag !== undefined && now.etag !== undefined && now.etag !== identity.etag;
  // A mirror may give another date for the same bytes; an equal ETag settles that.
  const sameEtag = identity.etag !== undefined && now.etag === identity.etag;
  const date = identity.lastModified !== undefined && now.lastModified !== undefined;
  if (checksum || etag || (!sameEtag && date && now.lastModified !== identity.lastModified)) {
    throw new ChangedFault('the file has changed at the host');
  }
  const size = sizeOf(response);
  if (size !== undefined && size !== identity.size) {
    throw new ChangedFault(`the file has ${size} bytes at the host now, ${identity.size} before`);
  }
}

function wrongRange(response: WireResponse, asked: string): TransientFault {
  const got = response.headers['content-range'] ?? 'no Content-Range';
  const length = response.headers['content-length'] ?? 'unknown';
  return new TransientFault(`the host answered ${response.status} with "${got}" (length ${length}) for ${asked}`);
}
