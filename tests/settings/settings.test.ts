import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { DiskError, UsageError } from '../../src/errors.js';
import {
  changeSetting,
  forgetSetting,
  resolveSettings,
  SETTING_NAMES,
  SETTINGS,
  settingName,
  settingText,
} from '../../src/settings.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';

let folder: string;
let file: string;
let env: NodeJS.ProcessEnv;

beforeEach(() => {
  folder = tempDir('settings');
  file = path.join(folder, 'config.json');
  env = { MEDDS_CONFIG_DIR: folder };
});
afterAll(removeTempDirs);

const store = (settings: unknown): void => writeFileSync(file, JSON.stringify(settings));

describe('precedence', () => {
  test('a default holds where nothing else is said', () => {
    const { jobs, home, registries, offline } = resolveSettings({ env });
    expect(jobs).toEqual({ value: 4, origin: 'default', from: 'default' });
    expect(path.isAbsolute(home.value) && /medds/.test(home.value)).toBe(true);
    expect(registries.value).toEqual([]);
    expect(offline.value).toBe(false);
  });

  test('the file wins over the default, the environment over the file, a flag over all', () => {
    store({ jobs: 5 });
    expect(resolveSettings({ env }).jobs).toEqual({ value: 5, origin: 'file', from: file });
    env.MEDDS_JOBS = '6';
    expect(resolveSettings({ env }).jobs).toEqual({ value: 6, origin: 'environment', from: 'MEDDS_JOBS' });
    expect(resolveSettings({ env, flags: { jobs: '7' } }).jobs).toEqual({ value: 7, origin: 'flag', from: '--jobs' });
  });

  test('a flag that was not given and a variable that is empty say nothing', () => {
    env.MEDDS_HOME = '';
    expect(resolveSettings({ env, flags: { jobs: undefined } }).jobs.origin).toBe('default');
    expect(resolveSettings({ env }).home.origin).toBe('default');
  });

  test('false is an answer', () => {
    store({ 'keep-archives': true });
    const flags = { 'keep-archives': false };
    expect(resolveSettings({ env, flags })['keep-archives']).toMatchObject({ value: false, origin: 'flag' });
  });
});

describe('values', () => {
  const given = (name: (typeof SETTING_NAMES)[number], raw: string): unknown =>
    resolveSettings({ env: { ...env, [SETTINGS[name].env]: raw } })[name].value;

  test.each([
    ['500k', 500_000],
    ['10M', 10_000_000],
    ['1.5MiB', 1_572_864],
    ['2 GB/s', 2_000_000_000],
    ['65536', 65_536],
    ['none', null],
  ])('a rate of %s is %s bytes a second', (text, bytes) => {
    expect(given('limit-rate', text)).toBe(bytes);
  });

  test.each([
    ['limit-rate', 'fast'],
    ['limit-rate', '10T'],
    ['limit-rate', '-1M'],
    ['limit-rate', '3'],
    ['jobs', '0'],
    ['jobs', '65'],
    ['jobs', '2.5'],
    ['jobs', 'many'],
    ['connections', '1e1'],
    ['keep-archives', 'maybe'],
    ['progress', 'dots'],
  ] as const)('%s cannot be %s; the variable and what is allowed are named', (name, text) => {
    expect(() => given(name, text)).toThrowError(UsageError);
    expect(() => given(name, text)).toThrowError(
      `${SETTINGS[name].env} is "${text}"; it must be ${SETTINGS[name].kind.allowed}`,
    );
  });

  test.each(['1', 'true', 'YES', 'on'])('%s is yes', (text) => expect(given('offline', text)).toBe(true));
  test.each(['0', 'false', 'No', 'off'])('%s is no', (text) => expect(given('offline', text)).toBe(false));

  test('a folder is made absolute, and ~ is the home folder', () => {
    expect(given('home', 'data')).toBe(path.resolve('data'));
    expect(given('home', '~/data')).toBe(path.join(os.homedir(), 'data'));
    expect(given('home', '/a/~b')).toBe(path.resolve('/a/~b'));
  });

  test.skipIf(path.delimiter !== ':')('registries are parted like PATH, and URLs keep their colons', () => {
    expect(given('registries', '/a.json:https://host/b.json:~/c.json')).toEqual([
      '/a.json',
      'https://host/b.json',
      path.join(os.homedir(), 'c.json'),
    ]);
    expect(given('registries', 'http://127.0.0.1:8080/r.json:https://b:99:/d.json')).toEqual([
      'http://127.0.0.1:8080/r.json',
      'https://b:99',
      '/d.json',
    ]);
  });

  test('a registry given by a flag is one place, whatever is in its name', () => {
    const { registries } = resolveSettings({ env, flags: { registries: ['/a:b.json', 'https://h/x'] } });
    expect(registries.value).toEqual(['/a:b.json', 'https://h/x']);
  });

  test('every value is printed as text that gives the same value again', () => {
    for (const rate of [null, 1000, 65_536, 1_500_000, 10_000_000, 1_234_567]) {
      expect(given('limit-rate', settingText('limit-rate', rate))).toBe(rate);
    }
    const settings = resolveSettings({ env });
    for (const name of SETTING_NAMES) {
      const text = settingText(name, settings[name].value);
      if (text !== '') expect(given(name, text)).toEqual(settings[name].value);
    }
  });
});

