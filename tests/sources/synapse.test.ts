import fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { logIn, type MeddsError } from '../../src/index.js';
import { loadRegistry } from '../../src/registry/load.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { synapse } from '../../src/sources/synapse.js';
import { bytes, digestOf, noise } from '../hosts/content.js';
import { refuse } from '../hosts/misbehaviour.js';
import { type SynapseHost, startSynapse } from '../hosts/synapse.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { closeAgents, fetchInto, requestOf, resolve } from './resolving.js';

let host: SynapseHost;
let env: Record<string, string>;

beforeEach(async () => {
  host = await startSynapse({
    accounts: {
      'good-token': { name: 'ada' },
      'other-token': { name: 'ben' },
      'view-token': { name: 'ada', scopes: ['view'] },
    },
  });
  env = { ...host.env, HOME: '/nowhere', SYNAPSE_AUTH_TOKEN: 'good-token' };
});
afterEach(async () => {
  await host.close();
  removeTempDirs();
});
afterAll(closeAgents);

type Entry = Extract<SourceEntry, { method: 'synapse' }>;
const entity = (id: string, rest: Partial<Entry> = {}): Entry => ({ method: 'synapse', entity: id, ...rest });
const pathsOf = async (source: Entry, more = {}) =>
  (await resolve(source, { ...env, ...more })).files.map((file) => file.path);
const failure = (source: Entry, more: Record<string, string> = {}) =>
  resolve(source, { ...env, ...more }).then(
    () => expect.unreachable('it should have failed'),
    (error: MeddsError) => error,
  );
const md5Of = async (text: string) => `md5:${await digestOf(bytes(text), 'md5')}`;

