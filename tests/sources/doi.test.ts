/** DOIs: those whose form tells the host are read without asking anyone, others as their registrants' addresses. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findDataset, type MeddsError } from '../../src/index.js';
import { type DoiHost, startDoi } from '../hosts/doi.js';
import { refuse } from '../hosts/misbehaviour.js';

let doi: DoiHost;
let env: Record<string, string>;

beforeEach(async () => {
  doi = await startDoi();
  env = { MEDDS_ENDPOINT_DOI: doi.origin, MEDDS_CONFIG_DIR: '/nowhere' };
});

afterEach(() => doi.close());

const sourceOf = async (typed: string) => (await findDataset(typed, { env })).sources[0];
const failure = (typed: string, options = {}) =>
  findDataset(typed, { env, ...options }).then(
    () => expect.unreachable('it should have failed'),
    (error: MeddsError) => error,
  );

test.each<[string, object]>([
  ['doi:10.6084/m9.figshare.10042703.v5', { method: 'figshare', article: '10042703', version: 5 }],
  ['https://doi.org/10.6084/m9.figshare.c.123456', { method: 'figshare', collection: '123456' }],
  [
    'doi:10.7910/dvn/hmqkck',
    { method: 'dataverse', server: 'https://dataverse.harvard.edu', doi: '10.7910/DVN/HMQKCK' },
  ],
  ['doi:10.17605/OSF.IO/F3SZH', { method: 'osf', node: 'f3szh' }],
  ['doi:10.5281/zenodo.3723295', { method: 'zenodo', record: '3723295' }],
])('%s says itself where it is', async (typed, entry) => {
  expect(await sourceOf(typed)).toEqual(entry);
  expect(doi.requests).toEqual([]);
});

test.each<[string, string, object]>([
  [
    '10.34894/ABCDEF',
    'https://dataverse.nl/citation?persistentId=doi:10.34894/ABCDEF',
    { method: 'dataverse', server: 'https://dataverse.nl', doi: '10.34894/ABCDEF' },
  ],
  [
    '10.70122/FK2/YAAX1R/RK2WS3',
    'https://demo.dataverse.org/file.xhtml?persistentId=doi:10.70122/FK2/YAAX1R/RK2WS3',
    { method: 'dataverse', server: 'https://demo.dataverse.org', doi: '10.70122/FK2/YAAX1R/RK2WS3' },
  ],
  [
    '10.25573/data.10042703.v5',
    'https://smithsonian.figshare.com/articles/dataset/Bay_of_Panama/10042703/5',
    { method: 'figshare', article: '10042703', version: 5 },
  ],
  [
    '10.1184/R1/12345678',
    'https://kilthub.cmu.edu/articles/dataset/Some_scans/12345678/1',
    { method: 'figshare', article: '12345678', version: 1 },
  ],
  [
    '10.7937/K9/TCIA.2015.LO9QL9SX',
    'https://www.cancerimagingarchive.net/collection/lidc-idri/',
    { method: 'tcia', collection: 'lidc-idri' },
  ],
  ['10.9999/odd<1>;2#x', 'https://osf.io/f3szh/', { method: 'osf', node: 'f3szh' }],
])('%s is read as the address that it leads to', async (name, address, entry) => {
  doi.register(name, address);
  expect(await sourceOf(`doi:${name}`)).toEqual(entry);
  expect(doi.requests).toHaveLength(1);
});

describe('what leads nowhere', () => {
  test('a DOI that does not exist', async () => {
    expect(await failure('doi:10.9999/none')).toMatchObject({
      exitCode: 3,
      message: 'There is no DOI 10.9999/none',
      hint: expect.stringContaining('misprint'),
    });
  });

  test('a DOI without an address, and one whose address is of this machine', async () => {
    doi.register('10.9999/empty').register('10.9999/local', '/etc/some.tcia');
    for (const name of ['empty', 'local']) expect(await failure(`doi:10.9999/${name}`)).toMatchObject({ exitCode: 3 });
  });

  test('a DOI of a host that medds does not know', async () => {
    doi.register('10.1038/s41586', 'https://www.nature.com/articles/s41586');
    expect(await failure('doi:10.1038/s41586')).toMatchObject({
      exitCode: 2,
      hint: expect.stringContaining('https://www.nature.com/articles/s41586'),
    });
  });

  test('no network, or no answer', async () => {
    expect(await failure('doi:10.9999/none', { offline: true })).toMatchObject({
      exitCode: 5,
      message: expect.stringContaining('offline'),
      hint: expect.stringContaining('--offline'),
    });
    doi.misbehave('/api/handles/10.9999/none', refuse(503));
    expect(await failure('doi:10.9999/none', { tries: 1 })).toMatchObject({ exitCode: 5 });
    doi.behave();
    doi.misbehave('/api/handles/10.9999/none', { status: 200, body: '{}' });
    expect(await failure('doi:10.9999/none')).toMatchObject({ exitCode: 5 });
  });
});
