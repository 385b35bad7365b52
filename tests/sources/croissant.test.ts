/** Croissant: what medds writes holds what mlcroissant's validator asks for, and what others write can be fetched. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { croissantOf } from '../../src/croissant.js';
import { describeAsCroissant, fetchDataset } from '../../src/index.js';
import { loadRegistry } from '../../src/registry/load.js';
import { readDescription } from '../../src/sources/croissant-form.js';
import { bytes, digestOf } from '../hosts/content.js';
import { startFileHost } from '../hosts/file-host.js';
import { startHuggingFace } from '../hosts/huggingface.js';
import { entry, writeRegistry } from '../registry/fixture.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';
import { closeAgents, resolve } from './resolving.js';

afterAll(() => {
  closeAgents();
  removeTempDirs();
});

type Node = Record<string, unknown> & { '@type': string; '@id': string };

/** The errors of mlcroissant 1.0: structure_graph/nodes/{metadata,file_object,file_set}.py of github.com/mlcommons/croissant. */
function errorsOf(document: Record<string, unknown>): string[] {
  const errors: string[] = [];
  const missing = (node: Record<string, unknown>, ...names: string[]) => {
    for (const name of names) {
      const value = node[name];
      if (value === undefined || value === '' || (Array.isArray(value) && value.length === 0))
        errors.push(`${node['@id'] ?? 'dataset'} lacks ${name}`);
    }
  };
  missing(document, '@context', 'name', 'url', 'conformsTo', 'distribution');
  if (document.license !== undefined && typeof document.license !== 'string') errors.push('the licence is no text');
  const nodes = document.distribution as Node[];
  const ids = new Set(nodes.map((node) => node['@id']));
  if (ids.size !== nodes.length) errors.push('two nodes have one @id');
  for (const node of nodes) {
    missing(node, '@id', 'name', 'encodingFormat');
    const inside = [node.containedIn ?? []].flat() as { '@id': string }[];
    for (const { '@id': id } of inside)
      if (!ids.has(id)) errors.push(`${node['@id']} is contained in ${id}, which there is not`);
    if (node['@type'] === 'cr:FileSet') missing(node, 'includes');
    else if (node['@type'] !== 'cr:FileObject') errors.push(`${node['@id']} is a ${node['@type']}`);
    else if (inside.length === 0) {
      missing(node, 'contentUrl');
      const sums = [node.md5, node.sha256].filter((sum) => sum !== undefined).length;
      if (sums > 1 || (sums === 0 && document.isLiveDataset !== true))
        errors.push(`${node['@id']} has ${sums} checksums`);
      if (!URL.canParse(String(node.contentUrl))) errors.push(`${node['@id']} has no address: ${node.contentUrl}`);
    }
  }
  return errors;
}

test('every dataset of the registry is described as the validator wants it, and can be read back', async () => {
  const { datasets } = await loadRegistry();
  const errors: string[] = [];
  for (const dataset of datasets) {
    const document = JSON.parse(JSON.stringify(await croissantOf({ dataset }, '/nowhere'))) as Record<string, unknown>;
    errors.push(...errorsOf(document).map((error) => `${dataset.id}: ${error}`));
    const read = readDescription(JSON.stringify(document), dataset.id);
    expect(read.files.length, dataset.id).toBeGreaterThan(0);
  }
  expect(errors).toEqual([]);
});

test('the rules find what is wrong', () => {
  const file = { '@type': 'cr:FileObject', '@id': 'a', name: 'a', contentUrl: 'x', containedIn: { '@id': 'b' } };
  expect(errorsOf({ name: 'x', distribution: [file, { ...file, containedIn: [] }] })).toHaveLength(9);
});

test('what is described comes back the same: info --croissant, then fetch croissant:FILE', async () => {
  const host = await startFileHost();
  const folder = tempDir('croissant');
  try {
    host.add('/a.csv', 'a,b\n').add('/scan.nii', 'scan');
    const files = [
      { url: host.url('/a.csv'), path: 'tables/a.csv' },
      { url: host.url('/scan.nii'), path: 'scan.nii' },
    ];
    const set = entry({
      name: 'Set',
      description: 'Scans.',
      homepage: 'https://h.example/',
      sources: [{ method: 'direct', files }],
    });
    const registries = [writeRegistry(folder, 'r.json', { set })];
    const options = { home: path.join(folder, 'home'), registries, env: { MEDDS_CONFIG_DIR: '/nowhere' } };
    const before = await describeAsCroissant('set', options);
    expect(before).toMatchObject({ isLiveDataset: true, name: 'Set' });
    const first = await fetchDataset('set', options);
    // Once it is here, every file has its checksum.
    const document = await describeAsCroissant('set', options);
    expect(errorsOf(JSON.parse(JSON.stringify(document)))).toEqual([]);
    expect(document).not.toHaveProperty('isLiveDataset');
    const file = path.join(folder, 'set.croissant.json');
    writeFileSync(file, JSON.stringify(document));
    const again = await fetchDataset(`croissant:${file}`, { ...options, as: 'copy' });
    expect(await treeOf(again.path)).toEqual(await treeOf(first.path));
    expect(again.verified).toMatchObject({ checksums: 2, of: 2 });

    host.add('/scan.nii', 'another');
    await expect(fetchDataset(`croissant:${file}`, { ...options, as: 'third' })).rejects.toMatchObject({ exitCode: 6 });
  } finally {
    await host.close();
  }
});

