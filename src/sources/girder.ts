/**
 * Collections, folders and items of a Girder server (https://girder.readthedocs.io/en/latest/api-docs.html): listed folder by folder,
 * and read file by file, which a server gives ranges of. Its zips of whole folders are made anew for each download.
 */
import PQueue from 'p-queue';
import { ActionRequiredError, NetworkError, NotFoundError, UsageError } from '../errors.js';
import type { SourceEntry } from '../registry/schema.js';
import { refuseStatus } from '../transfer/conversation.js';
import { printableArgument } from '../transfer/redact.js';
import { distinctPaths } from './distinct.js';
import type { Listed } from './facts.js';
import { askApi, known } from './json-api.js';
import { asPart } from './shared-link.js';
import type { Resolution, Source, SourceContext } from './source.js';
import { chooseTree } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'girder' }>;
type Kind = 'collection' | 'folder' | 'item';

interface Named {
  _id?: string;
  name?: string;
}
interface File extends Named {
  size?: number;
  /** Of servers that compute it. */
  sha512?: string;
}
interface Placed {
  id: string;
  folder: string;
  name: string;
  file: File;
}

const PAGE = 500;
/** Things that one folder may hold. */
const MOST = 1_000_000;
/** Folders and items that are asked about at a time. */
const AT_A_TIME = 4;

