/** medds on a terminal of its own (script, of util-linux): bars there and nowhere else, plain where the terminal is, the terminal given back. */
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { datasetStatus } from '../../src/index.js';
import { isolatedEnv, PROGRAM } from '../support/run-medds.js';
import { archive, fileHost, MiB, offer, stageFor, treeOfAll } from './stage.js';

const SCANS = archive('scans.zip', { size: MiB });
const host = await fileHost();
const stage = stageFor('terminal', (stage) => {
  stage.register('scans', offer(host, SCANS));
});

const noTerminal = spawnSync('script', ['--version']).stdout?.includes('util-linux')
  ? undefined
  : 'there is no script(1) here';

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** What a terminal gets while a shell runs `medds ARGS`. */
function onTerminal(args: string, env: Record<string, string | undefined> = {}) {
  const command = `stty cols 90 rows 20; exec ${[process.execPath, PROGRAM].map(quoted).join(' ')} ${args}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: {
      ...isolatedEnv({ home: stage.home, env: { ...stage.env, TERM: 'xterm', NO_COLOR: undefined, ...env } }),
      SHELL: '/bin/sh',
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let text = '';
  const ended = new Promise<{ code: number | null; text: string }>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    child.on('close', (code) => resolve({ code, text }));
  });
  // What script stops of its own accord when its program stops.
  return { ended, goOn: () => child.kill('SIGCONT') };
}

const ended = (...given: Parameters<typeof onTerminal>) => onTerminal(...given).ended;

const ESCAPE = '\u001b';

describe('a terminal', () => {
  beforeEach(({ skip }) => {
    if (noTerminal !== undefined) skip(noTerminal);
    host.misbehave('/scans.zip', { bytesPerSecond: 3 * MiB });
  });

  it('shows bars and colours, and is as before in the end; a result that goes elsewhere is the result alone', async () => {
    const file = path.join(stage.folder, 'out');
    const { code, text } = await ended(`fetch scans > ${quoted(file)}`);
    expect(code, text).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(`${stage.dataset('scans')}\n`);
    expect(text).toMatch(/█/);
    expect(text).toContain(`${ESCAPE}[?25l`);
    expect(text.lastIndexOf(`${ESCAPE}[?25h`)).toBeGreaterThan(text.lastIndexOf(`${ESCAPE}[?25l`));
    expect(text.lastIndexOf(`${ESCAPE}[?7h`)).toBeGreaterThan(text.lastIndexOf(`${ESCAPE}[?7l`));
    expect(text).toMatch(/✓.* scans · 2 files/);
  });

  it('gets no bars when they would go to a file; neither does the file', async () => {
    const file = path.join(stage.folder, 'log');
    const { code, text } = await ended(`fetch scans 2> ${quoted(file)}`);
    expect(code).toBe(0);
    expect(text).toContain(stage.dataset('scans'));
    expect(text).not.toMatch(/█/);
    expect(readFileSync(file, 'utf8')).not.toMatch(/[\r\u001b█]/);
  });

  it('that is dumb gets lines, and no control sequence', async () => {
    const { code, text } = await ended('fetch scans', { TERM: 'dumb' });
    expect(code).toBe(0);
    expect(text).not.toContain(ESCAPE);
    expect(text).toContain('Into ');
  });

  it('gets bars without colours with NO_COLOR, and without bars with --progress plain', async () => {
    const { text } = await ended('fetch scans', { NO_COLOR: '1' });
    expect(text).toMatch(/█/);
    expect(text).not.toMatch(/\u001b\[\d*(;\d+)*m/);
    const plain = await ended('fetch scans --force --progress plain', { NO_COLOR: '1' });
    expect(plain.text).not.toMatch(/█/);
    expect(plain.text).not.toContain(ESCAPE);
  });

  it('is given back while the process is stopped, and bars go on after that', async ({ skip }) => {
    if (process.platform !== 'linux') return skip('a process is looked at as Linux shows it');
    host.behave();
    host.misbehave('/scans.zip', { stallAt: MiB });
    const running = onTerminal('fetch scans');
    await host.stalled('/scans.zip');
    const { lockedBy = '' } = await datasetStatus('scans', stage);
    const pid = Number(/process (\d+)/.exec(lockedBy)?.[1]);
    const state = () => readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '')[0];
    process.kill(pid, 'SIGTSTP');
    await expect.poll(state).toBe('T');
    process.kill(pid, 'SIGCONT');
    running.goOn();
    await expect.poll(state).not.toBe('T');
    host.behave();
    host.release();
    const { code, text } = await running.ended;
    expect(code, text).toBe(0);
    // Shown when it stopped and at the end, hidden before each of the two.
    expect(text.split(`${ESCAPE}[?25h`).length).toBeGreaterThan(2);
    await stage.expectComplete('scans', treeOfAll([SCANS]));
  });
});

describe('a question to nobody', () => {
  it('is answered by the flag to give', async () => {
    await stage.json('fetch', 'scans');
    const stderr = await stage.fails(2, 'remove', 'scans');
    expect(stderr).toContain('--yes');
    await stage.expectComplete('scans', treeOfAll([SCANS]));
  });
});

it.skipIf(!existsSync('/dev/full'))('a log on a full disk does not stop the work', async () => {
  const full = openSync('/dev/full', 'w');
  const running = spawn(process.execPath, [PROGRAM, 'fetch', 'scans', '--progress', 'plain'], {
    env: isolatedEnv(stage),
    stdio: ['ignore', 'pipe', full],
  });
  closeSync(full);
  let out = '';
  running.stdout?.on('data', (text) => {
    out += text;
  });
  expect(await new Promise((resolve) => running.on('close', resolve))).toBe(0);
  expect(out).toBe(`${stage.dataset('scans')}\n`);
});
