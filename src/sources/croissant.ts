/**
 * Datasets by their Croissant description: its FileObjects are downloaded and held against their checksums; repositories of Hugging
 * Face and GitHub, and archives of Kaggle, are left to the methods that know these hosts.
 */
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { asDiskError, NetworkError, NotFoundError, UsageError } from '../errors.js';
import { printable } from '../printable.js';
import type { SourceEntry } from '../registry/schema.js';
import { refuseStatus } from '../transfer/conversation.js';
import { printableArgument, redactUrl } from '../transfer/redact.js';
import { type Description, type FileObject, readDescription } from './croissant-form.js';
import type { Listed } from './facts.js';
import { known } from './json-api.js';
import { statedLicense } from './license.js';
import { percentDecoded } from './percent.js';
import { asPart } from './shared-link.js';
import type { RemoteFile, Resolution, Source, SourceContext } from './source.js';
import { sourceOf } from './table.js';
import { chooseTree } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'croissant' }>;

/** Bytes of a description. */
const LARGEST = 64 * 1024 * 1024;

const HUGGING_FACE = /^https?:\/\/(?:www\.)?huggingface\.co\/datasets\/([\w.-]+\/[\w.-]+)(?:\/tree\/([^/?#]+))?\/?$/i;
const GITHUB = /^https?:\/\/(?:www\.)?github\.com\/([\w.-]+\/[\w.-]+?)(?:\.git)?(?:\/tree\/([^/?#]+))?\/?$/i;
const KAGGLE =
  /^https?:\/\/(?:www\.)?kaggle\.com\/api\/v1\/datasets\/download\/([\w-]+\/[\w-]+)(?:\?datasetVersionNumber=(\d+).*)?$/i;

export const croissant: Source<'croissant'> = {
  locate(typed) {
    const [, place] = /^croissant:(.+)$/i.exec(typed) ?? [];
    if (place === undefined) {
      if (!/^croissant:/i.test(typed)) return undefined;
      throw new UsageError(`${printableArgument(typed)} names no description`, {
        hint: 'It is croissant:URL or croissant:FILE.',
      });
    }
    const isWeb = /^https?:\/\//i.test(place);
    const file = path.resolve(place);
    const url = isWeb ? addressOf(place) : pathToFileURL(file).href;
    const name = percentDecoded(new URL(url).pathname.split('/').filter(Boolean).at(-1) ?? 'croissant');
    return {
      id: name.replace(/(\.croissant)?\.json(ld)?$|^download$/i, '') || 'croissant',
      name,
      entry: { method: 'croissant', url },
      argument: isWeb ? `croissant:${redactUrl(place)}` : `croissant:${file}`,
    };
  },

  async resolve(entry, context) {
    const text = await textOf(entry.url, context);
    const where = printable(entry.url.startsWith('file:') ? fileURLToPath(entry.url) : redactUrl(entry.url));
    const description = described(text, where, entry.url);
    const files = [...own(description, entry, where), ...(await delegated(description, entry, context))];
    if (files.length === 0) {
      throw new NotFoundError(`${where} leads to no file that can be downloaded`, {
        hint: 'Its files may be given by hand only. Its page may tell.',
      });
    }
    const { license = '' } = description;
    return {
      label: `Croissant ${description.name === undefined ? where : printable(description.name)}`,
      revision: `croissant:${description.version ?? createHash('sha256').update(text).digest('hex').slice(0, 16)}`,
      ...known('title', description.name && printable(description.name)),
      ...known('doi', description.doi),
      ...known('license', statedLicense(license, license)),
      files,
      notes: [],
    } satisfies Resolution;
  },
};

/** What is no description is a mistake in a file of one's own, and a wrong answer from a host. */
function described(text: string, where: string, url: string): Description {
  try {
    return readDescription(text, where);
  } catch (error) {
    if (!(error instanceof UsageError) || url.startsWith('file:')) throw error;
    throw new NetworkError(error.message, {
      host: new URL(url).host,
      cause: error,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
}

/** The pages of hosts that publish descriptions, and where these are (huggingface.co/docs/dataset-viewer/croissant; kaggle.com). */
function addressOf(typed: string): string {
  const repo = HUGGING_FACE.exec(typed)?.[1];
  if (repo !== undefined) return `https://huggingface.co/api/datasets/${repo}/croissant`;
  const page = /^https?:\/\/(?:www\.)?kaggle\.com\/datasets\/([\w-]+\/[\w-]+)\/?$/i.exec(typed)?.[1];
  return page === undefined ? typed : `https://www.kaggle.com/datasets/${page}/croissant/download`;
}

async function textOf(url: string, context: SourceContext): Promise<string> {
  if (url.startsWith('file:')) {
    const file = fileURLToPath(url);
    try {
      const { size } = await fs.stat(file);
      if (size > LARGEST) throw new UsageError(`${printable(file)} is larger than a description may be (64 MiB)`);
      return await fs.readFile(file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
        throw new NotFoundError(`There is no file ${printable(file)}`, {
          hint: 'It is croissant:FILE, from the current folder.',
        });
      }
      throw asDiskError(error, { hint: 'Correct its permissions.' });
    }
  }
  const at = atEndpoint(url, context);
  const answer = await context.http.ask(
    { url: at, headers: { accept: 'application/ld+json, application/json' } },
    context.signal,
  );
  refuseStatus(answer, `The description ${redactUrl(url)}`);
  return answer.text;
}

/** The hosts' own variables hold for their descriptions as well. */
function atEndpoint(url: string, context: SourceContext): string {
  for (const [method, standard] of [
    ['huggingface', 'https://huggingface.co'],
    ['kaggle', 'https://www.kaggle.com'],
  ] as const) {
    if (url.startsWith(`${standard}/`)) return `${context.endpoint(method, standard)}${url.slice(standard.length)}`;
  }
  return url;
}

/** Files with an address of their own; what is in an archive, or in a repository, comes with that. */
function own(description: Description, entry: Entry, where: string): RemoteFile[] {
  const listing = description.files.flatMap((file): Listed[] => {
    const { contentUrl, containedIn, size, checksums } = file;
    if (contentUrl === undefined || containedIn.length > 0 || delegate(file) !== undefined) return [];
    const url = absolute(contentUrl, entry.url, where);
    return [{ path: pathOf(file), ...(size === undefined ? {} : { size }), checksums, request: async () => ({ url }) }];
  });
  if (listing.length === 0) return [];
  return chooseTree(listing, { ...entry, unpack: entry.unpack ?? true }, where);
}

function absolute(contentUrl: string, base: string, where: string): string {
  const isRelative = !/^[a-z][a-z0-9+.-]*:/i.test(contentUrl);
  if (isRelative && base.startsWith('file:')) {
    throw new UsageError(`${where} names ${printable(contentUrl)}, which lies beside where the description came from`, {
      hint: 'Give the address of the description in place of a copy: croissant:URL.',
    });
  }
  if (!URL.canParse(contentUrl, base) || !/^https?:$/.test(new URL(contentUrl, base).protocol)) {
    throw new UsageError(`${where} names ${printableArgument(contentUrl)}, which is no address of the web`, {
      hint: 'medds downloads from http and https addresses only.',
    });
  }
  return new URL(contentUrl, base).href;
}

/** Names may be anything; a path is what is left of them, at most as deep as the name says. */
function pathOf({ name, contentUrl = '' }: FileObject): string {
  const last = percentDecoded(contentUrl.split(/[?#]/)[0]?.split('/').at(-1) ?? '');
  // `archive` with an address that ends with `archive.zip`: the ending says what it is.
  const named =
    !/\.[a-z0-9]{1,5}$/i.test(name) && /\.[a-z0-9]{1,5}$/i.test(last)
      ? `${name}${/(\.tar)?\.[a-z0-9]{1,5}$/i.exec(last)?.[0]}`
      : name;
  const parts = named.split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
  return parts.map(asPart).join('/') || asPart(last) || 'file';
}

/** The entry that a FileObject stands for at a host with a method of its own. */
function delegate({ contentUrl = '', encodingFormat }: FileObject): SourceEntry | undefined {
  const isRepository = /^git\+https$/i.test(encodingFormat);
  const [, repo, revision] = (isRepository ? HUGGING_FACE : /$^/).exec(contentUrl) ?? [];
  if (repo !== undefined) {
    return { method: 'huggingface', repo, ...(revision === undefined ? {} : { revision: percentDecoded(revision) }) };
  }
  const [, project, ref] = (isRepository ? GITHUB : /$^/).exec(contentUrl) ?? [];
  if (project !== undefined)
    return { method: 'github', repo: project, ...(ref === undefined ? {} : { ref: percentDecoded(ref) }) };
  const [, dataset, version] = KAGGLE.exec(contentUrl) ?? [];
  if (dataset === undefined) return undefined;
  return { method: 'kaggle', dataset, ...(version === undefined ? {} : { version: Number(version) }) };
}

async function delegated({ files, sets }: Description, entry: Entry, context: SourceContext): Promise<RemoteFile[]> {
  const found: RemoteFile[] = [];
  for (const file of files) {
    const source = delegate(file);
    if (source === undefined) continue;
    const chosen = sets.filter(({ containedIn }) => containedIn.includes(file.id));
    const include = entry.include ?? chosen.flatMap(({ includes }) => includes);
    const exclude = entry.exclude ?? chosen.flatMap(({ excludes }) => excludes);
    const { place, into, unpack } = entry;
    const tree = Object.fromEntries(Object.entries({ place, into, unpack }).filter(([, value]) => value !== undefined));
    const narrowed = {
      ...source,
      ...tree,
      // Of a Kaggle archive, Croissant names members one by one: it is taken whole.
      ...(include.length === 0 || source.method === 'kaggle' ? {} : { include }),
      ...(exclude.length === 0 ? {} : { exclude }),
    } as SourceEntry;
    const { files: offered } = await (await sourceOf(narrowed)).resolve(narrowed as never, context);
    found.push(...offered);
  }
  return found;
}
