/** Shows that a part can go on with what the host has now, where neither ETag nor Last-Modified can. */
import { readBody } from './body.js';
import { ChangedFault } from './faults.js';
import type { Part } from './part.js';
import type { Range } from './ranges.js';
import { type Asking, askRange } from './requests.js';

/** Bytes compared at each end of what is here. */
const SAMPLE = 64 * 1024;

/** @throws ChangedFault when the host has other bytes, and what a request may throw */
export async function proveUnchanged(asking: Asking, part: Part): Promise<void> {
  const { etag, lastModified } = part.identity;
  if (etag !== undefined || lastModified !== undefined) return; // Every request holds the host to them.
  const { hosts } = asking.engine;
  for (const sample of part.samples(SAMPLE)) {
    await asking.address.get(asking.signal);
    const release = await hosts.acquire(asking.address.host, asking.signal);
    try {
      await compare(asking, part, sample);
    } finally {
      release();
    }
  }
}

async function compare(asking: Asking, part: Part, sample: Range): Promise<void> {
  const { response } = await askRange(asking, part.identity, sample);
  const chunks: Buffer[] = [];
  await readBody(response.body, asking, (chunk) => {
    chunks.push(chunk);
    return undefined;
  });
  const sent = Buffer.concat(chunks);
  const here = await part.read(sample.start, sent.length);
  if (!here.equals(sent)) throw new ChangedFault('the bytes at the host differ from those already here');
}