describe('the settings file', () => {
  test('keeps what is stored in it, and nothing more when that is taken out', async () => {
    expect(await changeSetting('jobs', '9', env)).toBe(9);
    await changeSetting('limit-rate', '10M', env);
    await changeSetting('keep-archives', 'yes', env);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ jobs: 9, 'limit-rate': '10M', 'keep-archives': true });
    expect(resolveSettings({ env })['limit-rate']).toMatchObject({ value: 10_000_000, origin: 'file' });
    await forgetSetting('jobs', env);
    expect(resolveSettings({ env }).jobs.origin).toBe('default');
    expect(resolveSettings({ env })['keep-archives'].value).toBe(true);
  });

  test('is made with its folder', async () => {
    env.MEDDS_CONFIG_DIR = path.join(folder, 'a', 'b');
    await changeSetting('home', '/data', env);
    expect(resolveSettings({ env }).home.value).toBe(path.resolve('/data'));
  });

  test('holds absolute paths, so that they mean the same from everywhere', async () => {
    await changeSetting('home', 'relative', env);
    await changeSetting('registries', ['r.json', 'https://h/s.json'].join(path.delimiter), env);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      home: path.resolve('relative'),
      registries: [path.resolve('r.json'), 'https://h/s.json'],
    });
  });

  test('written by hand, its relative paths count from its own folder', () => {
    store({ home: 'data', registries: ['mine.json'] });
    const { home, registries } = resolveSettings({ env });
    expect(home.value).toBe(path.join(folder, 'data'));
    expect(registries.value).toEqual([path.join(folder, 'mine.json')]);
  });

  test('with a value that is not allowed names the key, the file and the way out', () => {
    store({ jobs: 'many' });
    expect(() => resolveSettings({ env })).toThrowError(
      `jobs in ${file} is "many"; it must be a whole number from 1 to 64`,
    );
    store({ home: 7 });
    expect(() => resolveSettings({ env })).toThrowError(UsageError);
  });

  test('with a wrong value can still be mended', async () => {
    store({ jobs: 'many' });
    await changeSetting('jobs', '3', env);
    expect(resolveSettings({ env }).jobs.value).toBe(3);
  });

  test('refuses a value before it is stored', async () => {
    await expect(changeSetting('jobs', '99', env)).rejects.toThrowError('jobs is "99"');
    expect(resolveSettings({ env }).jobs.origin).toBe('default');
  });

  test.each(['{"jobs": ', '[]', 'null', ''])(
    'that is damaged (%j) is told by its name, and not overwritten',
    async (text) => {
      writeFileSync(file, text);
      expect(() => resolveSettings({ env })).toThrowError(`The settings file ${file} is damaged`);
      await expect(changeSetting('jobs', '3', env)).rejects.toThrowError(UsageError);
      expect(readFileSync(file, 'utf8')).toBe(text);
    },
  );

  test('that cannot be there is a disk error', async () => {
    writeFileSync(file, 'a file where a folder should be');
    env.MEDDS_CONFIG_DIR = path.join(file, 'folder');
    expect(() => resolveSettings({ env })).toThrowError(DiskError);
    await expect(changeSetting('jobs', '3', env)).rejects.toThrowError(DiskError);
  });
});

test('a setting that does not exist is answered with those that do', () => {
  expect(settingName('jobs')).toBe('jobs');
  expect(() => settingName('job')).toThrowError('There is no setting called job');
  expect(() => settingName('toString')).toThrowError(UsageError);
});

test('docs/configuration.md has every setting with its variable, flag, default and description', () => {
  const text = readFileSync(new URL('../../docs/configuration.md', import.meta.url), 'utf8');
  for (const name of SETTING_NAMES) {
    const { env: variable, flag, description, fallback } = SETTINGS[name];
    const row = text.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));
    expect(row, name).toContain(`| \`${flag}\` | \`${variable}\` |`);
    expect(row, name).toContain(`| ${description} |`);
    const standard = fallback();
    if (typeof standard === 'number' || typeof standard === 'boolean') expect(row).toContain(`| ${standard} |`);
  }
});
