/** Short conversations with hosts: listings, records, JSON. Bytes of files go another way (download.ts). */
import {
  type BeforeRedirectHook,
  type CancelableRequest,
  type ExtendOptions,
  type Got,
  got,
  HTTPError,
  type OptionsInit,
  ReadError,
  type Response,
} from 'got';
import { ActionRequiredError, interruption, MeddsError, NetworkError, NotFoundError } from '../errors.js';
import type { FileRequest } from '../sources/source.js';
import type { Agents } from './agents.js';
import { words } from './answer.js';
import { refuseClearText } from './clear-text.js';
import { HOST_LIMITS } from './host-limits.js';
import { Pace } from './pace.js';
import { redactUrl } from './redact.js';
import { askedWait, backOff, DEFAULT_RETRY, isTransientFault, isTransientStatus, type RetryPolicy } from './retry.js';
import { unreachable } from './unreachable.js';

/** A listing larger than this is a fault or an attack. Bytes. */
const LARGEST = 64 * 1024 * 1024;

export interface Answer {
  status: number;
  headers: Response['headers'];
  /** Where the answer came from, after redirects. */
  url: string;
  text: string;
  /** The body as JSON. @throws NetworkError when it is none */
  json<T>(): T;
}

/** A request; with a body it is sent by POST. What is posted only asks: it may be sent again. */
export interface Question extends FileRequest {
  /** HEAD asks for the headers alone; PROPFIND for what WebDAV knows of a folder (RFC 4918). */
  method?: 'HEAD' | 'PROPFIND';
  /** Of a PROPFIND. */
  body?: string;
  /** Fields of a form. Never shown. */
  form?: Record<string, string>;
  json?: unknown;
  /** Bytes of the largest answer that is taken; default 64 MiB. */
  largest?: number;
  /** False gives a redirect as it is, with the cookies that come with it. */
  redirects?: false;
  /** Statuses that a retry may mend elsewhere, but not here: they come back as answers. */
  final?: readonly number[];
}

export interface Conversation {
  /** Answers of every status but those that a retry may mend; redirects are followed. @throws NetworkError */
  ask(question: Question, signal?: AbortSignal): Promise<Answer>;
}

/** What hooks know of a question. */
interface Context {
  /** Names of headers. */
  secret: string[];
  final: readonly number[];
}

export interface ConversationOptions {
  agents: Agents;
  userAgent: string;
  retry?: Partial<RetryPolicy>;
  /** Milliseconds for one try. */
  timeout?: number;
  offline?: boolean;
  /** How often hosts are asked; default: as often as is known that they bear. */
  pace?: Pace;
}

export function startConversation(options: ConversationOptions): Conversation {
  const policy = { ...DEFAULT_RETRY, ...options.retry };
  const pace = options.pace ?? new Pace({ limits: HOST_LIMITS, longest: policy.longest });
  const defaults: ExtendOptions = {
    timeout: { request: options.timeout ?? 60_000 },
    throwHttpErrors: false,
    maxRedirects: 10,
    methodRewriting: true,
    headers: { 'user-agent': options.userAgent, accept: 'application/json' },
    retry: {
      limit: policy.tries - 1,
      methods: ['GET', 'HEAD', 'POST', 'PROPFIND' as 'GET'],
      maxRetryAfter: policy.longest,
      calculateDelay: ({ attemptCount, error }) => {
        if (attemptCount >= policy.tries) return 0;
        const refusal = error instanceof HTTPError ? error.response : undefined;
        const { final } = error.options.context as unknown as Context;
        const mendable =
          refusal === undefined
            ? error instanceof ReadError || isTransientFault(error)
            : isTransientStatus(refusal.statusCode) && !final.includes(refusal.statusCode);
        const asked = refusal === undefined ? 0 : (askedWait(refusal.headers) ?? 0);
        return mendable && asked <= policy.longest ? Math.max(asked, backOff(policy, attemptCount), 1) : 0;
      },
    },
    hooks: {
      beforeRequest: [({ url, signal }) => pace.turn(new URL(String(url)).host, signal)],
      beforeRedirect: [(next, response) => followSafely(next, response, options.agents)],
      afterResponse: [
        (response) => {
          pace.heard(new URL(response.url).host, response.statusCode, response.headers);
          return response;
        },
      ],
    },
  };
  const client = got.extend(defaults);
  return { ask: (question, signal) => ask(client, options, question, signal) };
}

