import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { runMedds } from '../support/run-medds.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';

let folder: string;
let file: string;

beforeEach(() => {
  folder = tempDir('config');
  file = path.join(folder, 'config.json');
});
afterAll(removeTempDirs);

const config = (args: string[], env: Record<string, string> = {}) =>
  runMedds(['config', ...args], { home: path.join(folder, 'home'), env: { MEDDS_CONFIG_DIR: folder, ...env } });

test('set stores, get prints the value and nothing else, unset forgets', async () => {
  const set = await config(['set', 'jobs', '9']);
  expect(set).toMatchObject({ code: 0, stdout: '', stderr: `jobs is 9 from now on (${file})\n` });
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ jobs: 9 });
  expect(await config(['get', 'jobs'])).toMatchObject({ code: 0, stdout: '9\n', stderr: '' });
  expect(await config(['unset', 'jobs'])).toMatchObject({ code: 0, stderr: 'jobs is back to its default: 4\n' });
  expect((await config(['get', 'jobs'])).stdout).toBe('4\n');
});

test('list shows every value and where it comes from', async () => {
  await config(['set', 'limit-rate', '10M']);
  const { stdout } = await config(['list'], { MEDDS_CONNECTIONS: '3' });
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  expect(rows).toContainEqual(['limit-rate', '10M', file, expect.any(String)]);
  expect(rows).toContainEqual(['connections', '3', 'MEDDS_CONNECTIONS', expect.any(String)]);
  expect(rows).toContainEqual(['jobs', '4', 'default', expect.any(String)]);
  expect(rows).toContainEqual(['registries', '-', 'default', expect.any(String)]);
});

test('--json everywhere', async () => {
  const set = JSON.parse((await config(['set', 'limit-rate', '10M', '--json'])).stdout);
  expect(set).toEqual({ version: 1, name: 'limit-rate', value: 10_000_000, file });
  const got = JSON.parse((await config(['get', 'limit-rate', '--json'])).stdout);
  expect(got).toEqual({ version: 1, name: 'limit-rate', value: 10_000_000, origin: 'file', from: file });
  const listed = JSON.parse((await config(['list', '--json'])).stdout);
  expect(listed).toMatchObject({ version: 1, file });
  expect(listed.settings).toContainEqual({
    name: 'limit-rate',
    value: 10_000_000,
    origin: 'file',
    from: file,
    variable: 'MEDDS_LIMIT_RATE',
    description: expect.any(String),
  });
  const unset = JSON.parse((await config(['unset', 'limit-rate', '--json'])).stdout);
  expect(unset).toEqual({ version: 1, name: 'limit-rate', value: null, file });
});

test('what was set is what other commands use', async () => {
  const elsewhere = path.join(folder, 'elsewhere');
  await config(['set', 'home', elsewhere]);
  const got = await runMedds(['config', 'get', 'home'], {
    home: folder,
    env: { MEDDS_CONFIG_DIR: folder, MEDDS_HOME: undefined },
  });
  expect(got.stdout).toBe(`${elsewhere}\n`);
});

test.each([
  [['set', 'jobs', 'many'], 'a whole number from 1 to 64'],
  [['set', 'colour', 'red'], 'There is no setting called colour'],
  [['get', 'colour'], 'The settings are: home,'],
  [['set', 'jobs'], 'VALUE is missing'],
  [['get'], 'SETTING is missing'],
])('%j is wrong usage', async (args, message) => {
  const wrong = await config(args);
  expect(wrong).toMatchObject({ code: 2, stdout: '' });
  expect(wrong.stderr.replace(/\s+/g, ' ')).toContain(message);
});
