/** Where a file's bytes are asked for right now: a stable address, or the signed link that it last redirected to. */
import type { FileRequest, RemoteFile } from '../sources/source.js';
import { parseUrl } from './wire.js';

export class Address {
  #current: FileRequest | undefined;
  #asking: Promise<FileRequest> | undefined;
  #worked = false;
  #host = 'the host';

  constructor(private readonly file: RemoteFile) {}

  /** Whom `get`'s last answer names. */
  get host(): string {
    return this.#host;
  }

  /** @throws what the source's `request` throws, NetworkError for what is no http or https address */
  async get(signal: AbortSignal): Promise<FileRequest> {
    if (this.#current !== undefined) return this.#current;
    this.#asking ??= this.file.request(signal).finally(() => {
      this.#asking = undefined;
    });
    const request = await this.#asking;
    if (this.#current === undefined) this.#use(request);
    return this.#current ?? request;
  }

  /** `used` gave the bytes; later requests go straight to where it was redirected. */
  confirm(used: FileRequest, final: FileRequest): void {
    if (this.#current !== used) return;
    this.#use(final);
    this.#worked = true;
  }

  /** Forgets an address that is refused. @returns whether it had worked before, so that a fresh one is worth asking for */
  expire(used: FileRequest): boolean {
    if (this.#current !== used) return true; // Somebody else has renewed it meanwhile.
    const worked = this.#worked;
    this.#current = undefined;
    this.#worked = false;
    return worked;
  }

  #use(request: FileRequest): void {
    this.#host = parseUrl(request.url).host;
    this.#current = request;
  }
}
