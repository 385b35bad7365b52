/** Reads anywhere in a remote file, by range requests. What was read is kept, and never asked for twice. */
import { NetworkError } from '../errors.js';
import type { RemoteFile } from '../sources/source.js';
import { Address } from './address.js';
import { ENOUGH, readBody } from './body.js';
import type { Engine } from './engine.js';
import { explain } from './explain.js';
import { ChangedFault } from './faults.js';
import type { Identity } from './journal.js';
import { Patience } from './patience.js';
import type { Range } from './ranges.js';
import { type Asking, askRange, learnIdentity } from './requests.js';

/** Bytes that are here. */
export interface Span {
  start: number;
  bytes: Buffer;
}

/** Whether what was read so far is void, because the file changed at its host meanwhile: to be opened anew. */
export function hasChanged(error: unknown): boolean {
  return error instanceof NetworkError && error.cause instanceof ChangedFault;
}

export class RemoteAccess {
  /** As an archive in one file: it begins at 0. */
  readonly starts: readonly number[] = [0];
  /** Ascending. They may touch, and never overlap: large ones are not copied to be joined. */
  readonly #spans: Span[] = [];

  private constructor(
    private readonly asking: Asking,
    private readonly patience: Patience,
    /** What tells this version of the file from others. */
    readonly identity: Identity,
  ) {}

  /**
   * Asks how large the file is, and whether its host gives parts of it.
   * @returns undefined when it gives none
   * @throws NetworkError, NotFoundError, ActionRequiredError, the signal's InterruptedError
   */
  static async open(
    remote: RemoteFile,
    { engine, signal }: { engine: Engine; signal: AbortSignal },
  ): Promise<RemoteAccess | undefined> {
    // Much waits for what is read here.
    const asking = { engine, remote, address: new Address(remote), signal, priority: 1 };
    const patience = new Patience(engine.retry, asking.address, () => undefined);
    try {
      const identity = await patience.until(signal, () => learnIdentity(asking));
      return identity && new RemoteAccess(asking, patience, identity);
    } catch (error) {
      throw explain(error, asking);
    }
  }

  get size(): number {
    return this.identity.size;
  }

  /** What has been read, ascending. */
  get spans(): readonly Span[] {
    return this.#spans;
  }

  /**
   * Up to `length` bytes from `position`, fewer only at the end.
   * @throws as `open`; also when the file has changed at the host, see `hasChanged`
   */
  async read(position: number, length: number): Promise<Buffer> {
    const end = Math.min(position + length, this.size);
    if (end <= position) return Buffer.alloc(0);
    try {
      for (const gap of this.#lacking({ start: position, end })) {
        this.#keep({ start: gap.start, bytes: await this.#fetch(gap) });
      }
    } catch (error) {
      throw explain(error, this.asking);
    }
    return this.#copyOf(position, end);
  }

  async close(): Promise<void> {}

  #lacking({ start, end }: Range): Range[] {
    const gaps: Range[] = [];
    let at = start;
    for (const span of this.#spans) {
      if (span.start + span.bytes.length <= at) continue;
      if (span.start >= end) break;
      if (span.start > at) gaps.push({ start: at, end: span.start });
      at = span.start + span.bytes.length;
    }
    if (at < end) gaps.push({ start: at, end });
    return gaps;
  }

  async #fetch({ start, end }: Range): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let at = start;
    while (at < end) {
      await this.patience.until(this.asking.signal, async (progressed) => {
        const { engine, address, signal } = this.asking;
        await address.get(signal);
        const release = await engine.hosts.acquire(address.host, signal, this.asking.priority);
        try {
          const { response } = await askRange(this.asking, this.identity, { start: at, end });
          await readBody(response.body, this.asking, (chunk) => {
            chunks.push(chunk);
            at += chunk.length;
            progressed(chunk.length);
            return at > end ? ENOUGH : undefined;
          });
        } finally {
          release();
        }
      });
    }
    await this.asking.engine.throttle.take(end - start, this.asking.signal);
    return Buffer.concat(chunks).subarray(0, end - start);
  }

  #keep(span: Span): void {
    const at = this.#spans.findIndex(({ start }) => start > span.start);
    this.#spans.splice(at === -1 ? this.#spans.length : at, 0, span);
  }

  /** What is all in one span is not copied. */
  #copyOf(from: number, to: number): Buffer {
    const pieces: Buffer[] = [];
    for (const { start, bytes } of this.#spans) {
      if (start + bytes.length <= from || start >= to) continue;
      pieces.push(bytes.subarray(Math.max(0, from - start), to - start));
    }
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  }
}
