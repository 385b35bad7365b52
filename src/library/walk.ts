/** Everything in a folder that is no folder, by relative POSIX path, in no order. Links are named, never followed. */
import type { Dirent } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';

export interface WalkOptions {
  /** Called with each folder's relative path ('' is the root) after everything in it was given. */
  onFolder?(relative: string): Promise<void>;
}

/** Holds the names of folders, not of files, in memory. @throws file system errors */
export async function* walk(root: string, options: WalkOptions = {}, relative = ''): AsyncGenerator<string> {
  const folders: string[] = [];
  const folder = await fs.opendir(path.join(root, relative), { bufferSize: 512 });
  for await (const entry of folder as AsyncIterable<Dirent>) {
    const name = relative === '' ? entry.name : `${relative}/${entry.name}`;
    if (entry.isDirectory()) folders.push(name);
    else yield name;
  }
  for (const name of folders) yield* walk(root, options, name);
  await options.onFolder?.(relative);
}
