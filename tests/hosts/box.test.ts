/** The stand-in for Box answers in the shapes that public programs read from app.box.com in 2026. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { httpGet } from '../support/http-get.js';
import { type BoxHost, startBox } from './box.js';

let box: BoxHost;
beforeEach(async () => {
  box = await startBox();
  box.addFolder({ id: 1, name: 'Data' });
  for (let id = 101; id <= 125; id++) box.addFile({ id, name: `${id}.nii.gz`, parent: 1, content: `${id}` });
  box.addFolder({ id: 2, name: 'masks', parent: 1 });
  box.addFile({ id: 201, name: 'a.png', parent: 2, content: 'mask' });
  box.addFile({ id: 300, name: 'alone.zip', content: 'zip' });
  box.share(1, { sharedName: 'folderhash', vanity: 'MyData' });
  box.share(300, { sharedName: 'filehash', ending: '.zip' });
});
afterEach(() => box.close());

async function dataOf(path: string) {
  const { status, headers, body } = await httpGet(box.url(path));
  expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
  return JSON.parse(/Box\.postStreamData = (.*);<\/script>/.exec(body.toString())?.[1] ?? '');
}

test('a folder is written into its page, twenty entries at a time', async () => {
  const data = await dataOf('/v/MyData');
  expect(data['/app-api/enduserapp/shared-item']).toMatchObject({
    itemID: 1,
    itemType: 'folder',
    sharedName: 'folderhash',
  });
  const folder = data['/app-api/enduserapp/shared-folder'];
  expect(folder).toMatchObject({
    currentFolderID: 1,
    currentFolderName: 'Data',
    folderItemCount: 26,
    pageCount: 2,
  });
  expect(folder.items).toHaveLength(20);
  expect(folder.items[0]).toMatchObject({
    type: 'file',
    id: 101,
    typedID: 'f_101',
    name: '101.nii.gz',
    parentFolderID: 1,
    itemSize: 3,
  });
  const second = (await dataOf('/s/folderhash?page=2'))['/app-api/enduserapp/shared-folder'];
  expect(second.items.map(({ typedID }: { typedID: string }) => typedID)).toEqual([
    ...['f_121', 'f_122', 'f_123', 'f_124', 'f_125'],
    'd_2',
  ]);
  const inner = (await dataOf('/s/folderhash/folder/2'))['/app-api/enduserapp/shared-folder'];
  expect(inner).toMatchObject({ currentFolderID: 2, items: [{ id: 201, name: 'a.png' }] });
});

test('a file is written into its page, and no folder is', async () => {
  const data = await dataOf('/s/filehash');
  expect(data['/app-api/enduserapp/item/f_300'].items).toMatchObject([{ id: 300, name: 'alone.zip' }]);
  expect(data['/app-api/enduserapp/shared-item']).toMatchObject({ itemType: 'file', itemID: 300 });
  expect(Object.keys(data)).toHaveLength(2);
  expect(Object.keys(await dataOf('/v/MyData/file/201'))).toContain('/app-api/enduserapp/item/f_201');
});

test('static links lead by the public address to boxcloud.com', async () => {
  const first = await httpGet(box.url('/shared/static/filehash.zip'));
  expect([first.status, first.headers.location]).toEqual([301, '/public/static/filehash.zip']);
  const second = await httpGet(box.url('/public/static/filehash.zip'));
  expect(second.status).toBe(302);
  const address = second.headers.location as string;
  expect(new URL(address).hostname).toBe('localhost');
  const { status, headers, body } = await httpGet(address, { range: 'bytes=1-' });
  expect([status, body.toString()]).toEqual([206, 'ip']);
  expect(headers['content-disposition']).toBe('attachment;filename="alone.zip";filename*=UTF-8\'\'alone.zip');
});

test.each(['shared_name=folderhash', 'vanity_name=MyData'])('files of a folder are had by %s', async (share) => {
  const path = `/index.php?rm=box_download_shared_file&${share}&file_id=f_201`;
  const { status, headers } = await httpGet(box.url(path));
  expect(status).toBe(302);
  expect((await httpGet(headers.location as string)).body.toString()).toBe('mask');
  box.expire();
  expect((await httpGet(headers.location as string)).status).toBe(403);
});

test('what is not in the folder, or not there, has been removed', async () => {
  const other = '/index.php?rm=box_download_shared_file&shared_name=folderhash&file_id=f_300';
  for (const path of ['/s/gone', '/shared/static/gone.zip', '/s/folderhash/folder/9', other]) {
    const url = box.url(path.replace('/shared/', '/public/'));
    const { status, body } = await httpGet(url);
    expect([status, body.toString()]).toEqual([404, expect.stringContaining('has been removed')]);
  }
});

test('boxcloud.com is another host, and nobody sends it credentials', async () => {
  await httpGet(box.url('/s/filehash', 'localhost'));
  await httpGet(box.url(box.bytesPath(300), 'localhost'), { authorization: 'Bearer secret' });
  await httpGet(box.url('/app-api/enduserapp/shared-folder'));
  expect(box.takeViolations()).toHaveLength(3);
});