const FORMS = [
  /^(?:girder:)?(https?:\/\/[^?#]+?\/api\/v1)\/(collection|folder|item)\/([0-9a-f]{24})(?:\/.*)?(?:[?#].*)?$/i,
  /^(?:girder:)?(https?:\/\/[^?#]+?)\/?#(?:\/)?(collection|folder|item)\/([0-9a-f]{24})(?:\/.*)?$/i,
];

export const girder: Source<'girder'> = {
  locate(typed) {
    for (const [at, form] of FORMS.entries()) {
      const [found, place = '', kind = '', id = ''] = form.exec(typed) ?? [];
      if (found === undefined) continue;
      const api = at === 0 ? place : `${place.replace(/\/+$/, '')}/api/v1`;
      const entry = { method: 'girder' as const, api, [kind.toLowerCase() as Kind]: id.toLowerCase() };
      return { id: `girder-${id.toLowerCase()}`, name: `${kind} ${id} of ${new URL(api).host}`, entry };
    }
    if (!/^girder:/i.test(typed)) return undefined;
    throw new UsageError(`${printableArgument(typed)} names nothing on a Girder server`, {
      hint: 'It is girder:https://HOST/api/v1/folder/ID, or the address of its page, which ends with #folder/ID.',
    });
  },

  async resolve(entry, context) {
    const server = new Girder(entry, context);
    const [kind, id] = placeIn(entry);
    const about = await server.ask<Named>(`/${kind}/${id}`);
    const files = kind === 'item' ? await server.filesOf({ ...about, _id: id }, '') : await server.walk(kind, id);
    const paths = distinctPaths(files);
    const listing = files.map(({ id, file }, at): Listed => {
      const url = `${server.base}/file/${id}/download`;
      return {
        path: paths[at] as string,
        ...(typeof file.size === 'number' ? { size: file.size } : {}),
        checksums: /^[0-9a-f]{128}$/i.test(file.sha512 ?? '') ? [`sha512:${file.sha512?.toLowerCase()}`] : [],
        request: async () => ({ url }),
      };
    });
    const { where } = server;
    return {
      label: where,
      ...known('title', about.name && asPart(about.name)),
      files: chooseTree(listing, entry, where),
      notes: [],
    } satisfies Resolution;
  },
};

function placeIn({ collection, folder, item }: Entry): [Kind, string] {
  if (collection !== undefined) return ['collection', collection];
  return folder === undefined ? ['item', item ?? ''] : ['folder', folder];
}

class Girder {
  readonly base: string;
  readonly where: string;
  readonly #queue = new PQueue({ concurrency: AT_A_TIME });

  constructor(
    entry: Entry,
    private readonly context: SourceContext,
  ) {
    this.base = context.endpoint('girder', entry.api).replace(/\/+$/, '');
    const [kind, id] = placeIn(entry);
    this.where = `Girder ${new URL(entry.api).host} ${kind} ${id}`;
  }

  /** Level by level, so that the order is always the same. */
  async walk(kind: Kind, id: string): Promise<Placed[]> {
    const files: Placed[] = [];
    const seen = new Set([id]);
    let level: { kind: Kind; id: string; path: string }[] = [{ kind, id, path: '' }];
    while (level.length > 0) {
      const listed = await this.#queue.addAll(level.map((folder) => () => this.#listed(folder)));
      const below: typeof level = [];
      for (const { folders, items } of listed) {
        for (const folder of folders) if (!seen.has(folder.id)) below.push(folder);
        files.push(...items);
      }
      for (const folder of below) seen.add(folder.id);
      level = below;
    }
    return files;
  }

  async #listed({ kind, id, path }: { kind: Kind; id: string; path: string }) {
    const folders = await this.#all<Named>(`/folder?parentType=${kind}&parentId=${id}`);
    const inside = (name: string) => (path === '' ? asPart(name) : `${path}/${asPart(name)}`);
    const items: Placed[] = [];
    if (kind === 'folder') {
      for (const item of await this.#all<Named>(`/item?folderId=${id}`))
        items.push(...(await this.filesOf(item, path)));
    }
    return {
      folders: folders.map((folder) => ({
        kind: 'folder' as const,
        id: folder._id as string,
        path: inside(folder.name as string),
      })),
      items,
    };
  }

  /** An item with one file is that file; one with several is a folder of them. */
  async filesOf(item: Named, path: string): Promise<Placed[]> {
    const files = await this.#all<File>(`/item/${item._id}/files?`);
    const folder =
      files.length < 2 || item.name === undefined ? path : [path, asPart(item.name)].filter(Boolean).join('/');
    return files.map((file) => ({ id: file._id as string, folder, name: file.name as string, file }));
  }

  async #all<T extends Named>(path: string): Promise<T[]> {
    const all: T[] = [];
    for (let offset = 0; ; offset += PAGE) {
      const page = await this.ask<T[]>(`${path}&limit=${PAGE}&offset=${offset}&sort=_id`);
      if (
        !Array.isArray(page) ||
        page.some((one) => !/^[0-9a-f]{24}$/i.test(one?._id ?? '') || typeof one.name !== 'string')
      ) {
        throw this.#strange();
      }
      all.push(...page);
      if (page.length < PAGE) return all;
      if (all.length >= MOST) throw this.#strange();
    }
  }

  async ask<T>(path: string): Promise<T> {
    const answer = await askApi(this.context, { url: `${this.base}${path}`, headers: { accept: 'application/json' } });
    const { host } = new URL(this.base);
    if (answer.status === 401 || answer.status === 403) {
      throw new ActionRequiredError(`${this.where} is not open to everybody`, {
        host,
        url: this.base.replace(/\/api\/v1$/, ''),
        steps: ['Ask its owners for access.', 'Download it in the browser, and give the files to medds import.'],
      });
    }
    // An id that nobody has is told as a wrong one (400).
    if (answer.status === 404 || (answer.status === 400 && /invalid/i.test(answer.text))) {
      throw new NotFoundError(`${this.where} is not there`, {
        host,
        hint: 'It has moved or is gone, or its id is misspelt.',
      });
    }
    refuseStatus(answer, this.where);
    const value = answer.json<T>();
    if (typeof value !== 'object' || value === null) throw this.#strange();
    return value;
  }

  #strange(): NetworkError {
    const { host } = new URL(this.base);
    return new NetworkError(`${host} sent something else than a list for ${this.where}`, { host });
  }
}
