/** PhysioNet, Google Cloud Storage, Mendeley Data, InvenioRDM, Girder, Nextcloud: locators, trees, refusals. */
import { afterAll, describe, expect, test } from 'vitest';
import type { MeddsError } from '../../src/index.js';
import type { SourceEntry } from '../../src/registry/schema.js';
import { datasetOfLocator } from '../../src/sources/locator.js';
import { digestOf } from '../hosts/content.js';
import type { FileHost } from '../hosts/file-host.js';
import { GcsHost } from '../hosts/gcs.js';
import { GirderHost } from '../hosts/girder.js';
import { InvenioHost } from '../hosts/inveniordm.js';
import { MendeleyHost } from '../hosts/mendeley.js';
import { NextcloudHost } from '../hosts/nextcloud.js';
import { PhysioNetHost } from '../hosts/physionet.js';
import { closeAgents, resolve } from './resolving.js';

afterAll(closeAgents);

async function using<H extends FileHost>(host: H, work: (host: H) => Promise<void>): Promise<void> {
  await host.start();
  try {
    await work(host);
  } finally {
    await host.close();
  }
}

const failure = (entry: SourceEntry, env: Record<string, string>): Promise<MeddsError> =>
  resolve(entry, env).then(
    () => expect.unreachable('it should have failed'),
    (error: MeddsError) => error,
  );
const pathsOf = async (entry: SourceEntry, env: Record<string, string>) =>
  (await resolve(entry, env)).files.map(({ path }) => path).sort();

const ID = '63fde55f73e9f004868fb7ac';

test.each<[string, object]>([
  ['physionet:vindr-cxr/1.0.0', { method: 'physionet', project: 'vindr-cxr', version: '1.0.0' }],
  ['https://physionet.org/content/vindr-cxr/1.0.0/', { method: 'physionet', project: 'vindr-cxr', version: '1.0.0' }],
  ['gs://bucket-1/a/b', { method: 'gcs', bucket: 'bucket-1', prefix: 'a/b' }],
  ['https://storage.googleapis.com/bucket-1/a%20b.zip', { method: 'gcs', bucket: 'bucket-1', prefix: 'a b.zip' }],
  ['https://console.cloud.google.com/storage/browser/bucket-1/a', { method: 'gcs', bucket: 'bucket-1', prefix: 'a' }],
  ['mendeley:rscbjbr9sj/3', { method: 'mendeley', dataset: 'rscbjbr9sj', version: 3 }],
  ['doi:10.17632/rscbjbr9sj.3', { method: 'mendeley', dataset: 'rscbjbr9sj', version: 3 }],
  ['https://data.mendeley.com/datasets/rscbjbr9sj/3', { method: 'mendeley', dataset: 'rscbjbr9sj', version: 3 }],
  [
    'https://fdat.uni-tuebingen.de/records/wf9fy-txq84',
    { method: 'inveniordm', server: 'https://fdat.uni-tuebingen.de', record: 'wf9fy-txq84' },
  ],
  [
    `https://h.example/db/api/v1/folder/${ID}/download`,
    { method: 'girder', api: 'https://h.example/db/api/v1', folder: ID },
  ],
  [`https://h.example/db/#collection/${ID}`, { method: 'girder', api: 'https://h.example/db/api/v1', collection: ID }],
  ['https://c.example/index.php/s/aB3', { method: 'nextcloud', share: 'https://c.example/index.php/s/aB3' }],
  ['nextcloud:https://c.example/s/aB3', { method: 'nextcloud', share: 'https://c.example/s/aB3' }],
  ['https://b2drop.bsc.es/s/aB3/download', { method: 'nextcloud', share: 'https://b2drop.bsc.es/s/aB3' }],
])('%s', async (typed, entry) => {
  expect((await datasetOfLocator(typed))?.sources).toEqual([entry]);
});

