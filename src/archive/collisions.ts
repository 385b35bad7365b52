/** Keeps the paths of one tree apart: what two members cannot both have. */
import { randomBytes } from 'node:crypto';
import { access, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asDiskError, IntegrityError } from '../errors.js';
import { quoted } from './refusal.js';

/** Files and folders claimed so far, one entry a path. All paths have passed `safePath`. */
export class PathClaims {
  readonly #folds: boolean;
  /** Key to `f` (file) or `d` (folder), followed by the path as it was spelt where keys are folded. */
  readonly #claims = new Map<string, string>();

  /** `folds`: whether the file system takes some different names for one (see `fileSystemFolds`). */
  constructor(options: { folds: boolean }) {
    this.#folds = options.folds;
  }

  /**
   * Claims a file or link, and the folders above it.
   * @throws IntegrityError when a folder has this path, a file is above it, or another spelling of it is taken
   */
  claimFile(path: string): 'new' | 'duplicate' {
    const known = this.#claim(path, 'f');
    if (known === 'new') this.#claimAbove(path);
    return known;
  }

  /** Claims a folder, and the folders above it. @throws IntegrityError as `claimFile` does */
  claimFolder(path: string): 'new' | 'duplicate' {
    const known = this.#claim(path, 'd');
    if (known === 'new') this.#claimAbove(path);
    return known;
  }

  /** Whether `path` was claimed as a file (or link). */
  hasFile(path: string): boolean {
    return this.#claims.get(this.#key(path)) === this.#value(path, 'f');
  }

  #claimAbove(path: string): void {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      // A folder that is known has had the folders above it claimed.
      if (this.#claim(path.slice(0, end), 'd') === 'duplicate') return;
    }
  }

  #claim(path: string, kind: 'f' | 'd'): 'new' | 'duplicate' {
    const key = this.#key(path);
    const value = this.#value(path, kind);
    const known = this.#claims.get(key);
    if (known === undefined) {
      this.#claims.set(key, value);
      return 'new';
    }
    if (known === value) return 'duplicate';
    if (known.length > 1 && known.slice(1) !== path) {
      throw conflict(`${quoted(known.slice(1))} and ${quoted(path)} are one name on this file system`, true);
    }
    throw conflict(`${quoted(path)} is both a file and a folder`, false);
  }

  #key(path: string): string {
    return this.#folds ? folded(path) : path;
  }

  #value(path: string, kind: 'f' | 'd'): string {
    return this.#folds ? kind + path : kind;
  }
}

function conflict(what: string, foldsHere: boolean): IntegrityError {
  return new IntegrityError(`Paths collide: ${what}.`, {
    hint: foldsHere
      ? 'Keep the library on a file system that tells upper from lower case: medds config set home FOLDER.'
      : 'The archives contradict each other. Tell the owners of the data, or use another source.',
  });
}

/** One key for all names that case-insensitive, normalising file systems may take for one: `É` in both forms, `ß` and `SS`. */
function folded(path: string): string {
  return path.normalize('NFD').toLowerCase().toUpperCase().normalize('NFD');
}

/**
 * Whether names that differ in case or Unicode form only are one name in `folder`, found by trying.
 * @throws DiskError when nothing can be written there
 */
export async function fileSystemFolds(folder: string): Promise<boolean> {
  const stem = `.medds-names-${randomBytes(6).toString('hex')}-`;
  const probe = join(folder, `${stem}a\u00e9`);
  try {
    await writeFile(probe, '', { flag: 'wx' });
  } catch (error) {
    throw asDiskError(error);
  }
  try {
    const spellings = [`${stem}A\u00e9`, `${stem}ae\u0301`];
    const found = await Promise.all(spellings.map((spelling) => exists(join(folder, spelling))));
    return found.includes(true);
  } finally {
    await rm(probe, { force: true });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
