/** Without MEDDS_ENDPOINT_…, hosts are asked where they really are. Everywhere else in the tests they stand on loopback. */
import { HttpResponse, http } from 'msw';
import { setupServer } from 'msw/node';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { fetchDataset, type MeddsError } from '../../src/index.js';
import { METHODS } from '../../src/sources/table.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';

const server = setupServer();
let asked: string[] = [];

beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(() => {
  asked = [];
});
afterAll(() => {
  server.close();
  removeTempDirs();
});

server.use(
  http.all('*', ({ request }) => {
    asked.push(request.url);
    return new HttpResponse('', { status: 404 });
  }),
);

/** The first address that is asked for a locator. */
const FIRST: [locator: string, address: string, env?: Record<string, string>][] = [
  ['https://example.org/a.zip', 'https://example.org/a.zip'],
  ['zenodo:3723295', 'https://zenodo.org/api/records/3723295'],
  ['kaggle:ada/phantoms', 'https://www.kaggle.com/api/v1/datasets/view/ada/phantoms'],
  [
    'kaggle:competitions/phantoms',
    'https://www.kaggle.com/api/v1/competitions/data/list/phantoms',
    { KAGGLE_USERNAME: 'ada', KAGGLE_KEY: 'secret' },
  ],
  ['hf:ada/phantoms', 'https://huggingface.co/api/datasets/ada/phantoms'],
  ['tcia:CT Lymph Nodes', 'https://services.cancerimagingarchive.net/nbia-api/services/v4/getSeries'],
  ['idc:ct_lymph_nodes', 'https://api.imaging.datacommons.cancer.gov/v3/version'],
  ['s3://fastmri-public/folder', 'https://fastmri-public.s3.us-east-1.amazonaws.com/folder'],
  ['gdrive:1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs', 'https://drive.google.com/open'],
  ['figshare:12345', 'https://api.figshare.com/v2/articles/12345'],
  [
    'dataverse:10.7910/DVN/ABCDEF',
    'https://dataverse.harvard.edu/api/datasets/:persistentId/versions/:latest-published',
  ],
  ['osf:abcde', 'https://api.osf.io/v2/guids/abcde/'],
  ['github:ada/phantoms', 'https://api.github.com/repos/ada/phantoms'],
  ['https://app.box.com/s/abcdefghij0123456789', 'https://app.box.com/s/abcdefghij0123456789'],
  ['https://www.dropbox.com/s/abcdefghij12345/a.zip', 'https://www.dropbox.com/s/abcdefghij12345/a.zip'],
  ['synapse:syn3193805', 'https://repo-prod.prod.sagebase.org/repo/v1/entity/syn3193805/bundle2'],
  ['nitrc:kki', 'https://www.nitrc.org/projects/kki/'],
  ['physionet:phantoms/1.0', 'https://physionet.org/files/phantoms/1.0/SHA256SUMS.txt'],
  ['gs://phantoms/folder', 'https://storage.googleapis.com/storage/v1/b/phantoms/o'],
  ['mendeley:abcdefghij/1', 'https://data.mendeley.com/public-api/datasets/abcdefghij'],
  ['inveniordm:https://rdm.example/records/abc12-de345', 'https://rdm.example/api/records/abc12-de345'],
  [
    'girder:https://girder.example/#folder/5f0000000000000000000000',
    'https://girder.example/api/v1/folder/5f0000000000000000000000',
  ],
  ['nextcloud:https://cloud.example/s/aB3x', 'https://cloud.example/public.php/dav/files/aB3x/'],
  ['croissant:https://lab.example/set.json', 'https://lab.example/set.json'],
  ['doi:10.34894/ABCDEF', 'https://doi.org/api/handles/10.34894/ABCDEF'],
];

test.each(FIRST)('%s asks %s', async (locator, address, env = {}) => {
  const home = tempDir('home');
  const settings = { home, as: 'sample', tries: 1, env: { HOME: home, MEDDS_CONFIG_DIR: home, ...env } };
  const error = await fetchDataset(locator, settings).then(
    () => expect.unreachable('there is nothing'),
    (thrown: MeddsError) => thrown,
  );
  expect([3, 4, 5]).toContain(error.exitCode);
  expect(asked[0]?.split('?')[0]).toBe(address);
});

test('all methods with a host are among them', () => {
  const hosts = Object.entries(METHODS).filter(([, { locator }]) => locator !== undefined);
  for (const [method, { locator }] of hosts)
    expect(
      FIRST.some(([typed]) => locator?.test(typed)),
      method,
    ).toBe(true);
});
