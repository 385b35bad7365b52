/**
 * Datasets, and single files, of any Dataverse installation (https://guides.dataverse.org/en/latest/api/). They are fetched file by
 * file: the zips that a server makes leave out, without an error, what is too large for them.
 */
import { dataverseCredentials } from '../credentials/dataverse.js';
import { NetworkError, NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import type { SourceEntry } from '../registry/schema.js';
import { words } from '../transfer/answer.js';
import type { Answer } from '../transfer/conversation.js';
import {
  type DatasetFile,
  type DatasetVersion,
  licenseOf,
  listFiles,
  type ToRequest,
  titleOf,
} from './dataverse-listing.js';
import { locateOnDataverse } from './dataverse-locator.js';
import { accessNeeded, type Place, pageOf, refuseFile, refuseRecord } from './dataverse-refusal.js';
import type { Listed } from './facts.js';
import { FirstLook } from './first-look.js';
import { askApi, known } from './json-api.js';
import { look } from './shared-link.js';
import type { FileRequest, RemoteFile, Resolution, Source, SourceContext } from './source.js';
import { chooseTree } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'dataverse' }>;

/** Files that are listed at a time. */
const PAGE = 1000;

/** Bytes of a list of files; a server older than 6.1 gives all in one, 1 KiB each. */
const LARGEST = 256 * 1024 * 1024;

/** Files that a message names. */
const NAMED = 5;

export const dataverse: Source<'dataverse'> = {
  locate: locateOnDataverse,

  async resolve(entry, context) {
    const server = new URL(entry.server).origin;
    const host = new Dataverse(server, entry.doi, await dataverseCredentials(server, context), context);
    const { version, files, isFile } = await host.read(entry.version);
    const { listing, closed } = listFiles(files, host.toRequest);
    const rules = isFile && entry.unpack === undefined ? { ...entry, unpack: true } : entry;
    const where = `${host.place.id} at ${new URL(server).host}`;
    const chosen = chooseTree(listing, rules, where);
    if (!host.place.hasToken) refuseClosed(chosen, closed, where, host.place, version.termsOfAccess);
    const number = numberOf(version);
    return {
      label: `Dataverse ${entry.doi}${number === undefined ? '' : ` v${number}`}`,
      revision: `${host.place.id}${number === undefined ? '' : `@${number}`}`,
      ...known('doi', /^(?:doi:)?(10\..+)$/i.exec(entry.doi)?.[1]),
      ...known('title', isFile ? files[0]?.label : titleOf(version)),
      ...known('license', licenseOf(version)),
      files: chosen,
      notes: [],
    } satisfies Resolution;
  },
};

/** @throws ActionRequiredError when files are among those chosen that only some may read */
function refuseClosed(
  chosen: readonly RemoteFile[],
  closed: ReadonlyMap<Listed['request'], string>,
  where: string,
  place: Place,
  terms: string | undefined,
): void {
  const shut = chosen.filter(({ request }) => closed.has(request));
  const [first] = shut;
  if (first === undefined) return;
  const names = printable(
    shut
      .slice(0, NAMED)
      .map(({ path }) => path)
      .join(', '),
  );
  const more = shut.length > NAMED ? `, and ${shut.length - NAMED} more` : '';
  const which = shut.length === chosen.length ? 'The files' : `${shut.length} of ${chosen.length} files`;
  throw accessNeeded(`${which} of ${where} are ${closed.get(first.request)}: ${names}${more}`, place, terms);
}

function numberOf({ versionNumber: major, versionMinorNumber: minor = 0 }: DatasetVersion): string | undefined {
  return major === undefined ? undefined : `${major}.${minor}`;
}

/** One dataset, or one file with a DOI of its own, at one server. */
class Dataverse {
  readonly place: Place;
  readonly #base: string;
  readonly #look: FirstLook<true>;

