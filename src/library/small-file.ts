/** Reads the small files of the library. Through the thread pool each would take four turns, many times as long as the reading. */
import { closeSync, fstatSync, openSync, readFileSync, statSync } from 'node:fs';
import { isCode } from './disk.js';

/** Far more than any of them holds. */
const LARGEST = 16n * 1024n * 1024n;

export interface SmallFile {
  text: string;
  /** When it was last modified, nanoseconds. */
  modified: bigint;
}

/** What is too large to be one of ours reads as if it were empty. @returns undefined when it is not there. @throws file system errors */
export function readSmallFile(file: string): SmallFile | undefined {
  // Most of them are seldom there, and a look costs less than an error.
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return undefined;
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch (error) {
    if (isCode(error, 'ENOENT')) return undefined;
    throw error;
  }
  try {
    const { size, mtimeNs } = fstatSync(fd, { bigint: true });
    return { text: size > LARGEST ? '' : readFileSync(fd, 'utf8'), modified: mtimeNs };
  } finally {
    closeSync(fd);
  }
}
