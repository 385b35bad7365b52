/**
 * NITRC's file releases (https://www.nitrc.org/frs/), a program made for browsers: files are open to all, or to those who are
 * logged in, which a cookie tells. How it answers was recorded by public scripts, among them those of datalad and nitrcbot.
 */
import { NITRC, type NitrcAccount, nitrcAccount } from '../credentials/nitrc.js';
import { ActionRequiredError, NetworkError, NotFoundError } from '../errors.js';
import { isPageName, words } from '../transfer/answer.js';
import { type Answer, type Question, refuseStatus } from '../transfer/conversation.js';
import { askApi, known } from './json-api.js';
import { type NitrcRef, refIn } from './nitrc-locator.js';
import {
  accountRefused,
  agreementNeeded,
  loginNeeded,
  permissionNeeded,
  wantsAgreement,
  wantsLogin,
} from './nitrc-refusal.js';
import { percentDecoded } from './percent.js';
import { fileName } from './shared-link.js';
import type { FileRequest, SourceContext } from './source.js';

/** What NITRC says of a file, and how its bytes are asked for. */
export interface NitrcFile {
  name?: string;
  /** Bytes, where it tells. */
  size?: number;
  request: FileRequest;
}

interface Session {
  account: NitrcAccount;
  /** Header with the cookies that the login gave. */
  cookie: string;
}

export class NitrcReleases {
  readonly #base: string;
  /** One for all files; made when the first one wants it. */
  #session: Promise<Session> | undefined;

  constructor(private readonly context: SourceContext) {
    this.#base = context.endpoint('nitrc', NITRC);
  }

  /** Where a file is asked for; people see the same page there. */
  address({ id, name }: NitrcRef): string {
    if (name === undefined) return `${this.#base}/frs/downloadlink.php/${id}`;
    return `${this.#base}/frs/download.php/${id}/${encodeURIComponent(name)}`;
  }

  /** All files that a project's page of downloads names, each once. @param group number or name of the project */
  async list(group: string): Promise<(NitrcRef & { shown: string })[]> {
    const what = `NITRC ${group}`;
    const number = /^\d+$/.test(group) ? group : await this.#numberOf(group);
    const answer = await this.#ask({ url: `${this.#base}/frs/?group_id=${number}` }, what);
    refuseStatus(answer, `Downloads of ${what}`);
    const found = new Map<string, NitrcRef & { shown: string }>();
    for (const [, href = '', text = ''] of answer.text.matchAll(LINK)) {
      const ref = refOf(href, answer.url);
      if (ref === undefined) continue;
      const shown = ref.name ?? (words(unescaped(text)) || ref.id);
      if (!found.has(ref.id)) found.set(ref.id, { ...ref, shown });
    }
    if (found.size === 0 && !/nitrc/i.test(answer.text)) throw this.#strange(answer, `the downloads of ${what}`);
    return [...found.values()];
  }