test.each(['physionet:vindr-cxr', 'gs://', 'mendeley:x', 'inveniordm:x', 'girder:x', 'nextcloud:x'])(
  '%s names nothing',
  async (typed) => {
    await expect(datasetOfLocator(typed)).rejects.toMatchObject({ exitCode: 2, hint: expect.any(String) });
  },
);

test('addresses of shares elsewhere are downloads', async () => {
  const found = await datasetOfLocator('https://host.example/s/abc/file.zip');
  expect(found?.sources).toMatchObject([{ method: 'direct' }]);
});

describe('PhysioNet', () => {
  const entry: SourceEntry = { method: 'physionet', project: 'ct', version: '1.0' };

  test('without a list of checksums is read folder by folder', () =>
    using(new PhysioNetHost(), async (host) => {
      await host.addProject('ct/1.0', { 'a/b 1/x.dcm': 'x', 'a/y.csv': 'y', RECORDS: 'r' }, { sums: false });
      expect(await pathsOf(entry, host.env)).toEqual(['RECORDS', 'a/b 1/x.dcm', 'a/y.csv']);
    }));

  test.each<[string, Record<string, string>, object]>([
    ['no account', {}, { exitCode: 4, url: 'https://physionet.org/content/ct/1.0/' }],
    [
      'a wrong one',
      { PHYSIONET_USERNAME: 'u', PHYSIONET_PASSWORD: 'no' },
      { exitCode: 4, url: 'https://physionet.org/login/' },
    ],
    [
      'no agreement',
      { PHYSIONET_USERNAME: 'u', PHYSIONET_PASSWORD: 'p' },
      { exitCode: 4, message: expect.stringMatching(/not open/) },
    ],
  ])('says what is missing: %s', (_, account, expected) =>
    using(new PhysioNetHost({ accounts: ['u:p'] }), async (host) => {
      await host.addProject('ct/1.0', { a: 'a' }, { open: false, signed: false });
      expect(await failure(entry, { ...host.env, ...account })).toMatchObject(expected);
    }),
  );

  test('knows no such version', () =>
    using(new PhysioNetHost(), async (host) => {
      expect(await failure(entry, host.env)).toMatchObject({ exitCode: 3, hint: expect.stringMatching(/versions/) });
    }));
});

