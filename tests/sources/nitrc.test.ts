import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { logIn, type MeddsError } from '../../src/index.js';
import { loadRegistry } from '../../src/registry/load.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { nitrc } from '../../src/sources/nitrc.js';
import { noise } from '../hosts/content.js';
import { startFileHost } from '../hosts/file-host.js';
import { refuse } from '../hosts/misbehaviour.js';
import { type NitrcHost, startNitrc } from '../hosts/nitrc.js';
import { tar } from '../hosts/phantoms/archives.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { closeAgents, fetchInto, fileOf, requestOf, resolve } from './resolving.js';

let host: NitrcHost;
let env: Record<string, string>;

const ADA = { NITRC_USERNAME: 'Ada', NITRC_PASSWORD: 'pass:word' };
const LOGIN = '/account/login.php';

beforeEach(async () => {
  host = await startNitrc({ accounts: { Ada: 'pass:word' } });
  env = host.env;
});
afterEach(async () => {
  await host.close();
  removeTempDirs();
});
afterAll(closeAgents);

type Entry = Extract<SourceEntry, { method: 'nitrc' }>;
const entry = (rest: Partial<Entry>): Entry => ({ method: 'nitrc', ...rest });
const file = (id: string, path: string, rest = {}) => entry({ files: [{ id, path, ...rest }] });
const failure = (source: Entry, more: Record<string, string> = {}) =>
  resolve(source, { ...env, ...more }).then(
    () => expect.unreachable('it should have failed'),
    (error: MeddsError) => error,
  );
const logins = () => host.requestsOf(LOGIN).filter(({ method }) => method === 'POST');

describe('locators', () => {
  test.each([
    ['nitrc:48', { group: '48' }],
    ['nitrc:IBSR', { group: 'ibsr' }],
    ['https://www.nitrc.org/projects/ibsr/', { group: 'ibsr' }],
    ['https://www.nitrc.org/frs/?group_id=48&release_id=3124', { group: '48' }],
    [
      'https://www.nitrc.org/frs/download.php/5731/IBSR_V2.0_nifti_stripped.tgz',
      { files: [{ id: '5731', path: 'IBSR_V2.0_nifti_stripped.tgz' }] },
    ],
    ['http://nitrc.org/frs/download.php/9/a%20b.zip//', { files: [{ id: '9', path: 'a b.zip' }] }],
    ['https://www.nitrc.org/frs/downloadlink.php/9088', { files: [{ id: '9088', link: true }] }],
  ])('%s', (typed, expected) => {
    expect(nitrc.locate?.(typed)?.entry).toEqual(entry(expected));
  });

  test.each([
    'https://www.nitrc.org/frs/download.php/5994/ROBEX.tar.gz/?i_agree=1&download_now=1',
    'https://www.nitrc.org/frs/download.php/5994/',
    'https://www.nitrc.org/forum/',
    'https://fcon_1000.projects.nitrc.org/indi/a.zip',
  ])('%s is left to others', (typed) => {
    expect(nitrc.locate?.(typed)).toBeUndefined();
  });

  test.each(['nitrc:', 'nitrc:a/b'])('%s names nothing', (typed) => {
    expect(() => nitrc.locate?.(typed)).toThrow(expect.objectContaining({ exitCode: 2 }));
  });
});

