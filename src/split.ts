/** Archives that come in several files: each is a remote file of its own, and they are unpacked together when all are here. */
import { splitArchives } from './archive/split-names.js';
import { NotFoundError } from './errors.js';
import type { PlannedFile } from './plan.js';
import { printable } from './printable.js';
import type { Downloaded } from './transfer/downloaded.js';

/** Shared by all parts of one archive. */
export interface Split {
  /** In their order. */
  parts: readonly PlannedFile[];
  /** The part that the archive goes by. */
  head: PlannedFile;
}

/** A file that is here, downloaded or given by the user. */
export interface Arrived {
  planned: PlannedFile;
  file: Pick<Downloaded, 'file' | 'size' | 'digests' | 'discard'> & Partial<Pick<Downloaded, 'checksums' | 'flushed'>>;
}

/**
 * Finds the parts of split archives among files that may be unpacked, and has them unpacked together.
 * @throws NotFoundError when the source does not offer all parts of one
 */
export function joinParts(files: readonly PlannedFile[]): void {
  for (const { parts, head, missing } of splitArchives(files, placeOf)) {
    if (missing !== undefined) {
      throw new NotFoundError(`${printable(missing)} is missing: ${printable(placeOf(head))} is one part of several`, {
        file: missing,
        hint: 'All parts are needed to unpack it. Use another source, or take what there is with --no-unpack.',
      });
    }
    for (const part of parts) {
      part.unpack = true;
      part.split = { parts, head };
    }
  }
}

function placeOf({ remote: { into, path } }: PlannedFile): string {
  return into === '' ? path : `${into}/${path}`;
}

/** Path of the remote file that an archive goes by, for its other parts. */
export function partOf(planned: PlannedFile): string | undefined {
  const { split } = planned;
  return split === undefined || split.head === planned ? undefined : split.head.remote.path;
}

/** Gathers the parts of split archives as they come. */
export class Arrivals {
  readonly #waiting = new Map<PlannedFile, Arrived[]>();

  /** All files of the archive (of the file itself, when it is no part) in their order; undefined while some are to come. */
  add(arrived: Arrived): Arrived[] | undefined {
    const { split } = arrived.planned;
    if (split === undefined) return [arrived];
    const here = [...(this.#waiting.get(split.head) ?? []), arrived];
    this.#waiting.set(split.head, here);
    if (here.length < split.parts.length) return undefined;
    this.#waiting.delete(split.head);
    return here.sort((a, b) => split.parts.indexOf(a.planned) - split.parts.indexOf(b.planned));
  }

  /** Parts that wait for others. */
  waiting(): Arrived[] {
    return [...this.#waiting.values()].flat();
  }
}
