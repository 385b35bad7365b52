/** Files of a listing that bear one path. */
import { distinctParts } from './shared-link.js';

/** A path for each file: its folder and its name; where several would have the same, each gets its id as well. */
export function distinctPaths(files: readonly { id: string; folder: string; name: string }[]): string[] {
  const paths = new Array<string>(files.length);
  const folders = new Map<string, number[]>();
  for (const [at, { folder }] of files.entries()) {
    const inside = folders.get(folder);
    if (inside === undefined) folders.set(folder, [at]);
    else inside.push(at);
  }
  for (const [folder, inside] of folders) {
    const parts = distinctParts(inside.map((at) => files[at] as { id: string; name: string }));
    for (const [index, at] of inside.entries()) paths[at] = `${folder === '' ? '' : `${folder}/`}${parts[index]}`;
  }
  return paths;
}
