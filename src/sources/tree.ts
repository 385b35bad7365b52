/** Which files of a tree that a host lists belong to the dataset, and where they go: the registry's `include`, `exclude`, `place`. */
import path from 'node:path';
import picomatch from 'picomatch';
import { archiveName } from '../archive/names.js';
import { NotFoundError } from '../errors.js';
import type { FileFacts, PlaceRule, UnpackRule } from '../registry/schema.js';
import { chooseFiles, type Listed, remoteFile } from './facts.js';
import { placeOf } from './place.js';
import type { RemoteFile } from './source.js';

/** What entries of tree-like sources have in common. */
export interface TreeRules {
  /** Named one by one, with what is known of them; globs and `place` are then left aside. */
  files?: FileFacts[] | undefined;
  include?: string[] | undefined;
  exclude?: string[] | undefined;
  place?: PlaceRule[] | undefined;
  unpack?: UnpackRule | undefined;
  into?: string | undefined;
}

/**
 * Files of a tree are left as they are unless the entry says otherwise; files that it names are unpacked when they are archives.
 * @param where the tree, for messages
 * @throws NotFoundError when nothing is left, IntegrityError when the host's facts are not the registry's
 */
export function chooseTree(listing: readonly Listed[], rules: TreeRules, where: string): RemoteFile[] {
  if (rules.files !== undefined) {
    const facts = rules.files.map((file) => ({ ...inherited(rules), ...file }));
    return chooseFiles(listing, facts, where);
  }
  const wanted = globs(rules);
  const chosen = listing.filter(({ path }) => wanted(path));
  if (chosen.length === 0) {
    const patterns = [...(rules.include ?? []), ...(rules.exclude ?? []).map((glob) => `not ${glob}`)].join(', ');
    throw new NotFoundError(
      listing.length === 0 ? `${where} holds no files` : `${where} holds no file that fits ${patterns}`,
      {
        hint: 'Its files may have moved, or its name may be misspelt. Look at its page, or take another source (--source).',
      },
    );
  }
  return chosen.map((listed) => {
    const placed = { ...listed, path: placeOf(listed.path, rules.place) };
    const facts = { unpack: false, ...inherited(rules) };
    return facts.into?.includes(FOLDER) === true ? inItsFolder(placed, facts) : remoteFile(placed, facts);
  });
}

/** In `into`, the folder that an archive lies in: of 20 cases with an `images.zip` each, none is to meet another. */
const FOLDER = '{folder}';

function inItsFolder(listed: Listed, { into = '', ...facts }: Pick<FileFacts, 'unpack' | 'into'>): RemoteFile {
  const { dir, base } = path.posix.parse(listed.path);
  const isArchive = facts.unpack !== false && archiveName(base);
  const folder = into
    .replaceAll(FOLDER, isArchive ? dir : '')
    .split('/')
    .filter(Boolean)
    .join('/');
  return remoteFile({ ...listed, path: isArchive ? base : listed.path }, { ...facts, into: folder });
}

/** Whether a path is wanted. Globs as in picomatch: `**` crosses folders, names that begin with a dot are like others. */
export function globs({ include, exclude }: Pick<TreeRules, 'include' | 'exclude'>): (path: string) => boolean {
  const fits = include === undefined ? () => true : picomatch(include, { dot: true });
  const refused = exclude === undefined ? () => false : picomatch(exclude, { dot: true });
  return (path) => fits(path) && !refused(path);
}

function inherited({ unpack, into }: TreeRules): Pick<FileFacts, 'unpack' | 'into'> {
  return { ...(unpack === undefined ? {} : { unpack }), ...(into === undefined ? {} : { into }) };
}
