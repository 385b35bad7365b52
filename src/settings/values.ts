/** How the value of a setting is read from a flag, a variable or the settings file, and written as text again. */
import os from 'node:os';
import path from 'node:path';

export interface Kind<T> {
  /** What a value may be, to finish the sentence "it must be". */
  allowed: string;
  /**
   * A value as it stands in a flag, a variable (text) or the settings file (JSON); undefined when it is not allowed.
   * @param folder what a relative path counts from
   */
  read(raw: unknown, folder: string): T | undefined;
  /** As text that `read` takes. */
  print(value: T): string;
}

export function wholeNumber(least: number, most: number): Kind<number> {
  return {
    allowed: `a whole number from ${least} to ${most}`,
    read(raw) {
      const value = typeof raw === 'string' && /^\d+$/.test(raw.trim()) ? Number(raw) : raw;
      return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
        ? (value as number)
        : undefined;
    },
    print: String,
  };
}

const YES = new Set(['true', '1', 'yes', 'on']);
const NO = new Set(['false', '0', 'no', 'off']);

export const yesOrNo: Kind<boolean> = {
  allowed: 'true or false',
  read(raw) {
    const text = String(raw).trim().toLowerCase();
    if (YES.has(text)) return true;
    return NO.has(text) ? false : undefined;
  },
  print: String,
};

export function oneOf<T extends string>(...values: readonly T[]): Kind<T> {
  return {
    allowed: `one of ${values.join(', ')}`,
    read: (raw) => values.find((value) => value === String(raw).trim().toLowerCase()),
    print: String,
  };
}

const UNITS: Record<string, number> = {
  '': 1,
  k: 1e3,
  m: 1e6,
  g: 1e9,
  ki: 1024,
  mi: 1024 ** 2,
  gi: 1024 ** 3,
};

/** Bytes a second; null means no limit. `10M` is 10 million, as sizes are shown, and `10MiB` is 10 times 1024 squared. */
export const byteRate: Kind<number | null> = {
  allowed: 'bytes a second such as 500k, 10M or 1.5MiB, or none',
  read(raw) {
    if (raw === null) return null;
    const text = String(raw).trim().toLowerCase();
    if (text === 'none') return null;
    const match = /^(\d+(?:\.\d+)?)\s*([kmg]?i?)b?(?:\/s)?$/.exec(text);
    const unit = UNITS[match?.[2] ?? '-'];
    if (match === null || unit === undefined) return undefined;
    const rate = Math.round(Number(match[1]) * unit);
    // Slower than this, a connection looks stalled to both sides.
    return rate >= 1000 ? rate : undefined;
  },
  print(rate) {
    if (rate === null) return 'none';
    const [unit, factor] = Object.entries(UNITS).findLast(([, size]) => rate % size === 0) as [string, number];
    return `${rate / factor}${unit.replace('k', 'K').replace('m', 'M').replace('g', 'G')}`;
  },
};

export const folderPath: Kind<string> = {
  allowed: 'a folder',
  read: (raw, folder) => (typeof raw === 'string' && raw.trim() !== '' ? absolute(raw, folder) : undefined),
  print: String,
};

/** Files and URLs, in one text separated like PATH. */
export const places: Kind<string[]> = {
  allowed: `paths or URLs separated by ${path.delimiter}`,
  read(raw, folder) {
    const items: unknown[] = typeof raw === 'string' ? splitPlaces(raw) : Array.isArray(raw) ? raw : [undefined];
    if (!items.every((item) => typeof item === 'string' && item.trim() !== '')) return undefined;
    return (items as string[]).map((item) => (isUrl(item) ? item : absolute(item, folder)));
  },
  print: (list) => list.join(path.delimiter),
};

export function isUrl(place: string): boolean {
  return /^https?:\/\//i.test(place);
}

/** A shell expands `~` in a command line, but nobody does in a job script's variable or in a settings file. */
function absolute(text: string, folder: string): string {
  return path.resolve(folder, text.replace(/^~(?=$|[/\\])/, os.homedir()));
}

/** On POSIX the separator is the colon that URLs hold as well: after the scheme, and before a port. */
function splitPlaces(text: string): string[] {
  const items: string[] = [];
  for (const piece of text.split(path.delimiter)) {
    const last = items.at(-1);
    const continues =
      last !== undefined &&
      path.delimiter === ':' &&
      ((/^https?$/i.test(last) && piece.startsWith('//')) ||
        (/^https?:\/\/[^/]+$/i.test(last) && /^\d{1,5}(\/|$)/.test(piece)));
    if (continues) items[items.length - 1] = `${last}:${piece}`;
    else if (piece !== '') items.push(piece);
  }
  return items;
}
