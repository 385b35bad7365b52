/** The stand-in for NITRC answers as public scripts recorded it: redirects to the login, its form, agreements, pages of downloads. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type NitrcHost, startNitrc } from './nitrc.js';

let host: NitrcHost;
beforeEach(async () => {
  host = await startNitrc({ accounts: { Ada: 'secret' } });
  host
    .addProject('phantoms', '48')
    .addRelease({ id: '1', name: 'open.tgz', group: '48', content: 'open' })
    .addRelease({ id: '2', name: 'login & more.zip', group: '48', content: 'login', access: 'login' })
    .addRelease({ id: '3', name: 'terms.zip', group: '48', content: 'terms', access: 'agreement' })
    .addRelease({ id: '4', name: 'elsewhere.zip', group: '48', link: 'https://host.example/elsewhere.zip' });
});
afterEach(() => host.close());

const get = (path: string, init: RequestInit = {}) => fetch(host.url(path), { redirect: 'manual', ...init });
const logIn = (user: string, password: string) =>
  get('/account/login.php', {
    method: 'POST',
    body: new URLSearchParams({ form_loginname: user, form_pw: password, return_to: '', login: 'Login' }),
  });
const cookieOf = (answer: Response) =>
  answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(';')[0])
    .join('; ');

test('open files come with their name and length, also to HEAD', async () => {
  const head = await get('/frs/download.php/1/open.tgz', { method: 'HEAD' });
  expect(head.headers.get('content-length')).toBe('4');
  expect(head.headers.get('content-disposition')).toBe('attachment; filename="open.tgz"');
  expect(await (await get('/frs/download.php/1/open.tgz//')).text()).toBe('open');
  expect((await get('/frs/download.php/1/other.tgz')).status).toBe(404);
  expect((await get('/frs/download.php/99/open.tgz')).status).toBe(404);
});

test('what wants a login redirects there, and says why', async () => {
  const { status, headers } = await get(host.filePath('2'));
  expect(status).toBe(302);
  expect(headers.get('location')).toBe(
    '/account/login.php?return_to=%2Ffrs%2Fdownload.php%2F2%2Flogin%2520%2526%2520more.zip' +
      '&feedback=The+tool%2Fresource+administrator+has+requested+that+you+log+in+to+download+this+file.',
  );
  const page = await get(headers.get('location') ?? '');
  expect(page.headers.get('content-type')).toMatch(/^text\/html/);
});

test('the login gives cookies with a redirect, or the same page again', async () => {
  const refused = await logIn('Ada', 'wrong');
  expect(refused.status).toBe(200);
  expect(await refused.text()).toContain('Invalid Password Or User Name');
  expect(refused.headers.getSetCookie()).toEqual([]);
  const taken = await logIn('Ada', 'secret');
  expect(taken.status).toBe(302);
  const headers = { cookie: cookieOf(taken) };
  expect(await (await get(host.filePath('2'), { headers })).text()).toBe('login');
  expect(await (await get(host.filePath('3'), { headers })).text()).toContain('name="i_agree"');
  host.endSessions();
  expect((await get(host.filePath('2'), { headers })).status).toBe(302);
});

test('pages of downloads name each file twice, and links by another address', async () => {
  const html = await (await get('/frs/?group_id=48')).text();
  expect(html.split('href="/frs/download.php/1/open.tgz"')).toHaveLength(2);
  expect(html).toContain('>login &amp; more.zip</a>');
  expect(html).toContain('href="/frs/downloadlink.php/4"');
  expect(await (await get('/projects/phantoms/')).text()).toContain('/frs/?group_id=48');
  expect((await get('/frs/downloadlink.php/4')).headers.get('location')).toBe('https://host.example/elsewhere.zip');
  expect((await get('/frs/downloadlink.php/1')).status).toBe(404);
});

test('the image repository takes accounts in lower case', async () => {
  const door = (account: string) =>
    get('/ir/data/JSESSION', { headers: { authorization: `Basic ${Buffer.from(account).toString('base64')}` } });
  expect((await door('ada:secret')).status).toBe(200);
  expect((await door('Ada:secret')).status).toBe(401);
  expect((await get('/ir/data/JSESSION')).status).toBe(401);
});

test('passwords in addresses and agreements that nobody gave are noted', async () => {
  await get('/account/login.php?form_loginname=Ada&form_pw=secret', { method: 'POST' });
  await get('/frs/download.php/3/terms.zip/?i_agree=1&download_now=1');
  expect(host.takeViolations()).toEqual(['a password in an address', 'an agreement that nobody gave']);
});