describe('Google Cloud Storage', () => {
  test('gives sizes and checksums over many pages, without what stands for folders', () =>
    using(new GcsHost({ page: 2 }), async (host) => {
      const objects = { 'd/': '', 'd/a': 'aa', 'd/b': 'b', 'd/c/e': 'e', 'other/x': 'x' };
      await host.addBucket('bucket', objects, { composed: ['d/a'] });
      const { files } = await resolve({ method: 'gcs', bucket: 'bucket', prefix: 'd' }, host.env);
      expect(files.map(({ path }) => path)).toEqual(['a', 'b', 'c/e']);
      expect(files[0]).toMatchObject({ size: 2, checksums: [expect.stringMatching(/^crc32c:/)] });
      expect(files[1]?.checksums).toHaveLength(2);
    }));

  test('gives one object by its name', () =>
    using(new GcsHost(), async (host) => {
      await host.addBucket('bucket', { 'd/a.zip': 'aa' });
      const { files } = await resolve({ method: 'gcs', bucket: 'bucket', prefix: 'd/a.zip' }, host.env);
      expect(files).toMatchObject([{ path: 'a.zip', unpack: true }]);
    }));

  test('is told of a login only where one is needed', () =>
    using(new GcsHost({ tokens: ['right'] }), async (host) => {
      await host.addBucket('public', { a: 'a' });
      await host.addBucket('closed', { a: 'a' }, { open: false });
      const stale = { ...host.env, GOOGLE_OAUTH_ACCESS_TOKEN: 'stale' };
      const { files } = await resolve({ method: 'gcs', bucket: 'public' }, stale);
      expect(await files[0]?.request()).not.toHaveProperty('credentials');
      expect(host.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
      const own = await resolve(
        { method: 'gcs', bucket: 'closed' },
        { ...host.env, GOOGLE_OAUTH_ACCESS_TOKEN: 'right' },
      );
      expect(await own.files[0]?.request()).toMatchObject({ credentials: { authorization: 'Bearer right' } });
    }));

  test.each<[string, object, object, Record<string, string>]>([
    ['who pays', { payer: true }, { requesterPays: true }, {}],
    ['who pays, where the registry does not know', { payer: true }, {}, {}],
    ['a login', { open: false }, {}, {}],
    ['access', { open: false }, {}, { GOOGLE_OAUTH_ACCESS_TOKEN: 'wrong' }],
  ])('asks for %s', (_, held, more, env) =>
    using(new GcsHost({ tokens: ['right'] }), async (host) => {
      await host.addBucket('bucket', { a: 'a' }, held);
      const error = await failure({ method: 'gcs', bucket: 'bucket', ...more }, { ...host.env, ...env });
      expect(error).toMatchObject({ exitCode: 4, steps: expect.arrayContaining([expect.any(String)]) });
    }),
  );
});

describe('Mendeley Data', () => {
  const entry: SourceEntry = { method: 'mendeley', dataset: 'abcde01234' };

  test('takes the newest version, with folders, and says when there is a newer one', () =>
    using(new MendeleyHost(), async (host) => {
      await host.addVersion('abcde01234', 1, { 'a.csv': 'old' });
      await host.addVersion('abcde01234', 2, { 'a.csv': 'new', 'x/y/b.csv': 'b' });
      const newest = await resolve(entry, host.env);
      expect(newest).toMatchObject({
        revision: 'mendeley:abcde01234/2',
        doi: '10.17632/abcde01234.2',
        license: { spdx: 'CC-BY-4.0' },
      });
      expect(newest.files.map(({ path }) => path)).toEqual(['a.csv', 'x/y/b.csv']);
      const first = await resolve({ ...entry, version: 1 }, host.env);
      expect(first.superseded).toMatch(/newer version \(2\)/);
      expect(first.files[0]?.checksums).toEqual([`sha256:${await digestOf(host.hosted('old').content, 'sha256')}`]);
    }));

  test('knows no such dataset', () =>
    using(new MendeleyHost(), async (host) => {
      expect(await failure(entry, host.env)).toMatchObject({ exitCode: 3 });
    }));
});

describe('InvenioRDM', () => {
  const entry: SourceEntry = { method: 'inveniordm', server: 'https://data.example', record: 'abcde-fgh12' };

  test('tells title, DOI, licence, and a newer version', () =>
    using(new InvenioHost(), async (host) => {
      await host.addRecord('abcde-fgh12', { 'a b.zip': 'zip' }, { latest: false });
      const found = await resolve(entry, host.env);
      expect(found).toMatchObject({
        doi: '10.57754/FDAT.abcde-fgh12',
        license: { spdx: 'CC-BY-4.0' },
        superseded: expect.any(String),
      });
      expect(found.files).toMatchObject([
        { path: 'a b.zip', size: 3, unpack: true, checksums: [expect.stringMatching(/^md5:/)] },
      ]);
    }));

  test.each<[object, object]>([
    [{ files: 'restricted' }, { exitCode: 4, message: expect.stringMatching(/not open/) }],
    [
      { files: 'restricted', until: '2030-01-01' },
      { exitCode: 4, message: expect.stringMatching(/embargo until 2030/) },
    ],
    [{ deleted: true }, { exitCode: 3, message: expect.stringMatching(/deleted/) }],
  ])('%o', (facts, expected) =>
    using(new InvenioHost(), async (host) => {
      await host.addRecord('abcde-fgh12', { a: 'a' }, facts);
      expect(await failure(entry, host.env)).toMatchObject(expected);
    }),
  );
});

describe('Girder', () => {
  test('makes a folder of an item with several files, and one file of others', () =>
    using(new GirderHost(), async (host) => {
      await host.addCollection('C', { 'F/a.nii.gz': 'a', 'F/pair//x.hdr': 'x', 'F/pair//x.img': 'y', 'F/G/z': 'z' });
      const folder = { method: 'girder' as const, api: host.api, folder: host.id('C F') };
      expect(await pathsOf(folder, host.env)).toEqual(['G/z', 'a.nii.gz', 'pair/x.hdr', 'pair/x.img']);
      const item = { method: 'girder' as const, api: host.api, item: host.id('C item F/a.nii.gz') };
      expect((await resolve(item, host.env)).files).toMatchObject([
        { path: 'a.nii.gz', size: 1, checksums: [expect.stringMatching(/^sha512:/)] },
      ]);
    }));

  test('lists more than fits one answer', () =>
    using(new GirderHost(), async (host) => {
      const many = Object.fromEntries(Array.from({ length: 501 }, (_, index) => [`F/${index}`, '']));
      await host.addCollection('C', many);
      expect(await pathsOf({ method: 'girder', api: host.api, folder: host.id('C F') }, host.env)).toHaveLength(501);
    }));

  test('knows no such folder, and says what is closed', () =>
    using(new GirderHost(), async (host) => {
      await host.addCollection('C', { 'F/a': 'a' }, { open: false });
      const entry = { method: 'girder' as const, api: host.api, folder: host.id('C F') };
      expect(await failure(entry, host.env)).toMatchObject({ exitCode: 4 });
    }));
});

describe('Nextcloud', () => {
  const entry: SourceEntry = { method: 'nextcloud', share: 'https://c.example/index.php/s/tok' };
  const files = { 'a b/c&d.zip': 'zip', 'e.txt': 'e', 'a b/x/y': 'y' };

  test.each([true, false])('is listed at the address of its version (before 29: %s)', (before29) =>
    using(new NextcloudHost({ before29 }), async (host) => {
      await host.addShare('tok', files);
      const found = await resolve(entry, host.env);
      expect(found.files.map(({ path }) => path).sort()).toEqual(['a b/c&d.zip', 'a b/x/y', 'e.txt']);
      expect(found.files[0]).toMatchObject({ checksums: [expect.stringMatching(/^sha1:/)], size: expect.any(Number) });
    }),
  );

  test('may be one file', () =>
    using(new NextcloudHost(), async (host) => {
      await host.addShare('tok', { 'scan.nii.gz': 'scan' }, { single: true });
      expect((await resolve(entry, host.env)).files).toMatchObject([{ path: 'scan.nii.gz', size: 4 }]);
    }));

  test('that is open is not told the password of another', () =>
    using(new NextcloudHost(), async (host) => {
      await host.addShare('tok', files);
      expect(await pathsOf(entry, { ...host.env, MEDDS_NEXTCLOUD_PASSWORD: 'secret' })).toHaveLength(3);
      const told = Buffer.from('anonymous:secret').toString('base64');
      expect(host.requests.length).toBeGreaterThan(0);
      for (const { headers } of host.requests) expect(headers.authorization ?? '').not.toContain(told);
    }));

  test('wants its password', () =>
    using(new NextcloudHost(), async (host) => {
      await host.addShare('tok', files, { password: 'open' });
      expect(await failure(entry, host.env)).toMatchObject({ exitCode: 4, message: expect.stringMatching(/password/) });
      const wrong = await failure(entry, { ...host.env, MEDDS_NEXTCLOUD_PASSWORD: 'no' });
      expect(wrong.message).toMatch(/not the one given/);
      expect(await pathsOf(entry, { ...host.env, MEDDS_NEXTCLOUD_PASSWORD: 'open' })).toHaveLength(3);
    }));

  test('is gone', () =>
    using(new NextcloudHost(), async (host) => {
      expect((await failure(entry, host.env)).exitCode).toBeGreaterThan(2);
    }));
});
