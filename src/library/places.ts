/** Which remote files lie at which place in the dataset: two of them may be one file. */
import { type DoneRecord, placeOf } from './staged-folder.js';

type Located = Pick<DoneRecord, 'key' | 'into' | 'path'>;

export class Places {
  readonly #keys = new Map<string, string[]>();

  /** @param folds whether the file system takes some different names for one */
  constructor(private readonly folds: boolean) {}

  occupy(record: Located): void {
    const slot = this.#slot(record);
    this.#keys.set(slot, [...(this.#keys.get(slot) ?? []), record.key]);
  }

  /** @returns whether nobody else needs the file */
  vacate(record: Located): boolean {
    const slot = this.#slot(record);
    const others = (this.#keys.get(slot) ?? []).filter((key) => key !== record.key);
    if (others.length === 0) this.#keys.delete(slot);
    else this.#keys.set(slot, others);
    return others.length === 0;
  }

  /** Key of another remote file at the same place. */
  other(record: Located): string | undefined {
    return this.#keys.get(this.#slot(record))?.find((key) => key !== record.key);
  }

  #slot({ into, path }: Located): string {
    const place = placeOf(into, path);
    return this.folds ? place.normalize('NFC').toLowerCase() : place;
  }
}