describe('locators', () => {
  test.each([
    ['synapse:syn123', 'syn123'],
    ['SYN123', 'syn123'],
    ['synapse:syn123.4', 'syn123.4'],
    ['https://www.synapse.org/Synapse:syn3193805/wiki/217789', 'syn3193805'],
    ['https://www.synapse.org/#!Synapse:syn3218329', 'syn3218329'],
    ['https://synapse.org/Synapse:syn12.3', 'syn12.3'],
    ['doi:10.7303/syn26376615', 'syn26376615'],
    ['doi:10.7303/syn26376615.1', 'syn26376615.1'],
  ])('%s', (typed, id) => {
    expect(synapse.locate?.(typed)).toMatchObject({ id, entry: entity(id) });
  });

  test.each(['synthetic', 'https://example.org/syn123', 'doi:10.5281/zenodo.123'])('%s is left to others', (typed) => {
    expect(synapse.locate?.(typed)).toBeUndefined();
  });

  test.each(['synapse:', 'synapse:123', 'https://www.synapse.org/Profile:12'])('%s names nothing', (typed) => {
    expect(() => synapse.locate?.(typed)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});

describe('projects and folders', () => {
  beforeEach(() => {
    host
      .addEntity({ id: 'syn1', name: 'Study', type: 'Project' })
      .addEntity({ id: 'syn2', name: 'scans', parent: 'syn1' })
      .addEntity({ id: 'syn3', name: 'day 1', parent: 'syn2' })
      .addEntity({ id: 'syn4', name: 'a.nii.gz', parent: 'syn3', versions: ['old', 'scan'] })
      .addEntity({ id: 'syn5', name: 'labels.csv', parent: 'syn1', versions: ['a,b\n'] });
  });

  test('have their folders, sizes and checksums, and files in the newest version', async () => {
    const resolution = await resolve(entity('syn1'), env);
    expect(resolution).toMatchObject({
      label: 'Synapse syn1',
      revision: 'synapse:syn1@2024-01-02T03:04:05.678Z',
      title: 'Study',
      files: [
        { path: 'labels.csv', size: 4, checksums: [await md5Of('a,b\n')], unpack: false },
        { path: 'scans/day 1/a.nii.gz', size: 4, checksums: [await md5Of('scan')] },
      ],
      notes: [],
    });
  });

  test('are told of what is no file', async () => {
    host
      .addEntity({ id: 'syn6', name: 'Genes', parent: 'syn1', type: 'table.TableEntity' })
      .addEntity({ id: 'syn7', name: 'Old', parent: 'syn2', type: 'Link', target: 'syn1' })
      .addEntity({ id: 'syn8', name: 'View', parent: 'syn1', type: 'table.EntityView' });
    const { notes } = await resolve(entity('syn1'), env);
    expect(notes).toEqual([
      'Left out, as they are no files: Genes (table syn6), View (entity view syn8), scans/Old (link syn7).',
    ]);
  });

  test('are chosen from, and placed, by the registry; only what is chosen is asked about', async () => {
    const place = [{ from: 'scans/{day}/{name}.nii.gz', to: '{name}/{day}.nii.gz' }];
    expect(await pathsOf(entity('syn1', { include: ['scans/**'], place }))).toEqual(['a/day 1.nii.gz']);
    expect(host.requestsOf('/repo/v1/entity/syn5/bundle2')).toHaveLength(0);
    expect(await failure(entity('syn1', { include: ['*.zip'] }))).toMatchObject({ exitCode: 3 });
    const named = (facts: object) => entity('syn1', { files: [{ path: 'labels.csv', ...facts }] });
    expect(await pathsOf(named({ size: 4 }))).toEqual(['labels.csv']);
    expect(await failure(named({ size: 5 }))).toMatchObject({ exitCode: 6 });
    expect(await failure(entity('syn1', { files: [{ path: 'gone.csv' }] }))).toMatchObject({
      exitCode: 3,
      hint: expect.stringContaining('labels.csv, scans/day 1/a.nii.gz'),
    });
    const renamed = entity('syn1', { files: [{ path: 'l.csv', pattern: 'LAB*' }] });
    expect((await resolve(renamed, env)).files).toMatchObject([{ path: 'l.csv', size: 4 }]);
  });

  test('without files: exit code 3', async () => {
    host.addEntity({ id: 'syn9', name: 'Empty' });
    expect(await failure(entity('syn9'))).toMatchObject({ exitCode: 3, message: 'Synapse syn9 holds no files' });
  });

  test('of very many files are listed by pages; sizes and checksums come with each file’s link', async () => {
    host.addEntity({ id: 'syn10', name: 'Large' });
    for (let at = 0; at < 3000; at++) {
      host.addEntity({ id: `syn${20_000 + at}`, name: `${at}.txt`, parent: 'syn10', versions: [String(at)] });
    }
    const asked = host.requests.length;
    const resolution = await resolve(entity('syn10'), env);
    expect(resolution.files).toHaveLength(3000);
    expect(resolution.notes).toEqual([expect.stringContaining('of its 3000 files are asked for one by one')]);
    // 60 pages, the folder itself, the first file and its link.
    expect(host.requests).toHaveLength(asked + 63);
    expect(resolution.files[7]).toMatchObject({ path: '7.txt', checksums: [] });
    expect(await requestOf(resolution, '7.txt')).toMatchObject({ checksum: await md5Of('7') });
  });

  test('that are listed in a circle, or with something else, end', async () => {
    const page = JSON.stringify({ page: [], nextPageToken: '50a50' });
    host.misbehave('/repo/v1/entity/children', { status: 200, body: page });
    expect(await failure(entity('syn1'))).toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('sent something else than what lies in syn1'),
    });
  });
});

describe('single files', () => {
  beforeEach(() => {
    host.addEntity({ id: 'syn2', name: 'The guide', versions: ['one', 'two!'], fileName: 'guide-v2.pdf' });
  });

  test('are called as they were uploaded, and come in the newest version or the one named', async () => {
    expect(await resolve(entity('syn2'), env)).toMatchObject({
      revision: 'synapse:syn2.2',
      title: 'The guide',
      files: [{ path: 'guide-v2.pdf', size: 4, checksums: [await md5Of('two!')], unpack: true }],
    });
    expect(await resolve(entity('syn2.1'), env)).toMatchObject({
      label: 'Synapse syn2.1',
      revision: 'synapse:syn2.1',
      files: [{ size: 3, checksums: [await md5Of('one')] }],
    });
    expect(await failure(entity('syn2.3'))).toMatchObject({ exitCode: 3 });
    const { result } = fetchInto('synapse:syn2.1', env);
    expect(await treeOf((await result).path)).toEqual({ 'guide-v2.pdf': expect.objectContaining({ size: 3 }) });
  });

  test('that Synapse does not keep itself come from where they are, without the token', async () => {
    host.addEntity({ id: 'syn5', name: 'a.bin', external: 'https://host.example/a.bin' });
    const { files } = await resolve(entity('syn5'), env);
    expect(files).toMatchObject([{ path: 'a.bin', checksums: [] }]);
    const request = await files[0]?.request();
    expect(request).toMatchObject({ url: 'https://host.example/a.bin' });
    expect(request).not.toHaveProperty('credentials');
    host.addEntity({ id: 'syn6', name: 'b.bin', external: 'sftp://host.example/b.bin' });
    expect(await failure(entity('syn6'))).toMatchObject({
      exitCode: 3,
      message: 'Synapse syn6 is not kept at Synapse but at sftp://host.example/b.bin',
    });
  });

  test('that are gone: exit code 3', async () => {
    host.addEntity({ id: 'syn7', name: 'a.bin', versions: ['a'], archived: true });
    expect(await failure(entity('syn7'))).toMatchObject({ exitCode: 3, message: 'Synapse syn7 has no file any more' });
  });

  test('are found behind links', async () => {
    host.addEntity({ id: 'syn8', type: 'Link', target: 'syn2' });
    expect(await pathsOf(entity('syn8'))).toEqual(['guide-v2.pdf']);
    host.addEntity({ id: 'syn9', type: 'Link', target: 'syn9' });
    expect(await failure(entity('syn9'))).toMatchObject({ exitCode: 3, message: expect.stringContaining('is a link') });
  });
});

test('datasets are their items, in the versions that they name', async () => {
  host
    .addEntity({ id: 'syn2', name: 'a.txt', versions: ['1', '22'] })
    .addEntity({ id: 'syn3', name: 'b.txt', versions: ['333'] })
    .addEntity({ id: 'syn4', name: 'a.txt', versions: ['4444'] });
  const items = [
    { entityId: 'syn2', versionNumber: 1 },
    { entityId: 'syn3', versionNumber: 1 },
    { entityId: 'syn4', versionNumber: 1 },
  ];
  host.addEntity({ id: 'syn5', name: 'Chosen', type: 'table.Dataset', items });
  expect(await resolve(entity('syn5'), env)).toMatchObject({
    revision: 'synapse:syn5.1',
    files: [
      { path: 'a (syn2).txt', size: 1 },
      { path: 'b.txt', size: 3 },
      { path: 'a (syn4).txt', size: 4 },
    ],
  });
  host.addEntity({ id: 'syn6', name: 'Genes', type: 'table.TableEntity' });
  expect(await failure(entity('syn6'))).toMatchObject({
    exitCode: 3,
    message: 'Synapse syn6 is a table, which holds no files',
  });
});

describe('what is not given', () => {
  const nobody = { SYNAPSE_AUTH_TOKEN: '' };
  beforeEach(() => {
    host
      .addEntity({ id: 'syn1', name: 'Study' })
      .addEntity({ id: 'syn2', name: 'a.txt', parent: 'syn1', versions: ['a'] });
  });

  test('to those without an account: exit code 4, with the steps to a token', async () => {
    expect(await failure(entity('syn1'), nobody)).toMatchObject({
      exitCode: 4,
      message: 'Synapse syn2 is only for those who have an account at Synapse',
      url: 'https://www.synapse.org/Synapse:syn2',
      steps: [
        expect.stringContaining('Create a free account'),
        expect.stringContaining('view and download'),
        expect.stringContaining('SYNAPSE_AUTH_TOKEN'),
        expect.anything(),
      ],
    });
    host.addEntity({ id: 'syn3', name: 'b.txt', versions: ['b'], access: 'open' });
    expect(await pathsOf(entity('syn3'), nobody)).toEqual(['b.txt']);
  });

  test('a token that is not accepted, or may only look: exit code 4, and not shown', async () => {
    const wrong = await failure(entity('syn1'), { SYNAPSE_AUTH_TOKEN: 'wrong-token' });
    expect(wrong).toMatchObject({
      exitCode: 4,
      message: 'Synapse does not take the token of SYNAPSE_AUTH_TOKEN (Invalid access token)',
      url: 'https://www.synapse.org/PersonalAccessTokens:',
    });
    expect(JSON.stringify([wrong, wrong.stack])).not.toContain('wrong-token');
    expect(await failure(entity('syn1'), { SYNAPSE_AUTH_TOKEN: 'view-token' })).toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('required by this service: download'),
    });
  });

  test('access requirements: exit code 4, with the page and what they are called', async () => {
    host
      .addEntity({
        id: 'syn5',
        name: 'Controlled',
        requirements: [
          { name: 'Portal terms', type: 'TermsOfUse', met: ['ada'] },
          { name: 'Data use', type: 'ManagedACT', met: [] },
        ],
      })
      .addEntity({ id: 'syn6', name: 'reads.csv', parent: 'syn5', versions: ['reads'] });
    const page = 'https://www.synapse.org/AccessRequirements:ID=syn6&TYPE=ENTITY';
    expect(await failure(entity('syn5'))).toMatchObject({
      exitCode: 4,
      message: 'Synapse syn6 has access requirements that you have not met',
      url: page,
      steps: [
        expect.stringContaining(page),
        'Meet what the page asks for: Portal terms (terms to accept); Data use (an application that people review).',
        expect.anything(),
      ],
    });
    host.misbehave('/repo/v1/entity/syn6/accessRequirement', refuse(500));
    expect(await failure(entity('syn6'), nobody)).toMatchObject({
      exitCode: 4,
      steps: [expect.anything(), 'Meet what the page asks for.', expect.stringContaining('token'), expect.anything()],
    });
  });

  test('private entities and those without permission to download: exit code 4', async () => {
    host.addEntity({ id: 'syn7', name: 'Private', access: 'private', members: ['ada'] });
    host.addEntity({ id: 'syn8', name: 'p.txt', parent: 'syn7', versions: ['p'] });
    expect(await pathsOf(entity('syn7'))).toEqual(['p.txt']);
    expect(await failure(entity('syn7'), { SYNAPSE_AUTH_TOKEN: 'other-token' })).toMatchObject({
      exitCode: 4,
      message:
        'The account of SYNAPSE_AUTH_TOKEN may not download Synapse syn7 (You lack READ access to the requested entity)',
    });
    host.addEntity({ id: 'syn9', name: 'v.txt', access: 'view', versions: ['v'] });
    expect(await failure(entity('syn9'))).toMatchObject({
      exitCode: 4,
      message: 'The account of SYNAPSE_AUTH_TOKEN may not download Synapse syn9',
    });
  });

  test('what asks for two factors: exit code 4', async () => {
    const body = JSON.stringify({ reason: 'Two-factor authentication is required.', errorCode: 'TWO_FA_REQUIRED' });
    host.misbehave('/repo/v1/entity/syn1/bundle2', { status: 403, body });
    expect(await failure(entity('syn1'))).toMatchObject({
      exitCode: 4,
      message: expect.stringContaining('two-factor authentication (Two-factor'),
    });
  });

  test('what was never there: exit code 3; too many questions: exit code 5', async () => {
    expect(await failure(entity('syn999'))).toMatchObject({
      exitCode: 3,
      message: "There is no Synapse syn999, or not any more (Resource: 'syn999' does not exist)",
    });
    host.misbehave('/repo/v1/entity/children', refuse(429, { body: '{"reason": "Requests are too frequent."}' }));
    expect(await failure(entity('syn1'))).toMatchObject({ exitCode: 5, message: expect.stringContaining('429') });
  });

  test('a file that is closed after it was listed: exit code 4', async () => {
    host.addEntity({ id: 'syn4', name: 'b.txt', parent: 'syn1', versions: ['b'] });
    const resolution = await resolve(entity('syn1'), env);
    const refused = { requestedFiles: [{ fileHandleId: '1002', failureCode: 'UNAUTHORIZED' }] };
    host.misbehave('/file/v1/fileHandle/batch', { status: 200, body: JSON.stringify(refused) });
    await expect(requestOf(resolution, 'b.txt')).rejects.toMatchObject({
      exitCode: 4,
      message: 'The account of SYNAPSE_AUTH_TOKEN may not download Synapse syn4',
    });
  });
});

