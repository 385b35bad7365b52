/** One member on its way to disk: written, hashed and counted as its bytes come. Blocks: for worker threads. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';

export class MemberFile {
  readonly #hash = createHash('sha256');
  #fd: number | undefined;
  size = 0;

  /**
   * `path` is created and must not be there: nothing is ever overwritten, no link followed. Without a path the bytes are
   * only hashed. Of a member's permissions only "executable" survives. @throws the file system's error
   */
  constructor(path: string | undefined, executable: boolean) {
    if (path !== undefined) this.#fd = openSync(path, 'wx', executable ? 0o755 : 0o644);
  }

  write(bytes: Buffer): void {
    this.size += bytes.length;
    this.#hash.update(bytes);
    if (this.#fd === undefined) return;
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done);
  }

  /** Ends the file and returns the SHA-256 of its bytes, in hex. */
  finish(): string {
    this.close();
    return this.#hash.digest('hex');
  }

  /** Lets go of the file, finished or not. */
  close(): void {
    if (this.#fd === undefined) return;
    const fd = this.#fd;
    this.#fd = undefined;
    closeSync(fd);
  }
}
