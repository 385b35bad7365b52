/** What is said to hosts and what their answers are taken for. The hosts are msw's, so that they have the names and the https of real ones. */
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Agents } from '../../src/transfer/agents.js';
import { type ConversationOptions, type Question, startConversation } from '../../src/transfer/conversation.js';

const API = 'https://api.example.org';
const server = setupServer();
const agents = new Agents();

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(() => server.resetHandlers());
afterAll(() => {
  server.close();
  agents.close();
});

const quick = { tries: 3, base: 1, cap: 2 };

function ask(question: string | Question, options: Partial<ConversationOptions> = {}, signal?: AbortSignal) {
  const conversation = startConversation({ agents, userAgent: 'medds-test', retry: quick, ...options });
  return conversation.ask(typeof question === 'string' ? { url: `${API}${question}` } : question, signal);
}

/** Answers a path of the host with one after the other, the last for good; returns what was asked. */
function answers(path: string, ...replies: (() => Response)[]): Request[] {
  const asked: Request[] = [];
  const reply = ({ request }: { request: Request }) => {
    asked.push(request.clone());
    return (replies[asked.length - 1] ?? replies.at(-1))?.();
  };
  server.use(http.all(path.startsWith('/') ? `${API}${path}` : path, reply));
  return asked;
}

const json = (body: object, init?: ResponseInit) => () => HttpResponse.json(body, init);
const status = (code: number, headers: Record<string, string> = {}, body = '') => {
  return () => new HttpResponse(body, { status: code, headers });
};

function brokenOff(): Response {
  const body = new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{"here":'));
      controller.error(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
    },
  });
  return new HttpResponse(body, { status: 200 });
}

describe('a question', () => {
  test('names the program and asks for JSON', async () => {
    const asked = answers('/records/1', json({ id: 1 }));
    const answer = await ask('/records/1');
    expect(answer.json()).toEqual({ id: 1 });
    expect(answer).toMatchObject({ status: 200, url: `${API}/records/1` });
    expect(asked[0]?.method).toBe('GET');
    expect(Object.fromEntries(asked[0]?.headers ?? [])).toMatchObject({
      'user-agent': 'medds-test',
      accept: 'application/json',
    });
  });

  test('of a form or of JSON is posted, and one for headers alone has no body', async () => {
    const asked = answers('/search', json({}));
    await ask({ url: `${API}/search`, form: { words: 'a & b' } });
    await ask({ url: `${API}/search`, json: { words: ['a'] } });
    await ask({ url: `${API}/search`, method: 'HEAD' });
    expect(asked.map(({ method }) => method)).toEqual(['POST', 'POST', 'HEAD']);
    expect(await asked[0]?.text()).toBe('words=a+%26+b');
    expect(await asked[1]?.json()).toEqual({ words: ['a'] });
  });

  test('is not asked offline', async () => {
    const asked = answers('/', json({}));
    const failed = ask('/', { offline: true });
    await expect(failed).rejects.toMatchObject({ exitCode: 5, hint: expect.stringContaining('--offline') });
    expect(asked).toHaveLength(0);
  });

  test('ends when it is interrupted', async () => {
    const stop = new AbortController();
    server.use(
      http.get(`${API}/slow`, () => {
        stop.abort();
        return new Promise<Response>(() => {});
      }),
    );
    await expect(ask('/slow', {}, stop.signal)).rejects.toMatchObject({ exitCode: 130 });
  });
});

describe('an answer', () => {
  test.each([401, 403, 404, 410, 422])('of %d is for the source to read', async (code) => {
    const asked = answers('/', status(code, {}, '{"message":"no"}'));
    const answer = await ask('/');
    expect(answer.status).toBe(code);
    expect(answer.json()).toEqual({ message: 'no' });
    expect(asked).toHaveLength(1);
  });

  test.each([
    ['<html><body><h1>Sign in</h1></body></html>', /answered 200 with something that is no JSON: .*Sign in/],
    ['', /no JSON: nothing/],
    ['{"a": ', /no JSON/],
  ])('that is no JSON is told with its first words: %s', async (body, message) => {
    answers('/', status(200, {}, body));
    const answer = await ask('/');
    expect(() => answer.json()).toThrow(
      expect.objectContaining({ exitCode: 5, message: expect.stringMatching(message) }),
    );
  });

  test('that is larger than any listing is not read to its end', async () => {
    answers('/', status(200, {}, 'x'.repeat(3 * 1024 * 1024)));
    const failed = ask({ url: `${API}/`, largest: 1024 * 1024 });
    await expect(failed).rejects.toMatchObject({ exitCode: 5, message: expect.stringContaining('more than 1 MiB') });
  });
});

