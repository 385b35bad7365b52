/** Files that a user has fetched by hand: which of the files that a dataset is made of are they? Told by content, then by name. */
import type { Stats } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import type { Algorithm, Digests } from './checksum.js';
import { findMismatch, parseChecksum } from './checksum.js';
import { asDiskError, IntegrityError, NotFoundError } from './errors.js';
import { printable } from './printable.js';
import type { FileFacts, SourceEntry } from './registry/schema.js';
import { checksumsOf, fitsPattern } from './sources/facts.js';
import type { DigestPool } from './transfer/digest.js';

export interface ExpectedFile extends FileFacts {
  /** The dataset is complete without it. */
  optional?: boolean | undefined;
}

export interface GivenFile {
  file: string;
  size: number;
}

export interface Matched {
  expected: ExpectedFile;
  given: GivenFile;
  digests: Digests;
}

/** What a source is known to consist of; nothing when the registry does not say. */
export function expectedFiles(entry: SourceEntry): ExpectedFile[] {
  if (entry.method === 'all') return entry.of.flatMap(expectedFiles);
  if (!('files' in entry)) return [];
  return (entry.files ?? []).filter((file): file is typeof file & { path: string } => file.path !== undefined);
}

/** The files among `paths`, folders read recursively. @throws NotFoundError, DiskError */
export async function givenFiles(paths: readonly string[]): Promise<GivenFile[]> {
  const found = new Map<string, GivenFile>();
  const visit = async (file: string, stats: Stats): Promise<void> => {
    if (stats.isFile()) found.set(file, { file, size: stats.size });
    if (!stats.isDirectory()) return;
    for (const entry of await fs.readdir(file, { withFileTypes: true })) {
      const inside = path.join(file, entry.name);
      if (entry.isFile() || entry.isDirectory()) await visit(inside, await fs.stat(inside));
    }
  };
  for (const given of paths) {
    const file = path.resolve(given);
    try {
      await visit(file, await fs.stat(file));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw asDiskError(error);
      throw new NotFoundError(`There is no file ${printable(file)}`, { file });
    }
  }
  return [...found.values()];
}

/**
 * Which given file is which expected one. A known checksum decides, whatever the name; without one, the name and, where it is
 * known, the size. `broken` tells of the first that has an expected one's name but not its contents, while no other file has them.
 */
export async function matchFiles(
  expected: readonly ExpectedFile[],
  given: readonly GivenFile[],
  pool: DigestPool,
): Promise<{ matched: Matched[]; broken?: IntegrityError }> {
  const digests = new Digesting(pool);
  const matched: Matched[] = [];
  const missing: ExpectedFile[] = [];
  const broken: IntegrityError[] = [];
  for (const wanted of expected) {
    const found = await findGiven(wanted, given, digests, broken);
    if (found === undefined) missing.push(wanted);
    else matched.push({ expected: wanted, given: found, digests: await digests.of(found, ['sha256']) });
  }
  const first = broken.find(({ file }) => missing.some(({ path: name }) => name === file));
  return { matched, ...(first === undefined ? {} : { broken: first }) };
}

async function findGiven(
  wanted: ExpectedFile,
  given: readonly GivenFile[],
  digests: Digesting,
  broken: IntegrityError[],
): Promise<GivenFile | undefined> {
  const checksums = checksumsOf(wanted);
  const algorithms = checksums.map((checksum) => parseChecksum(checksum).algorithm);
  const named = given.filter(({ file }) => bearsName(file, wanted));
  if (checksums.length === 0) {
    return named.find(({ size }) => wanted.size === undefined || wanted.size === size);
  }
  // Those with the right name first: mostly they are it, and hashing the others costs a pass over each.
  const sized = [...named, ...given.filter((one) => !named.includes(one) && wanted.size === one.size)];
  for (const one of sized) {
    if (wanted.size !== undefined && wanted.size !== one.size) {
      broken.push(wrong(wanted, one, `${one.size} bytes`, `${wanted.size}`));
      continue;
    }
    const mismatch = findMismatch(checksums, await digests.of(one, algorithms));
    if (mismatch === undefined) return one;
    if (named.includes(one)) {
      broken.push(wrong(wanted, one, `${mismatch.algorithm} ${mismatch.actual}`, mismatch.expected));
    }
  }
  return undefined;
}

function wrong(wanted: ExpectedFile, { file }: GivenFile, actual: string, expected: string): IntegrityError {
  return new IntegrityError(
    `${printable(file)} is not ${wanted.path}: it has ${actual} where ${expected} is expected`,
    {
      file: wanted.path,
      hint: 'The download may be cut short or another version. Download it again.',
    },
  );
}

/** Whether a file is worth a closer look: it has an expected one's name or size. */
export function mayBe(wanted: ExpectedFile, { file, size }: GivenFile): boolean {
  return bearsName(file, wanted) || wanted.size === size;
}

/** A browser adds " (1)" to a name that is taken. */
function bearsName(file: string, { path: wanted, pattern }: ExpectedFile): boolean {
  const name = path.basename(file).replace(/ ?\(\d+\)(?=(\.[^.]+){0,2}$)/, '');
  return name === path.posix.basename(wanted) || fitsPattern(name, pattern);
}

/** Digests of given files, each computed once. */
class Digesting {
  readonly #known = new Map<string, Digests>();

  constructor(private readonly pool: DigestPool) {}

  async of({ file, size }: GivenFile, algorithms: readonly Algorithm[]): Promise<Digests> {
    const known = this.#known.get(file) ?? {};
    const lacking = [...new Set<Algorithm>([...algorithms, 'sha256'])].filter((algorithm) => !(algorithm in known));
    if (lacking.length === 0) return known;
    const all = { ...known, ...(await this.pool.follow(file, lacking).finish(size)) };
    this.#known.set(file, all);
    return all;
  }
}
