import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SourceEntry } from '../../src/registry/schema.js';
import { type GitHubHost, startGitHub } from '../hosts/github.js';
import type { Misbehaviour } from '../hosts/misbehaviour.js';
import { removeTempDirs } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { closeAgents, fetchInto, resolve } from './resolving.js';

type Entry = Extract<SourceEntry, { method: 'github' }>;

const TOKEN = 'ghp_good';
const MANY = Array.from({ length: 120 }, (_, at) => ({
  path: `labels/${at % 7}/${at}.nii.gz`,
  content: `label ${at}`,
}));

let host: GitHubHost;
let sha: string;

beforeEach(async () => {
  host = await startGitHub({ tokens: [TOKEN] });
  ({ sha } = await host.addRepo('ada/labels', { files: MANY }));
});

afterEach(async () => {
  await host.close();
  removeTempDirs();
});
afterAll(closeAgents);

const entry = (rest: Partial<Entry> = {}): Entry => ({ method: 'github', repo: 'ada/labels', ...rest });
const countOf = async (rest: Partial<Entry>) => (await resolve(entry(rest), host.env)).files.length;

describe('a whole repository of many files', () => {
  test('comes as one archive, whose folder is not in the dataset', async () => {
    const resolution = await resolve(entry(), host.env);
    expect(resolution.revision).toBe(`github:ada/labels@${sha}`);
    expect(resolution.files).toMatchObject([
      { path: `labels-${sha}.tar.gz`, checksums: [], unpack: 'tar', stripTop: true, into: '', unpackedSize: 970 },
    ]);
    const { path: folder, files } = await fetchInto(entry({ into: 'picai', unpack: false }), host.env).result;
    expect(files).toBe(120);
    expect(Object.keys(await treeOf(folder)).sort()).toEqual(MANY.map(({ path }) => `picai/${path}`).sort());
    expect(host.requests.some(({ path }) => path.startsWith('/raw/'))).toBe(false);
  });

  test('comes so from a private one, too, and the token goes no further than the API', async () => {
    const { sha: commit } = await host.addRepo('ada/secret', { files: MANY, private: true });
    const { path: folder } = await fetchInto(entry({ repo: 'ada/secret' }), { ...host.env, GH_TOKEN: TOKEN }).result;
    expect(Object.keys(await treeOf(folder))).toHaveLength(120);
    expect(host.requestsOf(`/api/repos/ada/secret/tarball/${commit}`)).not.toHaveLength(0);
  });

  test.each<[string, Misbehaviour]>([
    ['breaks off', { cutAt: 300 }],
    ['ends too early, as if it were whole', { body: 'half' }],
  ])('is asked for again when it %s', async (_, rule) => {
    host.misbehave(`/codeload/ada/labels/tar.gz/${sha}`, { ...rule, times: 1 });
    expect(await fetchInto(entry(), host.env).result).toMatchObject({ files: 120 });
  });

  test.each<[string, string, RegExp]>([
    ['without a file', 'labels/3/3.nii.gz', /came without labels\/3\/3\.nii\.gz/],
    ['with another file in its place', 'labels/3/10.nii.gz', /came with labels\/3\/10\.nii\.gz damaged/],
  ])('is not taken %s', async (how, path, message) => {
    const files = MANY.filter((file) => file.path !== path);
    const other = how.startsWith('with another') ? [{ path, content: 'other' }] : [];
    const listed = await host.commit('ada/labels', MANY, { sha: 'ab'.repeat(20) });
    const made = await host.commit('ada/labels', [...files, ...other]);
    const { result } = fetchInto(entry({ ref: listed.sha }), host.env);
    // The tree is listed, and then the archive is made of something else.
    host.misbehave(`/codeload/ada/labels/tar.gz/${listed.sha}`, {
      status: 302,
      body: '',
      headers: { location: host.url(`/codeload/ada/labels/tar.gz/${made.sha}`) },
    });
    await expect(result).rejects.toMatchObject({ exitCode: 6, message: expect.stringMatching(message) });
  });

  test.each<[string, Partial<Entry>, number]>([
    ['some of it is wanted', { include: ['labels/[0-5]/*'] }, 103],
    ['it is placed otherwise', { place: [{ from: 'labels/{a}/{b}', to: '{a}-{b}' }] }, 120],
    ['archives in it are to be unpacked', { unpack: true }, 120],
  ])('comes file by file when %s', async (_, rest, files) => {
    expect(await countOf(rest)).toBe(files);
  });

  test.each<[string, { path: string; content: string; lfs?: boolean; mode?: string }[]]>([
    [
      'large files',
      [
        { path: '.gitattributes', content: '*.bin filter=lfs\n' },
        { path: 'a.bin', content: 'a', lfs: true },
      ],
    ],
    [
      'files that an archive leaves out',
      [
        { path: '.gitattributes', content: 'tests/ export-ignore\n' },
        { path: 'a', content: '' },
      ],
    ],
    [
      'converted files',
      [
        { path: 'x/.gitattributes', content: '*.csv text eol=crlf\n' },
        { path: 'a', content: '' },
      ],
    ],
  ])('comes file by file when it has %s', async (_, more) => {
    await host.commit('ada/labels', [...MANY, ...more]);
    expect(await countOf({})).toBe(122);
  });

  test('comes file by file when it has links', async () => {
    await host.commit('ada/labels', [...MANY, { path: 'latest', content: 'labels', mode: '120000' }]);
    expect(await countOf({})).toBe(120);
  });
});
