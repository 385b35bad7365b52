/** All files of a commit. The API lists them at once, or folder by folder where they are too many. */
import { NetworkError } from '../errors.js';
import { printable } from '../printable.js';
import type { Tree } from './github-api.js';

export interface TreeFile {
  path: string;
  /** Git's name for the contents. */
  sha: string;
  size?: number;
}

export interface Walked {
  files: TreeFile[];
  /** Links, and repositories inside: git keeps no files for them here. */
  left: string[];
}

const LINK = '120000';

/**
 * @param list the API's listing of a tree
 * @param folder all that is wanted lies in; '' for everything
 * @throws NetworkError when a folder holds more than GitHub lists, and what `list` throws
 */
export async function walkTree(
  list: (sha: string, recursive: boolean) => Promise<Tree>,
  commit: string,
  folder: string,
): Promise<Walked> {
  const walked: Walked = { files: [], left: [] };
  const take = ({ tree }: Tree, prefix: string): void => {
    for (const { path, mode, type, sha, size } of tree) {
      if (type === 'tree') continue;
      const whole = `${prefix}${path}`;
      if (type !== 'blob' || mode === LINK) walked.left.push(whole);
      else walked.files.push({ path: whole, sha, ...(size === undefined ? {} : { size }) });
    }
  };
  const walk = async (sha: string, prefix: string): Promise<void> => {
    const all = await list(sha, true);
    if (!all.truncated) return take(all, prefix);
    const level = await list(sha, false);
    if (level.truncated) {
      throw new NetworkError(
        `GitHub does not list all of ${printable(prefix || 'the repository')}: it holds too much`,
        {
          hint: 'Clone the repository with git, or take one of its releases.',
        },
      );
    }
    take(level, prefix);
    for (const { path, type, sha: below } of level.tree) {
      const whole = `${prefix}${path}`;
      if (type === 'tree' && mayHold(whole, folder)) await walk(below, `${whole}/`);
    }
  };
  await walk(commit, '');
  return walked;
}

/** Whether something of `wanted` lies in `folder`. */
function mayHold(folder: string, wanted: string): boolean {
  return wanted === '' || `${wanted}/`.startsWith(`${folder}/`) || folder.startsWith(`${wanted}/`);
}