  constructor(
    server: string,
    doi: string,
    private readonly credentials: FileRequest['credentials'],
    private readonly context: SourceContext,
  ) {
    this.place = { server, id: doi.startsWith('10.') ? `doi:${doi}` : doi, hasToken: credentials !== undefined };
    this.#base = context.endpoint('dataverse', server);
    this.#look = new FirstLook(async (address, signal) => {
      const { file, answer } = await look(context.http, this.#request(address), signal);
      if (file === undefined) refuseFile(answer, this.place);
      return true as const;
    });
  }

  /** Whether a guestbook stands before the files shows only when one is asked for. An empty one has no first byte to ask for. */
  readonly toRequest: ToRequest = (address, { size, isMade }) => {
    if (isMade) return async () => ({ ...this.#request(address), ranges: false });
    return size === 0 ? async () => this.#request(address) : this.#look.request(address, () => this.#request(address));
  };

  /** @throws NotFoundError, ActionRequiredError, NetworkError */
  async read(wanted: Entry['version']): Promise<{ version: DatasetVersion; files: DatasetFile[]; isFile: boolean }> {
    const answer = await this.#ask(`/api/datasets/:persistentId/versions/${wanted ?? ':latest-published'}`, {
      excludeFiles: 'true',
    });
    if (answer.status === 404) return this.#readFile(wanted);
    refuseRecord(answer, `Dataset ${this.place.id}`, this.place);
    const version = dataOf<DatasetVersion>(answer);
    if (version.versionState === 'DEACCESSIONED') throw this.#withdrawn();
    // A server that does not know excludeFiles lists them here.
    const files = version.files ?? (await this.#files(numberOf(version) ?? wanted ?? ':latest-published'));
    return { version, files, isFile: false };
  }

  /** What has no such version may have others, have been withdrawn, be a single file, or not be at all. */
  async #readFile(wanted: Entry['version']): ReturnType<Dataverse['read']> {
    const dataset = await this.#ask('/api/datasets/:persistentId/', { excludeFiles: 'true' });
    if (dataset.status !== 404) {
      refuseRecord(dataset, `Dataset ${this.place.id}`, this.place);
      const { latestVersion } = dataOf<{ latestVersion?: DatasetVersion }>(dataset);
      if (latestVersion === undefined) throw this.#withdrawn();
      throw new NotFoundError(`${this.place.id} has no version ${wanted ?? 'that is published'}`, {
        host: new URL(this.#base).host,
        hint: `Its newest is ${numberOf(latestVersion) ?? 'a draft'}: ${pageOf(this.place)} lists all.`,
      });
    }
    const file = await this.#ask('/api/files/:persistentId/', {});
    if (file.status === 404) {
      const { server, id } = this.place;
      throw new NotFoundError(`${new URL(server).host} has no dataset or file ${id}`, {
        hint: `Look where https://doi.org/${id.replace(/^doi:/i, '')} leads: another server may have it.`,
      });
    }
    refuseRecord(file, `File ${this.place.id}`, this.place);
    return { version: {}, files: [dataOf<DatasetFile>(file)], isFile: true };
  }

  async #files(version: string): Promise<DatasetFile[]> {
    const files = new Map<number, DatasetFile>();
    for (let offset = 0; ; offset += PAGE) {
      const answer = await this.#ask(`/api/datasets/:persistentId/versions/${version}/files`, {
        limit: String(PAGE),
        offset: String(offset),
      });
      refuseRecord(answer, `Files of ${this.place.id}`, this.place);
      const before = files.size;
      const page = dataOf<DatasetFile[]>(answer);
      for (const file of page) files.set(file.dataFile.id, file);
      // A server that does not know pages gives all files every time.
      if (page.length !== PAGE || files.size === before) return [...files.values()];
    }
  }

  #withdrawn(): NotFoundError {
    return new NotFoundError(`${this.place.id} was withdrawn from ${new URL(this.place.server).host}`, {
      hint: `${pageOf(this.place)} may say why, and what has replaced it.`,
    });
  }

  #request(address: string): FileRequest {
    return { url: `${this.#base}${address}`, ...known('credentials', this.credentials) };
  }

  #ask(path: string, query: Record<string, string>): Promise<Answer> {
    const { url, ...rest } = this.#request(path);
    const parameters = new URLSearchParams({ persistentId: this.place.id, ...query });
    return askApi(this.context, { url: `${url}?${parameters}`, ...rest, largest: LARGEST });
  }
}

/** What is in the envelope of the API. @throws NetworkError when it is none */
function dataOf<T>(answer: Answer): T {
  const { data } = answer.json<{ data?: T }>();
  if (data !== undefined && data !== null) return data;
  const { host } = new URL(answer.url);
  throw new NetworkError(`${host} answered ${answer.status} without data: ${words(answer.text)}`, { host });
}
