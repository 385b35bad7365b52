/** One file, from its first request to verified bytes on disk: over several connections where the host allows it, resumed where it can be. */
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { type Algorithm, findMismatch } from '../checksum.js';
import { IntegrityError } from '../errors.js';
import { printable } from '../printable.js';
import type { FileState } from '../progress.js';
import type { RemoteFile } from '../sources/source.js';
import type { Excerpt } from './arriving.js';
import { fetchRanges } from './connections.js';
import type { Downloaded, DownloadOptions } from './downloaded.js';
import { explain } from './explain.js';
import { ChangedFault, RangeIgnoredFault, TransientFault } from './faults.js';
import type { Identity } from './journal.js';
import { linkAbort } from './linked-abort.js';
import { Part, PartLostError } from './part.js';
import type { Patience } from './patience.js';
import { proveUnchanged } from './proof.js';
import { receive } from './receive.js';
import { type Asking, type Opened, openFile, openWhole } from './requests.js';
import { Sides, withoutValidators } from './sides.js';
import { downloadSmall, SMALL } from './small.js';
import { algorithmsFor, checksumsFor } from './stated.js';

/** Times that a file may be started over because it changed at the host, or another process took its part. */
const RESTARTS = 3;

/** After so many of them the file is asked for whole: ranges from this host do not fit together. */
const WHOLE_AFTER = 2;

/**
 * @throws NetworkError (all tries failed), NotFoundError, ActionRequiredError, IntegrityError (checksum or size), DiskError,
 *   InterruptedError (the signal)
 */
export async function download(remote: RemoteFile, options: DownloadOptions): Promise<Downloaded> {
  const { signal, unlink } = linkAbort(options.signal);
  const download = new Download(remote, options, signal);
  try {
    if (!existsSync(options.parts)) await fs.mkdir(options.parts, { recursive: true });
    return await download.run();
  } catch (error) {
    throw explain(error, download.asking);
  } finally {
    unlink();
  }
}

class Download {
  readonly #remote: RemoteFile;
  readonly #algorithms: readonly Algorithm[];
  readonly #sides: Sides;
  #state: FileState = 'waiting';
  #done = 0;

