/** A file from a host that sends it only whole: one connection, and from the beginning again after a fault. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { looksLikePage, pageError, words } from './answer.js';
import type { Downloaded, DownloadOptions } from './download.js';
import { TransientFault } from './faults.js';
import type { Patience } from './patience.js';
import { type Asking, type Opened, openFile } from './requests.js';
import type { WireResponse } from './wire.js';

const WRITE = 1024 * 1024;

export interface Whole {
  asking: Asking;
  opened: Opened;
  patience: Patience;
  options: DownloadOptions;
  algorithms: Parameters<DownloadOptions['engine']['digests']['follow']>[1];
  onBytes(done: number, size: number | undefined): void;
}

export async function downloadWhole(whole: Whole): Promise<Downloaded> {
  const { options, patience, asking } = whole;
  const folder = path.join(options.parts, `${options.key}.${randomBytes(4).toString('hex')}`);
  await fs.mkdir(folder, { recursive: true });
  const file = path.join(folder, 'data');
  const discard = () => fs.rm(folder, { recursive: true, force: true });
  let opened: Opened | undefined = whole.opened;
  try {
    return await patience.until(async () => {
      const { response, size, release } = opened ?? (await openFile(asking));
      opened = undefined;
      const follower = options.engine.digests.follow(file, whole.algorithms);
      try {
        await fs.writeFile(file, '');
        const length = await save(response, file, size, whole, (done) => {
          follower.advance(done);
          whole.onBytes(done, size);
        });
        return { file, size: length, digests: await follower.finish(length), resumed: 0, discard };
      } finally {
        if (!response.body.complete) response.body.destroy();
        release();
        follower.abandon();
      }
    });
  } catch (error) {
    await discard();
    throw error;
  }
}

async function save(
  response: WireResponse,
  file: string,
  size: number | undefined,
  { options, asking }: Whole,
  onBytes: (done: number) => void,
): Promise<number> {
  const { engine, signal } = options;
  const handle = await fs.open(file, 'r+');
  const watch = engine.watch(response.body);
  const abort = () => response.body.destroy(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  let chunks: Buffer[] = [];
  let length = 0;
  let at = 0;
  const flush = async () => {
    for (let rest = Buffer.concat(chunks); rest.length > 0; ) {
      const { bytesWritten } = await handle.write(rest, 0, rest.length, at);
      at += bytesWritten;
      rest = rest.subarray(bytesWritten);
    }
    onBytes(at);
    await engine.throttle.take(length, signal);
    chunks = [];
    length = 0;
  };
  try {
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      watch.touch();
      if (at === 0 && length === 0 && asking.remote.checksums.length === 0 && looksLikePage(chunk)) {
        if (!/\.x?html?$/i.test(asking.remote.path)) throw pageError(response.final.url, words(chunk.toString('utf8')));
      }
      chunks.push(chunk);
      length += chunk.length;
      if (size !== undefined && at + length > size) {
        throw new TransientFault(`the host sent more than the ${size} bytes it had announced`);
      }
      if (length >= WRITE) await flush();
    }
    await flush();
  } finally {
    watch.done();
    signal.removeEventListener('abort', abort);
    await handle.close();
  }
  if (!response.body.complete) throw new TransientFault(`the connection was cut after ${at} bytes`);
  const expected = size ?? asking.remote.size;
  if (expected !== undefined && at !== expected) {
    throw new TransientFault(`the connection ended after ${at} of ${expected} bytes`);
  }
  if (at === 0 && expected !== 0) throw new TransientFault('the host sent an empty body');
  return at;
}
