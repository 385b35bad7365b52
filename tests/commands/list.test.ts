import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Listed } from '../../src/catalogue.js';
import type { DatasetStatus } from '../../src/library/inventory.js';
import { listText } from '../../src/ui/dataset-list.js';
import { styleOf } from '../../src/ui/terminal.js';
import { type FileHost, startFileHost } from '../hosts/file-host.js';
import { dataset, entry, writeRegistry } from '../registry/fixture.js';
import { runMedds } from '../support/run-medds.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { addComplete, addPartial } from './some-library.js';

let home: string;
let registry: string;

beforeAll(async () => {
  const folder = tempDir('list');
  home = path.join(folder, 'home');
  // Words that the bundled registry does not have, so that it may grow as it likes.
  registry = writeRegistry(folder, 'r.json', {
    'zz-one': entry({
      name: 'Zzfixture one',
      modalities: ['CT'],
      tasks: ['detection', 'segmentation'],
      size: 66_337_930_718,
      cases: 888,
    }),
    'zz-two': entry({
      name: 'Zzfixture two',
      modalities: ['MR'],
      sources: [
        { method: 'kaggle', dataset: 'a/b', requires: ['token'] },
        { method: 'manual', host: 'h', url: 'https://h.example/', steps: ['Go.'], requires: ['agreement'] },
        { method: 'github', repo: 'a/b', onlyByName: 'A copy.' },
      ],
    }),
    'zz-three': entry({ name: 'Zzfixture three', license: { name: 'Own', spdx: 'CC0-1.0' } }),
  });
  addComplete(home, 'zz-one');
  await addPartial(home, 'zz-three', 16);
});
afterAll(removeTempDirs);

const list = (...args: string[]) => runMedds(['list', ...args], { home, env: { MEDDS_REGISTRY: registry } });

