/** The stand-in for Dropbox answers as others recorded it up to October 2026. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { httpGet } from '../support/http-get.js';
import { type DropboxHost, startDropbox } from './dropbox.js';

let dropbox: DropboxHost;
beforeEach(async () => {
  dropbox = await startDropbox();
  dropbox.share('/scl/fi/key/a.bin', 'file', { rlkey: 'rl' });
  dropbox.share('/sh/key/token', 'PK zip', { isFolder: true });
});
afterEach(() => dropbox.close());

test('dl=1 leads to another host, which honours ranges, and whose ETag has no quotes', async () => {
  const first = await httpGet(dropbox.url('/scl/fi/key/a.bin?rlkey=rl&dl=1'));
  expect(first.status).toBe(302);
  const address = first.headers.location as string;
  expect(new URL(address)).toMatchObject({ hostname: 'localhost', search: '?dl=1' });
  const headers = { range: 'bytes=1-2', 'if-range': '"another"' };
  const { status, headers: got, body } = await httpGet(address, headers);
  expect([status, body.toString()]).toEqual([206, 'il']);
  expect(got).toMatchObject({
    'content-range': 'bytes 1-2/4',
    'content-type': 'application/binary',
    'content-disposition': 'attachment; filename="unspecified"',
    etag: expect.stringMatching(/^[0-9a-f]+$/),
  });
  expect(got).not.toHaveProperty('last-modified');
  dropbox.expire();
  expect((await httpGet(address)).status).toBe(410);
});

test('a folder comes as a zip of no length', async () => {
  const { headers } = await httpGet(dropbox.url('/sh/key/token?dl=1'));
  const address = headers.location as string;
  expect(new URL(address).pathname).toMatch(/^\/zip_download_get\//);
  const zip = await httpGet(address);
  expect([zip.status, zip.body.toString()]).toEqual([200, 'PK zip']);
  expect(zip.headers).not.toHaveProperty('content-length');
  expect(zip.headers).not.toHaveProperty('accept-ranges');
  await httpGet(address, { range: 'bytes=0-0' });
  expect(dropbox.takeViolations()).toHaveLength(1);
});

test.each<['password' | 'private' | 'deleted' | 'traffic' | 'restricted', number, RegExp]>([
  ['password', 302, /^\/sm\/password\?cont=.*&content_id=/],
  ['private', 302, /^\/login\?/],
  ['deleted', 200, /<title>Dropbox - File Deleted/],
  ['traffic', 429, /This link is temporarily disabled/],
  ['restricted', 460, /no longer available/],
])('a link that is %s is answered with %i', async (state, expected, said) => {
  dropbox.become('/sh/key/token', state);
  for (const query of ['?dl=0', '?dl=1']) {
    const { status, headers, body } = await httpGet(dropbox.url(`/sh/key/token${query}`));
    expect([status, headers.location ?? body.toString()]).toEqual([expected, expect.stringMatching(said)]);
  }
});

test('a page without dl=1, a log-in without the rlkey, 404 for what never was', async () => {
  const page = await httpGet(dropbox.url('/sh/key/token?dl=0'));
  expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  expect((await httpGet(dropbox.url('/scl/fi/key/a.bin?dl=1'))).headers.location).toMatch(/^\/login/);
  expect((await httpGet(dropbox.url('/s/gone/a.bin?dl=1'))).status).toBe(404);
});
