/**
 * Git Large File Storage (https://github.com/git-lfs/git-lfs, docs/spec.md and docs/api/batch.md): in git lies a pointer that names
 * the file's SHA-256 and size; the bytes are asked for by the batch API, which gives links that are good for an hour.
 */
import { ActionRequiredError, type MeddsError, NetworkError, NotFoundError, QuotaError } from '../errors.js';
import { printable } from '../printable.js';
import { words } from '../transfer/answer.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';
import type { FileRequest, SourceContext } from './source.js';

export interface LfsObject {
  /** SHA-256 of the contents. */
  oid: string;
  size: number;
}

/**
 * Bytes of a pointer: 125 and the digits of the size. Extensions, which would make it longer, were never put to use by anyone
 * that is known; the format allows 1024.
 */
const SMALLEST_POINTER = 126;
const LARGEST_POINTER = 140;

export const mayBePointer = ({ size }: { size?: number }): boolean =>
  size === undefined || (size >= SMALLEST_POINTER && size <= LARGEST_POINTER);

/** What a pointer says; undefined for any other text. */
export function readPointer(text: string): LfsObject | undefined {
  if (!text.startsWith('version https://git-lfs.github.com/spec/')) return undefined;
  const oid = /^oid sha256:([0-9a-f]{64})$/m.exec(text)?.[1];
  const size = /^size (\d+)$/m.exec(text)?.[1];
  return oid === undefined || size === undefined ? undefined : { oid, size: Number(size) };
}

/**
 * Whether a `.gitattributes` (https://git-scm.com/docs/gitattributes) tells that there are LFS files: which ones their own pointers
 * tell. It may have become a pointer itself, by a pattern that fits everything.
 */
export const tellsOfLfs = (attributes: string): boolean =>
  /\bfilter=lfs\b/.test(attributes) || readPointer(attributes) !== undefined;

/** Objects that are asked for at a time, as git-lfs does. */
const BATCH = 100;

/** Milliseconds before its end from which on a link is not begun with, and its life where the server does not tell. */
const SPARE = 5 * 60_000;
const LIFE = 30 * 60_000;

interface BatchAnswer {
  objects?: {
    oid: string;
    actions?: { download?: { href: string; header?: Record<string, string>; expires_in?: number } };
    error?: { code: number; message?: string };
  }[];
}

type Link = { request: FileRequest; until: number } | { error: MeddsError };

export class LfsLinks {
  readonly #url: string;
  readonly #objects = new Map<string, LfsObject>();
  /** Those whose link nobody has had yet, in their order. */
  readonly #pending: Set<string>;
  /** Found and not given out yet: who asks for one twice was refused with the first. */
  readonly #links = new Map<string, Link>();
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * @param remote the repository's address, without `.git`
   * @param objects that may be asked for, in the order in which they will be
   */
  constructor(
    private readonly context: SourceContext,
    private readonly remote: string,
    private readonly credentials: Pick<FileRequest, 'credentials'>,
    objects: Iterable<LfsObject>,
  ) {
    this.#url = `${remote}.git/info/lfs/objects/batch`;
    for (const object of objects) this.#objects.set(object.oid, object);
    this.#pending = new Set(this.#objects.keys());
  }

  /** @throws NotFoundError, ActionRequiredError, QuotaError, NetworkError */
  request(oid: string, signal?: AbortSignal): Promise<FileRequest> {
    // One at a time: what the first asks for, the others find.
    const mine = this.#turn.then(async () => {
      if (!this.#isFresh(oid)) await this.#ask(oid, signal);
      const link = this.#links.get(oid);
      this.#links.delete(oid);
      this.#pending.delete(oid);
      if (link === undefined) throw new NetworkError(`GitHub's LFS server does not say where ${oid} is`);
      if ('error' in link) throw link.error;
      return link.request;
    });
    this.#turn = mine.catch(() => undefined);
    return mine;
  }

  #isFresh(oid: string): boolean {
    const link = this.#links.get(oid);
    return link !== undefined && ('error' in link || link.until > Date.now());
  }

  /** Of this object, and of those that will be asked for next. */
  async #ask(oid: string, signal = this.context.signal): Promise<void> {
    const wanted = [oid];
    for (const other of this.#pending) {
      if (wanted.length === BATCH) break;
      if (other !== oid && !this.#isFresh(other)) wanted.push(other);
    }
    const objects = wanted.flatMap((one) => this.#objects.get(one) ?? []);
    const { objects: found } = (await this.#post(objects, signal)).json<BatchAnswer | null>() ?? {};
    if (!Array.isArray(found)) throw new NetworkError(`The LFS server of ${this.remote} sent no list of links`);
    for (const object of found) this.#links.set(object.oid, this.#linkOf(object));
  }

  #linkOf({ oid, actions, error }: NonNullable<BatchAnswer['objects']>[number]): Link {
    const { href, header = {}, expires_in: seconds } = actions?.download ?? {};
    if (href === undefined) return { error: this.#refusal(error?.code ?? 0, error?.message ?? '', `object ${oid}`) };
    const life = seconds === undefined ? LIFE : Math.max(seconds * 1000 - SPARE, 0);
    return { request: { url: href, credentials: header, signed: true }, until: Date.now() + life };
  }

  async #post(objects: readonly LfsObject[], signal?: AbortSignal): Promise<Answer> {
    const type = 'application/vnd.git-lfs+json';
    const json = { operation: 'download', transfers: ['basic'], objects, hash_algo: 'sha256' };
    const headers = { accept: type, 'content-type': type };
    let answer: Answer;
    try {
      answer = await this.context.http.ask({ url: this.#url, headers, json, ...this.credentials }, signal);
    } catch (error) {
      if (error instanceof NetworkError && isOverBudget(error.message)) throw this.#refusal(0, error.message, 'files');
      throw error;
    }
    if (answer.status !== 200) {
      const refusal = this.#refusal(answer.status, answer.text, 'files');
      if (refusal !== undefined) throw refusal;
    }
    refuseStatus(answer, `Large files of ${this.remote}`);
    return answer;
  }

  #refusal(code: number, message: string, what: string): MeddsError {
    const { host } = new URL(this.remote);
    const said = words(message);
    if (isOverBudget(message) || code === 507 || code === 509) {
      return new QuotaError(
        `GitHub gives no more large files of ${this.remote} for now: its owners' LFS budget is used up`,
        {
          host,
          hint: 'Only the owners can change that; budgets begin anew every month. Use another source (--source) meanwhile.',
        },
      );
    }
    const named = `The LFS server of ${this.remote}`;
    if (code === 401 || code === 403) {
      return new ActionRequiredError(`${named} does not give ${what}: ${said}`, {
        host,
        url: this.remote,
        hint: 'Give medds a token of an account that may read the repository: medds login github, or GITHUB_TOKEN.',
      });
    }
    if (code === 404 || code === 410) {
      return new NotFoundError(`${named} has no ${printable(what)} any more: ${said}`, {
        host,
        hint: 'Its owners have taken the large file away. medds info shows other sources.',
      });
    }
    return new NetworkError(`${named} does not give ${printable(what)}: ${said || 'it does not say why'}`, { host });
  }
}

/** The words of 2025 and those before. */
const isOverBudget = (text: string): boolean => /exceeded its LFS budget|over its data quota/i.test(text);
