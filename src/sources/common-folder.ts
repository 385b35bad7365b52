/** The part of a tree that an entry wants, so that no more of it need be listed. */
import picomatch from 'picomatch';
import type { TreeRules } from './tree.js';

/** The deepest folder that holds all that the rules can choose; '' for the whole tree. */
export function commonFolder({ files, include }: Pick<TreeRules, 'files' | 'include'>): string {
  const folders =
    files === undefined
      ? (include ?? ['**']).map(folderOfGlob)
      : // A file that is known by a pattern may lie anywhere.
        files.map(({ path, pattern }) => (pattern === undefined ? parent(path) : ''));
  const [first = [], ...others] = folders.map((folder) => folder.split('/'));
  const differs = first.findIndex((part, at) => others.some((other) => other[at] !== part));
  return first.slice(0, differs < 0 ? first.length : differs).join('/');
}

function folderOfGlob(glob: string): string {
  const { base, isGlob, negated } = picomatch.scan(glob);
  if (negated) return '';
  const plain = base.replace(/\\(.)/g, '$1');
  return isGlob ? plain : parent(plain);
}

/** A path as a glob that fits nothing else. */
export const globOf = (path: string): string => path.replace(/[\\*?[\](){}!+@|]/g, '\\$&');

const parent = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));
