/** What may stand behind `medds fetch`: ids, sources, locators; and what may not. */
import { existsSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { archive, single, stageFor, treeOfAll, zenodoWith } from './stage.js';

const FIRST = [archive('scans.zip'), single('list.csv')];
const SECOND = [archive('more.zip')];

const zenodo = await zenodoWith({ 1001: FIRST, 2002: SECOND });
const stage = stageFor('arguments', (stage) => {
  stage.env.MEDDS_ENDPOINT_ZENODO = zenodo.origin;
  stage.register('lungs', { method: 'zenodo', record: '1001' });
});

describe('sources', () => {
  beforeEach(() => {
    const [first, second] = [FIRST, SECOND].map((files) =>
      files.map(({ key, data }) => ({ path: key, size: data.length })),
    );
    stage.register(
      'eyes',
      { method: 'zenodo', name: 'first', record: '1001', files: first },
      { method: 'zenodo', name: 'second', record: '2002', files: second },
      { method: 'zenodo', name: 'copy', record: '1001', onlyByName: 'a personal copy' },
    );
  });

  it('are taken by name with --source', async () => {
    expect(await stage.json('fetch', 'eyes', '--source', 'second')).toMatchObject({ source: { name: 'second' } });
    await stage.expectComplete('eyes', treeOfAll(SECOND));
    expect(await stage.json('fetch', 'eyes', '--source', 'copy', '--force')).toMatchObject({
      source: { name: 'copy' },
    });
    await stage.expectComplete('eyes', treeOfAll(FIRST));
  });

  it('that do not exist are refused with the names of those that do', async () => {
    const { code, stderr } = await stage.run('fetch', 'eyes', '--source', 'third');
    expect(code).toBe(3);
    expect(stderr).toContain('no source called third');
    expect(stderr).toContain('first, second, copy');
  });
});

describe('a locator', () => {
  it('of a Zenodo record is fetched as it is, under a name of its own', async () => {
    expect(await stage.json('fetch', 'zenodo:2002')).toMatchObject({ id: 'zenodo-2002', name: 'Record 2002' });
    await stage.expectComplete('zenodo-2002', treeOfAll(SECOND));
    expect(await stage.json('fetch', 'doi:10.5281/zenodo.2002', '--as', 'mine')).toMatchObject({ id: 'mine' });
    await stage.expectComplete('mine', treeOfAll(SECOND));
    expect(stage.manifest('mine').argument).toBe('doi:10.5281/zenodo.2002');
  });

  it('of a file is fetched, unpacked where it is an archive, and nothing is known of it before', async () => {
    const url = `${zenodo.origin}/records/2002/files/more.zip`;
    const { code, stdout, stderr } = await stage.run('fetch', url);
    expect(code, stderr).toBe(0);
    expect(stdout).toBe(`${stage.dataset('more')}\n`);
    expect(stderr).toContain('no checksum was known; SHA-256 recorded');
    await stage.expectComplete('more', treeOfAll(SECOND));
    expect(stage.manifest('more')).toMatchObject({ argument: url, verified: { checksums: 0, of: 1 } });

    const table = `${zenodo.origin}/records/1001/files/list.csv`;
    expect(await stage.json('fetch', table, '--as', 'table-1')).toMatchObject({ id: 'table-1', files: 1 });
    await stage.expectComplete('table-1', treeOfAll(FIRST.slice(1)));
  });

  it.each([
    [['zenodo:2002', '--as', 'lungs'], 2, 'lungs is the name of another dataset'],
    [['zenodo:2002', '--as', '../up'], 2, "cannot be a dataset's id"],
    [['https://user:secret@127.0.0.1/a.zip'], 2, 'must not hold a user name'],
    [['zenodo:404404'], 3, 'There is no Zenodo record 404404'],
  ])('%j ends with %i', async (args, code, words) => {
    const result = await stage.run('fetch', ...args);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain(words);
    expect(result.stderr).not.toContain('secret');
    expect(await stage.json('status')).toMatchObject({ datasets: [] });
  });
});

it('finds a dataset by a name near to it, and says which', async () => {
  const { code, stdout, stderr } = await stage.run('fetch', 'lungz');
  expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
  expect(stderr).toMatch(/Did you mean .*\blungs\?/);
  const { error } = JSON.parse((await stage.run('fetch', 'lungz', '--json')).stdout);
  expect(error).toMatchObject({
    code: 'NOT_FOUND',
    exitCode: 3,
    message: expect.any(String),
    hint: expect.any(String),
  });
});

it('says in a line or two what is wrong with a command line', async () => {
  const lines = [
    ['fetch'],
    ['fetch', 'lungs', 'eyes'],
    ['fetch', 'lungs', '--jobs', '0'],
    ['fetch', 'lungs', '--limit-rate', 'fast'],
    ['fetch', 'lungs', '--progress', 'loud'],
    ['fetch', 'lungs', '--bogus'],
    ['import', 'lungs'],
    ['verify'],
  ];
  for (const [index, { code, stdout, stderr }] of (
    await Promise.all(lines.map((args) => stage.run(...args)))
  ).entries()) {
    expect({ args: lines[index], code, stdout }).toEqual({ args: lines[index], code: 2, stdout: '' });
    expect(stderr).toMatch(/^Error: /);
    expect(stderr.trimEnd().split('\n').length).toBeLessThanOrEqual(4);
  }
  expect(existsSync(stage.home)).toBe(false);
});
