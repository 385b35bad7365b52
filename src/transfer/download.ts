/** One file, from its first request to verified bytes on disk: over several connections where the host allows it, resumed where it can be. */
import { setMaxListeners } from 'node:events';
import fs from 'node:fs/promises';
import { type Algorithm, type Digests, findMismatch, parseChecksum } from '../checksum.js';
import { asDiskError, IntegrityError, InterruptedError, MeddsError, NetworkError } from '../errors.js';
import type { FileState } from '../progress.js';
import type { RemoteFile } from '../sources/source.js';
import { Address } from './address.js';
import type { Follower } from './digest.js';
import type { Engine } from './engine.js';
import { ChangedFault, RangeIgnoredFault, TransientFault } from './faults.js';
import { Part, PartLostError } from './part.js';
import { Patience } from './patience.js';
import { type Asking, fetchRange, type Opened, openFile } from './requests.js';
import { downloadSmall, SMALL } from './small.js';
import { downloadWhole } from './whole.js';

export interface DownloadOptions {
  engine: Engine;
  /** Folder for parts; made when it is not there. */
  parts: string;
  /** Name of this file's parts, the same in every run. */
  key: string;
  /** Digests wanted besides those that the known checksums need. */
  algorithms?: readonly Algorithm[];
  /** `done` and `size` in bytes; `detail` says why a state was entered. */
  onProgress?(state: FileState, done: number, size?: number, detail?: string): void;
  signal: AbortSignal;
}

export interface Downloaded {
  /** Where the bytes are; the caller moves them away, then calls `discard`. */
  file: string;
  size: number;
  digests: Digests;
  /** Bytes that earlier runs had brought. */
  resumed: number;
  /** Removes what is left of the part. */
  discard(): Promise<void>;
}

/** Times that a file may be started over because it changed at the host, or another process took its part. */
const RESTARTS = 3;

/** Longest range that one request asks for, bytes. */
const LONGEST_RANGE = 512 * 1024 * 1024;

/** A range should keep its connection busy for so long, milliseconds. */
const RANGE_TIME = 8000;

/**
 * @throws NetworkError (all tries failed), NotFoundError, ActionRequiredError, IntegrityError (checksum or size), DiskError,
 *   InterruptedError (the signal)
 */
export async function download(remote: RemoteFile, options: DownloadOptions): Promise<Downloaded> {
  // Every connection listens on it, and waits in queues with it: more than Node takes for a leak.
  setMaxListeners(0, options.signal);
  try {
    await fs.mkdir(options.parts, { recursive: true });
    return await new Download(remote, options).run();
  } catch (error) {
    if (options.signal.aborted) {
      const reason: unknown = options.signal.reason;
      throw reason instanceof MeddsError ? reason : new InterruptedError('Interrupted', { cause: reason });
    }
    const known = asDiskError(error, { file: remote.path });
    if (known instanceof MeddsError) throw known.at({ file: remote.path });
    if (error instanceof ChangedFault || error instanceof RangeIgnoredFault || error instanceof PartLostError) {
      throw new NetworkError(`${error.message}, again and again`, { file: remote.path, cause: error });
    }
    throw asNetworkError(error, remote.path);
  }
}

class Download {
  readonly #address: Address;
  readonly #patience: Patience;
  readonly #asking: Asking;
  readonly #algorithms: Algorithm[];
  #state: FileState = 'waiting';

  constructor(
    private readonly remote: RemoteFile,
    private readonly options: DownloadOptions,
  ) {
    const { engine, signal } = options;
    const needed = remote.checksums.map((checksum) => parseChecksum(checksum).algorithm);
    this.#algorithms = [...new Set([...needed, ...(options.algorithms ?? [])])];
    this.#address = new Address(remote);
    this.#asking = { engine, remote, address: this.#address, signal };
    this.#patience = new Patience(engine, signal, (detail) => this.#tell('retrying', this.#done, detail));
  }

  #done = 0;

