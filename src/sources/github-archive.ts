/**
 * The tar that GitHub makes of a whole commit while it sends it: one request in place of thousands. What came out of it is held
 * against git's names of the files, as its bytes are not the same every time and have no checksum.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import PQueue from 'p-queue';
import { IntegrityError } from '../errors.js';
import { printable } from '../printable.js';
import type { TreeFile, Walked } from './github-tree.js';
import { known } from './json-api.js';
import type { FileRequest, RemoteFile } from './source.js';

/** Fewer files than this are fetched one by one, each resumed and checked by itself. */
const MANY = 100;

/** Attributes by which an archive differs from the tree (https://git-scm.com/docs/gitattributes): conversions, and what is left out. */
const CHANGES = /\b(filter|eol|crlf|ident|working-tree-encoding|export-ignore|export-subst)\b/;

/** Files that are read at a time. */
const READERS = 8;

/** Bytes read at a time. */
const CHUNK = 1024 * 1024;

/**
 * Whether a tree is better fetched as one archive, and will be the same.
 * @param attributes texts of its `.gitattributes`
 */
export function comesAsArchive({ files, left }: Walked, attributes: readonly string[]): boolean {
  return (
    files.length >= MANY &&
    left.length === 0 &&
    !attributes.some((text) => CHANGES.test(text) || text.startsWith('version '))
  );
}

/** @param name owner and name of the repository */
export function archiveOf(
  request: FileRequest,
  name: string,
  commit: string,
  files: readonly TreeFile[],
  into = '',
): RemoteFile {
  const sizes = files.map(({ size }) => size ?? 0);
  return {
    path: `${name.split('/').at(-1)}-${commit}.tar.gz`,
    ...known(
      'unpackedSize',
      sizes.reduce((sum, size) => sum + size, 0),
    ),
    checksums: [],
    request: async () => request,
    unpack: 'tar',
    stripTop: true,
    into,
    inspect: (folder, selects = () => true) => {
      const wanted = files.filter((file) => selects(file.path));
      return inspectTree(folder, wanted, `${name} at ${commit.slice(0, 7)}`);
    },
  };
}

/** Holds an unpacked tree against git's. @param what it is, for messages. @throws IntegrityError */
async function inspectTree(folder: string, files: readonly TreeFile[], what: string): Promise<void> {
  await new PQueue({ concurrency: READERS }).addAll(
    files.map(({ path: name, sha }) => async () => {
      const file = path.join(folder, name);
      const found = await fs.lstat(file).catch(() => undefined);
      if (found?.isFile() !== true) throw fault(what, `without ${printable(name)}`);
      if ((await gitName(file, found.size)) !== sha) throw fault(what, `with ${printable(name)} damaged`);
    }),
  );
}

/** @param size in bytes */
async function gitName(file: string, size: number): Promise<string> {
  const hash = createHash('sha1').update(`blob ${size}\0`);
  // A stream for each of thousands of small files would take three times as long.
  if (size <= CHUNK) hash.update(await fs.readFile(file));
  else await pipeline(createReadStream(file, { highWaterMark: CHUNK }), hash);
  return hash.digest('hex');
}

function fault(what: string, how: string): IntegrityError {
  return new IntegrityError(`The archive that GitHub made of ${what} came ${how}`, {
    hint: 'Run the same command again later, or use another source (--source).',
  });
}
