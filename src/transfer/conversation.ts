/** Short conversations with hosts: listings, records, JSON. Bytes of files go another way (download.ts). */
import {
  type BeforeRedirectHook,
  type CancelableRequest,
  type ExtendOptions,
  type Got,
  got,
  type OptionsInit,
  type Response,
} from 'got';
import { ActionRequiredError, InterruptedError, MeddsError, NetworkError, NotFoundError } from '../errors.js';
import type { FileRequest } from '../sources/source.js';
import type { Agents } from './agents.js';
import { words } from './answer.js';
import { redactUrl } from './redact.js';
import { askedWait, backOff, DEFAULT_RETRY, isTransientStatus, type RetryPolicy } from './retry.js';

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

export interface Conversation {
  /** Answers of every status but those that a retry may mend; redirects are followed. @throws NetworkError */
  ask(request: FileRequest, signal?: AbortSignal): Promise<Answer>;
}

export interface ConversationOptions {
  agents: Agents;
  userAgent: string;
  retry?: Partial<RetryPolicy>;
  /** Milliseconds for one try. */
  timeout?: number;
  offline?: boolean;
}

export function startConversation(options: ConversationOptions): Conversation {
  const policy = { ...DEFAULT_RETRY, ...options.retry };
  const defaults: ExtendOptions = {
    timeout: { request: options.timeout ?? 60_000 },
    throwHttpErrors: false,
    maxRedirects: 10,
    methodRewriting: true,
    headers: { 'user-agent': options.userAgent, accept: 'application/json' },
    retry: {
      limit: policy.tries - 1,
      methods: ['GET'],
      maxRetryAfter: policy.longest,
      calculateDelay: ({ attemptCount, error, retryOptions }) => {
        if (attemptCount > (retryOptions.limit ?? 0)) return 0;
        const { response } = error;
        if (response !== undefined && !isTransientStatus(response.statusCode)) return 0;
        const asked = response === undefined ? undefined : askedWait(response.headers);
        if (asked !== undefined && asked > policy.longest) return 0;
        if (response === undefined && !MENDABLE.has(error.code)) return 0;
        return Math.max(asked ?? 0, backOff(policy, attemptCount)) || 1;
      },
    },
    hooks: { beforeRedirect: [keepCredentialsHome] },
  };
  const client = got.extend(defaults);
  return { ask: (request, signal) => ask(client, options, request, signal) };
}

const MENDABLE = new Set([
  'ETIMEDOUT',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EAI_AGAIN',
]);

/** https never becomes http, and what is secret goes no further than the origin it was meant for. */
const keepCredentialsHome: BeforeRedirectHook = (next, response) => {
  const from = new URL(response.url);
  const to = new URL(String(next.url));
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw new NetworkError(`${redactUrl(from)} redirects to ${redactUrl(to)}: https must not become http`, {
      host: from.host,
    });
  }
  if (to.origin !== from.origin) {
    for (const name of (next.context as { secret: string[] }).secret) delete next.headers[name];
  }
};

async function ask(
  client: Got,
  options: ConversationOptions,
  request: FileRequest,
  signal?: AbortSignal,
): Promise<Answer> {
  const { host } = new URL(request.url);
  if (options.offline === true) {
    throw new NetworkError(`medds is offline (--offline or MEDDS_OFFLINE) and cannot ask ${host}`, {
      host,
      hint: 'Run the command again without --offline and MEDDS_OFFLINE.',
    });
  }
  const agent = options.agents.for(new URL(request.url));
  const credentials = request.credentials ?? {};
  const init: OptionsInit = {
    headers: { ...request.headers, ...credentials },
    context: { secret: Object.keys(credentials).map((name) => name.toLowerCase()) },
    // The agent is chosen by protocol; a redirect to another host keeps the proxy, as other clients do.
    agent: { http: agent, https: agent } as NonNullable<OptionsInit['agent']>,
    ...(signal === undefined ? {} : { signal }),
  };
  try {
    const promise = client.get(request.url, init) as CancelableRequest<Response<string>>;
    promise.on('downloadProgress', ({ transferred }) => {
      if (transferred > LARGEST) promise.cancel('too large');
    });
    const response = await promise;
    return answer(response, host);
  } catch (error) {
    throw explain(error, host, request.url, signal);
  }
}

function answer(response: Response<string>, host: string): Answer {
  const { statusCode: status, headers, url, body: text } = response;
  if (isTransientStatus(status)) {
    const asked = askedWait(headers);
    const wait = asked === undefined ? '' : `; it asks to wait ${Math.ceil(asked / 1000)} s`;
    throw new NetworkError(`${host} answered ${status} (${words(text)}) to every try${wait}`, {
      host,
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

function explain(error: unknown, host: string, url: string, signal?: AbortSignal): unknown {
  if (signal?.aborted === true) {
    return signal.reason instanceof MeddsError ? signal.reason : new InterruptedError('Interrupted', { cause: error });
  }
  if (error instanceof MeddsError) return error;
  const { cause, code, message, name } = error as { cause?: unknown; code?: string; message: string; name: string };
  if (cause instanceof MeddsError) return cause;
  if (name === 'CancelError') {
    return new NetworkError(`${host} sent more than ${LARGEST / 1024 / 1024} MiB where a listing was expected`, {
      host,
    });
  }
  if (code === 'ENOTFOUND') {
    return new NetworkError(`There is no host called ${host}`, {
      host,
      cause: error,
      hint: 'Is this machine online, and does it need a proxy (HTTPS_PROXY)?',
    });
  }
  return new NetworkError(`${redactUrl(url)} cannot be reached: ${message}`, { host, cause: error });
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
  if (got.status === 404 || got.status === 410) throw new NotFoundError(message, { host });
  throw new NetworkError(message, { host });
}
