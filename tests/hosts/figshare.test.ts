/** The stand-in for Figshare answers in the shapes that were recorded from api.figshare.com in 2024 and 2026. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { httpGet } from '../support/http-get.js';
import { type FigshareHost, startFigshare } from './figshare.js';

let figshare: FigshareHost;
beforeEach(async () => {
  figshare = await startFigshare({ tokens: ['good'] });
  await figshare.addArticle({
    id: 10042703,
    title: 'Bay of Panama',
    files: [{ name: 'site.zip', content: 'first' }],
  });
  await figshare.addArticle({
    id: 10042703,
    files: [
      { name: 'site.zip', content: 'second' },
      { name: 'page', link: 'https://example.org/' },
    ],
  });
  await figshare.addArticle({ id: 34003890, state: 'embargoed', files: [{ name: 'later.zip' }] });
  await figshare.addArticle({ id: 7, state: 'private', files: [{ name: 'mine.zip', content: 'mine' }] });
  figshare.addCollection(88, [10042703]);
});
afterEach(() => figshare.close());

async function api(path: string, headers: Record<string, string> = {}) {
  const got = await httpGet(figshare.url(`/v2${path}`), headers);
  return { ...got, json: got.status === 302 ? undefined : JSON.parse(got.body.toString()) };
}

test('articles have the recorded shape, the newest version unless one is named', async () => {
  const { json } = await api('/articles/10042703');
  expect(json).toMatchObject({
    id: 10042703,
    doi: '10.6084/m9.figshare.10042703.v2',
    version: 2,
    size: 6,
    status: 'public',
    license: { value: 1, name: 'CC BY 4.0', url: 'https://creativecommons.org/licenses/by/4.0/' },
    is_embargoed: false,
    is_confidential: false,
    is_metadata_record: false,
    download_disabled: false,
  });
  const md5 = createHash('md5').update('second').digest('hex');
  const { id } = json.files[0];
  expect(json.files).toEqual([
    {
      id,
      name: 'site.zip',
      size: 6,
      is_link_only: false,
      download_url: `https://ndownloader.figshare.com/files/${id}`,
      supplied_md5: md5,
      computed_md5: md5,
      mimetype: expect.any(String),
    },
    expect.objectContaining({ name: 'page', size: 0, is_link_only: true, download_url: 'https://example.org/' }),
  ]);
  expect((await api('/articles/10042703/versions/1')).json).toMatchObject({ version: 1, title: 'Bay of Panama' });
  expect((await api('/articles/10042703/versions')).json).toMatchObject([{ version: 1 }, { version: 2 }]);
  expect((await api('/articles/34003890')).json).toMatchObject({ files: null, is_embargoed: true });
  expect((await api('/collections/88/articles?page=1&page_size=1000')).json).toEqual([{ id: 10042703 }]);
});

test.each<[string, number, object]>([
  ['/articles/10042703/versions/9', 404, { message: 'Entity not found: ArticleVersion', code: 'EntityNotFound' }],
  ['/articles/99', 404, { code: 'EntityNotFound' }],
  ['/articles/7', 404, { code: 'EntityNotFound' }],
  ['/account/articles/7', 404, { code: 'EntityNotFound' }],
  ['/file/download/1', 404, { code: 'EntityNotFound' }],
])('%s answers %i', async (path, status, body) => {
  expect(await api(path)).toMatchObject({ status, json: body });
});

test('a token opens what is one’s own; a wrong one nothing', async () => {
  const mine = { authorization: 'token good' };
  expect((await api('/account/articles/7', mine)).json.files).toHaveLength(1);
  expect((await api('/account', mine)).status).toBe(200);
  expect((await api('/articles/10042703', { authorization: 'token bad' })).status).toBe(403);
});

test('lists come in pages, of a thousand at most', async () => {
  const files = Array.from({ length: 25 }, (_, number) => ({ name: `${number}.txt` }));
  await figshare.addArticle({ id: 5, files });
  expect((await api('/articles/5/files')).json).toHaveLength(10);
  expect((await api('/articles/5/files?page=3')).json).toHaveLength(5);
  expect((await api('/articles/5/files?page_size=1001')).status).toBe(422);
  expect(figshare.takeViolations()).toHaveLength(1);
});

describe('bytes', () => {
  test('come from signed links that expire, from the API and from the open host', async () => {
    const id = figshare.fileId(10042703, 'site.zip');
    for (const route of [`/v2/file/download/${id}`, `/files/${id}`]) {
      const { status, headers } = await httpGet(figshare.url(route));
      expect(status).toBe(302);
      const signed = String(headers.location);
      expect((await httpGet(signed, { range: 'bytes=3-' })).body.toString()).toBe('ond');
      figshare.store.expire();
      expect((await httpGet(signed)).status).toBe(403);
    }
  });

  test('do not come from the web pages’ route, and the store wants no token', async () => {
    const id = figshare.fileId(10042703, 'site.zip');
    expect(await httpGet(figshare.url(`/ndownloader/files/${id}`))).toMatchObject({
      status: 202,
      headers: { 'x-amzn-waf-action': 'challenge', 'content-length': '0' },
    });
    expect((await httpGet(figshare.store.sign(id), { authorization: 'token good' })).status).toBe(400);
    expect(figshare.takeViolations()).toHaveLength(2);
  });
});
