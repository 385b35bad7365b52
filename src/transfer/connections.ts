/** The connections that fetch one file together: range after range, then half of what a slow one has left, until all is here. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ActionRequiredError, NetworkError, NotFoundError } from '../errors.js';
import { TransientFault } from './faults.js';
import { linkAbort } from './linked-abort.js';
import type { Part } from './part.js';
import type { Patience } from './patience.js';
import type { Claim } from './ranges.js';
import { receive } from './receive.js';
import { type Asking, askRange, type Opened } from './requests.js';

/** Longest range that one request asks for, bytes. */
const LONGEST = 512 * 1024 * 1024;

/** A range should keep its connection busy for so long, milliseconds. */
const BUSY = 8000;

/** A connection that will need longer than this for what it has left is helped by an idle one. Milliseconds. */
const SLOW = 2000;

/** How often an idle connection looks for one to help. Milliseconds. */
const IDLE = 500;

/** Least bytes that an answer must bring where more was asked for: a host that gives less wastes everybody's time. */
const LEAST = 64 * 1024;

export interface Fetching {
  asking: Asking;
  part: Part;
  patience: Patience;
  /** Called after every write. */
  onWritten(): void;
}

/** Fetches all that a part lacks. @param opened an answer that brings the beginning */
export async function fetchRanges(fetching: Fetching, opened?: Opened): Promise<void> {
  const { part } = fetching;
  const { engine, address, signal } = fetching.asking;
  await address.get(signal);
  const { host } = address;
  // Ends the other connections when one has failed for good, and their waits when nothing is left to fetch.
  const stop = linkAbort(signal);
  const asking = { ...fetching.asking, signal: stop.signal };
  const onWritten = () => {
    fetching.onWritten();
    if (part.ranges.complete) stop.abort();
  };
  let alive = engine.hosts.connections(host);
  let failure: { error: unknown } | undefined;
  const run = async (first?: Opened) => {
    try {
      await connection({ ...fetching, asking, onWritten }, host, first);
    } catch (error) {
      // A host may bear fewer connections than we open: as long as one goes on, a refused one is no loss.
      if (isRefusal(error) && alive > 1 && !fetching.patience.exhausted) return;
      if (!part.ranges.complete) failure ??= { error };
      stop.abort(error);
    } finally {
      alive--;
    }
  };
  try {
    const others = Array.from({ length: alive - 1 }, () => run());
    await Promise.all([run(opened), ...others]);
  } finally {
    stop.unlink();
  }
  if (failure !== undefined) throw failure.error;
  if (!part.ranges.complete) throw new Error('bytes are missing although all were fetched');
}

function isRefusal(error: unknown): boolean {
  return error instanceof NetworkError || error instanceof NotFoundError || error instanceof ActionRequiredError;
}

async function connection(fetching: Fetching, host: string, first?: Opened): Promise<void> {
  const { asking, part, patience } = fetching;
  const { hosts } = asking.engine;
  const { ranges } = part;
  const least = hosts.segment(host);
  // What an answer brings must be claimed before anybody else can: nothing may be waited for before.
  let opened = first;
  let length = first?.end ?? least;
  while (!ranges.complete) {
    const claim = await patience.until(asking.signal, async (progressed) => {
      const ready = opened;
      opened = undefined;
      const release = ready?.release ?? (await hosts.acquire(host, asking.signal, asking.priority));
      const claim = ranges.claim(length, (other) => timeLeft(other, least / 4));
      try {
        if (claim !== undefined) await fetchClaim(fetching, claim, progressed, ready);
        return claim;
      } finally {
        release();
        // What is left of it after a fault is anybody's.
        if (claim !== undefined) ranges.release(claim);
      }
    });
    if (claim === undefined) await sleep(IDLE, undefined, { signal: asking.signal });
    else length = nextLength(claim, least, ranges.free / hosts.connections(host));
  }
}

/**
 * Long enough that requests are few, short enough that the front of the file does not wait for its tail, and that all
 * connections end together.
 */
function nextLength({ start, at, since }: Claim, least: number, share: number): number {
  const rate = (at - start) / Math.max(1, performance.now() - since);
  return Math.max(least, Math.min(LONGEST, Math.round(rate * BUSY), Math.ceil(share / 2)));
}

/** Milliseconds that a claim will still take, if that is long and its remainder at least `worth` bytes; else 0. */
function timeLeft({ start, at, end, since }: Claim, worth: number): number {
  if (end - at < worth) return 0;
  const elapsed = performance.now() - since;
  const left = at === start ? elapsed * 2 : (elapsed / (at - start)) * (end - at);
  return left > SLOW ? left : 0;
}

/** Fetches a claim, or what the host gives of it. */
async function fetchClaim(
  { asking, part, onWritten }: Fetching,
  claim: Claim,
  progressed: (bytes: number) => void,
  opened: Opened | undefined,
): Promise<void> {
  const { response, end } = opened ?? (await askRange(asking, part.identity, claim));
  const asked = claim.end - claim.at;
  await receive(response, {
    asking,
    part,
    claim,
    end,
    onWritten: (bytes) => {
      progressed(bytes);
      onWritten();
    },
  });
  if (claim.at < claim.end && claim.at - claim.start < LEAST) {
    throw new TransientFault(`the host gave ${claim.at - claim.start} of ${asked} bytes`);
  }
}