test('files lie in archives only, and a page that nobody knows is not made up', async () => {
  const host = await startFileHost();
  const folder = tempDir('croissant');
  try {
    host.add('/scan.nii.gz', 'scan').add('/a.csv', 'a');
    const files = ['scan.nii.gz', 'a.csv'].map((path) => ({ url: host.url(`/${path}`), path }));
    const registries = [
      writeRegistry(folder, 'r.json', {
        set: entry({ sources: [{ method: 'direct', files }] }),
        unknown: entry({ sources: [{ method: 'nitrc', group: '7' }] }),
      }),
    ];
    const options = { home: path.join(folder, 'home'), registries, env: { MEDDS_CONFIG_DIR: '/nowhere' } };
    await fetchDataset('set', options);
    const { distribution, url } = await describeAsCroissant('set', options);
    expect((distribution as Node[]).map((node) => node['@type'])).toEqual(['cr:FileObject', 'cr:FileObject']);
    expect(url).toBe(host.url('/scan.nii.gz'));
    await expect(describeAsCroissant('unknown', options)).rejects.toMatchObject({ exitCode: 2, dataset: 'unknown' });
  } finally {
    await host.close();
  }
});

describe('a description', () => {
  const HF = {
    '@type': 'FileObject',
    '@id': 'repo',
    name: 'repo',
    contentUrl: 'https://huggingface.co/datasets/lab/scans/tree/main',
    encodingFormat: 'git+https',
    sha256: 'https://github.com/mlcommons/croissant/issues/80',
  };

  test('that leads to a repository of Hugging Face is left to its method, narrowed by its file sets', async () => {
    const hub = await startHuggingFace();
    const host = await startFileHost();
    try {
      await hub.addRepo({
        id: 'lab/scans',
        files: [
          { path: 'data/a.parquet', content: 'p' },
          { path: 'README.md', content: 'r' },
        ],
      });
      const set = {
        '@type': 'cr:FileSet',
        '@id': 's',
        name: 's',
        containedIn: { '@id': 'repo' },
        encodingFormat: 'x',
        includes: 'data/*.parquet',
      };
      host.add('/c.json', JSON.stringify({ name: 'n', distribution: [HF, set] }));
      const found = await resolve(
        { method: 'croissant', url: host.url('/c.json') },
        { MEDDS_ENDPOINT_HUGGINGFACE: hub.origin },
      );
      expect(found.files.map(({ path }) => path)).toEqual(['data/a.parquet']);
    } finally {
      await host.close();
      await hub.close();
    }
  });

  test('may write its names in full, with prefixes, or as lists', () => {
    const text = JSON.stringify({
      'https://schema.org/name': 'Old',
      'sc:license': { '@id': 'https://creativecommons.org/licenses/by/4.0/' },
      'sc:version': '1.2.0',
      'sc:distribution': [
        {
          '@type': 'sc:FileObject',
          'sc:name': 'a.zip',
          'sc:contentUrl': 'https://h.example/a.zip',
          'sc:contentSize': '12 B',
          'sc:sha256': 'A'.repeat(64),
          'sc:encodingFormat': 'application/zip',
        },
        {
          '@type': ['http://mlcommons.org/croissant/FileSet'],
          '@id': 'in',
          'http://mlcommons.org/croissant/includes': ['*.csv'],
          'sc:containedIn': [{ '@id': '#a.zip' }],
        },
      ],
    });
    expect(readDescription(text, 'x')).toEqual({
      name: 'Old',
      license: 'https://creativecommons.org/licenses/by/4.0/',
      version: '1.2.0',
      files: [
        {
          id: 'a.zip',
          name: 'a.zip',
          contentUrl: 'https://h.example/a.zip',
          size: 12,
          checksums: [`sha256:${'a'.repeat(64)}`],
          encodingFormat: 'application/zip',
          containedIn: [],
        },
      ],
      sets: [{ id: 'in', containedIn: ['a.zip'], includes: ['*.csv'], excludes: [] }],
    });
  });

  test.each<[string, object, string[]]>([
    ['Base64, as Kaggle writes it', { md5: 'bc1++XNoIWW685QyDLewsg==' }, ['md5:6dcd7ef973682165baf394320cb7b0b2']],
    ['under the name of the other', { sha256: 'D'.repeat(32) }, [`md5:${'d'.repeat(32)}`]],
    ['both', { md5: '0'.repeat(32), sha256: '1'.repeat(64) }, [`sha256:${'1'.repeat(64)}`, `md5:${'0'.repeat(32)}`]],
    ['none', { sha256: 'https://github.com/mlcommons/croissant/issues/80', md5: 'abc' }, []],
  ])('may have its checksums in other forms: %s', (_, sums, expected) => {
    const node = { '@type': 'cr:FileObject', '@id': 'a', contentUrl: 'https://h.example/a.csv', ...sums };
    expect(readDescription(JSON.stringify({ distribution: [node] }), 'x').files[0]?.checksums).toEqual(expected);
  });

  test('keeps names inside the dataset, and holds files against their checksums', async () => {
    const host = await startFileHost();
    try {
      host.add('/x.csv', 'x');
      const file = {
        '@type': 'cr:FileObject',
        '@id': 'x',
        name: '../../x',
        contentUrl: 'x.csv',
        encodingFormat: 'text/csv',
        md5: await digestOf(bytes('x'), 'md5'),
      };
      host.add('/c.json', JSON.stringify({ distribution: [file] }));
      const found = await resolve({ method: 'croissant', url: host.url('/c.json') }, {});
      expect(found.files).toMatchObject([{ path: 'x.csv', checksums: [`md5:${file.md5}`] }]);
    } finally {
      await host.close();
    }
  });

  test.each<[string, string, RegExp, number]>([
    ['a page', '<html></html>', /is no JSON/, 5],
    ['without files', '{"name":"x"}', /describes no files/, 5],
    ['with something else', '{"distribution":[{"@type":"sc:DataDownload"}]}', /no FileObject or FileSet/, 5],
    [
      'with an address of no web',
      '{"distribution":[{"@type":"FileObject","@id":"a","contentUrl":"ftp://h/a"}]}',
      /no address of the web/,
      2,
    ],
    [
      'whose files are all in others',
      '{"distribution":[{"@type":"FileObject","@id":"a","contentUrl":"a","containedIn":{"@id":"b"}}]}',
      /no file that can be downloaded/,
      3,
    ],
  ])('%s is refused', async (_, text, message, exitCode) => {
    const host = await startFileHost();
    try {
      host.add('/c.json', text);
      const failed = resolve({ method: 'croissant', url: host.url('/c.json') }, {});
      await expect(failed).rejects.toMatchObject({ exitCode, message: expect.stringMatching(message) });
    } finally {
      await host.close();
    }
  });

  test('from the web may not lead to private addresses, but at its own host', async () => {
    const [own, other] = [await startFileHost(), await startFileHost()];
    try {
      const node = (url: string) => ({ '@type': 'cr:FileObject', '@id': url, name: 'a.csv', contentUrl: url });
      own.add('/a.csv', 'a').add('/own.json', JSON.stringify({ distribution: [node(own.url('/a.csv'))] }));
      other.add('/a.csv', 'a');
      own.add('/other.json', JSON.stringify({ distribution: [node(other.url('/a.csv'))] }));
      const options = { home: tempDir('home'), env: { MEDDS_CONFIG_DIR: '/nowhere' } };
      expect(await fetchDataset(`croissant:${own.url('/own.json')}`, options)).toMatchObject({ outcome: 'fetched' });
      await expect(fetchDataset(`croissant:${own.url('/other.json')}`, options)).rejects.toMatchObject({
        exitCode: 4,
        message: expect.stringMatching(/^The description .* leads to a private address/),
      });
      expect(other.requests).toEqual([]);
    } finally {
      await Promise.all([own.close(), other.close()]);
    }
  });

  test('on disk must name whole addresses, and be there', async () => {
    const file = path.join(tempDir('croissant'), 'c.json');
    writeFileSync(file, '{"distribution":[{"@type":"FileObject","@id":"a","contentUrl":"a.zip"}]}');
    const home = tempDir('home');
    const env = { MEDDS_CONFIG_DIR: '/nowhere' };
    await expect(fetchDataset(`croissant:${file}`, { home, env })).rejects.toThrow(
      /lies beside where the description came from/,
    );
    await expect(fetchDataset('croissant:./not-there.json', { home, env })).rejects.toMatchObject({ exitCode: 3 });
    expect(readFileSync(file, 'utf8')).toContain('a.zip');
  });
});
