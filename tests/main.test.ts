/** The program as a process: start-up, help, and how it ends. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addComplete } from './commands/some-library.js';
import { isolatedEnv, PROGRAM, runMedds } from './support/run-medds.js';
import { removeTempDirs, tempDir } from './support/temp-dir.js';

let folder: string;
let home: string;

beforeAll(() => {
  folder = tempDir('main');
  home = path.join(folder, 'home');
  mkdirSync(home);
});
afterAll(removeTempDirs);

const medds = (...args: string[]) => runMedds(args, { home });

describe('help', () => {
  test.each([[[]], [['--help']], [['help']]])('%j shows what there is, with examples first', async (args) => {
    const { code, stdout, stderr } = await medds(...args);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.indexOf('EXAMPLES')).toBeLessThan(stdout.indexOf('COMMANDS'));
    const commands = [...stdout.slice(stdout.indexOf('COMMANDS')).matchAll(/^ {2}([a-z]+) {2}/gm)].map(
      ([, name]) => name,
    );
    expect(commands.slice(0, 9)).toEqual([
      'list',
      'info',
      'fetch',
      'import',
      'status',
      'path',
      'verify',
      'remove',
      'clean',
    ]);
  });

  test('of a topic and of a command', async () => {
    expect((await medds('config')).stdout).toContain('config unset');
    expect((await medds('config', 'set', '--help')).stdout).toContain('medds config set home /data/medds');
  });

  test('--version is one line', async () => {
    expect((await medds('--version')).stdout).toMatch(/^medds\/\d+\.\d+\.\d+ \S+ node-v\S+\n$/);
  });
});

describe('wrong command lines', () => {
  test('a command that does not exist', async () => {
    const { code, stdout, stderr } = await medds('fetsh');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('fetsh is not a medds command');
    expect(stderr).toContain('medds help');
  });

  test('with --json, the error is a document even where flags cannot be parsed', async () => {
    const { code, stdout } = await medds('list', '--json', '--bogus');
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, error: { code: 'USAGE', exitCode: 2 } });
  });

  test('a setting that is wrong, on the fast way too', async () => {
    const { code, stderr } = await runMedds(['list'], { home, env: { MEDDS_JOBS: 'many' } });
    expect(code).toBe(2);
    expect(stderr).toContain('MEDDS_JOBS is "many"');
  });
});

test('an old Node is told what it lacks', async () => {
  const old = "Object.defineProperty(process.versions, 'node', { value: '20.18.3' })";
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(old)}`, PROGRAM, 'list'],
    {
      env: isolatedEnv({ home }),
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect({ code, errors }).toEqual({
    code: 1,
    errors: 'Error: medds needs Node 20.19 or newer; this is Node 20.18.3.\n',
  });
});

describe('medds path', () => {
  test('prints the folder and nothing else, with flags or without', async () => {
    const data = addComplete(home, 'zz-here');
    const expected = { code: 0, signal: null, stdout: `${data}\n`, stderr: '' };
    expect(await medds('path', 'zz-here')).toEqual(expected);
    expect(await medds('path', 'zz-here', '--quiet')).toEqual(expected);
    expect(JSON.parse((await medds('path', 'zz-here', '--json')).stdout)).toEqual({ version: 1, path: data });
  });

  test('finds it by an alias of the registry', async () => {
    const registry = path.join(folder, 'alias.json');
    const entry = { name: 'Zz', aliases: ['zz-other'], sources: [{ method: 'zenodo', record: '1' }] };
    writeFileSync(registry, JSON.stringify({ version: 1, datasets: { 'zz-aliased': entry } }));
    const data = addComplete(home, 'zz-aliased');
    const env = { MEDDS_REGISTRY: registry };
    expect((await runMedds(['path', 'zz-other'], { home, env })).stdout).toBe(`${data}\n`);
    expect((await runMedds(['path', 'ZZ-Aliased'], { home, env })).stdout).toBe(`${data}\n`);
  });

  test('tells what is not complete (9) from what does not exist (3)', async () => {
    const registry = path.join(folder, 'known.json');
    const entry = { name: 'Zz', sources: [{ method: 'zenodo', record: '1' }] };
    writeFileSync(registry, JSON.stringify({ version: 1, datasets: { 'zz-known': entry } }));
    const env = { MEDDS_REGISTRY: registry };
    const known = await runMedds(['path', 'zz-known'], { home, env });
    expect(known).toMatchObject({ code: 9, stdout: '' });
    expect(known.stderr).toContain('medds fetch zz-known');
    expect(await runMedds(['path', 'zz-knwon'], { home, env })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('Did you mean zz-known?'),
    });
    expect((await runMedds(['path', '../zz-known'], { home, env })).code).toBe(3);
  });
});

test('what scripts call in loops loads neither the command-line frame nor other heavy packages', async () => {
  const loaded = await loadedBy('path', 'zz-here');
  expect(loaded.size).toBeGreaterThan(0);
  expect([...loaded]).toEqual(['env-paths']);
  expect([...(await loadedBy('list', 'lung'))]).toEqual(['env-paths']);
});

/** Names of the packages that a command loads. */
async function loadedBy(...args: string[]): Promise<Set<string>> {
  addComplete(home, 'zz-here');
  const hooks =
    'export async function load(url, context, next) { console.error("loads " + url); return next(url, context); }';
  const register = `import { register } from 'node:module'; register('data:text/javascript,${encodeURIComponent(hooks)}');`;
  const child = spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(register)}`, PROGRAM, ...args],
    {
      env: isolatedEnv({ home }),
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let text = '';
  for await (const chunk of child.stderr) text += chunk;
  expect(text).toContain('dist/main.js');
  return new Set([...text.matchAll(/node_modules\/((?:@[^/]+\/)?[^/]+)/g)].map(([, name]) => name as string));
}

test('a reader that has seen enough is no error', async () => {
  const many = path.join(folder, 'many.json');
  const entry = {
    name: 'Many',
    description: 'x'.repeat(200),
    tasks: ['y'.repeat(200)],
    sources: [{ method: 'zenodo', record: '1' }],
  };
  const datasets = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`set${index}`, entry]));
  writeFileSync(many, JSON.stringify({ version: 1, datasets }));
  const child = spawn(process.execPath, [PROGRAM, 'list', '--json', '--registry', many], {
    env: isolatedEnv({ home }),
    stdio: 'pipe',
  });
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect({ code, errors }).toEqual({ code: 0, errors: '' });
});

test.skipIf(!existsSync('/dev/full'))('a result that cannot be written is a disk error, not a crash', async () => {
  for (const args of [['list'], ['list', '--json']]) {
    const full = openSync('/dev/full', 'w');
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      env: isolatedEnv({ home }),
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    let errors = '';
    child.stderr?.on('data', (text) => {
      errors += text;
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect(code).toBe(7);
    expect(errors).toContain('the disk is full');
    expect(errors).not.toMatch(/\n\s+at /);
  }
});

test('MEDDS_DEBUG=1 adds where an error was thrown', async () => {
  const quiet = await medds('path', 'no-such-set');
  const loud = await runMedds(['path', 'no-such-set'], { home, env: { MEDDS_DEBUG: '1' } });
  expect(quiet.stderr).not.toMatch(/\n\s+at /);
  expect(loud.stderr).toMatch(/\n\s+at .*suggest\.js/);
});
