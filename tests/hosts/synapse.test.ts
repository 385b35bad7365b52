/** The stand-in for Synapse answers in the shapes of its schemas, and as was seen of the real host in 2026 without an account. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { httpGet } from '../support/http-get.js';
import { type SynapseHost, startSynapse } from './synapse.js';

let host: SynapseHost;
beforeEach(async () => {
  host = await startSynapse({
    accounts: { good: { name: 'ada' }, reader: { name: 'ben', scopes: ['view'] } },
  });
  host
    .addEntity({ id: 'syn1', name: 'Study', type: 'Project' })
    .addEntity({ id: 'syn2', name: 'scan.nii', parent: 'syn1', versions: ['one', 'two!'], fileName: 'scan_v2.nii' })
    .addEntity({ id: 'syn3', name: 'Guide', parent: 'syn1', versions: ['pdf'], access: 'open' })
    .addEntity({ id: 'syn4', name: 'Closed', parent: 'syn1', access: 'private', members: ['ada'] })
    .addEntity({
      id: 'syn5',
      name: 'Controlled',
      parent: 'syn1',
      requirements: [{ name: 'Terms', type: 'TermsOfUse', met: ['ada'] }],
    })
    .addEntity({ id: 'syn6', name: 'reads.csv', parent: 'syn5', versions: ['reads'] })
    .addEntity({ id: 'syn7', name: 'Genes', parent: 'syn1', type: 'table.TableEntity' });
});
afterEach(() => host.close());

async function post(path: string, body: unknown, token?: string) {
  const answer = await fetch(host.url(path), {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify(body),
  });
  return { status: answer.status, json: JSON.parse(await answer.text()) };
}

const everything = { includeEntity: true, includeFileHandles: true, includeRestrictionInformation: true };
const bundle = (id: string, token?: string) => post(`/repo/v1/entity/${id}/bundle2`, everything, token);
const children = (parentId: string, more: object = {}, token?: string) =>
  post('/repo/v1/entity/children', { parentId, includeTypes: ['file', 'folder'], ...more }, token);
const batch = (fileHandleId: string, id: string, token?: string) =>
  post(
    '/file/v1/fileHandle/batch',
    {
      requestedFiles: [{ fileHandleId, associateObjectId: id, associateObjectType: 'FileEntity' }],
      includePreSignedURLs: true,
    },
    token,
  );

test('a bundle holds what was asked for: the entity, its file handles, and what stands in the way', async () => {
  const { json } = await bundle('syn2', 'good');
  const { dataFileHandleId } = json.entity;
  expect(json).toMatchObject({
    entity: {
      id: 'syn2',
      name: 'scan.nii',
      concreteType: 'org.sagebionetworks.repo.model.FileEntity',
      versionNumber: 2,
    },
    entityType: 'file',
    restrictionInformation: {
      restrictionLevel: 'OPEN',
      hasUnmetAccessRequirement: false,
      userEntityPermissions: { canView: true, canDownload: true, isEntityOpenData: false },
    },
  });
  expect(json.fileHandles).toContainEqual(
    expect.objectContaining({
      id: dataFileHandleId,
      concreteType: 'org.sagebionetworks.repo.model.file.S3FileHandle',
      contentMd5: createHash('md5').update('two!').digest('hex'),
      contentSize: 4,
      fileName: 'scan_v2.nii',
    }),
  );
  expect((await post('/repo/v1/entity/syn2/bundle2', { includeEntity: true })).json).not.toHaveProperty('fileHandles');
  const first = await post('/repo/v1/entity/syn2/version/1/bundle2', everything);
  expect(first.json.entity.versionNumber).toBe(1);
});

test('rights are those of the account, and of all folders above', async () => {
  const rights = async (id: string, token?: string) => (await bundle(id, token)).json.restrictionInformation;
  expect(await rights('syn2')).toMatchObject({ userEntityPermissions: { canDownload: false } });
  expect(await rights('syn3')).toMatchObject({ userEntityPermissions: { canDownload: true, isEntityOpenData: true } });
  expect(await rights('syn6')).toMatchObject({
    restrictionLevel: 'RESTRICTED_BY_TERMS_OF_USE',
    hasUnmetAccessRequirement: true,
  });
  expect(await rights('syn6', 'good')).toMatchObject({ hasUnmetAccessRequirement: false });
  const { body } = await httpGet(host.url('/repo/v1/entity/syn6/accessRequirement?limit=50'));
  expect(JSON.parse(body.toString()).results).toMatchObject([
    {
      name: 'Terms',
      concreteType: 'org.sagebionetworks.repo.model.TermsOfUseAccessRequirement',
      accessType: 'DOWNLOAD',
    },
  ]);
});

test('children come by the types that are asked for, 50 on a page, and only to those who may look', async () => {
  expect((await children('syn1')).json.page.map(({ id }: { id: string }) => id)).toEqual(['syn2', 'syn3', 'syn5']);
  expect((await children('syn1', {}, 'good')).json.page).toHaveLength(4);
  expect((await children('syn1', { includeTypes: ['table'] })).json.page).toMatchObject([{ name: 'Genes' }]);
  expect((await children('syn1', { includeTypes: [] })).status).toBe(400);
  expect((await children('syn2')).json).toEqual({ page: [] });
  for (let at = 100; at < 170; at++) host.addEntity({ id: `syn${at}`, parent: 'syn5', versions: [''] });
  const { json } = await children('syn5');
  expect(json.page).toHaveLength(50);
  const rest = (await children('syn5', { nextPageToken: json.nextPageToken })).json;
  expect(rest.page).toHaveLength(21);
  expect(rest).not.toHaveProperty('nextPageToken');
});

test('headers leave out what one may not see', async () => {
  const references = ['syn2', 'syn4', 'syn999'].map((targetId) => ({ targetId }));
  expect((await post('/repo/v1/entity/header', { references })).json.results).toMatchObject([{ id: 'syn2' }]);
});

test('links come one by one, with 200 also for what is refused', async () => {
  const { dataFileHandleId } = (await bundle('syn2')).json.entity;
  const { status, json } = await batch(dataFileHandleId, 'syn2', 'good');
  expect(status).toBe(200);
  const answer = await fetch(json.requestedFiles[0].preSignedURL);
  expect(await answer.text()).toBe('two!');
  expect(await batch(dataFileHandleId, 'syn2')).toEqual({
    status: 200,
    json: { requestedFiles: [{ fileHandleId: dataFileHandleId, failureCode: 'UNAUTHORIZED' }] },
  });
  host.store.expire();
  expect((await fetch(json.requestedFiles[0].preSignedURL)).status).toBe(403);
});

test.each<[string, string | undefined, number, string]>([
  ['syn4', undefined, 403, 'You lack READ access to the requested entity.'],
  ['syn999', undefined, 404, "Resource: 'syn999' does not exist"],
  ['syn2', 'bad', 401, 'Invalid access token'],
])('%s by %s: %i', async (id, token, status, reason) => {
  expect(await bundle(id, token)).toMatchObject({ status, json: { reason } });
});

test('a token that may only look gets no links', async () => {
  expect((await bundle('syn2', 'reader')).status).toBe(200);
  expect(await batch('1001', 'syn2', 'reader')).toMatchObject({
    status: 403,
    json: {
      reason: 'insufficient_scope. Request lacks scope(s) required by this service: download',
      error: 'insufficient_scope',
    },
  });
});

test('more than three questions at a time are too many', async () => {
  const slow = '/repo/v1/entity/syn3/bundle2';
  host.misbehave(slow, { stallAt: 1 });
  const three = [1, 2, 3].map(() => bundle('syn3', 'good'));
  await host.stalled(slow, 3);
  expect((await bundle('syn2', 'good')).status).toBe(429);
  host.release();
  await Promise.all(three);
  expect(host.takeViolations()).toHaveLength(1);
  expect((await bundle('syn2', 'good')).status).toBe(200);
});
