/**
 * The part of Kaggle's REST API that reads datasets and competitions (paths as in github.com/Kaggle/kaggle-api, src/kagglesdk). Members
 * may come under their name, or with `Nullable` behind it. Files of a dataset that is public are listed and sent to everyone.
 */
import type { KaggleSecret } from '../credentials/kaggle.js';
import { NetworkError } from '../errors.js';
import type { SourceEntry } from '../registry/schema.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';
import { type Asked, loginNeeded, refuseKaggle } from './kaggle-refusal.js';
import { look } from './shared-link.js';
import type { FileRequest, SourceContext } from './source.js';

type Entry = Extract<SourceEntry, { method: 'kaggle' }>;

/** The most that one page of a list may hold; a page that is not asked for has 20. */
const PAGE = 200;

export interface KaggleFile {
  /** With the folders it lies in. */
  name: string;
  /** Bytes of the file itself, also where it is sent in a zip; undefined when Kaggle does not tell. */
  size?: number;
}

export interface KaggleAbout {
  title?: string;
  license?: string;
  /** Number of the newest version. */
  version?: number;
}

type Members = Record<string, unknown>;

export class Kaggle {
  readonly asked: Asked;
  readonly #slug: string;
  readonly #kind: Asked['kind'];

  constructor(
    private readonly context: SourceContext,
    entry: Entry,
    private readonly secret?: KaggleSecret,
  ) {
    const base = context.endpoint('kaggle', 'https://www.kaggle.com');
    this.#kind = entry.dataset === undefined ? 'competition' : 'dataset';
    this.#slug = entry.dataset ?? (entry.competition as string);
    const title = `Kaggle ${this.#kind} ${this.#slug}`;
    this.asked = { title, kind: this.#kind, page: `${base}/${this.#kind}s/${this.#slug}`, base, secret };
  }

  /** What Kaggle says of a dataset as a whole; nothing where it does not say it to us. */
  async about(): Promise<KaggleAbout> {
    const answer = await this.#ask(`datasets/view/${this.#slug}`);
    if (answer.status !== 200) return {};
    const members = answer.json<Members>();
    const version = Number(member(members, 'currentVersionNumber'));
    return {
      ...text('title', member(members, 'title')),
      ...text('license', member(members, 'licenseName')),
      ...(version > 0 ? { version } : {}),
    };
  }

  /** All files. @throws NotFoundError, ActionRequiredError, NetworkError */
  async files(version?: number): Promise<KaggleFile[]> {
    const isDataset = this.#kind === 'dataset';
    const path = `${isDataset ? 'datasets' : 'competitions/data'}/list/${this.#slug}`;
    const files: KaggleFile[] = [];
    const seen = new Set<string>();
    let pageToken = '';
    do {
      const answer = await this.#ask(path, { datasetVersionNumber: version, pageSize: PAGE, pageToken });
      refuseKaggle(answer, this.asked);
      const page = answer.json<Members>();
      const listed = page[isDataset ? 'datasetFiles' : 'files'];
      pageToken = String(member(page, 'nextPageToken') ?? '');
      if (!Array.isArray(listed) || seen.has(pageToken)) {
        const what = Array.isArray(listed) ? 'the same page twice' : 'something that is no list of files';
        throw new NetworkError(`${this.asked.title}: Kaggle answered with ${what}`, { host: new URL(answer.url).host });
      }
      seen.add(pageToken);
      for (const file of listed as Members[]) {
        const size = member(file, 'totalBytes');
        const name = String(member(file, 'name') ?? member(file, 'ref') ?? '');
        files.push({ name, ...(typeof size === 'number' ? { size } : {}) });
      }
    } while (pageToken !== '');
    // Some datasets are listed with nothing but zeros: that says nothing.
    return files.some(({ size }) => size !== 0) ? files : files.map(({ name }) => ({ name }));
  }

  /** Where one file's bytes are asked for, or those of a zip of all; it redirects to a link that is good for three days. */
  request(version?: number, name?: string): FileRequest {
    const file = name === undefined ? '' : `/${encodeURIComponent(name)}`;
    const download = this.#kind === 'dataset' ? 'datasets/download' : 'competitions/data/download';
    const all = this.#kind === 'competition' && name === undefined ? '-all' : '';
    return this.#address(`${download}${all}/${this.#slug}${file}`, { datasetVersionNumber: version });
  }

  /**
   * Asks for one byte: lists are shown to many who may not have the files.
   * @returns the size of what would be sent, and a checksum of it
   * @throws NotFoundError, ActionRequiredError, NetworkError
   */
  async knock(request: FileRequest): Promise<{ size?: number; answer: Answer }> {
    const { answer, file } = await look(this.context.http, request, this.context.signal);
    if (file !== undefined) return { answer, ...(file.size === undefined ? {} : { size: file.size }) };
    // Seen for files that are listed to everyone, and given to accounts only.
    if (answer.status === 404 && this.secret === undefined) throw loginNeeded(this.asked);
    refuseKaggle(answer, this.asked);
    refuseStatus(answer, this.asked.title);
    throw new NetworkError(`${this.asked.title}: Kaggle sent a web page in place of a file`, {
      host: new URL(answer.url).host,
      hint: `Look at ${this.asked.page}.`,
    });
  }

  #ask(path: string, query: Record<string, string | number | undefined> = {}): Promise<Answer> {
    return this.context.http.ask(this.#address(path, query), this.context.signal);
  }

  #address(path: string, query: Record<string, string | number | undefined>): FileRequest {
    const url = new URL(`${this.asked.base}/api/v1/${path}`);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== '') url.searchParams.set(name, String(value));
    }
    const credentials = this.secret?.credentials;
    return { url: url.href, ...(credentials === undefined ? {} : { credentials }) };
  }
}

/** The API gives a member twice, once for clients that cannot tell an empty one from none. */
function member(members: Members, name: string): unknown {
  return members[name] || (members[`${name}Nullable`] ?? members[name]);
}

function text<K extends string>(key: K, value: unknown): { [P in K]?: string } {
  return (typeof value === 'string' && value !== '' ? { [key]: value } : {}) as { [P in K]?: string };
}
