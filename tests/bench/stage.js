// @ts-check
/** What the cases of one run share: sizes, folders, hosts, and things that are made once. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';

export class Stage {
  /** What hosts serve. */
  shelf;
  /** For everything else that is made. */
  scratch;
  /** Where contestants work. */
  arena;
  #root;
  /** @type {Map<string, Promise<unknown>>} */
  #made = new Map();
  /** @type {(() => Promise<void>)[]} */
  #closing = [];

  /**
   * @param {string} folder  where the stage's own folder is made
   * @param {{ size: number, files: number }} sizes  MB of the large file and of what archives hold; number of small files
   */
  constructor(folder, { size, files }) {
    this.size = size;
    this.files = files;
    this.#root = mkdtempSync(path.join(folder, 'medds-bench-'));
    this.shelf = path.join(this.#root, 'shelf');
    this.scratch = path.join(this.#root, 'scratch');
    this.arena = path.join(this.#root, 'arena');
    for (const place of [this.shelf, this.scratch, this.arena]) mkdirSync(place);
  }

  /**
   * The same thing for every case that asks.
   * @template T
   * @param {string} name
   * @param {() => Promise<T>} make
   * @returns {Promise<T>}
   */
  once(name, make) {
    const made = this.#made.get(name) ?? make();
    this.#made.set(name, made);
    return /** @type {Promise<T>} */ (made);
  }

  /**
   * Will be stopped in the end.
   * @template {{ stop(): Promise<void> }} T
   * @param {T} host
   * @returns {T}
   */
  closing(host) {
    this.#closing.push(() => host.stop());
    return host;
  }

  async close() {
    await Promise.all(this.#closing.map((stop) => stop()));
    rmSync(this.#root, { recursive: true, force: true });
  }
}
