/** The two requests of a ranged download: the first, which learns what the host can do, and those for the ranges after it. */
import { IntegrityError } from '../errors.js';
import type { FileRequest, RemoteFile } from '../sources/source.js';
import type { Address } from './address.js';
import {
  contentLength,
  parseContentRange,
  refuseBadStatus,
  refusePage,
  refuseTransportCompression,
  validators,
} from './answer.js';
import type { Engine } from './engine.js';
import { ChangedFault, RangeIgnoredFault, TransientFault } from './faults.js';
import type { Identity } from './journal.js';
import type { Part } from './part.js';
import type { Claim } from './ranges.js';
import { receive } from './receive.js';
import type { WireResponse } from './wire.js';

/** Bytes compared with those on disk where the host gives no validator to be sure by. */
const OVERLAP = 64 * 1024;

export interface Asking {
  engine: Engine;
  remote: RemoteFile;
  address: Address;
  signal: AbortSignal;
}

export interface Opened {
  response: WireResponse;
  /** Byte after the last that this response brings; the whole file's size when not ranged. */
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
export async function openFile(asking: Asking): Promise<Opened> {
  const { remote, address, engine } = asking;
  const request = await address.get(asking.signal);
  const { host } = new URL(request.url);
  const segment = engine.hosts.segment(host);
  const release = await engine.hosts.acquire(host, asking.signal);
  let response: WireResponse | undefined;
  try {
    response = await ask(asking, request, { range: `bytes=0-${segment - 1}` });
    refuseTransportCompression(response, remote.path);
    await refusePage(response, remote.path, remote.size);
    const identity = validators(response);
    if (response.status === 200) {
      const size = contentLength(response);
      expectSize(remote, size);
      return { response, end: size, size, ranged: false, identity, release };
    }
    const range = parseContentRange(response.headers['content-range']);
    if (range === undefined || range.start !== 0 || range.end > segment) throw wrongRange(response, `0-${segment - 1}`);
    const size = range.total ?? (range.end < segment ? range.end : undefined);
    if (size === undefined) {
      throw new TransientFault('the host sends a part without telling the whole size');
    }
    expectSize(remote, size);
    return { response, end: range.end, size, ranged: true, identity, release };
  } catch (error) {
    response?.body.destroy();
    release();
    throw error;
  }
}

/** Asks for the whole of a small file. */
export async function askWhole(asking: Asking): Promise<WireResponse> {
  return ask(asking, await asking.address.get(asking.signal), {});
}

export interface RangeOptions {
  /** An answer that already brings the claim. */
  response: WireResponse | undefined;
  signal: AbortSignal;
  onWritten(bytes: number): void;
}

/** Fetches a claim, or what the host gives of it. */
export async function fetchRange(asking: Asking, part: Part, claim: Claim, options: RangeOptions): Promise<void> {
  const { identity } = part;
  const unsure = identity.etag === undefined && identity.lastModified === undefined;
  // Bytes just before the claim, when they come from an earlier run and nothing else proves the file unchanged.
  const overlap = unsure && part.resumed > 0 ? part.provable(claim.at, OVERLAP) : 0;
  const response = options.response ?? (await askRange(asking, identity, claim, overlap));
  await receive(response, {
    engine: asking.engine,
    part,
    claim,
    overlap,
    refusePages: !/\.x?html?$/i.test(asking.remote.path) && asking.remote.checksums.length === 0,
    onWritten: options.onWritten,
    signal: options.signal,
  });
}

async function askRange(asking: Asking, identity: Identity, claim: Claim, overlap: number): Promise<WireResponse> {
  const request = await asking.address.get(asking.signal);
  const from = claim.at - overlap;
  const headers: Record<string, string> = { range: `bytes=${from}-${claim.end - 1}` };
  const validator = identity.etag ?? identity.lastModified;
  if (validator !== undefined) headers['if-range'] = validator;
  const response = await ask(asking, request, headers);
  try {
    refuseTransportCompression(response, asking.remote.path);
    refuseChanged(response, identity);
    if (response.status === 200) {
      throw new RangeIgnoredFault('the host sent the whole file where a part was asked for');
    }
    const range = parseContentRange(response.headers['content-range']);
    if (range?.start !== from || range.end > claim.end) throw wrongRange(response, `${from}-${claim.end - 1}`);
    if (range.total !== undefined && range.total !== identity.size) {
      throw new ChangedFault(`the file has ${range.total} bytes at the host now, ${identity.size} before`);
    }
    const length = contentLength(response);
    if (length !== undefined && length !== range.end - range.start)
      throw wrongRange(response, `${from}-${claim.end - 1}`);
    return response;
  } catch (error) {
    response.body.destroy();
    throw error;
  }
}

/** Sends a request and throws for every answer without bytes of the file. */
async function ask(asking: Asking, request: FileRequest, headers: Record<string, string>): Promise<WireResponse> {
  const response = await asking.engine.send(request, headers, asking.signal);
  if (response.status === 416) {
    response.body.destroy();
    throw new ChangedFault('the file is shorter at the host than it was');
  }
  try {
    await refuseBadStatus(response);
  } catch (error) {
    // A signed link that worked and now is refused has expired: ask for a new one, from the stable address.
    if (!(error instanceof TransientFault) && asking.address.expire(request)) {
      throw new TransientFault((error as Error).message, 0, error);
    }
    const wait = error instanceof TransientFault ? error.wait : undefined;
    if (wait !== undefined && wait <= asking.engine.retry.longest) {
      asking.engine.hosts.pause(new URL(request.url).host, wait);
    }
    throw error;
  }
  asking.address.confirm(request, response.final);
  return response;
}

function refuseChanged(response: WireResponse, identity: Identity): void {
  const now = validators(response);
  const etag = identity.etag !== undefined && now.etag !== undefined && now.etag !== identity.etag;
  // A mirror may give another date for the same bytes; an equal ETag settles that.
  const sameEtag = identity.etag !== undefined && now.etag === identity.etag;
  const date = identity.lastModified !== undefined && now.lastModified !== undefined;
  if (etag || (!sameEtag && date && now.lastModified !== identity.lastModified)) {
    throw new ChangedFault('the file has changed at the host');
  }
  if (response.status === 200) {
    const size = contentLength(response);
    if (size !== undefined && size !== identity.size) {
      throw new ChangedFault(`the file has ${size} bytes at the host now, ${identity.size} before`);
    }
  }
}

function expectSize(remote: RemoteFile, size: number | undefined): void {
  if (remote.size === undefined || size === undefined || remote.size === size) return;
  throw new IntegrityError(`${remote.path} has ${size} bytes at the host where ${remote.size} were expected`, {
    hint: 'The host has replaced the file, or sends something else in its place. Try another source (--source).',
  });
}

function wrongRange(response: WireResponse, asked: string): TransientFault {
  const got = response.headers['content-range'] ?? 'no Content-Range';
  const length = response.headers['content-length'] ?? 'unknown';
  return new TransientFault(`the host answered bytes ${asked} with "${got}" (length ${length})`);
}
