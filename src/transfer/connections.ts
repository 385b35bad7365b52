/** The connections that fetch one file together: range after range, then half of what a slow one has left, until all is here. */
import { setTimeout as sleep } from 'node:timers/promises';
import { IntegrityError } from '../errors.js';
import { isRefusal } from './answer.js';
import { ChangedFault, RangeIgnoredFault, TransientFault } from './faults.js';
import type { Identity } from './journal.js';
import { linkAbort } from './linked-abort.js';
import type { Part } from './part.js';
import type { Claim } from './ranges.js';
import { receive } from './receive.js';
import { type Asking, askRange, type Opened } from './requests.js';
import { type Side, withoutValidators } from './sides.js';

/** Longest range that one request asks for, bytes. */
const LONGEST = 512 * 1024 * 1024;

/** A range should keep its connection busy for so long, milliseconds. */
const BUSY = 8000;

/**
 * Of what is left for each connection, so much is asked for at once: every request costs a moment in which nothing comes. Less of a
 * file whose front is waited for.
 */
const SHARE = 0.7;
const SHARE_OF_FOLLOWED = 0.5;

/** A connection that will need longer than this for what it has left is helped by an idle one. Milliseconds. */
const SLOW = 2000;

/** How often an idle connection looks for one to help. Milliseconds. */
const IDLE = 500;

/** Least bytes that an answer must bring where more was asked for: a host that gives less wastes everybody's time. */
const LEAST = 64 * 1024;

/** Bytes that are left of a file, from which on its mirrors help: several hosts at once, each as fast as it can. */
const LARGE = 64 * 1024 * 1024;

export interface Fetching {
  /** The host that the part's validators are of first, then mirrors. */
  sides: readonly [Side, ...Side[]];
  part: Part;
  /** It is read from the front while it arrives. */
  isFollowed: boolean;
  signal: AbortSignal;
  /** Called after every write. */
  onWritten(): void;
  /** A host serves no more, and others go on. */
  onLost(side: Side, error: Error): void;
}

/** What one host's connections work with. */
interface Serving {
  side: Side;
  part: Part;
  /** What the host is held to. */
  identity: Identity;
  /** Part of what is left for each connection that is asked for at once. */
  share: number;
  signal: AbortSignal;
  onWritten(): void;
}

/**
 * Fetches all that a part lacks: from all hosts at once when that is much, else from one after the other, each going on where the
 * one before has failed.
 * @param opened an answer of the first host that brings the beginning
 * @throws what ended the first host's work, when none is left; what makes going on useless
 */
export async function fetchRanges(fetching: Fetching, opened?: Opened): Promise<void> {
  const { part, sides, isFollowed, onLost } = fetching;
  const share = isFollowed ? SHARE_OF_FOLLOWED : SHARE;
  // Ends what is left of the others when one has failed for good, and their waits when nothing is left to fetch.
  const stop = linkAbort(fetching.signal);
  const onWritten = () => {
    fetching.onWritten();
    if (part.ranges.complete) stop.abort();
  };
  let failure: { error: unknown } | undefined;
  const lost: { side: Side; error: Error }[] = [];
  const attempt = async (side: Side, first?: Opened) => {
    const identity = side.own ? part.identity : withoutValidators(part.identity);
    try {
      await serve({ side, part, identity, share, signal: stop.signal, onWritten }, first);
    } catch (error) {
      if (part.ranges.complete) return;
      const replaceable = isRefusal(error) || (!side.own && isOtherFile(error));
      if (!replaceable || fetching.signal.aborted) {
        failure ??= { error };
        stop.abort(error);
        return;
      }
      lost.push({ side, error: error as Error });
      if (lost.length < sides.length) onLost(side, error as Error);
    }
  };
  try {
    const [main, ...mirrors] = sides;
    const much = part.ranges.free > LARGE;
    await Promise.all([attempt(main, opened), ...(much ? mirrors.map((side) => attempt(side)) : [])]);
    for (const side of much ? [] : mirrors) {
      if (failure !== undefined || part.ranges.complete) break;
      await attempt(side);
    }
  } finally {
    stop.unlink();
  }
  if (failure !== undefined) throw failure.error;
  if (part.ranges.complete) return;
  throw lost[0] === undefined ? new Error('bytes are missing although all were fetched') : allLost(lost[0].error, lost);
}

/** One host's connections, until all is here or none of them goes on. */
async function serve(serving: Serving, opened?: Opened): Promise<void> {
  const { side, part, signal } = serving;
  const { engine, address } = side.asking;
  await address.get(signal);
  const { host } = address;
  const stop = linkAbort(signal);
  let alive = engine.hosts.connections(host);
  let failure: { error: unknown } | undefined;
  const run = async (first?: Opened) => {
    try {
      await connection({ ...serving, signal: stop.signal }, host, first);
    } catch (error) {
      // A host may bear fewer connections than we open: as long as one goes on, a refused one is no loss.
      if (isRefusal(error) && alive > 1 && !side.patience.exhausted) return;
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
}

/** A mirror has another file, or gives no parts of it. */
function isOtherFile(error: unknown): boolean {
  return error instanceof ChangedFault || error instanceof RangeIgnoredFault || error instanceof IntegrityError;
}

function allLost(first: Error, lost: readonly { side: Side; error: Error }[]): Error {
  const others = lost.filter(({ error }) => error !== first);
  if (others.length > 0)
    first.message += ` (nor from its mirrors: ${others.map(({ error }) => error.message).join('; ')})`;
  return first;
}

async function connection(serving: Serving, host: string, first?: Opened): Promise<void> {
  const { side, part, signal } = serving;
  const { patience } = side;
  const asking = { ...side.asking, signal };
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
        if (claim !== undefined) await fetchClaim(serving, asking, claim, progressed, ready);
        return claim;
      } finally {
        release();
        // What is left of it after a fault is anybody's.
        if (claim !== undefined) ranges.release(claim);
      }
    });
    if (claim === undefined) await sleep(IDLE, undefined, { signal: asking.signal });
    else length = nextLength(claim, least, (serving.share * ranges.free) / hosts.connections(host));
  }
}

/**
 * Long enough that requests are few, short enough that the front of the file does not wait for its tail, and that all
 * connections end together.
 */
function nextLength({ start, at, since }: Claim, least: number, most: number): number {
  const rate = (at - start) / Math.max(1, performance.now() - since);
  return Math.max(least, Math.min(LONGEST, Math.round(rate * BUSY), Math.ceil(most)));
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
  { side, part, identity, onWritten }: Serving,
  asking: Asking,
  claim: Claim,
  progressed: (bytes: number) => void,
  opened: Opened | undefined,
): Promise<void> {
  const { response, end } = opened ?? (await askRange(asking, identity, claim));
  const asked = claim.end - claim.at;
  await receive(response, {
    asking,
    part,
    claim,
    end,
    onWritten: (bytes) => {
      side.brought += bytes;
      progressed(bytes);
      onWritten();
    },
  });
  if (claim.at < claim.end && claim.at - claim.start < LEAST) {
    throw new TransientFault(`the host gave ${claim.at - claim.start} of ${asked} bytes`);
  }
}
