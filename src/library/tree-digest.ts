/** One digest for all files of a dataset: equal trees have equal ones, wherever and in whatever order they were fetched. */
import { createHash } from 'node:crypto';
import type { FileRecord } from './manifest.js';

/**
 * SHA-256 of what `sha256sum` prints for all files, sorted by path as bytes: `find . -type f -printf '%P\0' | LC_ALL=C sort -z |
 * xargs -0 sha256sum | sha256sum`. A symbolic link counts with a line `link:TARGET  PATH` in its place.
 * @returns `sha256:hex`
 */
export async function treeDigest(files: AsyncIterable<FileRecord>): Promise<string> {
  const lines: { path: string; line: string }[] = [];
  let plain = true;
  for await (const { path, sha256, link } of files) {
    plain &&= !/[\ud800-\udfff]/.test(path);
    lines.push({ path, line: `${link === undefined ? sha256 : `link:${link}`}  ${path}\n` });
  }
  // Characters compare as their UTF-8 does, but for those that take two units in JavaScript.
  const compare = plain
    ? (a: string, b: string) => (a < b ? -1 : a === b ? 0 : 1)
    : (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
  lines.sort((a, b) => compare(a.path, b.path));
  const hash = createHash('sha256');
  for (const { line } of lines) hash.update(line);
  return `sha256:${hash.digest('hex')}`;
}