describe('files', () => {
  test('that are open come without a login, although there is an account', async () => {
    host.addRelease({ id: '1', name: 'a b.zip', group: '48', content: noise(3000) });
    const resolution = await resolve(file('1', 'a b.zip', { size: 3000 }), { ...env, ...ADA });
    expect(resolution).toMatchObject({
      label: 'NITRC a b.zip',
      files: [{ path: 'a b.zip', size: 3000, checksums: [], unpack: true }],
    });
    expect(await requestOf(resolution, 'a b.zip')).toEqual({ url: `${host.origin}/frs/download.php/1/a%20b.zip` });
    expect(logins()).toHaveLength(0);
  });

  test('behind the login come with the cookies of one session, and nothing else', async () => {
    for (const id of ['1', '2', '3']) {
      host.addRelease({ id, name: `${id}.bin`, group: '48', content: noise(2_000_000, id), access: 'login' });
    }
    const three = entry({ files: ['1', '2', '3'].map((id) => ({ id, path: `${id}.bin` })) });
    const resolution = await resolve(three, { ...env, ...ADA });
    expect(await requestOf(resolution, '3.bin')).toEqual({
      url: `${host.origin}/frs/download.php/3/3.bin`,
      credentials: { cookie: 'session_ser=session-1; nitrc_seen=1' },
    });
    expect(logins()).toHaveLength(1);
    const { result, told } = fetchInto(three, { ...env, ...ADA });
    expect(Object.keys(await treeOf((await result).path))).toEqual(['1.bin', '2.bin', '3.bin']);
    expect(JSON.stringify(told)).not.toMatch(/session-|pass:word/);
  });

  test('go on in a new session when the old one has ended', async () => {
    const content = noise(12_000_000, 'nitrc');
    host.addRelease({ id: '1', name: 'a.bin', group: '48', content, access: 'login' });
    const path = host.filePath('1');
    host.misbehave(path, { when: ({ method }) => method === 'GET', times: 1, stallAt: 4_000_000, cutAt: 5_000_000 });
    const { result } = fetchInto(file('1', 'a.bin'), { ...env, ...ADA }, { connections: 1 });
    await host.stalled(path);
    host.endSessions();
    host.release(path);
    expect(await result).toMatchObject({ outcome: 'fetched' });
    expect(logins()).toHaveLength(2);
    expect(host.bytesSent(path)).toBeLessThan(content.size * 1.5);
  });

  test('of hosts that give no ranges are fetched whole', async () => {
    host.addRelease({ id: '1', name: 'a.bin', group: '48', content: noise(3_000_000), ranges: false });
    const { result } = fetchInto(file('1', 'a.bin'), env);
    expect(await treeOf((await result).path)).toMatchObject({ 'a.bin': { size: 3_000_000 } });
  });

  test('that lie elsewhere are found by their links, and no cookie goes there', async () => {
    const elsewhere = await startFileHost();
    elsewhere.add('/data/scans.bin', noise(4000));
    host.addRelease({ id: '7', name: 'Scans', group: '48', link: elsewhere.url('/data/scans.bin'), access: 'login' });
    const link = entry({ files: [{ id: '7', link: true }] });
    const { result } = fetchInto(link, { ...env, ...ADA });
    expect(await treeOf((await result).path)).toMatchObject({ 'scans.bin': { size: 4000 } });
    expect(elsewhere.requests.filter(({ headers }) => headers.cookie !== undefined)).toEqual([]);
    await elsewhere.close();
  });

  test('of another size than the registry knows: exit code 6', async () => {
    host.addRelease({ id: '1', name: 'a.zip', group: '48', content: 'abc' });
    expect(await failure(file('1', 'a.zip', { size: 4 }))).toMatchObject({ exitCode: 6 });
  });
});

describe('projects', () => {
  beforeEach(() => {
    host
      .addProject('phantoms', '48')
      .addRelease({ id: '1', name: 'scans.zip', group: '48', content: 'scans' })
      .addRelease({ id: '2', name: 'read & me.txt', group: '48', content: 'read me' })
      .addRelease({ id: '3', name: 'scans.zip', group: '48', content: 'older' })
      .addRelease({ id: '4', name: 'other.zip', group: '49', content: 'other' });
  });

  test('are all files that their page of downloads lists, each once', async () => {
    const resolution = await resolve(entry({ group: '48' }), env);
    expect(resolution).toMatchObject({
      label: 'NITRC 48',
      files: [
        { path: 'scans (1).zip', size: 5, unpack: false },
        { path: 'read & me.txt', size: 7 },
        { path: 'scans (3).zip', size: 5 },
      ],
    });
    const byName = await resolve(entry({ group: 'phantoms' }), env);
    expect(byName.files.map(({ path }) => path)).toEqual(resolution.files.map(({ path }) => path));
    expect(fileOf(byName, 'read & me.txt').size).toBe(7);
  });

  test('are chosen from by the registry; only what is chosen is asked about', async () => {
    const { files } = await resolve(entry({ group: '48', include: ['*.txt'], into: 'docs' }), env);
    expect(files).toMatchObject([{ path: 'read & me.txt', into: 'docs' }]);
    expect(host.requestsOf(host.filePath('1'))).toHaveLength(0);
    expect(await failure(entry({ group: '48', include: ['*.nii'] }))).toMatchObject({ exitCode: 3 });
  });

  test('that are not there, or have no files: exit code 3', async () => {
    expect(await failure(entry({ group: 'nothing' }))).toMatchObject({
      exitCode: 3,
      message: 'There is no project nothing at NITRC',
    });
    expect(await failure(entry({ group: '99' }))).toMatchObject({ exitCode: 3, message: 'NITRC 99 holds no files' });
  });

  test('whose downloads are for members only want the login', async () => {
    host.addProject('closed', '50', { closed: true }).addRelease({ id: '5', name: 'c.zip', group: '50', content: 'c' });
    expect(await failure(entry({ group: '50' }))).toMatchObject({ exitCode: 4 });
    expect((await resolve(entry({ group: '50' }), { ...env, ...ADA })).files).toHaveLength(1);
  });
});

