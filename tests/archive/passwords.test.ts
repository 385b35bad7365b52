/** Archives that their owners encrypt: made by 7-Zip, of the kinds that are in use. */

import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { unpackArchive } from '../../src/archive/unpack.js';
import { fetchDataset, importDataset } from '../../src/index.js';
import type { Dataset } from '../../src/registry/schema.js';
import { startFileHost } from '../hosts/file-host.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';

afterAll(removeTempDirs);

const TREE = { 'scans/a.txt': 'A'.repeat(100_000), 'scans/b.txt': 'b', 'empty/c.txt': '' };

const KINDS = {
  'AES-256 zip': ['-tzip', '-mem=AES256'],
  'AES-128 zip': ['-tzip', '-mem=AES128'],
  'ZipCrypto zip': ['-tzip', '-mem=ZipCrypto'],
  '7z': ['-t7z'],
  '7z with its list encrypted': ['-t7z', '-mhe=on'],
};

/** An archive of `TREE`, made by 7-Zip in memory. */
async function archived(
  kind: keyof typeof KINDS,
  password: string,
  tree: Record<string, string> = TREE,
): Promise<Uint8Array> {
  interface Program {
    FS: { mkdir(path: string): void; writeFile(path: string, data: string): void; readFile(path: string): Uint8Array };
    callMain(args: string[]): number;
  }
  const factory = (await import('7z-wasm')).default as unknown as (options: object) => Promise<Program>;
  const program = await factory({ print: () => undefined, printErr: () => undefined });
  for (const folder of ['/scans', '/empty']) program.FS.mkdir(folder);
  for (const [name, text] of Object.entries(tree)) program.FS.writeFile(`/${name}`, text);
  program.callMain(['a', ...KINDS[kind], `-p${password}`, '/made', '/scans', '/empty']);
  return program.FS.readFile(kind.includes('zip') ? '/made.zip' : '/made.7z');
}

describe.each(Object.keys(KINDS) as (keyof typeof KINDS)[])('%s', (kind) => {
  const unpack = async (password?: string) => {
    const folder = tempDir('password');
    const archive = path.join(folder, 'made');
    writeFileSync(archive, await archived(kind, 'right one'));
    const target = tempDir('tree');
    const options = { name: 'made.zip', ...(password === undefined ? {} : { password }) };
    return { target, done: unpackArchive(archive, target, options) };
  };

  test('unpacks with its password', async () => {
    const { target, done } = await unpack('right one');
    expect(await done).toMatchObject({ files: 3, bytes: 100_001 });
    expect(Object.keys(await treeOf(target)).sort()).toEqual(Object.keys(TREE).sort());
    expect(readFileSync(path.join(target, 'scans/a.txt'), 'utf8')).toBe(TREE['scans/a.txt']);
  });

  test.each([
    ['without one', undefined, /has no password/],
    ['with a wrong one', 'wrong one', /password that medds has is not right/],
  ])('asks for the password %s', async (_, password, message) => {
    const { target, done } = await unpack(password);
    const error = (await done.catch((thrown) => thrown)) as Error;
    expect(error).toMatchObject({ exitCode: 4, hint: expect.stringMatching(/MEDDS_ARCHIVE_PASSWORD/) });
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('wrong one');
    expect(Object.keys(await treeOf(target)).filter((name) => name.endsWith('c.txt'))).toEqual([]);
  });
});

describe('a dataset', () => {
  const datasetOf = (url: string, facts: object): Dataset => ({
    id: 'secret',
    name: 'Secret',
    registry: 'test',
    sources: [{ method: 'direct', files: [{ url, path: 'made.zip', ...facts }] }],
  });

  test('is fetched with the password of the registry, or of the environment, and asks for one without', async () => {
    const host = await startFileHost();
    const home = tempDir('home');
    const env = { MEDDS_CONFIG_DIR: '/nowhere' };
    // Too large to be fetched in one go: such a file stays.
    const large = randomBytes(1_500_000).toString('base64');
    try {
      host.add('/made.zip', await archived('AES-256 zip', 'by mail', { ...TREE, 'scans/a.txt': large }));
      const dataset = datasetOf(host.url('/made.zip'), {});
      await expect(fetchDataset(dataset, { home, env })).rejects.toMatchObject({ exitCode: 4, dataset: 'secret' });
      const sent = host.bytesSent('/made.zip');
      const result = await fetchDataset(dataset, { home, env: { ...env, MEDDS_ARCHIVE_PASSWORD: 'by mail' } });
      expect(result).toMatchObject({ outcome: 'fetched', files: 3 });
      // What was downloaded before is not downloaded again.
      expect(host.bytesSent('/made.zip')).toBe(sent);
      const manifest = readFileSync(path.join(home, 'state', 'secret', 'manifest.json'), 'utf8');
      expect(manifest).not.toContain('by mail');

      const published = datasetOf(host.url('/made.zip'), { password: 'by mail' });
      expect(await fetchDataset(published, { home: tempDir('home'), env })).toMatchObject({ files: 3 });
    } finally {
      await host.close();
    }
  });

  test('is imported with the password of the environment', async () => {
    const folder = tempDir('given');
    writeFileSync(path.join(folder, 'made.zip'), await archived('ZipCrypto zip', 'by mail'));
    const dataset: Dataset = {
      ...datasetOf('', {}),
      sources: [
        { method: 'manual', host: 'h', url: 'https://h.example/', steps: ['Save it.'], files: [{ path: 'made.zip' }] },
      ],
    };
    const options = { home: tempDir('home'), env: { MEDDS_CONFIG_DIR: '/nowhere', MEDDS_ARCHIVE_PASSWORD: 'by mail' } };
    expect(await importDataset(dataset, [folder], options)).toMatchObject({ outcome: 'fetched', files: 3 });
  });
});
