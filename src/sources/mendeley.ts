/**
 * Datasets of Mendeley Data, by the interface that its own pages use (data.mendeley.com/public-api). The list of files with
 * `content_details` (size, SHA-256, address) is as public scripts read it; the list of folders is a guess from the pages' own requests.
 */
import { NetworkError, NotFoundError, UsageError } from '../errors.js';
import { printable } from '../printable.js';
import type { SourceEntry } from '../registry/schema.js';
import { refuseStatus } from '../transfer/conversation.js';
import { printableArgument } from '../transfer/redact.js';
import { distinctPaths } from './distinct.js';
import type { Listed } from './facts.js';
import { askApi, known } from './json-api.js';
import { statedLicense } from './license.js';
import { asPart } from './shared-link.js';
import type { Resolution, Source, SourceContext } from './source.js';
import { chooseTree } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'mendeley' }>;

interface Dataset {
  name?: string;
  version?: number;
  doi?: { id?: string } | string;
  data_licence?: { short_name?: string; full_name?: string; url?: string };
}
interface File {
  id?: string;
  filename?: string;
  size?: number;
  content_details?: { sha256_hash?: string; size?: number; download_url?: string };
}
interface Folder {
  id?: string;
  name?: string;
  parent_id?: string;
}

const FORMS = [
  /^mendeley:([a-z0-9]{10})(?:[/.](\d+))?$/i,
  /^doi:10\.17632\/([a-z0-9]{10})(?:\.(\d+))?$/i,
  /^https?:\/\/data\.mendeley\.com\/(?:datasets|public-api\/datasets)\/([a-z0-9]{10})(?:\/(\d+))?(?:[/?#].*)?$/i,
];

export const mendeley: Source<'mendeley'> = {
  locate(typed) {
    for (const form of FORMS) {
      const [found, dataset = '', version] = form.exec(typed) ?? [];
      if (found === undefined) continue;
      const id = dataset.toLowerCase();
      const entry = {
        method: 'mendeley' as const,
        dataset: id,
        ...(version === undefined ? {} : { version: Number(version) }),
      };
      return { id: `mendeley-${id}`, name: `Mendeley Data ${id}`, entry };
    }
    if (!/^mendeley:/i.test(typed)) return undefined;
    throw new UsageError(`${printableArgument(typed)} names nothing of Mendeley Data`, {
      hint: 'It is mendeley:ID/VERSION, as in data.mendeley.com/datasets/ID/VERSION.',
    });
  },

  async resolve(entry, context) {
    const api = new PublicApi(entry, context);
    const about = await api.ask<Dataset>('');
    const newest = typeof about.version === 'number' ? about.version : undefined;
    const version = entry.version ?? newest;
    if (version === undefined) throw api.strange();
    const where = `Mendeley Data ${entry.dataset} v${version}`;
    const files = await api.files(version);
    const paths = distinctPaths(files);
    const listing = files.map(({ file }, at): Listed => {
      const { sha256_hash: hash, size = file.size } = file.content_details ?? {};
      return {
        path: paths[at] as string,
        ...(typeof size === 'number' ? { size } : {}),
        checksums: /^[0-9a-f]{64}$/i.test(hash ?? '') ? [`sha256:${hash?.toLowerCase()}`] : [],
        request: async () => ({ url: api.addressOf(file) }),
      };
    });
    const { data_licence: license } = about;
    const superseded =
      newest !== undefined && newest > version
        ? `Mendeley Data has a newer version (${newest}) of ${entry.dataset}.`
        : undefined;
    return {
      label: where,
      revision: `mendeley:${entry.dataset}/${version}`,
      doi: `10.17632/${entry.dataset}.${version}`,
      ...known('title', about.name && printable(about.name)),
      ...known('license', statedLicense(license?.short_name ?? license?.full_name, license?.url)),
      ...known('superseded', superseded),
      files: chooseTree(listing, { ...entry, unpack: entry.unpack ?? true }, where),
      notes: superseded === undefined ? [] : [superseded],
    } satisfies Resolution;
  },
};

/** What is asked of the pages' interface about one dataset. */
class PublicApi {
  readonly #base: string;

  constructor(
    private readonly entry: Entry,
    private readonly context: SourceContext,
  ) {
    this.#base = context.endpoint('mendeley', 'https://data.mendeley.com');
  }

  async ask<T>(path: string): Promise<T> {
    const { dataset } = this.entry;
    const url = `${this.#base}/public-api/datasets/${dataset}${path}`;
    const answer = await askApi(this.context, { url, headers: { accept: 'application/json' } });
    if (answer.status === 404) {
      throw new NotFoundError(`Mendeley Data has no dataset ${dataset}, or not this version of it`, {
        host: new URL(url).host,
        hint: `Look at https://data.mendeley.com/datasets/${dataset} .`,
      });
    }
    refuseStatus(answer, `Mendeley Data ${dataset}`);
    return answer.json<T>();
  }

  /** All files, those of folders too. */
  async files(version: number): Promise<{ id: string; folder: string; name: string; file: File }[]> {
    const folders = new Map<string, string>([['root', '']]);
    for (const { id, path } of await this.#folders(version)) folders.set(id, path);
    const all: { id: string; folder: string; name: string; file: File }[] = [];
    for (const [id, folder] of folders) {
      const files = await this.ask<File[]>(`/files?folder_id=${encodeURIComponent(id)}&version=${version}`);
      if (!Array.isArray(files)) throw this.strange();
      for (const file of files) {
        if (typeof file?.id !== 'string' || typeof file.filename !== 'string') throw this.strange();
        all.push({ id: file.id, folder, name: file.filename, file });
      }
    }
    return all;
  }

  /** The host's own address where it is on the host, or the form that public scripts use. */
  addressOf({ id = '', content_details: details }: File): string {
    const told = details?.download_url;
    const form = `${this.#base}/public-files/datasets/${this.entry.dataset}/files/${id}/file_downloaded`;
    return told !== undefined && URL.canParse(told) && new URL(told).origin === new URL(this.#base).origin
      ? told
      : form;
  }

  /** A dataset without folders may have no list of them. */
  async #folders(version: number): Promise<{ id: string; path: string }[]> {
    const found = await this.ask<Folder[]>(`/folders/${version}`).catch((error) => {
      if (error instanceof NotFoundError) return [];
      throw error;
    });
    if (!Array.isArray(found)) throw this.strange();
    const byId = new Map(found.map((folder) => [folder?.id, folder]));
    const pathOf = (folder: Folder, depth = 0): string => {
      const parent = folder.parent_id === undefined || depth > 100 ? undefined : byId.get(folder.parent_id);
      const name = asPart(folder.name ?? '');
      return parent === undefined ? name : `${pathOf(parent, depth + 1)}/${name}`;
    };
    return found.flatMap((folder) => (typeof folder?.id === 'string' ? [{ id: folder.id, path: pathOf(folder) }] : []));
  }

  strange(): NetworkError {
    const { host } = new URL(this.#base);
    return new NetworkError(`${host} sent something else than the files of Mendeley Data ${this.entry.dataset}`, {
      host,
    });
  }
}