/** https never becomes http, and what is secret goes no further than the origin it was meant for. */
function followSafely(next: Parameters<BeforeRedirectHook>[0], response: { url: string }, agents: Agents): void {
  const from = new URL(response.url);
  const to = new URL(String(next.url));
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw new NetworkError(`${redactUrl(from)} redirects to ${redactUrl(to)}: https must not become http`, {
      host: from.host,
    });
  }
  if (to.origin === from.origin) return;
  if (next.method === 'POST') {
    throw new NetworkError(
      `${redactUrl(from)} redirects what was posted to ${redactUrl(to)}: it goes to no other host`,
      {
        host: from.host,
      },
    );
  }
  for (const name of (next.context as unknown as Context).secret) delete next.headers[name];
  next.agent = agentsFor(to, agents);
}

/** One for each protocol: which proxy serves a host depends on it. */
function agentsFor({ host }: URL, agents: Agents): NonNullable<OptionsInit['agent']> {
  const [http, https] = [agents.for(new URL(`http://${host}`)), agents.for(new URL(`https://${host}`))];
  return { http, https } as NonNullable<OptionsInit['agent']>;
}

async function ask(
  client: Got,
  options: ConversationOptions,
  question: Question,
  signal?: AbortSignal,
): Promise<Answer> {
  const { url, method, body, form, json, largest = LARGEST, final = [] } = question;
  const { host } = new URL(url);
  if (options.offline === true) {
    throw new NetworkError(`medds is offline (--offline or MEDDS_OFFLINE) and cannot ask ${host}`, {
      host,
      hint: 'Run the command again without --offline and MEDDS_OFFLINE.',
    });
  }
  const credentials = question.credentials ?? {};
  refuseClearText(new URL(url), credentials);
  const init: OptionsInit = {
    headers: { ...question.headers, ...credentials },
    context: { secret: Object.keys(credentials).map((name) => name.toLowerCase()), final } satisfies Context,
    agent: agentsFor(new URL(url), options.agents),
    ...(form === undefined && json === undefined ? {} : { method: 'POST' }),
    ...(method === undefined ? {} : { method: method as 'HEAD' }),
    ...(body === undefined ? {} : { body }),
    ...(form === undefined ? {} : { form }),
    ...(json === undefined ? {} : { json }),
    ...(question.redirects === undefined ? {} : { followRedirect: question.redirects }),
    ...(signal === undefined ? {} : { signal }),
  };
  try {
    const promise = client(url, init) as CancelableRequest<Response<string>>;
    promise.on('downloadProgress', ({ transferred }) => {
      if (transferred > largest) promise.cancel('too large');
    });
    const response = await promise;
    return answer(response, host, final);
  } catch (error) {
    throw explain(error, host, largest, signal);
  }
}

function answer(response: Response<string>, host: string, final: readonly number[]): Answer {
  const { statusCode: status, headers, url, body: text } = response;
  if (isTransientStatus(status) && !final.includes(status)) {
    const asked = askedWait(headers);
    const wait = asked === undefined ? '' : `; it asks to wait ${Math.ceil(asked / 1000)} s`;
    throw new NetworkError(`${host} answered ${status} (${words(text)}) to every try${wait}`, {
      host,
      status,
      hint: 'Run the same command again later.',
    });
  }
  return {
    status,
    headers,
    url,
    text,
    json<T>() {
      try {
        return JSON.parse(text) as T;
      } catch (cause) {
        const said = text.trim() === '' ? 'nothing' : words(text);
        throw new NetworkError(`${host} answered ${status} with something that is no JSON: ${said}`, { host, cause });
      }
    },
  };
}

function explain(error: unknown, host: string, largest: number, signal?: AbortSignal): unknown {
  if (signal?.aborted === true) return interruption(signal);
  if (error instanceof MeddsError) return error;
  const { cause, name } = error as { cause?: unknown; name: string };
  if (cause instanceof MeddsError) return cause;
  if (name === 'CancelError') {
    const mebibytes = largest / 1024 / 1024;
    return new NetworkError(`${host} sent more than ${mebibytes} MiB where a listing was expected`, { host });
  }
  return unreachable(error, host);
}

/** What a refusal means, where the source has nothing more exact to say. @throws for every status but 2xx */
export function refuseStatus(got: Answer, what: string): void {
  if (got.status >= 200 && got.status < 300) return;
  const { host } = new URL(got.url);
  const said = words(got.text);
  const message = `${what}: ${host} answered ${got.status}${said === '' ? '' : ` (${said})`}`;
  if (got.status === 401 || got.status === 403) {
    throw new ActionRequiredError(message, { host, hint: 'The host wants a login or accepted terms.' });
  }
  if (got.status === 404 || got.status === 410) {
    throw new NotFoundError(message, { host, hint: 'It has moved or is gone, or its name is misspelt.' });
  }
  throw new NetworkError(message, { host });
}
