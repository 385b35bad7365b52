/** The tree of a project on OSF: its own storage, the storages of its add-ons, and its components, each in a folder. */
import PQueue from 'p-queue';
import { ActionRequiredError, NotFoundError } from '../errors.js';
import type { Osf, OsfFile, OsfNode } from './osf-api.js';
import { distinctParts } from './shared-link.js';

/** Folders that are listed at a time: OSF lets nobody ask more than three times a second. */
const AT_A_TIME = 2;

/** Something in a folder: a file, or a folder that can be listed. */
type Item = { id: string; name: string } & ({ file: OsfFile; node: string } | { list(): Promise<Item[]> });

export interface TreeFile {
  path: string;
  file: OsfFile;
  /** Id of the project or component that it was listed for. */
  node: string;
}

/** @param components whether they belong to it */
export async function walkNode(
  osf: Osf,
  root: Pick<OsfNode, 'id' | 'type'>,
  components: boolean,
): Promise<{ files: TreeFile[]; notes: string[] }> {
  const notes: string[] = [];

  const itemsOfNode = async ({ id, type }: Pick<OsfNode, 'id' | 'type'>): Promise<Item[]> => {
    const where = `OSF ${id}`;
    const storages = await osf.list<OsfFile>(`/${type}/${id}/files/`, `Storages of ${where}`);
    const items: Item[] = [];
    for (const storage of storages) {
      const { provider = storage.attributes.name } = storage.attributes;
      const list = () => itemsOfFolder(storage, id, `${provider} of ${where}`);
      if (provider === 'osfstorage') items.push(...(await list()));
      else items.push({ id: storage.id, name: provider, list: () => list().catch(leaveOut(provider, where)) });
    }
    if (!components) return items;
    for (const child of await osf.list<OsfNode>(`/${type}/${id}/children/`, `Components of ${where}`)) {
      items.push({ id: child.id, name: child.attributes.title ?? child.id, list: () => itemsOfNode(child) });
    }
    return items;
  };

  const itemsOfFolder = async (folder: OsfFile, node: string, where: string): Promise<Item[]> => {
    const href = folder.relationships?.files?.links?.related?.href;
    if (href === undefined) return [];
    const entries = await osf.list<OsfFile>(href, where);
    return entries.map((entry): Item => {
      const { id, attributes } = entry;
      const { name, kind } = attributes;
      if (kind === 'file') return { id, name, file: entry, node };
      return { id, name, list: () => itemsOfFolder(entry, node, where) };
    });
  };

  /** What an add-on keeps elsewhere may be gone or closed there, for everybody. */
  const leaveOut = (provider: string, where: string) => (error: unknown) => {
    if (!(error instanceof ActionRequiredError) && !(error instanceof NotFoundError)) throw error;
    notes.push(`Left out: what ${where} keeps at ${provider}, which OSF cannot list. ${error.message}.`);
    return [];
  };

  return { files: await walk(() => itemsOfNode(root)), notes };
}

/** Level by level, so that several folders can be listed at a time and the order is always the same. */
async function walk(root: () => Promise<Item[]>): Promise<TreeFile[]> {
  const files: TreeFile[] = [];
  const queue = new PQueue({ concurrency: AT_A_TIME });
  let level = [{ prefix: '', list: root }];
  while (level.length > 0) {
    const listed = await queue.addAll(level.map(({ list }) => list));
    const below: typeof level = [];
    for (const [at, { prefix }] of level.entries()) {
      const items = listed[at] as Item[];
      const parts = distinctParts(items);
      for (const [index, item] of items.entries()) {
        const path = `${prefix}${parts[index]}`;
        if ('list' in item) below.push({ prefix: `${path}/`, list: item.list });
        else files.push({ path, file: item.file, node: item.node });
      }
    }
    level = below;
  }
  return files;
}