describe('in a pipe', () => {
  test('a line a dataset, cells parted by tabs, exact numbers, no header, nothing on stderr', async () => {
    expect(await list('zzfixture')).toEqual({
      code: 0,
      signal: null,
      stdout: [
        'zz-one\tCT\tdetection, segmentation\t66337930718\t888\tzenodo\tcomplete',
        'zz-three\t-\t-\t-\t-\tzenodo\t0 of 16 files',
        'zz-two\tMR\t-\t-\t-\tkaggle (login), by hand\t-',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  test('the same with a flag, which goes through the whole command-line frame', async () => {
    const [fast, whole] = await Promise.all([list('zzfixture'), list('zzfixture', '--sort', 'id')]);
    expect(whole).toEqual(fast);
  });

  test('status is the same both ways too', async () => {
    const [fast, whole] = await Promise.all([
      runMedds(['status'], { home }),
      runMedds(['status', '--home', home], { home: tempDir('elsewhere') }),
    ]);
    expect(fast.stdout).toContain('zz-one\tcomplete\t');
    expect(whole).toEqual(fast);
  });

  test('nothing that fits is no error, and is said to the person', async () => {
    const none = await list('zzfixture', 'no-such-word');
    expect(none).toMatchObject({ code: 0, stdout: '' });
    expect(none.stderr).toMatch(/^No dataset fits\. medds list shows all \d+\.\n$/);
    expect((await list('zzfixture', 'no-such-word', '--quiet')).stderr).toBe('');
  });
});

describe('flags', () => {
  const ids = async (...args: string[]) =>
    (await list('zzfixture', ...args)).stdout
      .split('\n')
      .map((line) => line.split('\t')[0])
      .filter(Boolean);

  test('filter and sort', async () => {
    const [mri, here, absent, cases, license] = await Promise.all([
      ids('--modality', 'MRI', '--modality', 'sonar'),
      ids('--here'),
      ids('--absent'),
      ids('--sort', 'cases', '--method', 'zenodo'),
      ids('--license=CC0'),
    ]);
    expect(mri).toEqual(['zz-two']);
    expect(here).toEqual(['zz-one', 'zz-three']);
    expect(absent).toEqual(['zz-two']);
    expect(cases).toEqual(['zz-one', 'zz-three']);
    expect(license).toEqual(['zz-three']);
  });

  test('a repeated flag takes one value each, so that words may follow', async () => {
    expect((await list('--task', 'detection', 'zzfixture')).stdout).toMatch(/^zz-one\t.*\n$/);
  });

  test.each([
    [['--here', '--absent'], '--absent'],
    [['--sort', 'age'], 'one of: id, name, size, cases'],
    [['--bogus'], 'There is no flag --bogus'],
  ])('%j is wrong usage', async (args, message) => {
    const wrong = await list(...args);
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain(message);
    expect(wrong.stderr).toContain('medds list --help');
  });
});

test('--json is the documented form', async () => {
  const { code, stdout, stderr } = await list('zzfixture', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const document = JSON.parse(stdout);
  expect(document).toMatchObject({ version: 1, total: expect.any(Number) });
  expect(document.total).toBeGreaterThan(3);
  expect(document.datasets[0]).toEqual({
    id: 'zz-one',
    name: 'Zzfixture one',
    title: null,
    section: null,
    modalities: ['CT'],
    anatomy: [],
    tasks: ['detection', 'segmentation'],
    size: 66_337_930_718,
    cases: 888,
    license: null,
    access: [{ source: 'zenodo', methods: ['zenodo'], requires: [] }],
    here: { state: 'complete', download: null, chosen: null },
  });
  expect(document.datasets[1]).toMatchObject({
    license: 'CC0-1.0',
    here: { state: 'partial', download: { files: 16, done: 0 } },
  });
  expect(document.datasets[2]).toMatchObject({
    here: null,
    access: [
      { source: 'kaggle', methods: ['kaggle'], requires: ['token'] },
      { source: 'manual', methods: ['manual'], requires: ['agreement'] },
    ],
  });
});

describe('on a terminal', () => {
  const partial = { id: 'luna16', state: 'partial', download: { files: 16, done: 3, bytes: 1 } } as DatasetStatus;
  const listed: Listed[] = [
    {
      dataset: dataset('luna16', {
        modalities: ['CT'],
        tasks: ['detection', 'classification', 'segmentation'],
        size: 66_337_930_718,
        cases: 888,
      }),
      status: partial,
    },
    { dataset: dataset('mitos-atypia-14', { modalities: ['WSI'], tasks: ['detection'], cases: 112_120 }) },
  ];
  const table = async (width: number) =>
    (await listText(listed, { tty: true, width, style: styleOf(false) })).split('\n');

  test('a table that fits', async () => {
    expect(await table(120)).toEqual([
      'ID               MODALITY  TASK                                        SIZE    CASES  ACCESS  HERE',
      'luna16           CT        detection, classification, segmentation  66.3 GB      888  zenodo  3 of 16 files',
      'mitos-atypia-14  WSI       detection                                      -  112,120  zenodo  -',
    ]);
    expect(await table(80)).toEqual([
      'ID               MODALITY  TASK             SIZE    CASES  ACCESS  HERE',
      'luna16           CT        detection,…   66.3 GB      888  zenodo  3 of 16 files',
      'mitos-atypia-14  WSI       detection           -  112,120  zenodo  -',
    ]);
    expect((await table(60))[0]).toBe('ID               MODALITY     SIZE  ACCESS  HERE');
    expect((await table(40))[0]).toBe('ID                  SIZE  HERE');
  });

  test('names from registries cannot steer the terminal', async () => {
    const evil = [{ dataset: dataset('evil', { modalities: ['C\u001b[31mT'], tasks: ['a\tb\nc'] }) }];
    expect(await listText(evil, { tty: true, width: 80, style: styleOf(false) })).not.toMatch(
      /[\u0000-\u0009\u000b-\u001f]/,
    );
    const piped = await listText(evil, { tty: false, width: 80, style: styleOf(false) });
    expect(piped.split('\n')).toHaveLength(1);
    expect(piped.split('\t')).toHaveLength(7);
  });
});

describe('a registry from a URL', () => {
  let host: FileHost;
  beforeAll(async () => {
    host = await startFileHost();
    host.add('/r.json', readFileSync(registry));
  });
  afterAll(() => host.close());

  const listFrom = (url: string, ...args: string[]) =>
    runMedds(['list', 'zzfixture', '--registry', url, ...args], { home });

  test('is fetched once, by a client that says who it is', async () => {
    const { code, stdout, stderr } = await listFrom(host.url('/r.json'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('zz-one\t');
    expect(host.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(['GET /r.json']);
    expect(host.requests[0]?.headers['user-agent']).toMatch(/^medds\//);
  });

  test('that is not there is an error that names it', async () => {
    const { code, stdout, stderr } = await listFrom(host.url('/missing.json'));
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain(host.url('/missing.json'));
  });

  test('is not fetched offline, but used where it was fetched before', async () => {
    const before = host.requests.length;
    expect(await listFrom(host.url('/new.json'), '--offline')).toMatchObject({ code: 5, stdout: '' });
    expect((await listFrom(host.url('/r.json'), '--offline')).stdout).toContain('zz-one\t');
    expect(host.requests.length).toBe(before);
  });
});

test('a library that cannot be read is told, and the list is still shown', async () => {
  const file = path.join(tempDir('no-library'), 'home');
  writeFileSync(file, 'a file where a folder should be');
  const listed = await runMedds(['list', 'zzfixture'], { home: file, env: { MEDDS_REGISTRY: registry } });
  expect(listed.code).toBe(0);
  expect(listed.stdout).toContain('zz-one\t');
  expect(listed.stderr).toContain('Warning: what is here is not known');
});
