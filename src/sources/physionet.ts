/**
 * Projects of PhysioNet (https://physionet.org), by the folder that each version of one has. SHA256SUMS.txt in it lists its files;
 * older projects without one are read from the pages of their folders. Sizes are learned as the files come: a project may hold
 * hundreds of thousands.
 */
import { decodeHTMLAttribute } from 'entities';
import { PHYSIONET, physionetAccount, physionetHeaders } from '../credentials/physionet.js';
import { NetworkError, UsageError } from '../errors.js';
import type { SourceEntry } from '../registry/schema.js';
import type { Answer } from '../transfer/conversation.js';
import { refuseStatus } from '../transfer/conversation.js';
import { printableArgument } from '../transfer/redact.js';
import type { Listed } from './facts.js';
import { percentDecoded } from './percent.js';
import { noSuchProject, refusedByPhysionet } from './physionet-refusal.js';
import type { FileRequest, Located, Resolution, Source, SourceContext } from './source.js';
import { chooseTree } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'physionet' }>;

/** Bytes; a line for each of half a million files. */
const LARGEST_LIST = 256 * 1024 * 1024;
/** Folders of a project without a list. */
const MOST_FOLDERS = 20_000;
const SUMS = 'SHA256SUMS.txt';

const ADDRESS = /^https?:\/\/(?:www\.)?physionet\.org\/(?:content|files)\/([a-z0-9-]+)\/(\d[\d.]*)?\/?(?:[?#].*)?$/i;

export const physionet: Source<'physionet'> = {
  locate(typed) {
    const [, project, version] = /^physionet:([a-z0-9-]+)(?:\/(\d[\d.]*))?$/i.exec(typed) ?? ADDRESS.exec(typed) ?? [];
    if (project === undefined && !/^physionet:/i.test(typed)) return undefined;
    if (project === undefined || version === undefined) {
      throw new UsageError(`${printableArgument(typed)} names no version of a project on PhysioNet`, {
        hint: 'It is physionet:PROJECT/VERSION, as in physionet.org/content/PROJECT/VERSION/.',
      });
    }
    const id = project.toLowerCase();
    return {
      id: `${id}-${version}`,
      name: `PhysioNet ${id} ${version}`,
      entry: { method: 'physionet', project: id, version },
    } satisfies Located;
  },

  async resolve(entry, context) {
    const folder = await Folder.of(entry, context);
    const listing = (await folder.listed()) ?? (await folder.walked());
    const where = `PhysioNet ${entry.project} ${entry.version}`;
    return {
      label: where,
      revision: `physionet:${entry.project}/${entry.version}`,
      files: chooseTree(listing, entry, where),
      notes: [],
    } satisfies Resolution;
  },
};

/** The folder of a version. */
class Folder {
  private constructor(
    private readonly base: string,
    private readonly entry: Entry,
    private readonly context: SourceContext,
    private readonly account: { from: string; credentials: Record<string, string> } | undefined,
  ) {}

  static async of(entry: Entry, context: SourceContext): Promise<Folder> {
    const account = await physionetAccount(context.env);
    const known = account && { from: account.from, credentials: physionetHeaders(account.value) };
    const base = `${context.endpoint('physionet', PHYSIONET)}/files/${entry.project}/${entry.version}/`;
    return new Folder(base, entry, context, known);
  }

  /** By the list of checksums; undefined when there is none. */
  async listed(): Promise<Listed[] | undefined> {
    const answer = await this.#ask(SUMS);
    if (answer.status === 404) return undefined;
    refuseStatus(answer, `PhysioNet ${this.entry.project}`);
    const lines = answer.text.split('\n').filter((line) => line.trim() !== '');
    const sums = lines.map((line) => /^([0-9a-f]{64}) [ *]?(?:\.\/)?(.+?)\r?$/i.exec(line));
    if (sums.length === 0 || sums.some((sum) => sum === null)) {
      const { host } = new URL(answer.url);
      throw new NetworkError(`${host} sent something else than a list of checksums for ${this.entry.project}`, {
        host,
      });
    }
    return sums.map((sum) => {
      const [, hex = '', path = ''] = sum ?? [];
      return { path, checksums: [`sha256:${hex.toLowerCase()}`], request: async () => this.#request(path) };
    });
  }

  /** By the pages of its folders, which link to what is in them. */
  async walked(): Promise<Listed[]> {
    const files: Listed[] = [];
    const folders = [''];
    for (const folder of folders) {
      if (folders.length > MOST_FOLDERS) {
        throw new NetworkError(`PhysioNet ${this.entry.project} has more than ${MOST_FOLDERS} folders`, {
          hint: 'Name what you want with --include, in an entry of your own registry.',
        });
      }
      const answer = await this.#ask(folder);
      if (answer.status === 404) throw noSuchProject(this.entry, new URL(this.base).host);
      refuseStatus(answer, `PhysioNet ${this.entry.project}`);
      for (const [, href = ''] of answer.text.matchAll(/<a\s[^>]*?href="([^"?#]+)"/gi)) {
        const name = percentDecoded(decodeHTMLAttribute(href));
        // Only what lies right in the folder: no page elsewhere, nothing above.
        if (!/^[^/]+\/?$/.test(name) || /^\.\.?\/?$/.test(name) || name.includes(':')) continue;
        if (name.endsWith('/')) folders.push(`${folder}${name}`);
        else
          files.push({
            path: `${folder}${name}`,
            checksums: [],
            request: async () => this.#request(`${folder}${name}`),
          });
      }
    }
    return files;
  }

  async #ask(path: string): Promise<Answer> {
    const { http, signal } = this.context;
    const answer = await http.ask(
      { ...this.#request(path), headers: { accept: '*/*' }, largest: LARGEST_LIST },
      signal,
    );
    // Without a login, PhysioNet leads to its page for one.
    const isLogin = /\/login\/?$/.test(new URL(answer.url).pathname);
    if (answer.status === 401 || answer.status === 403 || isLogin) {
      throw refusedByPhysionet(this.entry, answer, isLogin, this.account?.from);
    }
    return answer;
  }

  #request(path: string): FileRequest {
    const url = `${this.base}${path.split('/').map(encodeURIComponent).join('/')}`;
    return this.account === undefined ? { url } : { url, credentials: this.account.credentials };
  }
}
