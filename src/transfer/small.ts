/** A small file: in memory, then in one write. A journal would cost more than fetching it again. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Algorithm } from '../checksum.js';
import { looksLikePage, pageError, refuseTransportCompression, words } from './answer.js';
import type { Downloaded, DownloadOptions } from './download.js';
import { TransientFault } from './faults.js';
import { Hashing } from './hashing.js';
import type { Patience } from './patience.js';
import { type Asking, askWhole } from './requests.js';

/** Bytes; also the most that a kill may cost a connection. */
export const SMALL = 1024 * 1024;

export async function downloadSmall(
  asking: Asking,
  size: number,
  algorithms: readonly Algorithm[],
  patience: Patience,
  options: DownloadOptions,
): Promise<Downloaded> {
  const { engine, signal } = options;
  const host = new URL((await asking.address.get(signal)).url).host;
  const bytes = await patience.until(() => engine.hosts.run(host, signal, () => take(asking, size, options)));
  const hashing = new Hashing(algorithms);
  hashing.update(bytes);
  const file = path.join(options.parts, `${options.key}.${randomBytes(4).toString('hex')}`);
  await fs.writeFile(file, bytes, { flag: 'wx' });
  return {
    file,
    size: bytes.length,
    digests: hashing.digest(),
    resumed: 0,
    discard: () => fs.rm(file, { force: true }),
  };
}

async function take(asking: Asking, size: number, options: DownloadOptions): Promise<Buffer> {
  const { engine, signal } = options;
  const { remote } = asking;
  const response = await askWhole(asking);
  const { body } = response;
  const watch = engine.watch(body);
  const abort = () => body.destroy(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    refuseTransportCompression(response, remote.path);
    for await (const chunk of body as AsyncIterable<Buffer>) {
      watch.touch();
      chunks.push(chunk);
      length += chunk.length;
      if (length > size) break;
    }
  } finally {
    watch.done();
    signal.removeEventListener('abort', abort);
    if (!body.complete) body.destroy();
  }
  const bytes = Buffer.concat(chunks);
  await engine.throttle.take(length, signal);
  if (length !== size) {
    // A page of another length than the file's is no truncated file: say what it is.
    if (looksLikePage(bytes)) throw pageError(response.final.url, words(bytes.toString('utf8')));
    const more = length > size ? 'more than' : `${length} of`;
    throw new TransientFault(`the host sent ${more} the ${size} bytes expected`);
  }
  return bytes;
}
