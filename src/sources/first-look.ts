/** Hosts whose listings do not tell whether, or from where, the bytes will be given. */
import type { FileRequest } from './source.js';

/**
 * Looks at the first file that is asked for, and at each that is asked for again, which means that it was refused. What was
 * learnt holds for the other files.
 */
export class FirstLook<T> {
  #learnt: Promise<T> | undefined;

  /** @param lookAt finds out whether a file's bytes are given, and what a request for others needs to know */
  constructor(private readonly lookAt: (id: string, signal?: AbortSignal) => Promise<T>) {}

  /** A remote file's `request`. */
  request(id: string, toRequest: (learnt: T) => FileRequest): (signal?: AbortSignal) => Promise<FileRequest> {
    let asked = false;
    return async (signal) => {
      // What another file was refused for may not concern this one.
      const known = asked ? undefined : await this.#learnt?.catch(() => undefined);
      asked = true;
      if (known !== undefined) return toRequest(known);
      this.#learnt = this.lookAt(id, signal);
      return toRequest(await this.#learnt);
    };
  }
}