describe('what is not given', () => {
  beforeEach(() => {
    host.addRelease({ id: '1', name: 'a.zip', group: '48', content: 'a', access: 'login' });
  });

  test('without an account: exit code 4, with the reason and the steps', async () => {
    expect(await failure(file('1', 'a.zip'))).toMatchObject({
      exitCode: 4,
      message:
        'NITRC a.zip is only for those who have an account at NITRC (The tool/resource administrator has requested that you log in to download this file)',
      url: `${host.origin}/frs/download.php/1/a.zip`,
      steps: [
        expect.stringContaining('https://www.nitrc.org/account/register.php'),
        expect.stringContaining('NITRC_USERNAME and NITRC_PASSWORD'),
        expect.anything(),
      ],
    });
  });

  test('an account that is not accepted: exit code 4, asked once only, and not shown', async () => {
    const wrong = { NITRC_USERNAME: 'Ada', NITRC_PASSWORD: 'wrong-one' };
    const error = await failure(file('1', 'a.zip'), wrong);
    expect(error).toMatchObject({
      exitCode: 4,
      message: 'NITRC does not take the account of NITRC_USERNAME and NITRC_PASSWORD',
    });
    expect(JSON.stringify([error, error.stack])).not.toContain('wrong-one');
    expect(logins()).toHaveLength(1);
  });

  test('files for members of a project: exit code 4', async () => {
    host.addRelease({ id: '2', name: 'm.zip', group: '48', content: 'm', access: 'members' });
    expect(await failure(file('2', 'm.zip'), ADA)).toMatchObject({
      exitCode: 4,
      message: 'NITRC m.zip is not open to the account of NITRC_USERNAME and NITRC_PASSWORD',
    });
  });

  test('files with an agreement: exit code 4, with the page; medds agrees to nothing by itself', async () => {
    host.addRelease({ id: '2', name: 't.zip', group: '48', content: 't', access: 'agreement' });
    expect(await failure(file('2', 't.zip'), ADA)).toMatchObject({
      exitCode: 4,
      message: 'NITRC t.zip wants an agreement that only you can give, each time',
      url: `${host.origin}/frs/download.php/2/t.zip`,
      steps: [expect.anything(), 'Agree, and save the file.', expect.stringContaining('medds import test')],
    });
  });

  test('files that are gone: exit code 3; other pages and faults: exit code 5', async () => {
    expect(await failure(file('9', 'z.zip'))).toMatchObject({
      exitCode: 3,
      message: 'NITRC z.zip is not at NITRC any more',
    });
    const page = { status: 200, body: '<html>We are down.</html>', headers: { 'content-type': 'text/html' } };
    host.misbehave('/frs/download.php/1/a.zip', page);
    expect(await failure(file('1', 'a.zip'))).toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('We are down.'),
    });
    host.behave();
    host.misbehave(LOGIN, { ...refuse(503), when: ({ method }) => method === 'POST' });
    expect(await failure(file('1', 'a.zip'), ADA)).toMatchObject({ exitCode: 5 });
  });
});

describe('accounts', () => {
  beforeEach(() => {
    host.addRelease({ id: '1', name: 'a.zip', group: '48', content: 'a', access: 'login' });
  });
  const paths = async (more: Record<string, string>) =>
    (await resolve(file('1', 'a.zip'), { ...env, ...more })).files.map(({ path }) => path);

  test.each([
    ['NITRC_USERNAME', 'NITRC_PASSWORD'],
    ['NITRC_USER', 'NITRC_PASS'],
  ])('from %s and %s', async (user, password) => {
    expect(await paths({ [user]: 'Ada', [password]: 'pass:word' })).toEqual(['a.zip']);
  });

  test('from medds login, which tries them at the image repository', async () => {
    const kept = { ...env, MEDDS_CONFIG_DIR: tempDir('config') };
    await expect(logIn('nitrc', 'Ada:wrong', { env: kept })).rejects.toMatchObject({ exitCode: 4 });
    expect(await logIn('nitrc', 'Ada:pass:word', { env: kept })).toMatchObject({ checked: true });
    expect(await paths(kept)).toEqual(['a.zip']);
  });
});

test('the registry’s own entries come to their files', async () => {
  const { datasets } = await loadRegistry({});
  const entries = datasets.flatMap(({ sources }) => sources).filter((source) => source.method === 'nitrc');
  expect(entries.length).toBeGreaterThan(0);
  for (const one of entries) {
    for (const { id, path = '' } of one.files ?? []) {
      const content = gzipSync(
        tar([{ path: 'IBSR_nifti_stripped/IBSR_01/IBSR_01_ana_strip.nii.gz', data: Buffer.from('nii') }]),
      );
      host.addRelease({ id, name: path, group: one.group ?? '', content, access: 'login' });
    }
    const { result } = fetchInto(one, { ...env, ...ADA });
    expect(Object.keys(await treeOf((await result).path))).toEqual([
      'IBSR_nifti_stripped/IBSR_01/IBSR_01_ana_strip.nii.gz',
    ]);
  }
});