describe('what may pass is asked again', () => {
  test.each([408, 425, 429, 500, 502, 503, 504])('after %d', async (code) => {
    const asked = answers('/', status(code), status(code), json({ here: true }));
    expect((await ask('/')).json()).toEqual({ here: true });
    expect(asked).toHaveLength(3);
  });

  test('after an answer that breaks off, also what was posted', async () => {
    const asked = answers('/', brokenOff, json({ here: true }));
    expect((await ask({ url: `${API}/`, json: { sql: 'SELECT 1' } })).json()).toEqual({ here: true });
    expect(await asked[1]?.json()).toEqual({ sql: 'SELECT 1' });
  });

  test('so often, and then it is told what the host says', async () => {
    const asked = answers('/', status(503, {}, 'Down for maintenance'));
    await expect(ask('/')).rejects.toMatchObject({
      exitCode: 5,
      status: 503,
      host: 'api.example.org',
      message: expect.stringMatching(/answered 503 \(Down for maintenance\) to every try/),
    });
    expect(asked).toHaveLength(3);
  });

  test('but not when the host asks to wait for longer than anyone would', async () => {
    const asked = answers('/', status(429, { 'retry-after': '7200' }));
    await expect(ask('/')).rejects.toMatchObject({ status: 429, message: expect.stringContaining('to wait 7200 s') });
    expect(asked).toHaveLength(1);
  });

  test('but not a status that is final at this host', async () => {
    const asked = answers('/', status(429));
    expect(await ask({ url: `${API}/`, final: [429, 509] })).toMatchObject({ status: 429 });
    expect(asked).toHaveLength(1);
  });
});

describe('redirects', () => {
  const secret = { url: `${API}/start`, headers: { 'x-plain': 'yes' }, credentials: { 'X-Api-Key': 'hush' } };

  test('within an origin keep what is secret, to another one they do not', async () => {
    answers('/start', status(302, { location: '/next' }));
    const [next, end] = [
      answers('/next', status(307, { location: 'https://elsewhere.example.net/end' })),
      answers('https://elsewhere.example.net/end', json({})),
    ];
    expect((await ask(secret)).url).toBe('https://elsewhere.example.net/end');
    expect(next[0]?.headers.get('x-api-key')).toBe('hush');
    expect(end[0]?.headers.get('x-api-key')).toBeNull();
    expect(end[0]?.headers.get('x-plain')).toBe('yes');
  });

  test('never lead from https to http', async () => {
    answers('/start', status(302, { location: 'http://api.example.org/start' }));
    await expect(ask(secret)).rejects.toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('must not become http'),
    });
  });

  test('take nothing that was posted to another host', async () => {
    answers('/start', status(307, { location: 'https://elsewhere.example.net/' }));
    await expect(ask({ ...secret, form: { password: 'hush' } })).rejects.toMatchObject({
      exitCode: 5,
      message: expect.not.stringContaining('hush'),
    });
  });

  test('that go in a circle end', async () => {
    const asked = answers('/start', status(302, { location: '/start' }));
    await expect(ask(secret)).rejects.toMatchObject({ exitCode: 5 });
    expect(asked.length).toBeLessThan(15);
  });

  test('come back as they are when that is wanted', async () => {
    answers('/start', status(302, { location: '/next', 'set-cookie': 'session=1' }));
    expect(await ask({ ...secret, redirects: false })).toMatchObject({ status: 302, headers: { location: '/next' } });
  });
});
