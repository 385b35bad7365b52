/** The tree of a project or folder on Synapse, and the flat list that a dataset is. */
import { eachAtMost } from '../library/each.js';
import { printable } from '../printable.js';
import { distinctParts } from './shared-link.js';
import { AT_A_TIME, type Entity, type Header, type Synapse } from './synapse-api.js';
import type { SynapseRef } from './synapse-locator.js';

/** Entities that one question may name. A guess: the API states no limit. */
const NAMED_AT_A_TIME = 50;

/** Things left out that a note names. */
const NAMED = 5;

export interface TreeFile {
  path: string;
  ref: SynapseRef;
}

export interface Tree {
  files: TreeFile[];
  notes: string[];
}

/** `file` of `org.sagebionetworks.repo.model.FileEntity`; `folder`, `entity view` and so on. */
export const kindOf = (concreteType: string): string =>
  (concreteType.split('.').at(-1) ?? '')
    .replace(/Entity$/, '')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();

/** Level by level, so that several folders can be listed at a time and the order is always the same. */
export async function walkFolder(synapse: Synapse, root: string): Promise<Tree> {
  const files: TreeFile[] = [];
  const others: Header[] = [];
  let level = [{ prefix: '', id: root }];
  while (level.length > 0) {
    const listed = new Map<string, Header[]>();
    await eachAtMost(AT_A_TIME, level, async ({ id }) => {
      listed.set(id, await synapse.children(id));
    });
    const below: typeof level = [];
    for (const { prefix, id } of level) {
      const inside = listed.get(id) ?? [];
      const parts = distinctParts(inside);
      for (const [at, header] of inside.entries()) {
        const path = `${prefix}${parts[at]}`;
        const kind = kindOf(header.type);
        if (kind === 'file') files.push({ path, ref: refOf(header) });
        else if (kind === 'folder') below.push({ prefix: `${path}/`, id: header.id });
        else others.push({ ...header, name: path });
      }
    }
    level = below;
  }
  return { files, notes: leftOut(others) };
}

/** A dataset has no folders, and each of its files in the version that it names. */
export async function listDataset(synapse: Synapse, { id, items = [] }: Entity): Promise<Tree> {
  const refs = items.map(({ entityId, versionNumber: version }) => ({
    id: entityId,
    ...(version === undefined ? {} : { version }),
  }));
  const names = new Map<string, string>();
  const chunks = Array.from({ length: Math.ceil(refs.length / NAMED_AT_A_TIME) }, (_, at) =>
    refs.slice(at * NAMED_AT_A_TIME, (at + 1) * NAMED_AT_A_TIME),
  );
  await eachAtMost(AT_A_TIME, chunks, async (chunk) => {
    for (const header of await synapse.headers(chunk, id)) names.set(header.id, header.name);
  });
  // What one may not see has no name; asking for it tells why.
  const parts = distinctParts(refs.map((ref) => ({ id: ref.id, name: names.get(ref.id) ?? ref.id })));
  return { files: refs.map((ref, at) => ({ path: parts[at] as string, ref })), notes: [] };
}

function refOf({ id, versionNumber: version }: Header): SynapseRef {
  return { id, ...(version === undefined ? {} : { version }) };
}

function leftOut(others: readonly Header[]): string[] {
  if (others.length === 0) return [];
  const named = others.slice(0, NAMED).map(({ id, name, type }) => printable(`${name} (${kindOf(type)} ${id})`));
  const more = others.length > NAMED ? ` and ${others.length - NAMED} more` : '';
  return [`Left out, as they are no files: ${named.join(', ')}${more}.`];
}
