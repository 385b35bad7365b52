/** Where a file's bytes are asked for right now: a stable address, or the signed link that it last redirected to. */
import type { FileRequest, RemoteFile } from '../sources/source.js';
import { parseUrl } from './wire.js';

/** Times in a row that an address of short life may be refused before it has worked: it may have been over, or not known everywhere yet. */
const SPARED = 3;

export class Address {
  #current: FileRequest | undefined;
  #asking: Promise<FileRequest> | undefined;
  #worked = false;
  #spared = 0;
  #host = 'the host';

  constructor(private readonly file: RemoteFile) {}

  /** Whom `get`'s last answer names. */
  get host(): string {
    return this.#host;
  }

  /** @throws what the source's `request` throws, NetworkError for what is no http or https address */
  async get(signal: AbortSignal): Promise<FileRequest> {
    if (this.#current !== undefined && !isOver(this.#current)) return this.#current;
    this.#asking ??= this.file.request(signal).finally(() => {
      this.#asking = undefined;
    });
    const request = await this.#asking;
    if (this.#current === undefined || isOver(this.#current)) this.#use(request);
    return this.#current ?? request;
  }

  /** `used` gave the bytes; later requests go straight to where it was redirected. */
  confirm(used: FileRequest, final: FileRequest): void {
    if (this.#current !== used) return;
    this.#use(final);
    this.#worked = true;
    this.#spared = 0;
  }

  /**
   * Forgets an address that did not serve.
   * @param refused whether the host wanted a login or other rights
   * @returns whether a fresh one is worth asking for: it had worked before, or was refused and lives for seconds
   */
  expire(used: FileRequest, refused: boolean): boolean {
    if (this.#current !== used) return true; // Somebody else has renewed it meanwhile.
    const again = this.#worked || (refused && used.until !== undefined && this.#spared++ < SPARED);
    this.#current = undefined;
    this.#worked = false;
    return again;
  }

  #use(request: FileRequest): void {
    this.#host = parseUrl(request.url).host;
    this.#current = request;
  }
}

const isOver = ({ until }: FileRequest): boolean => until !== undefined && until <= Date.now();
