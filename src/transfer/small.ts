/** A small file: in memory, then in one write. A journal would cost more than fetching it again. */
import { randomBytes } from 'node:crypto';
import { unlinkSync } from 'node:fs';
import path from 'node:path';
import type { Algorithm } from '../checksum.js';
import { isPageName, looksLikePage, pageError } from './answer.js';
import { ENOUGH, readBody } from './body.js';
import type { Downloaded, DownloadOptions } from './downloaded.js';
import { TransientFault } from './faults.js';
import type { Patience } from './patience.js';
import { type Asking, type Opened, openWhole } from './requests.js';
import { algorithmsFor, checksumsFor } from './stated.js';

/** Bytes; also the most that a kill may cost a connection. */
export const SMALL = 1024 * 1024;

/** @param algorithms of digests wanted besides those of the checksums @param opened an answer that brings the whole file, when there is one already */
export async function downloadSmall(
  asking: Asking,
  size: number,
  algorithms: readonly Algorithm[],
  patience: Patience,
  options: DownloadOptions,
  opened?: Opened,
): Promise<Downloaded> {
  let ready = opened;
  const { bytes, checksums } = await patience.until(asking.signal, async () => {
    const now = ready ?? (await openWhole(asking));
    ready = undefined;
    try {
      return { bytes: await take(asking, now, size), checksums: checksumsFor(asking.remote, now.identity) };
    } finally {
      now.release();
    }
  });
  await asking.engine.throttle.take(size, asking.signal);
  const file = path.join(options.parts, `${options.key}.${randomBytes(4).toString('hex')}`);
  const digests = await asking.engine.small.write({ file, bytes, algorithms: algorithmsFor(checksums, algorithms) });
  const discard = async () => unlessAbsent(() => unlinkSync(file));
  return { file, size, digests, checksums, resumed: 0, flushed: true, discard };
}

function unlessAbsent(work: () => void): void {
  try {
    work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

async function take(asking: Asking, { response }: Opened, size: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  await readBody(response.body, asking, (chunk) => {
    chunks.push(chunk);
    length += chunk.length;
    return length > size ? ENOUGH : undefined;
  });
  // Of its own, so that it can be handed on: a pooled one cannot.
  const bytes = ownBuffer(chunks, length);
  // A page of another length than the file's is no truncated file: say what it is.
  const mayBePage = length !== size || asking.remote.checksums.length === 0;
  if (mayBePage && !isPageName(asking.remote.path) && looksLikePage(bytes)) {
    throw pageError(response, bytes.toString('utf8'));
  }
  if (length !== size) {
    throw new TransientFault(
      `the host sent ${length > size ? 'more than' : `${length} of`} the ${size} bytes expected`,
    );
  }
  return bytes;
}

function ownBuffer(chunks: readonly Buffer[], length: number): Buffer {
  const bytes = Buffer.from(new ArrayBuffer(length));
  let at = 0;
  for (const chunk of chunks) at += chunk.copy(bytes, at);
  return bytes;
}
