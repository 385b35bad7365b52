import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LOGINS } from '../../src/credentials/logins.js';
import { credentialsFile, storeSecret } from '../../src/credentials/store.js';
import { logIn } from '../../src/login.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { noise } from '../hosts/content.js';
import { type GitHubHost, startGitHub } from '../hosts/github.js';
import type { RequestRecord } from '../hosts/host-log.js';
import { refuse } from '../hosts/misbehaviour.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { closeAgents, contextFor, fetchInto, fileOf, requestOf, resolve } from './resolving.js';

const TOKEN = 'ghp_good';
const FILES = [
  { path: '.gitattributes', content: '*.bin filter=lfs\n' },
  { path: 'labels.csv', content: 'case,label\n' },
  { path: 'scans.bin', content: noise(5000, 'scans'), lfs: true },
];

let host: GitHubHost;
let env: Record<string, string>;

beforeEach(async () => {
  host = await startGitHub({ tokens: [TOKEN] });
  env = { ...host.env, GITHUB_TOKEN: TOKEN };
  await host.addRepo('ada/open', { files: FILES });
  await host.addRepo('ada/private', { files: FILES, private: true });
  await host.addRelease('ada/private', 'v1', [{ name: 'a.bin', content: 'abc' }]);
});

afterEach(async () => {
  await host.close();
  removeTempDirs();
});
afterAll(closeAgents);

type Entry = Extract<SourceEntry, { method: 'github' }>;

const entry = (repo: string, rest: Partial<Entry> = {}): Entry => ({ method: 'github', repo, ...rest });
const tokenless = (path: string) =>
  host.requests
    .filter((request) => request.path.startsWith(path))
    .every(({ headers }) => headers.authorization === undefined);

describe('the token', () => {
  const found = (more: Record<string, string>) => LOGINS.github?.find({ MEDDS_CONFIG_DIR: '/nowhere', ...more });

  test('comes from the variables of its own tools, then from medds login', async () => {
    expect(await found({})).toBeUndefined();
    const config = { MEDDS_CONFIG_DIR: tempDir('config') };
    await storeSecret('github', 'ghp_stored', config);
    expect(await found(config)).toEqual({ value: 'ghp_stored', from: credentialsFile(config) });
    expect(await found({ ...config, GITHUB_TOKEN: 'ghp_actions' })).toMatchObject({ from: 'GITHUB_TOKEN' });
    expect(await found({ GITHUB_TOKEN: 'ghp_actions', GH_TOKEN: ' ghp_gh ' })).toEqual({
      value: 'ghp_gh',
      from: 'GH_TOKEN',
    });
  });

  test('is for the API alone where the repository is public', async () => {
    const resolution = await resolve(entry('ada/open'), env);
    expect(await requestOf(resolution, 'labels.csv')).not.toHaveProperty('credentials');
    expect((await requestOf(resolution, 'scans.bin')).credentials).toEqual({});
    const { path: folder } = await fetchInto(entry('ada/open'), env).result;
    expect(Object.keys(await treeOf(folder))).toHaveLength(3);
    expect(
      host.requests.filter(({ path }) => path.startsWith('/api/')).every(({ headers }) => headers.authorization),
    ).toBe(true);
    expect([tokenless('/raw/'), tokenless('/web/'), tokenless('/store/')]).toEqual([true, true, true]);
  });

  test('opens private repositories, their large files and releases', async () => {
    const resolution = await resolve(entry('ada/private'), env);
    const request = await fileOf(resolution, 'labels.csv').request();
    expect(request).toMatchObject({
      url: expect.stringContaining('/api/repos/ada/private/git/blobs/'),
      credentials: { authorization: `Bearer ${TOKEN}` },
    });
    expect(JSON.stringify([{ ...request, credentials: {} }, resolution])).not.toContain(TOKEN);
    expect(Object.keys(await treeOf((await fetchInto(entry('ada/private'), env).result).path))).toHaveLength(3);
    const { path: folder } = await fetchInto(entry('ada/private', { release: 'v1' }), env).result;
    expect(Object.keys(await treeOf(folder))).toEqual(['a.bin']);
    expect(tokenless('/store/')).toBe(true);
  });

  test('is what a private repository is not seen without', async () => {
    await expect(resolve(entry('ada/private'), host.env)).rejects.toMatchObject({
      exitCode: 3,
      message: 'GitHub has no ada/private',
      hint: expect.stringContaining('GITHUB_TOKEN'),
    });
    await expect(resolve(entry('ada/none'), env)).rejects.toMatchObject({
      exitCode: 3,
      message: 'GitHub has no ada/none that your token may see',
    });
  });

  test('that is not good any more does not keep public files away', async () => {
    const broken = { ...host.env, GH_TOKEN: 'ghp_broken' };
    const resolution = await resolve(entry('ada/open'), broken);
    expect(resolution.files).toHaveLength(3);
    expect(resolution.notes).toEqual(['GitHub does not accept the token of GH_TOKEN. It was asked without it.']);
    await expect(resolve(entry('ada/private'), broken)).rejects.toMatchObject({
      exitCode: 4,
      message: 'GitHub does not accept the token of GH_TOKEN',
      url: 'https://github.com/settings/tokens',
    });
  });

  test.each<[string, Record<string, string>, object]>([
    [
      'an organization',
      { 'x-github-sso': 'required; url=https://github.com/orgs/o/sso' },
      { steps: [expect.stringContaining('Configure SSO'), expect.any(String)] },
    ],
    ['its own rights', {}, { hint: expect.stringContaining('may read the contents') }],
  ])('may be kept out by %s, which public files do not mind', async (_, headers, told) => {
    const body = JSON.stringify({ message: 'Resource not accessible by personal access token' });
    const when = (request: RequestRecord) => request.headers.authorization !== undefined;
    for (const name of ['open', 'private'])
      host.misbehave(`/api/repos/ada/${name}`, refuse(403, { headers, body, when }));
    expect((await resolve(entry('ada/open'), env)).notes).toEqual([
      expect.stringContaining('It was asked without it.'),
    ]);
    await expect(resolve(entry('ada/private'), env)).rejects.toMatchObject({ exitCode: 4, ...told });
  });

  test('has limits of its own', async () => {
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1795000000' };
    host.misbehave('/api/repos/ada/open', refuse(403, { headers }));
    await expect(resolve(entry('ada/open'), env)).rejects.toMatchObject({
      code: 'RATE_LIMIT',
      message: expect.stringContaining('the token of GITHUB_TOKEN has used up'),
      hint: 'Run the same command again later.',
    });
  });

  test('is tried by medds login', async () => {
    const { http } = contextFor({});
    const login = { http, env: { ...host.env, MEDDS_CONFIG_DIR: tempDir('config') } };
    expect(await logIn('github', TOKEN, login)).toMatchObject({ checked: true });
    await expect(logIn('github', 'ghp_broken', login)).rejects.toMatchObject({ exitCode: 4 });
  });
});
