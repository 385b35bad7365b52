/** All that lies below a folder on Google Drive, each file once, under a path of its own. */
import { type Drive, type DriveItem, type DriveRef, pathPart } from './google-drive-item.js';
import { distinctParts } from './shared-link.js';

export interface DriveTree {
  name?: string;
  files: { item: DriveItem; path: string }[];
  /** Paths of what has no bytes. */
  left: string[];
  /** Entries of the fullest folder. */
  most: number;
}

/** Folders are asked one after the other: Drive takes many requests at a time for an attack. */
export async function walkFolder(drive: Drive, root: DriveRef): Promise<DriveTree> {
  const tree: DriveTree = { files: [], left: [], most: 0 };
  const waiting: { ref: DriveRef; prefix: string }[] = [{ ref: root, prefix: '' }];
  // Shortcuts may lead back to a folder above.
  const seen = new Set([root.id]);
  for (const { ref, prefix } of waiting) {
    const { name, items } = await drive.folder(ref);
    if (ref === root && name !== undefined) tree.name = name;
    tree.most = Math.max(tree.most, items.length);
    const parts = distinctParts(items.map((item) => ({ id: item.id, name: pathPart(item) })));
    for (const [index, item] of items.entries()) {
      const path = `${prefix}${parts[index]}`;
      if (item.kind === 'other') tree.left.push(path);
      else if (item.kind !== 'folder') tree.files.push({ item, path });
      else if (!seen.has(item.id)) {
        seen.add(item.id);
        waiting.push({ ref: item, prefix: `${path}/` });
      }
    }
  }
  return tree;
}
