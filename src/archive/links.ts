/**
 * Symbolic links of an archive. They are made after all files, so that nothing is ever written through one, and only when
 * none of them leads out of the tree.
 */
import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { dirname, join, sep } from 'node:path';
import { quoted, refusal } from './refusal.js';

export interface Link {
  /** Cleaned path of the link itself. */
  path: string;
  /** Where it points, as the archive says. */
  target: string;
}

/**
 * Refuses a link whose target is absolute, climbs out of the tree, or has `..` after a name. The last rule makes the check
 * hold for chains too: from a real folder a link may climb real folders only, and then go down, so no chain gets out.
 * @throws IntegrityError
 */
export function checkLink(archive: string, { path, target }: Link): void {
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const climbs = parts.findIndex((part) => part !== '..');
  const ups = climbs === -1 ? parts.length : climbs;
  const depth = path.split('/').length - 1;
  const bad =
    target === '' ||
    /^\/|^[A-Za-z]:|[\u0000-\u001f\u007f-\u009f\\]/.test(target) ||
    parts.slice(ups).includes('..') ||
    ups > depth;
  if (bad) throw refusal(archive, 'unsafe', `holds a link that leads out of it, ${quoted(path)} to ${quoted(target)}`);
}

/** Makes checked links in `root`, then looks whether the file system, too, says that they stay inside. @throws IntegrityError */
export function makeLinks(archive: string, root: string, links: readonly Link[]): void {
  for (const { path, target } of links) {
    const place = join(root, path);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(target, place);
  }
  const inside = realpathSync(root) + sep;
  for (const link of links) {
    const real = realOf(join(root, link.path));
    if (real === undefined || (real + sep).startsWith(inside)) continue;
    throw refusal(
      archive,
      'unsafe',
      `holds a link that leads out of it, ${quoted(link.path)} to ${quoted(link.target)}`,
    );
  }
}

/** Where a link ends; undefined when nothing is there, or only links in a circle. */
function realOf(place: string): string | undefined {
  try {
    return realpathSync(place);
  } catch {
    return undefined;
  }
}
