/** Where a registry from the web may not lead: by address, by name, by a redirect; what the user names himself stays allowed. */
import dns from 'node:dns';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it, test, vi } from 'vitest';
import { fetchDataset, type MeddsError } from '../../src/index.js';
import type { Dataset, SourceEntry } from '../../src/registry/schema.js';
import { isPrivateAddress } from '../../src/transfer/address-guard.js';
import { startFileHost } from '../hosts/file-host.js';
import { redirect } from '../hosts/misbehaviour.js';
import { startZenodo } from '../hosts/zenodo.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';

test.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.255',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:a00:1',
  '64:ff9b::7f00:1',
  '2002:7f00:1::',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'febf::1',
  'ff02::1',
])('%s is private', (address) => {
  expect(isPrivateAddress(address)).toBe(true);
});

test.each([
  '1.1.1.1',
  '100.63.255.255',
  '100.128.0.1',
  '172.15.0.1',
  '172.32.0.1',
  '192.167.1.1',
  '::ffff:1.1.1.1',
  '2606:4700::1',
])('%s is the world’s', (address) => {
  expect(isPrivateAddress(address)).toBe(false);
});

const host = await startFileHost();
host.add('/a.csv', 'slice\n');
const { port } = new URL(host.origin);

afterEach(() => {
  vi.restoreAllMocks();
  host.behave();
});
afterAll(async () => {
  removeTempDirs();
  await host.close();
});

const direct = (url: string): SourceEntry => ({ method: 'direct', files: [{ url, path: 'a.csv' }] });

function fetchFrom(source: SourceEntry, registry: string, more: Parameters<typeof fetchDataset>[1] = {}) {
  const dataset: Dataset = { id: 'data', name: 'Data', registry, sources: [source] };
  const home = path.join(tempDir('guard'), 'library');
  return fetchDataset(dataset, {
    home,
    tries: 1,
    ...more,
    env: { MEDDS_CONFIG_DIR: path.join(home, '..'), ...more.env },
  });
}

const REMOTE = 'https://registry.example/registry.json';

async function refused(source: SourceEntry, more?: Parameters<typeof fetchDataset>[1]): Promise<MeddsError> {
  const before = host.requests.length;
  const error = await fetchFrom(source, REMOTE, more).then(
    () => expect.unreachable('it was fetched'),
    (thrown: MeddsError) => thrown,
  );
  expect(error, error.message).toMatchObject({
    exitCode: 4,
    dataset: 'data',
    hint: expect.stringContaining('MEDDS_ALLOW_PRIVATE=1'),
  });
  expect(error.message).toContain(`The registry ${REMOTE} leads to a private address`);
  expect(host.requests).toHaveLength(before);
  return error;
}

describe('a registry from the web', () => {
  it.each([
    '127.0.0.1',
    '2130706433',
    '0x7f.1',
    '0177.0.0.1',
    '[::1]',
    '[::ffff:127.0.0.1]',
    'localhost',
    'LOCALHOST.',
    'a.localhost',
  ])('may not lead to %s', async (name) => {
    await refused(direct(`http://${name}:${port}/a.csv`));
  });

  it('may not lead there by a name', async () => {
    vi.spyOn(dns, 'lookup').mockImplementation(((...args: unknown[]) => {
      const done = args.at(-1) as (error: null, found: dns.LookupAddress[]) => void;
      const found = [
        { address: '192.0.2.1', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ];
      process.nextTick(done, null, found);
    }) as never);
    expect((await refused(direct(`http://data.example:${port}/a.csv`))).message).toContain('data.example');
    await refused({ method: 'dataverse', server: 'http://data.example', doi: '10.5072/FK2/SAMPLE' });
  });

  it('may lead to what the user put in the place of a host, and no further', async () => {
    const zenodo = await startZenodo();
    try {
      await zenodo.addRecord({ id: '1002', files: [{ key: 'a.csv', content: 'slice\n' }] });
      const env = { MEDDS_ENDPOINT_ZENODO: zenodo.origin };
      expect(await fetchFrom({ method: 'zenodo', record: '1002' }, REMOTE, { env })).toMatchObject({
        outcome: 'fetched',
      });
      zenodo.misbehave(zenodo.filePath('1002', 'a.csv'), redirect(host.url('/a.csv')));
      await refused({ method: 'zenodo', record: '1002' }, { env });
      zenodo.behave();
      zenodo.misbehave('/api/records/1002', redirect(host.url('/a.csv', 'localhost')));
      await refused({ method: 'zenodo', record: '1002' }, { env });
    } finally {
      await zenodo.close();
    }
  });

  it('may do so where the user allows it', async () => {
    const source = direct(host.url('/a.csv'));
    expect(await fetchFrom(source, REMOTE, { allowPrivate: true })).toMatchObject({ outcome: 'fetched' });
    const env = { MEDDS_ALLOW_PRIVATE: '1' };
    expect(await fetchFrom(source, REMOTE, { env })).toMatchObject({ outcome: 'fetched' });
  });
});

it.each(['argument', '/home/user/registry.json', 'bundled'])(
  'what comes from %s may lead anywhere',
  async (registry) => {
    expect(await fetchFrom(direct(host.url('/a.csv')), registry)).toMatchObject({ outcome: 'fetched' });
  },
);
