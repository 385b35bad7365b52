/** Unpacks a tar as its bytes come, from a file or one day from the network. Blocks while it writes: for worker threads. */
import type { Budget } from './budget.js';
import { FormatError, quoted } from './refusal.js';
import { isRoot, safePath } from './safety.js';
import { type TarEntry, TarReader } from './tar-reader.js';
import type { TreeWriter } from './tree-writer.js';

const REFUSED: Record<string, string> = {
  '3': 'a character device',
  '4': 'a block device',
  '6': 'a FIFO',
  S: 'a sparse file',
  D: 'a folder listing of an incremental backup',
  M: 'a file that goes on from another volume',
};

export class TarUnpacker {
  readonly #tree: TreeWriter;
  readonly #budget: Budget;
  readonly #reader: TarReader;
  readonly #stripTop: boolean;
  /** The folder that everything is in, where its name is left out. */
  #top: string | undefined;

  /** @param stripTop whether the one folder that everything is in is left out of paths */
  constructor(tree: TreeWriter, budget: Budget, stripTop = false) {
    this.#tree = tree;
    this.#budget = budget;
    this.#stripTop = stripTop;
    this.#reader = new TarReader({
      member: (entry) => this.#begin(entry),
      data: (bytes) => tree.write(bytes),
      end: () => tree.end(),
    });
  }

  /** The next bytes of the (decompressed) tar. @throws FormatError, IntegrityError, DiskError, the file system's errors */
  push(bytes: Buffer): void {
    this.#reader.push(bytes);
  }

  /** After the last byte. Throws as `push` does. */
  finish(): void {
    this.#reader.finish();
    this.#tree.finish();
  }

  #begin(entry: TarEntry): void {
    const { name, type, mode, size } = entry;
    // A volume's label is no member.
    if (type === 'V') return;
    this.#budget.addMember();
    const refused = entry.sparse ? REFUSED.S : REFUSED[type];
    if (refused !== undefined) throw new FormatError(`holds ${refused}, ${quoted(name)}`, 'unsupported');
    const folder = type === '5' || (type === '0' && name.endsWith('/'));
    if (folder && size > 0) throw new FormatError(`is broken: folder ${quoted(name)} has contents of its own`);
    if (folder && isRoot(name)) return;

    const path = this.#pathOf(name);
    if (path === '' && folder) return;
    if (path === '') throw new FormatError(`holds a file, ${quoted(name)}, in place of a folder`);
    const executable = (mode & 0o111) !== 0;
    if (folder) this.#tree.folder(path);
    else if (type === '0' || type === '7') this.#tree.begin(path, executable);
    else if (type === '1') this.#tree.hardLink(path, this.#pathOf(entry.linkName), executable);
    else if (type === '2') this.#tree.link(path, entry.linkName);
    else throw new FormatError(`holds a member of unknown type ${quoted(type)}, ${quoted(name)}`, 'unsupported');
  }

  /** '' for the folder that is left out. @throws IntegrityError, FormatError */
  #pathOf(name: string): string {
    const path = safePath(name);
    if (!this.#stripTop) return path;
    const [top, ...rest] = path.split('/');
    this.#top ??= top;
    if (top !== this.#top)
      throw new FormatError(`holds ${quoted(name)} outside of the folder ${quoted(this.#top ?? '')}`);
    return rest.join('/');
  }
}
