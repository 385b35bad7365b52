/**
 * An archive that is unpacked while it arrives. What comes out waits in the staging area, and counts for nothing before the whole
 * archive was held against its checksums; what a killed run has unpacked is gone on with.
 */
import { Growth } from './archive/growth.js';
import type { RandomAccess } from './archive/random-access.js';
import { DiskError } from './errors.js';
import type { NewTree, Staging } from './library/staging.js';
import type { PlannedFile } from './plan.js';
import type { OnProgress } from './progress.js';
import { isRefusal } from './transfer/answer.js';
import type { Arriving, Reader } from './transfer/arriving.js';
import type { Engine } from './transfer/engine.js';
import type { Identity } from './transfer/journal.js';
import { type LinkedAbort, linkAbort } from './transfer/linked-abort.js';
import { RemoteAccess } from './transfer/remote-access.js';
import { kindOf, type UnpackingQueue, unpackInto } from './unpacking.js';

/** So many bytes tell what an archive is: bzip2 gives nothing before a block of 900 kB is whole. */
const HEAD = 2 * 1024 * 1024;

/** A zip smaller than this is not worth the requests that tell what is in it. */
const WORTH = 16 * 1024 * 1024;

export interface AheadContext {
  staging: Staging;
  engine: Engine;
  unpacking: UnpackingQueue;
  onProgress: OnProgress;
  signal: AbortSignal;
}

/** One time that the file began to arrive. */
interface Attempt {
  growth: Growth;
  stop: LinkedAbort;
  /** Undefined when it cannot be unpacked before it is here, or is no archive. */
  tree: Promise<NewTree | undefined>;
}

/** Whether there is a point in it: what comes in parts, or is made to be looked at as a whole, must be here first. */
export function canGoAhead({ unpack, split, choice, remote }: PlannedFile): boolean {
  const whole = split === undefined && choice?.excerpt === undefined;
  return (
    unpack && whole && remote.wrapped === undefined && remote.inspect === undefined && remote.password === undefined
  );
}

export class Ahead {
  /** Ends the download when there is no point in going on with it. */
  readonly #download: LinkedAbort;
  #attempt: Attempt | undefined;
  #failure: DiskError | undefined;

  constructor(
    private readonly planned: PlannedFile,
    private readonly context: AheadContext,
  ) {
    this.#download = linkAbort(context.signal);
  }

  /** For the download. */
  get signal(): AbortSignal {
    return this.#download.signal;
  }

  /** What made `signal` fire, when it was the unpacking. */
  get failure(): DiskError | undefined {
    return this.#failure;
  }

  follow(arriving: Arriving): Reader {
    const before = this.#attempt;
    const growth = new Growth();
    const stop = linkAbort(this.context.signal);
    const turn = async () => {
      // What came out of other bytes is worth nothing.
      if (before !== undefined) await end(before, 'discard');
      const { size = this.planned.remote.size ?? HEAD } = arriving.identity;
      return this.context.unpacking(() => this.#unpack(arriving, growth, stop.signal), size);
    };
    const tree = turn();
    tree.catch((error) => {
      if (!(error instanceof DiskError)) return;
      this.#failure = error;
      this.#download.abort(error);
    });
    this.#attempt = { growth, stop, tree };
    return growth;
  }

  /**
   * What came out, once the download is whole and sound.
   * @returns undefined when nothing was unpacked yet
   * @throws as `unpackArchive`
   */
  async tree(): Promise<NewTree | undefined> {
    this.#download.unlink();
    try {
      return await this.#attempt?.tree;
    } finally {
      this.#attempt?.stop.unlink();
    }
  }

  /** Ends it, when the download has failed. @param sound whether the bytes that came may be gone on with */
  async giveUp(sound: boolean): Promise<void> {
    this.#download.unlink();
    if (this.#attempt !== undefined) await end(this.#attempt, sound ? 'suspend' : 'discard');
  }

  async #unpack(arriving: Arriving, growth: Growth, signal: AbortSignal): Promise<NewTree | undefined> {
    const { remote } = this.planned;
    const { file, identity } = arriving;
    await growth.until(HEAD - 1);
    const kind = await kindOf(file, remote.unpack);
    if (kind === undefined || kind === '7z') return undefined;
    const access = kind === 'zip' ? await this.#directoryOf(arriving, signal) : undefined;
    if (kind === 'zip' && access === undefined) return undefined;
    const tree = await this.context.staging.newTree(this.planned.key, this.#nameOf(identity));
    try {
      await unpackInto(tree, { file, growth: growth.shared }, this.planned, {
        kind,
        onProgress: this.context.onProgress,
        signal,
        toCome: Math.max(0, (identity.size ?? 0) - growth.reach),
        ...(access === undefined ? {} : { access }),
      });
      return tree;
    } catch (error) {
      await (signal.aborted && signal.reason !== DISCARD ? tree.suspend() : tree.discard());
      throw error;
    }
  }

  /** A zip's list of members is at its end, which comes last. */
  async #directoryOf(arriving: Arriving, signal: AbortSignal): Promise<RandomAccess | undefined> {
    if (!arriving.ranged || (arriving.identity.size ?? 0) < WORTH) return undefined;
    const { engine } = this.context;
    const access = await RemoteAccess.open(this.planned.remote, { engine, signal }).catch((error) => {
      // The file may come from a mirror, or the host have a bad moment: then it is unpacked when it is here.
      if (isRefusal(error)) return undefined;
      throw error;
    });
    return access !== undefined && isSame(access.identity, arriving.identity) ? access : undefined;
  }

  /** What is unpacked of archives in it cannot be told apart from what lay beside them: then it begins anew. */
  #nameOf(identity: Partial<Identity>): string | undefined {
    const { nested = [], checksums } = this.planned.remote;
    if (nested.length > 0) return undefined;
    const { size, etag, lastModified, checksum } = identity;
    return JSON.stringify([size, etag, lastModified, checksum, ...checksums, this.planned.choice?.digest]);
  }
}

/** Why an attempt is ended whose bytes are of no use. */
const DISCARD = new Error('the bytes are not those of the archive');

async function end({ growth, stop, tree }: Attempt, what: 'suspend' | 'discard'): Promise<void> {
  growth.giveUp();
  stop.abort(what === 'discard' ? DISCARD : undefined);
  stop.unlink();
  const made = await tree.catch(() => undefined);
  // It may have come to its end before.
  await made?.[what]();
}

function isSame(a: Partial<Identity>, b: Partial<Identity>): boolean {
  return a.size === b.size && a.etag === b.etag && a.lastModified === b.lastModified && a.checksum === b.checksum;
}
