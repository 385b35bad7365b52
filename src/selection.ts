/** Which part of a dataset a user wants: flags as they are typed, and what they say of a path. Pure: nobody is asked. */
import picomatch from 'picomatch';
import { UsageError } from './errors.js';
import { printable } from './printable.js';

/** All that is given must hold for a file to be wanted. Globs are as in picomatch, and names that begin with a dot are like others. */
export interface Selection {
  /** Globs over paths in the dataset, of which one must fit. */
  include?: readonly string[];
  /** Globs over paths in the dataset, of which none may fit. */
  exclude?: readonly string[];
  /** The first so many, or those of these names. Files that belong to no case come along. */
  cases?: { count: number } | { names: readonly string[] };
  /** Globs over the names or paths of remote files. */
  archives?: readonly string[];
}

/** As the command line has them. */
export interface SelectionFlags {
  include?: readonly string[] | undefined;
  exclude?: readonly string[] | undefined;
  cases?: string | undefined;
  archives?: readonly string[] | undefined;
}

/** How much of what lies below a folder is wanted, as far as the globs tell without its list. */
export type Reach = 'all' | 'some' | 'none';

/** @returns undefined when everything is wanted @throws UsageError for globs and cases that say nothing */
export function parseSelection({ include, exclude, cases, archives }: SelectionFlags): Selection | undefined {
  const selection: Selection = {
    ...globsOf('include', include),
    ...globsOf('exclude', exclude),
    ...(cases === undefined ? {} : { cases: parseCases(cases) }),
    ...globsOf('archives', archives),
  };
  return Object.keys(selection).length === 0 ? undefined : selection;
}

/** The flags that stand for a selection, fit for a shell: `--include '*.csv' --cases 3`. */
export function selectionText({ include = [], exclude = [], cases, archives = [] }: Selection): string {
  const flags: [string, string][] = [
    ...include.map((glob): [string, string] => ['--include', glob]),
    ...exclude.map((glob): [string, string] => ['--exclude', glob]),
    ...(cases === undefined ? [] : [['--cases', casesText(cases)] as [string, string]]),
    ...archives.map((glob): [string, string] => ['--archives', glob]),
  ];
  return flags.map(([flag, value]) => `${flag} ${shellWord(value)}`).join(' ');
}

/** The selection that `selectionText` has written. @throws UsageError for any other text */
export function selectionOf(text: string): Selection {
  const flags: Record<'include' | 'exclude' | 'archives', string[]> = { include: [], exclude: [], archives: [] };
  let cases: string | undefined;
  const word = /\s*--(include|exclude|archives|cases) ((?:'[^']*'|\\'|[^\s'\\])+)(?=\s|$)/y;
  while (word.lastIndex < text.length) {
    const at = word.lastIndex;
    const [, flag, value = ''] = word.exec(text) ?? [];
    if (flag === undefined) throw new UsageError(`${printable(text.slice(at))} is no selection`);
    const plain = value.replace(/'([^']*)'|\\'/g, (_, quoted: string | undefined) => quoted ?? "'");
    if (flag === 'cases') cases = plain;
    else flags[flag as keyof typeof flags].push(plain);
  }
  const selection = parseSelection({ ...flags, cases });
  if (selection === undefined) throw new UsageError('A selection is empty');
  return selection;
}

/** Whether the globs take a path in the dataset. */
export function pathFilter({ include, exclude }: Selection): (path: string) => boolean {
  const fits = include === undefined ? () => true : matcher(include);
  const refused = exclude === undefined ? () => false : matcher(exclude);
  return (path) => fits(path) && !refused(path);
}

/** Whether a remote file is among those that `--archives` names. @returns a test of its path in the dataset */
export function archiveFilter({ archives }: Selection): (path: string) => boolean {
  if (archives === undefined) return () => true;
  const fits = matcher(archives);
  return (path) => fits(path) || fits(path.slice(path.lastIndexOf('/') + 1));
}

/** @param folder '' is the dataset's root */
export function reachBelow({ include, exclude = [], cases }: Selection, folder: string): Reach {
  if (include !== undefined && !include.some((glob) => mayFitBelow(glob, folder))) return 'none';
  if (exclude.some((glob) => fitsAllBelow(glob, folder))) return 'none';
  const all = include === undefined || include.some((glob) => fitsAllBelow(glob, folder));
  return all && cases === undefined && !exclude.some((glob) => mayFitBelow(glob, folder)) ? 'all' : 'some';
}

function globsOf<K extends string>(flag: K, globs: readonly string[] | undefined): { [P in K]?: readonly string[] } {
  if (globs === undefined || globs.length === 0) return {};
  for (const glob of globs) requireGlob(flag, glob);
  return { [flag]: globs } as { [P in K]: readonly string[] };
}

function requireGlob(flag: string, glob: string): void {
  const hint = `Write it as in --${flag} 'folder/*.csv'; ** reaches into folders.`;
  if (glob.trim() === '') throw new UsageError(`--${flag} is empty`, { hint });
  if (glob.startsWith('/')) {
    throw new UsageError(`--${flag} ${printable(glob)} begins with a slash, which no path in a dataset does`, { hint });
  }
  try {
    matcher([glob]);
  } catch (cause) {
    throw new UsageError(`--${flag} ${printable(glob)} is no glob`, { hint, cause });
  }
}

/** `3` is a number of cases, `3,` and `a,b` are names. */
function parseCases(typed: string): NonNullable<Selection['cases']> {
  const hint =
    'Give a number of cases (--cases 3) or their names (--cases NAME,NAME; a name that is a number: --cases 17,).';
  if (/^\d+$/.test(typed)) {
    const count = Number(typed);
    if (count > 0 && Number.isSafeInteger(count)) return { count };
    throw new UsageError(`--cases ${typed} chooses nothing`, { hint });
  }
  const names = typed.split(',').flatMap((name) => (name.trim() === '' ? [] : [name.trim()]));
  if (names.length === 0) throw new UsageError(`--cases ${printable(typed)} names no case`, { hint });
  return { names: [...new Set(names)] };
}

function casesText(cases: NonNullable<Selection['cases']>): string {
  if ('count' in cases) return String(cases.count);
  const text = cases.names.join(',');
  return /^\d+$/.test(text) ? `${text},` : text;
}

function shellWord(word: string): string {
  return /^[\w./,:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** A path as it is written fits, too, whatever it holds. */
function matcher(globs: readonly string[]): (path: string) => boolean {
  const fits = picomatch([...globs], { dot: true });
  return (path) => fits(path) || globs.includes(path);
}

/** Whether a glob may take something below a folder: it says nothing else of the folders above. */
function mayFitBelow(glob: string, folder: string): boolean {
  const { base, negated } = picomatch.scan(glob);
  return negated || base === '' || folder === '' || isIn(base, folder) || isIn(folder, base);
}

/** Whether a glob takes all that is below a folder: `scans/**` does below `scans`. */
function fitsAllBelow(glob: string, folder: string): boolean {
  const { base, glob: rest, negated } = picomatch.scan(glob);
  return !negated && rest === '**' && (base === '' || isIn(folder, base));
}

const isIn = (path: string, folder: string): boolean => path === folder || path.startsWith(`${folder}/`);