describe('bytes', () => {
  const content = noise(12_000_000, 'synapse');
  beforeEach(() => {
    host.addEntity({ id: 'syn2', name: 'a.bin', versions: [content] });
  });

  test('are asked for by a link that tells when it ends; the token stays at Synapse', async () => {
    const before = Date.now();
    const request = await requestOf(await resolve(entity('syn2'), env), 'a.bin');
    expect(request).toMatchObject({ signed: true, checksum: `md5:${await digestOf(content, 'md5')}` });
    expect(request).not.toHaveProperty('credentials');
    // The stand-in's links say that they live 10 seconds.
    expect(request.until).toBeGreaterThanOrEqual(before + 5000);
    expect(request.until).toBeLessThanOrEqual(Date.now() + 5000);
    const { result, told } = fetchInto(entity('syn2'), env);
    expect(await result).toMatchObject({ outcome: 'fetched' });
    expect(JSON.stringify(told)).not.toMatch(/good-token|signature/);
  });

  test('go on by a new link when the old one has ended, or was refused at first', async () => {
    const stored = host.storedPath('syn2');
    host.misbehave(stored, { times: 1, status: 403, body: 'AccessDenied' });
    host.misbehave(stored, { skip: 1, times: 1, cutAt: 5_000_000 });
    host.misbehave(stored, { skip: 2, times: 1, status: 403, body: 'Request has expired' });
    const { result } = fetchInto(entity('syn2'), env, { connections: 1 });
    expect(await result).toMatchObject({ outcome: 'fetched' });
    expect(host.bytesSent(stored)).toBeLessThan(content.size * 1.2);
    expect(host.requestsOf('/file/v1/fileHandle/batch').length).toBeGreaterThanOrEqual(4);
  });

  test('of another content than Synapse knows: exit code 6', async () => {
    host.misbehave(host.storedPath('syn2'), { becomes: { at: 0, content: noise(12_000_000, 'other'), inPlace: true } });
    await expect(fetchInto(entity('syn2'), env).result).rejects.toMatchObject({ exitCode: 6 });
  });
});

