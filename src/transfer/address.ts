/** Where a file's bytes are asked for right now: a stable address, or the signed link that it last redirected to. */
import type { FileRequest, RemoteFile } from '../sources/source.js';

export class Address {
  #current: FileRequest | undefined;
  #asking: Promise<FileRequest> | undefined;
  #worked = false;

  constructor(private readonly file: RemoteFile) {}

  async get(signal: AbortSignal): Promise<FileRequest> {
    if (this.#current !== undefined) return this.#current;
    this.#asking ??= this.file.request(signal).finally(() => {
      this.#asking = undefined;
    });
    const request = await this.#asking;
    this.#current ??= request;
    return this.#current;
  }

  /** `used` gave the bytes; later requests go straight to where it was redirected. */
  confirm(used: FileRequest, final: FileRequest): void {
    if (this.#current !== used) return;
    this.#current = final;
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
}