  /** Asks for a file's headers. That links answer HEAD was recorded; that files do is a guess. @throws NotFoundError, ActionRequiredError, NetworkError */
  async look(ref: NitrcRef, signal?: AbortSignal): Promise<NitrcFile> {
    const url = this.address(ref);
    const what = `NITRC ${ref.name ?? `file ${ref.id}`}`;
    const headers = { accept: '*/*', 'accept-encoding': 'identity' };
    const answer = await this.#ask({ method: 'HEAD', url, headers }, what, signal);
    const { status } = answer;
    if (status === 404 || status === 410) {
      throw new NotFoundError(`${what} is not at NITRC any more`, {
        host: new URL(url).host,
        hint: `Look at ${url} .`,
      });
    }
    const request = { url, ...known('credentials', await this.#credentials()) };
    // Hosts that links lead to may refuse to tell about a file that they give.
    if (status >= 300) return { request };
    const said = answer.headers['content-disposition'];
    const name = fileName(said) ?? percentDecoded(new URL(answer.url).pathname.split('/').filter(Boolean).at(-1) ?? '');
    const isPage = /^text\/html/i.test(answer.headers['content-type'] ?? '') && said === undefined;
    if (isPage && !isPageName(ref.name ?? name)) await this.#refusePage(url, what, signal);
    // Programs that make their answers say nothing, or 0, of a length that they do not know.
    const size = Number(answer.headers['content-length'] ?? 0);
    return { ...known('name', name), ...(size > 0 ? { size } : {}), request };
  }

  /** Names of projects stand in addresses; everything else goes by their numbers. A guess: any link on its page has the number. */
  async #numberOf(name: string): Promise<string> {
    const what = `NITRC ${name}`;
    const answer = await this.#ask({ url: `${this.#base}/projects/${name}/` }, what);
    refuseStatus(answer, what);
    const number = /[?&;]group_id=(\d+)/.exec(answer.text)?.[1];
    if (number !== undefined) return number;
    throw new NotFoundError(`There is no project ${name} at NITRC`, {
      host: new URL(this.#base).host,
      hint: `Look at ${this.#base}/projects/${name}/ .`,
    });
  }

  async #refusePage(url: string, what: string, signal?: AbortSignal): Promise<never> {
    const page = await this.#ask({ url, headers: { accept: '*/*' }, largest: PAGE }, what, signal);
    if (wantsAgreement(page)) throw agreementNeeded(what, url, new URL(url).host, this.context.dataset);
    throw this.#strange(page, what);
  }

  /** The answer to a question, with a login when that is what it takes. */
  async #ask(question: Question, what: string, signal = this.context.signal): Promise<Answer> {
    const session = this.#session;
    const answer = await this.#send(question, await session, signal);
    if (!wantsLogin(answer)) return answer;
    // Nobody is logged in yet, or not any more. All who meet this wait for the same login; one that failed is not tried again.
    if (this.#session === session) this.#session = this.#logIn(what, question.url, answer);
    const renewed = (await this.#session) as Session;
    const again = await this.#send(question, renewed, signal);
    if (wantsLogin(again)) throw permissionNeeded(what, question.url, renewed.account, new URL(this.#base).host);
    return again;
  }

  #send(question: Question, session: Session | undefined, signal?: AbortSignal): Promise<Answer> {
    const context = signal === undefined ? this.context : { ...this.context, signal };
    return askApi(context, { ...question, ...known('credentials', session && { cookie: session.cookie }) });
  }

  async #logIn(what: string, page: string, answer: Answer): Promise<Session> {
    try {
      return await this.#newSession(what, page, answer);
    } catch (error) {
      // A fault of the network says nothing about the account.
      if (!(error instanceof ActionRequiredError)) this.#session = undefined;
      throw error;
    }
  }

  async #newSession(what: string, page: string, answer: Answer): Promise<Session> {
    const account = await nitrcAccount(this.context.env);
    if (account === undefined) throw loginNeeded(what, page, answer);
    const url = `${this.#base}/account/login.php`;
    const form = { form_loginname: account.user, form_pw: account.password, return_to: '', login: 'Login' };
    const taken = await this.#send({ url, form, redirects: false }, undefined, this.context.signal);
    const cookies = taken.headers['set-cookie'] ?? [];
    if (taken.status >= 400) refuseStatus(taken, 'Login at NITRC');
    if (cookies.length === 0 || /Invalid Password Or User Name/i.test(taken.text)) {
      throw accountRefused(account, new URL(url).host);
    }
    return { account, cookie: cookies.map((cookie) => cookie.split(';', 1)[0]).join('; ') };
  }

  async #credentials(): Promise<FileRequest['credentials']> {
    const session = await this.#session;
    return session && { cookie: session.cookie };
  }

  #strange(answer: Answer, what: string): NetworkError {
    const { host } = new URL(answer.url);
    return new NetworkError(`${host} sent a page in place of ${what}: ${words(answer.text)}`, {
      host,
      hint: 'Open the page in a browser: NITRC may want something of you, or have a fault.',
    });
  }
}

/** A page larger than this is no page of NITRC's. Bytes. */
const PAGE = 4 * 1024 * 1024;

const LINK = /<a\b[^>]*?\bhref\s*=\s*["']([^"']*)["'][^>]*>([\s\S]*?)<\/a>/gi;

function refOf(href: string, page: string): NitrcRef | undefined {
  const address = unescaped(href);
  if (!URL.canParse(address, page)) return undefined;
  const url = new URL(address, page);
  return url.host === new URL(page).host ? refIn(url.pathname) : undefined;
}

/** Text of a page, without the escapes that names of files have. */
function unescaped(text: string): string {
  return text
    .replace(/&#0*39;|&apos;/g, "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
