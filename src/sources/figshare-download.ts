/**
 * Where Figshare gives a file's bytes. The web pages' own /ndownloader/ turns programs away with 202 and nothing
 * (github.com/neuromorphs/tonic pull request 337); two other addresses lead to the same signed links, and each has been seen to
 * work while the other did not.
 */
import { FIGSHARE_API } from '../credentials/figshare.js';
import { ActionRequiredError, NetworkError, NotFoundError } from '../errors.js';
import { words } from '../transfer/answer.js';
import { type Answer, refuseStatus } from '../transfer/conversation.js';
import { FirstLook } from './first-look.js';
import { known, refuseFirewall } from './json-api.js';
import { look } from './shared-link.js';
import type { FileRequest, SourceContext } from './source.js';

type ToRequest = (file: string) => FileRequest;

export class FigshareDownload {
  readonly #routes: ToRequest[];
  readonly #look = new FirstLook((file, signal) => this.#routeFor(file, signal).then(({ route }) => route));

  /** @param api base URL of the API: Figshare's, or a mirror, which then gives the bytes as well */
  constructor(
    private readonly context: SourceContext,
    api: string,
    credentials: FileRequest['credentials'],
  ) {
    const open = context.endpoint('figshare-files', api === FIGSHARE_API ? 'https://ndownloader.figshare.com' : '');
    this.#routes = [(file) => ({ url: `${api}/file/download/${file}`, ...known('credentials', credentials) })];
    if (open !== '') this.#routes.push((file) => ({ url: `${open}/files/${file}` }));
  }

  request(file: string): (signal?: AbortSignal) => Promise<FileRequest> {
    return this.#look.request(file, (route) => route(file));
  }

  /** A file of which only the number is known. @throws NotFoundError, ActionRequiredError, NetworkError */
  async facts(file: string): Promise<{ name?: string; size?: number }> {
    return (await this.#routeFor(file, this.context.signal)).facts;
  }

  async #routeFor(
    file: string,
    signal?: AbortSignal,
  ): Promise<{ route: ToRequest; facts: { name?: string; size?: number } }> {
    let blocked: unknown;
    for (const route of this.#routes) {
      try {
        const { file: facts, answer } = await look(this.context.http, route(file), signal);
        if (facts !== undefined) return { route, facts };
        refuse(answer, file);
      } catch (error) {
        if (!(error instanceof NetworkError)) throw error;
        blocked ??= error;
      }
    }
    throw blocked;
  }
}

/** @throws always: what was looked at is no file */
function refuse(answer: Answer, file: string): never {
  refuseFirewall(answer);
  const { host } = new URL(answer.url);
  const what = `Figshare file ${file}`;
  if (answer.status === 404 || answer.status === 410) {
    throw new NotFoundError(`${what} is gone`, { host, hint: 'A newer version of its article may have replaced it.' });
  }
  if (answer.status === 401 || answer.status === 403) {
    throw new ActionRequiredError(`${what} is not open to the public: ${host} answered ${answer.status}`, {
      host,
      hint: 'With the right to see it, make a token at https://figshare.com/account/applications and put it into FIGSHARE_TOKEN.',
    });
  }
  refuseStatus(answer, what);
  throw new NetworkError(`${host} sent a page in place of ${what}: ${words(answer.text)}`, { host });
}