describe('tokens', () => {
  let home: string;
  beforeEach(() => {
    host.addEntity({ id: 'syn2', name: 'a.txt', versions: ['a'] });
    home = tempDir('home');
  });
  const config = (text: string) => fs.writeFile(path.join(home, '.synapseConfig'), text);
  const paths = (more = {}) => pathsOf(entity('syn2'), { HOME: home, SYNAPSE_AUTH_TOKEN: '', ...more });

  test.each([
    '[default]\nusername = ada\nauthtoken = good-token\n',
    '#authtoken = no\r\n[authentication]\r\nauthtoken=good-token\r\n\r\n[transfer]\r\nmax_threads = 4\r\n',
    '[profile ben]\nauthtoken = wrong\n[authentication]\nauthtoken = old\n[default]\nauthtoken: good-token',
  ])('from the file of Synapse’s own clients: %j', async (text) => {
    await config(text);
    expect(await paths()).toEqual(['a.txt']);
  });

  test('from the variable before the file, whose other profiles are left alone', async () => {
    await config('[default]\nauthtoken = wrong\n');
    expect(await paths({ SYNAPSE_AUTH_TOKEN: 'good-token' })).toEqual(['a.txt']);
    await config('[profile ada]\nauthtoken = good-token\n');
    await expect(paths()).rejects.toMatchObject({ exitCode: 4, steps: expect.anything() });
  });

  test('from medds login, which tries them', async () => {
    const kept = { ...env, HOME: home, SYNAPSE_AUTH_TOKEN: '', MEDDS_CONFIG_DIR: tempDir('config') };
    await expect(logIn('synapse', 'wrong', { env: kept })).rejects.toMatchObject({ exitCode: 4 });
    expect(await logIn('synapse', 'good-token', { env: kept })).toMatchObject({ checked: true });
    expect(await pathsOf(entity('syn2'), kept)).toEqual(['a.txt']);
  });
});

test('the registry’s own entries come to what lies there', async () => {
  const { datasets } = await loadRegistry({});
  const entries = datasets.flatMap(({ sources }) => sources).filter((source) => source.method === 'synapse');
  expect(entries.length).toBeGreaterThan(0);
  for (const entry of entries) {
    // What lies there was not seen, so any tree will do.
    host.addEntity({ id: entry.entity, name: 'Data' });
    host.addEntity({ id: 'syn1', name: 'volumes.tar.gz', parent: entry.entity, versions: ['volumes'] });
    expect(await pathsOf(entry)).toEqual(['volumes.tar.gz']);
  }
});