  async run(): Promise<Downloaded> {
    const { size, path } = this.remote;
    if (size !== undefined && size <= SMALL) {
      const small = await downloadSmall(this.#asking, size, this.#algorithms, this.#patience, this.options);
      return this.#accept(small);
    }
    let part = await Part.takeOver(this.options.parts, this.options.key, path);
    if (part !== undefined && size !== undefined && part.identity.size !== size) {
      await part.remove();
      part = undefined;
      this.#tell('restarting', 0, 'the file has another size now');
    }
    for (let restarts = 0; ; restarts++) {
      try {
        return await (part === undefined ? this.#begin() : this.#complete(part));
      } catch (error) {
        const again =
          error instanceof ChangedFault || error instanceof RangeIgnoredFault || error instanceof PartLostError;
        if (!again || restarts >= RESTARTS || this.options.signal.aborted) throw error;
        this.#tell('restarting', 0, error.message);
        part = undefined;
      }
    }
  }

  /** From the first byte. */
  async #begin(): Promise<Downloaded> {
    const { options, remote } = this;
    const opened = await this.#patience.until(() => openFile(this.#asking));
    if (!opened.ranged || opened.size === undefined) {
      this.#tell('downloading', 0, 'the host cannot resume this file');
      const whole = await downloadWhole({
        asking: this.#asking,
        opened,
        patience: this.#patience,
        options,
        algorithms: this.#algorithms,
        onBytes: (done, size) => this.#tell('downloading', done, undefined, size),
      });
      return this.#accept(whole);
    }
    const identity = { size: opened.size, ...opened.identity };
    let part: Part;
    try {
      part = await Part.create(options.parts, options.key, remote.path, identity);
    } catch (error) {
      opened.response.body.destroy();
      opened.release();
      throw error;
    }
    return this.#complete(part, opened);
  }

  /** Fetches what a part lacks, and holds the whole against its checksums. */
  async #complete(part: Part, opened?: Opened): Promise<Downloaded> {
    const { size } = part.identity;
    const follower = this.options.engine.digests.follow(part.file, this.#algorithms);
    try {
      this.#tell(part.resumed > 0 ? 'resuming' : 'downloading', part.ranges.bytes, undefined, size);
      follower.advance(part.ranges.frontier);
      if (!part.ranges.complete) await this.#fetchAll(part, follower, opened);
      this.#tell('verifying', size, undefined, size);
      const digests = await follower.finish(size);
      await part.close();
      return await this.#accept({
        file: part.file,
        size,
        digests,
        resumed: part.resumed,
        discard: () => part.remove(),
      });
    } catch (error) {
      const worthless = error instanceof ChangedFault || error instanceof RangeIgnoredFault;
      if (worthless) await part.remove();
      else await part.close();
      throw error;
    } finally {
      follower.abandon();
    }
  }

  async #fetchAll(part: Part, follower: Follower, opened: Opened | undefined): Promise<void> {
    const { engine, signal } = this.options;
    const { host } = new URL((await this.#address.get(signal)).url);
    // One connection's permanent failure ends the others; what they had received is written first.
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    setMaxListeners(0, either);
    let failure: { error: unknown } | undefined;
    const connection = async (first?: Opened) => {
      try {
        await this.#connection(part, follower, host, either, first);
      } catch (error) {
        failure ??= { error };
        stop.abort(error);
      }
    };
    const others = Array.from({ length: engine.hosts.connections(host) - 1 }, () => undefined);
    await Promise.all([opened, ...others].map(connection));
    if (failure !== undefined) throw failure.error;
    if (!part.ranges.complete) throw new Error(`bytes of ${this.remote.path} are missing after all were fetched`);
  }

  /** One connection: range after range, until none is left. */
  async #connection(part: Part, follower: Follower, host: string, signal: AbortSignal, first?: Opened): Promise<void> {
    const { hosts } = this.options.engine;
    const { size } = part.identity;
    const onWritten = () => {
      follower.advance(part.ranges.frontier);
      this.#patience.progressed();
      this.#tell(this.#state === 'resuming' ? 'resuming' : 'downloading', part.ranges.bytes, undefined, size);
    };
    let length = first?.end ?? hosts.segment(host);
    let opened = first;
    for (;;) {
      const claim = part.ranges.claim(length);
      if (claim === undefined) return;
      const began = performance.now();
      try {
        await this.#patience.until(async () => {
          if (claim.at >= claim.end) return;
          const ready = opened;
          opened = undefined;
          const release = ready?.release ?? (await hosts.acquire(host, signal));
          const asking = { ...this.#asking, signal };
          await fetchRange(asking, part, claim, { response: ready?.response, signal, onWritten }).finally(release);
        });
      } finally {
        part.ranges.release(claim);
      }
      // Long enough that requests are few, short enough that the front of the file does not wait for its tail.
      const rate = (claim.at - claim.start) / Math.max(1, performance.now() - began);
      length = Math.min(LONGEST_RANGE, Math.max(hosts.segment(host), Math.round(rate * RANGE_TIME)));
    }
  }

  async #accept(downloaded: Downloaded): Promise<Downloaded> {
    const wrong = findMismatch(this.remote.checksums, downloaded.digests);
    if (wrong === undefined) return downloaded;
    await downloaded.discard();
    if (downloaded.resumed > 0) throw new ChangedFault('what earlier runs had brought does not fit its checksum');
    throw new IntegrityError(
      `${this.remote.path} has ${wrong.algorithm} ${wrong.actual} where ${wrong.expected} was expected`,
      {
        hint: 'What came was thrown away. The host may have replaced the file: try again, or another source (--source).',
      },
    );
  }

  #tell(state: FileState, done: number, detail?: string, size = this.remote.size): void {
    this.#state = state;
    this.#done = done;
    this.options.onProgress?.(state, done, size, detail);
  }
}

/** A connection's fault that is not worth another try (a name that does not exist, a certificate), in words. */
function asNetworkError(error: unknown, file: string): unknown {
  const { code, hostname, message } = error as NodeJS.ErrnoException & { hostname?: string };
  if (error instanceof TransientFault) return new NetworkError(message, { file, cause: error });
  if (code === 'ENOTFOUND') {
    return new NetworkError(`There is no host called ${hostname ?? '(unknown)'}`, {
      file,
      cause: error,
      hint: 'Is this machine online, and does it need a proxy (HTTPS_PROXY)?',
    });
  }
  if (code !== undefined && /CERT|SELF_SIGNED|ISSUER|TLS|SSL/.test(code)) {
    return new NetworkError(`The host's certificate is not trusted: ${message}`, {
      file,
      cause: error,
      hint: 'If your institution inspects traffic, point NODE_EXTRA_CA_CERTS at its CA certificate (a PEM file).',
    });
  }
  return error;
}