  constructor(
    remote: RemoteFile,
    private readonly options: DownloadOptions,
    signal: AbortSignal,
  ) {
    const { engine, priority = 0 } = options;
    this.#remote = remote;
    this.#algorithms = options.algorithms ?? [];
    this.#sides = new Sides(remote, {
      engine,
      signal,
      priority,
      onRetry: (detail) => this.#tell('retrying', this.#done, detail),
      onLeft: (host, reason) => {
        options.onWarning?.(`${printable(remote.path)}: going on without ${host} (${printable(reason)})`);
      },
    });
  }

  /** Of the host that leads. */
  get asking(): Asking {
    return this.#sides.lead.asking;
  }

  get #patience(): Patience {
    return this.#sides.lead.patience;
  }

  async run(): Promise<Downloaded> {
    for (;;) {
      try {
        return await this.#fromSides();
      } catch (error) {
        if (this.asking.signal.aborted || !this.#sides.passOn(error)) throw error;
      }
    }
  }

  async #fromSides(): Promise<Downloaded> {
    const { size, path } = this.#remote;
    if (size !== undefined && size <= SMALL) return this.#small(size);
    let part = await Part.takeOver(this.options.parts, this.options.key, path);
    if (part !== undefined && size !== undefined && part.identity.size !== size) {
      await part.remove();
      part = undefined;
      this.#tell('restarting', 0, 'the file has another size now');
    }
    for (let restarts = 0; ; restarts++) {
      try {
        if (this.options.only !== undefined) return await this.#excerpt(this.options.only, part);
        return await (part === undefined ? this.#begin(restarts >= WHOLE_AFTER) : this.#complete(part));
      } catch (error) {
        const again =
          error instanceof ChangedFault || error instanceof RangeIgnoredFault || error instanceof PartLostError;
        if (!again || restarts >= RESTARTS + this.#sides.suspected || this.asking.signal.aborted) throw error;
        this.#tell('restarting', 0, error.message);
        part = undefined;
      }
    }
  }

  /** Takes no more of the file than is wanted. No checksum of the whole says anything about that. */
  async #excerpt({ ranges, spans, identity }: Excerpt, found: Part | undefined): Promise<Downloaded> {
    const { parts, key } = this.options;
    const part = found ?? (await Part.create(parts, key, this.#remote.path, identity));
    try {
      for (const { start, bytes } of found === undefined ? spans : []) {
        await part.write([bytes], start, bytes.length, crc32(bytes));
      }
      part.ranges.restrict(ranges);
      const tell = () => this.#tell('downloading', part.ranges.bytes, undefined, part.ranges.wanted);
      tell();
      if (!part.ranges.complete) await this.#fetchRanges(part, undefined, tell);
      part.refuseLost();
      await part.close();
      const { file, resumed, ranges: here } = part;
      return { file, size: here.size, digests: {}, checksums: [], resumed, discard: () => part.remove() };
    } catch (error) {
      await (error instanceof ChangedFault || error instanceof RangeIgnoredFault ? part.remove() : part.close());
      throw error;
    }
  }

  async #small(size: number, opened?: Opened): Promise<Downloaded> {
    return this.#accept(await downloadSmall(this.asking, size, this.#algorithms, this.#patience, this.options, opened));
  }

  /** From the first byte. */
  async #begin(whole: boolean): Promise<Downloaded> {
    const { signal } = this.asking;
    const opened = await this.#patience.until(signal, () => (whole ? openWhole : openFile)(this.asking));
    const { size, end } = opened;
    if (size !== undefined && size <= SMALL && end === size) return this.#small(size, opened);
    if (opened.ranged) return this.#complete(await this.#newPart(opened), opened);
    this.#tell('downloading', 0, 'the host cannot resume this file');
    let ready: Opened | undefined = opened;
    return this.#patience.until(signal, async () => {
      const now = ready ?? (await openWhole(this.asking));
      ready = undefined;
      return this.#complete(await this.#newPart(now), now);
    });
  }

  async #newPart(opened: Opened): Promise<Part> {
    const { parts, key } = this.options;
    const { size } = opened;
    const identity = this.#sides.lead.own ? opened.identity : withoutValidators(opened.identity);
    try {
      return await Part.create(parts, key, this.#remote.path, size === undefined ? identity : { ...identity, size });
    } catch (error) {
      giveUp(opened);
      // Another process may have taken the folder before it had a journal.
      throw (error as NodeJS.ErrnoException).code === 'ENOENT' ? new PartLostError() : error;
    }
  }

  /** Fetches what a part lacks, and holds the whole against its checksums. */
  async #complete(part: Part, opened?: Opened): Promise<Downloaded> {
    const total = Number.isFinite(part.ranges.size) ? part.ranges.size : undefined;
    const checksums = checksumsFor(this.#remote, part.identity);
    const algorithms = algorithmsFor(checksums, this.#algorithms);
    const follower = this.options.engine.digests.follow(part.file, algorithms, total ?? this.#remote.size);
    const reader = this.options.follow?.({
      file: part.file,
      identity: total === undefined ? withoutSize(part.identity) : part.identity,
      ranged: opened?.ranged !== false,
    });
    const onWritten = () => {
      follower.advance(part.ranges.frontier);
      reader?.advance(part.ranges.frontier);
      this.#tell(this.#state === 'resuming' ? 'resuming' : 'downloading', part.ranges.bytes, undefined, total);
    };
    try {
      this.#tell(part.resumed > 0 ? 'resuming' : 'downloading', part.ranges.bytes, undefined, total);
      follower.advance(part.ranges.frontier);
      reader?.advance(part.ranges.frontier);
      if (opened?.ranged === false) await this.#fetchWhole(part, opened, onWritten);
      else if (!part.ranges.complete) await this.#fetchRanges(part, opened, onWritten);
      const { size } = part.ranges;
      reader?.end(size);
      this.#tell('verifying', size, undefined, size);
      const digests = await follower.finish(size);
      part.refuseLost();
      await part.close();
      const { file, resumed } = part;
      return await this.#accept({ file, size, digests, checksums, resumed, discard: () => part.remove() });
    } catch (error) {
      if (opened !== undefined) giveUp(opened);
      const lost = (error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync(part.folder);
      const useless = error instanceof ChangedFault || error instanceof RangeIgnoredFault || opened?.ranged === false;
      await (useless ? part.remove() : part.close());
      throw lost ? new PartLostError() : error;
    } finally {
      follower.abandon();
    }
  }

  async #fetchRanges(part: Part, opened: Opened | undefined, onWritten: () => void): Promise<void> {
    const { asking } = this;
    const patience = this.#patience;
    if (opened === undefined) await patience.until(asking.signal, () => proveUnchanged(asking, part));
    await fetchRanges(
      {
        sides: this.#sides.left,
        part,
        isFollowed: this.options.follow !== undefined,
        signal: asking.signal,
        onWritten,
        onLost: (side, error) => this.#sides.leave(side, error),
      },
      opened,
    );
  }

  /** The whole file in one answer. */
  async #fetchWhole(part: Part, { response, size, release }: Opened, onWritten: () => void): Promise<void> {
    const claim = part.ranges.claim(Number.POSITIVE_INFINITY);
    if (claim === undefined) throw new Error('a new part has nothing left to fetch');
    await receive(response, { asking: this.asking, part, claim, end: size, onWritten });
    release();
    if (size !== undefined) return;
    const { size: expected } = this.#remote;
    if (claim.at === 0) throw new TransientFault('the host sent nothing where a file was expected');
    if (expected !== undefined && claim.at !== expected) {
      throw new TransientFault(`the host sent ${claim.at} bytes where ${expected} were expected`);
    }
    await part.settle(claim.at);
  }

  async #accept(downloaded: Downloaded): Promise<Downloaded> {
    const wrong = findMismatch(downloaded.checksums, downloaded.digests);
    if (wrong === undefined) {
      this.#sides.confirm();
      return downloaded;
    }
    await downloaded.discard();
    if (downloaded.resumed > 0) throw new ChangedFault('what earlier runs had brought does not fit its checksum');
    if (this.#sides.nextAlone()) throw new ChangedFault('what came does not fit its checksum: each host by itself now');
    throw new IntegrityError(
      `${this.#remote.path} has ${wrong.algorithm} ${wrong.actual} where ${wrong.expected} was expected`,
      {
        host: this.asking.address.host,
        hint: 'What came was thrown away. The host may have replaced the file: try again, or another source (--source).',
      },
    );
  }

  #tell(state: FileState, done: number, detail?: string, size = this.#remote.size): void {
    this.#state = state;
    this.#done = done;
    this.options.onProgress?.(state, done, size, detail);
  }
}

function withoutSize({ size: _, ...validators }: Identity): Partial<Identity> {
  return validators;
}

/** Ends an answer, also one that was read already. */
function giveUp({ response, release }: Opened): void {
  response.body.destroy();
  release();
}
