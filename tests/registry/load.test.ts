import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { NetworkError, UsageError } from '../../src/errors.js';
import { type LoadOptions, loadRegistry } from '../../src/registry/load.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { entry, writeRegistry } from './fixture.js';

let folder: string;
let bundled: string;

beforeAll(() => {
  folder = tempDir('registry');
  bundled = writeRegistry(folder, 'bundled.json', {
    lungs: entry({ name: 'Lungs', aliases: ['lung-scans'] }),
    brains: entry({ name: 'Brains' }),
    constructor: entry({ name: 'An id that objects have, too' }),
  });
});
afterAll(removeTempDirs);

const load = (options: LoadOptions = {}) => loadRegistry({ bundled, ...options });

describe('one registry', () => {
  test('gives its datasets by id, sorted, each with where it is from', async () => {
    const { datasets, shadowed } = await load();
    expect(datasets.map(({ id }) => id)).toEqual(['brains', 'constructor', 'lungs']);
    expect(datasets.every(({ registry }) => registry === 'bundled')).toBe(true);
    expect(shadowed).toEqual([]);
  });

  test('finds by id and alias, whatever the case, and nothing that is not there', async () => {
    const registry = await load();
    expect(registry.get('lungs')?.name).toBe('Lungs');
    expect(registry.get(' Lung-Scans ')?.id).toBe('lungs');
    expect(registry.get('constructor')?.name).toBe('An id that objects have, too');
    expect(registry.get('toString')).toBeUndefined();
  });
});

describe('several registries', () => {
  test('a later one replaces whole entries, and says so', async () => {
    const mine = writeRegistry(folder, 'mine.json', { lungs: entry({ name: 'My lungs' }), more: entry() });
    const theirs = writeRegistry(folder, 'theirs.json', { lungs: entry({ name: 'Their lungs', cases: 3 }) });
    const registry = await load({ registries: [mine, theirs] });
    expect(registry.get('lungs')).toMatchObject({ name: 'Their lungs', cases: 3, registry: theirs });
    expect(registry.get('lung-scans')).toBeUndefined();
    expect(registry.get('more')?.registry).toBe(mine);
    expect(registry.shadowed).toEqual([
      { id: 'lungs', registry: 'bundled', by: mine },
      { id: 'lungs', registry: mine, by: theirs },
    ]);
    expect((await load({ registries: [theirs, mine] })).get('lungs')?.name).toBe('My lungs');
  });

  test('a name that two of them claim means the id, or else the later alias, with a warning', async () => {
    const claims = writeRegistry(folder, 'claims.json', {
      lobes: entry({ aliases: ['lung-scans', 'brains'] }),
    });
    const warnings: string[] = [];
    const registry = await load({ registries: [claims], onWarning: (message) => warnings.push(message) });
    expect(registry.get('brains')?.id).toBe('brains');
    expect(registry.get('lung-scans')?.id).toBe('lobes');
    expect(warnings.sort()).toEqual([
      expect.stringContaining('"brains" means brains'),
      expect.stringContaining('"lung-scans" means lobes'),
    ]);
  });

  test('a URL is fetched, once', async () => {
    const url = 'https://host.example/registry.json';
    const asked: string[] = [];
    const registry = await load({
      registries: [url, url],
      fetchText: async (from) => {
        asked.push(from);
        return JSON.stringify({ version: 1, datasets: { remote: entry() } });
      },
    });
    expect(registry.get('remote')?.registry).toBe(url);
    expect(asked).toEqual([url]);
  });
});

describe('a registry that cannot be used', () => {
  const refused = async (place: string, fetchText?: LoadOptions['fetchText']) =>
    load({ registries: [place], ...(fetchText === undefined ? {} : { fetchText }) }).then(
      () => expect.fail('was accepted'),
      (error: unknown) => error,
    );

  test('because there is no such file', async () => {
    const missing = path.join(folder, 'missing.json');
    const error = await refused(missing);
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({
      message: expect.stringContaining(missing),
      hint: expect.stringContaining('MEDDS_REGISTRY'),
    });
  });

  test('because it is a folder', async () => {
    expect(await refused(folder)).toMatchObject({ code: 'DISK', message: expect.stringContaining('folder') });
  });

  test('because the host fails: it is never left out in silence', async () => {
    const failure = new NetworkError('no network');
    expect(await refused('https://host.example/r.json', () => Promise.reject(failure))).toBe(failure);
  });

  test('because it is no JSON; the message says where', async () => {
    const file = path.join(folder, 'torn.json');
    writeFileSync(file, '{"version": 1, "datasets": {');
    expect(await refused(file)).toMatchObject({ code: 'USAGE', message: expect.stringContaining(file) });
  });

  test('because it is too large to be one, before it is read', async () => {
    const huge = 'x'.repeat(64 * 1024 * 1024 + 1);
    const error = await refused('https://host.example/huge.json', async () => huge);
    expect(error).toMatchObject({ code: 'USAGE', message: expect.stringContaining('64 MiB') });
  });
});
