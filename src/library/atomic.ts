/** Small state files: there whole or not at all, also after a power cut. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { IntegrityError } from '../errors.js';
import { flush } from '../flush.js';
import { isCode } from './disk.js';
import { readSmallFile } from './small-file.js';

/** Names of unfinished files; `medds clean` removes them. */
export const TEMPORARY = /\.[0-9a-f]{8}\.tmp$/;

/** Eight hexadecimal digits for a name that nobody else uses. */
export const randomName = (): string => randomBytes(4).toString('hex');

export function writeJson(file: string, value: unknown): Promise<void> {
  return writeWhole(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** Temporary name in the same folder, which must be there; flush, rename, flush the folder. @throws file system errors */
export async function writeWhole(file: string, text: string): Promise<void> {
  const temporary = `${file}.${randomName()}.tmp`;
  try {
    const handle = await fs.open(temporary, 'wx');
    try {
      await handle.writeFile(text);
      await flush(handle);
    } finally {
      await handle.close();
    }
    await fs.rename(temporary, file);
  } catch (error) {
    await fs.rm(temporary, { force: true });
    throw error;
  }
  await flushFolder(path.dirname(file));
}

/** What the file holds, unchecked; undefined when it is not there. @throws IntegrityError when it is no JSON */
export async function readJson<T>(file: string): Promise<T | undefined> {
  const found = readSmallFile(file);
  if (found === undefined) return undefined;
  try {
    return JSON.parse(found.text) as T;
  } catch (error) {
    throw new IntegrityError(`${file} is damaged`, { cause: error });
  }
}

/** Makes a folder's entries safe against a power cut. */
export async function flushFolder(folder: string): Promise<void> {
  let handle: fs.FileHandle;
  try {
    handle = await fs.open(folder, 'r');
  } catch (error) {
    // Windows opens no folders.
    if (isCode(error, 'EISDIR', 'EPERM', 'EACCES')) return;
    throw error;
  }
  try {
    await flush(handle);
  } finally {
    await handle.close();
  }
}

/** Makes a file's bytes safe against a power cut. */
export async function flushFile(file: string): Promise<void> {
  // Some systems flush only what is open for writing; a file that may not be written is flushed as it can be.
  const handle = await fs.open(file, 'r+').catch((error) => {
    if (isCode(error, 'EACCES', 'EPERM')) return fs.open(file, 'r');
    throw error;
  });
  try {
    await flush(handle);
  } finally {
    await handle.close();
  }
}
