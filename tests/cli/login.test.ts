/** Logins: secrets come by a pipe or a terminal, are tried, kept for their owner only, and shown nowhere. */
import { chmodSync, existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ZenodoHost } from '../hosts/zenodo.js';
import { type RunResult, runMedds } from '../support/run-medds.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';

let zenodo: ZenodoHost;
let home: string;

beforeEach(async () => {
  zenodo = await new ZenodoHost({ tokens: ['s3cret'] }).start();
  home = path.join(tempDir('login'), 'library');
});

afterEach(async () => {
  await zenodo.close();
  removeTempDirs();
});

const file = () => path.join(home, '..', 'config', 'credentials.json');

function medds(args: string[], input?: string, env: Record<string, string> = {}): Promise<RunResult> {
  const all = { MEDDS_ENDPOINT_ZENODO: zenodo.origin, ...env };
  return runMedds(args, { home, env: all, ...(input === undefined ? {} : { input }) });
}

describe('login', () => {
  it('keeps a token for its owner only, and never shows it', async () => {
    const { code, stdout, stderr } = await medds(['login', 'zenodo', '--json'], 's3cret\n');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ version: 1, host: 'zenodo', checked: true });
    expect(stdout).not.toContain('s3cret');
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(path.dirname(file())).mode & 0o777).toBe(0o700);
    expect(readFileSync(file(), 'utf8')).toContain('s3cret');
    expect(zenodo.requests.at(-1)?.headers.authorization).toBe('Bearer s3cret');
  });

  it('keeps nothing that the host does not take', async () => {
    const { code, stderr } = await medds(['login', 'zenodo'], 'wrong\n');
    expect(code).toBe(4);
    expect(stderr).toContain('does not take this token');
    expect(stderr).not.toContain('"wrong"');
    expect(existsSync(file())).toBe(false);
  });

  it('says when another secret is used before it', async () => {
    const { stderr } = await medds(['login', 'zenodo'], 's3cret\n', { ZENODO_TOKEN: 'other' });
    expect(stderr).toContain('Not used as long as there is one in ZENODO_TOKEN');
  });

  it.each([
    ['nothing', ''],
    ['an empty line', '\n'],
  ])('refuses %s', async (_, input) => {
    expect((await medds(['login', 'zenodo'], input)).code).toBe(2);
  });

  it('names the hosts when there is no such one', async () => {
    const { code, stderr } = await medds(['login', 'nowhere'], 'x\n');
    expect(code).toBe(3);
    expect(stderr).toContain('zenodo');
  });
});

it('logout forgets it, and tells of what is left', async () => {
  await medds(['login', 'zenodo'], 's3cret\n');
  const { code, stdout } = await medds(['logout', 'zenodo', '--json'], undefined, { ZENODO_TOKEN: 'other' });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({ version: 1, host: 'zenodo', forgotten: true, stillAt: 'ZENODO_TOKEN' });
  expect(readFileSync(file(), 'utf8')).not.toContain('s3cret');
});

describe('doctor', () => {
  it('looks at the machine, and leaves nothing behind', async () => {
    const { code, stdout } = await medds(['doctor', '--json']);
    expect(code).toBe(0);
    const { system, datasets } = JSON.parse(stdout);
    expect(system.map(({ name }: { name: string }) => name)).toEqual(['node', 'library', 'disk', 'network']);
    expect(datasets).toEqual([]);
    expect(existsSync(home)).toBe(false);
  });

  it('warns of secrets that others can read', async () => {
    await medds(['login', 'zenodo'], 's3cret\n');
    chmodSync(file(), 0o644);
    const { stdout } = await medds(['doctor']);
    expect(stdout).toMatch(/^secrets\twarning\t.*chmod 600/m);
    expect(stdout).toMatch(/^zenodo\tok\tlogin from /m);
  });

  it('ends with 4 when a dataset that was named needs the user', async () => {
    const { code, stdout } = await medds(['doctor', 'retouch']);
    expect(code).toBe(4);
    expect(stdout).toMatch(/^retouch\tneeds a signed form\t/m);
  });

  it('looks at every dataset without the network, in an instant', async () => {
    const { code, stdout } = await medds(['doctor', '--all', '--offline', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).datasets).toHaveLength(146);
  });

  it('ends with 7 when the library cannot be written to', async () => {
    const { code } = await runMedds(['doctor'], { home: path.join(process.execPath, 'library') });
    expect(code).toBe(7);
  });
});
