/**
 * Projects, folders, files and datasets on Synapse (https://www.synapse.org). Files of a tree are called as Synapse's pages call them,
 * which is how they are told apart there; a single file is called as it was uploaded.
 */
import { NotFoundError } from '../errors.js';
import { eachAtMost } from '../library/each.js';
import { printable } from '../printable.js';
import type { SourceEntry } from '../registry/schema.js';
import { fitsPattern, type Listed } from './facts.js';
import { known } from './json-api.js';
import { asPart } from './shared-link.js';
import type { Resolution, Source } from './source.js';
import { AT_A_TIME, type Bundle, type FileFacts, Synapse } from './synapse-api.js';
import { locateOnSynapse, type SynapseRef, synapseRef } from './synapse-locator.js';
import { kindOf, listDataset, type Tree, type TreeFile, walkFolder } from './synapse-tree.js';
import { chooseTree, globs } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'synapse' }>;

/** Links that are followed, one to the other. */
const LINKS = 5;

/**
 * The most files that are described before the first is fetched: each costs a question, of which Synapse takes 600 a minute
 * (UserRequestFrequencyThrottler). Of more, each is described when it is fetched.
 */
const MANY = 1000;

export const synapse: Source<'synapse'> = {
  locate: locateOnSynapse,

  async resolve(entry, context) {
    const synapse = await Synapse.open(context);
    const { bundle, ref } = await follow(synapse, synapseRef(entry.entity));
    const { entity } = bundle;
    const kind = kindOf(entity.concreteType);
    const where = `Synapse ${entry.entity}`;
    const facts: Omit<Resolution, 'files' | 'notes'> = {
      label: where,
      revision: revisionOf(kind, bundle),
      title: printable(entity.name),
    };
    if (kind === 'file') {
      const file = new SynapseFile(synapse, ref, await synapse.factsOf(bundle));
      const listing = [file.listed(asPart(file.facts?.name ?? entity.name))];
      return finish(facts, listing, { ...entry, unpack: entry.unpack ?? true }, []);
    }
    const { files, notes } = await treeOf(synapse, kind, bundle);
    const wanted = files.filter(isWanted(entry));
    const described = new Map<TreeFile, SynapseFile>();
    for (const file of wanted) described.set(file, new SynapseFile(synapse, file.ref));
    // The first tells whether the tree may be fetched at all.
    const [first] = described.values();
    await first?.describe();
    if (described.size > MANY) {
      notes.push(`Sizes and checksums of its ${described.size} files are asked for one by one, as they are fetched.`);
    } else {
      await eachAtMost(AT_A_TIME, described.values(), async (file) => {
        await file.describe();
      });
    }
    const listing = files.map((file) => (described.get(file) ?? new SynapseFile(synapse, file.ref)).listed(file.path));
    return finish(facts, listing, entry, notes);
  },
};

/** The entity, or what a link stands for. */
async function follow(synapse: Synapse, ref: SynapseRef, links = LINKS): Promise<{ bundle: Bundle; ref: SynapseRef }> {
  const bundle = await synapse.bundle(ref);
  const { linksTo, versionNumber } = bundle.entity;
  if (linksTo !== undefined && links > 0) {
    return follow(synapse, { id: linksTo.targetId, ...known('version', linksTo.targetVersionNumber) }, links - 1);
  }
  return { bundle, ref: { ...ref, ...known('version', ref.version ?? versionNumber) } };
}

function treeOf(synapse: Synapse, kind: string, { entity }: Bundle): Promise<Tree> {
  if (kind === 'folder' || kind === 'project') return walkFolder(synapse, entity.id);
  if (kind === 'dataset') return listDataset(synapse, entity);
  throw new NotFoundError(`Synapse ${entity.id} is a ${printable(kind)}, which holds no files`, {
    hint: `Look at https://www.synapse.org/Synapse:${entity.id} for the folder or dataset that belongs to it.`,
  });
}

/** Projects and folders change; files and datasets have versions. */
function revisionOf(kind: string, { entity: { id, versionNumber, modifiedOn } }: Bundle): string {
  const hasVersions = kind === 'file' || kind === 'dataset';
  const version = hasVersions ? versionNumber : undefined;
  if (version !== undefined) return `synapse:${id}.${version}`;
  return `synapse:${id}${modifiedOn === undefined ? '' : `@${modifiedOn}`}`;
}

function isWanted(entry: Entry): (file: TreeFile) => boolean {
  const { files } = entry;
  if (files === undefined) {
    const fits = globs(entry);
    return ({ path }) => fits(path);
  }
  const named = new Set(files.map(({ path }) => path));
  const patterns = files.flatMap(({ pattern }) => pattern ?? []);
  return ({ path }) => named.has(path) || patterns.some((pattern) => fitsPattern(path, pattern));
}

async function finish(
  facts: Omit<Resolution, 'files' | 'notes'>,
  listing: readonly Listed[],
  entry: Entry,
  notes: string[],
): Promise<Resolution> {
  const files = chooseTree(listing, entry, facts.label);
  // Tokens that may look but not download are told of before anything is fetched.
  await files[0]?.request();
  return { ...facts, files, notes };
}

/** A file, described as late as possible and only once. */
class SynapseFile {
  constructor(
    private readonly synapse: Synapse,
    private readonly ref: SynapseRef,
    public facts?: FileFacts,
  ) {}

  async describe(signal?: AbortSignal): Promise<FileFacts> {
    this.facts ??= await this.synapse.factsOf(await this.synapse.bundle(this.ref, signal));
    return this.facts;
  }

  listed(path: string): Listed {
    const { size, md5 } = this.facts ?? {};
    return {
      path,
      ...known('size', size),
      checksums: md5 === undefined ? [] : [`md5:${md5}`],
      request: async (signal) => this.synapse.link(this.ref, await this.describe(signal), signal),
    };
  }
}
