import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { BusyError, DiskError, InterruptedError } from '../../src/errors.js';
import { type Layout, layoutOf } from '../../src/library/layout.js';
import { acquireLock, type Holder, lockHolder, type Pace } from '../../src/library/lock.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { shuffled, withHook } from './crash.js';

const PROGRAM = fileURLToPath(new URL('./hold-lock.js', import.meta.url));
/** Fast enough for a test; nothing waits for the silence where it is long. */
const PACE: Pace = { beat: 20, look: 10, silence: 60_000, brief: 60_000 };

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  removeTempDirs();
});

const library = () => layoutOf(tempDir('lock'));

const take = (layout: Layout, options: Partial<Parameters<typeof acquireLock>[2]> = {}) =>
  acquireLock(layout, 'lung', { command: 'fetch', wait: false, pace: PACE, ...options });

/** Another process, and its next line of output. */
function holder(layout: Layout): { child: ChildProcess; line(): Promise<string> } {
  const child = spawn(process.execPath, [PROGRAM, layout.home, 'lung'], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  return { child, line: async () => String((await once(child.stdout as NodeJS.ReadableStream, 'data'))[0]) };
}

/** A lock as somebody else's process would have left it. */
function plant(layout: Layout, holder: { [K in keyof Holder]?: Holder[K] | undefined }) {
  const whole = {
    pid: 1_000_000_000,
    host: os.hostname(),
    command: 'import',
    since: '2026-01-01T00:00:00Z',
    token: '12345678',
    ...holder,
  };
  fs.mkdirSync(layout.state('lung'), { recursive: true });
  fs.writeFileSync(layout.lock('lung'), JSON.stringify(whole));
  return whole;
}

/** What this process would write, so that a planted lock can differ in one point. */
async function mine(layout: Layout): Promise<Holder> {
  const lock = await take(layout);
  const holder = JSON.parse(fs.readFileSync(layout.lock('lung'), 'utf8')) as Holder;
  await lock.release();
  return holder;
}

describe('acquireLock', () => {
  it('is refused to a second one, who learns who holds it', async () => {
    const layout = library();
    const lock = await take(layout);
    const failure = await take(layout).catch((error) => error);
    expect(failure).toBeInstanceOf(BusyError);
    expect(failure.dataset).toBe('lung');
    expect(failure.message).toMatch(`fetch, process ${process.pid} on ${os.hostname()}, since 2`);
    expect(await lockHolder(layout, 'lung')).toMatchObject({ pid: process.pid, command: 'fetch' });
    await lock.release();
    await lock.release();
    expect(await lockHolder(layout, 'lung')).toBeUndefined();
    expect(fs.existsSync(layout.state('lung'))).toBe(false);
    await (await take(layout)).release();
  });

  it('waits for another process, and says for whom, once', async () => {
    const layout = library();
    const other = holder(layout);
    expect(await other.line()).toBe('held\n');
    const waitedFor: Holder[] = [];
    const ours = take(layout, {
      wait: true,
      onWait: (found) => {
        waitedFor.push(found);
        other.child.stdin?.write('go\n');
      },
    });
    await (await ours).release();
    expect(waitedFor.map(({ pid }) => pid)).toEqual([other.child.pid]);
  });

  it('takes over at once from a process that was killed', async () => {
    const layout = library();
    const other = holder(layout);
    expect(await other.line()).toBe('held\n');
    await expect(take(layout)).rejects.toThrow(BusyError);
    other.child.kill('SIGKILL');
    await once(other.child, 'exit');
    await (await take(layout)).release();
  });

  it('lets one of many have it at a time', async () => {
    const layout = library();
    let inside = 0;
    const visits = Array.from({ length: 12 }, async () => {
      const lock = await take(layout, { wait: true, pace: { ...PACE, look: 1 } });
      inside += 1;
      expect(inside).toBe(1);
      await new Promise(setImmediate);
      inside -= 1;
      await lock.release();
    });
    await Promise.all(visits);
  });

  it('breaks the lock of a killed process for one only, when many come at once', async () => {
    for (let round = 0; round < 30; round++) {
      const layout = library();
      plant(layout, { ...(await mine(layout)), pid: 1_000_000_000, token: '0000dead' });
      const results = await withHook(shuffled(round), () =>
        Promise.allSettled(Array.from({ length: 5 }, () => take(layout))),
      );
      const won = results.filter((result) => result.status === 'fulfilled');
      expect(won).toHaveLength(1);
      for (const result of won) await result.value.release();
      expect(fs.existsSync(layout.lock('lung'))).toBe(false);
    }
  });

  it('is not stopped for ever by a process that died while it broke a lock', async () => {
    const layout = library();
    plant(layout, { ...(await mine(layout)), pid: 1_000_000_000, token: '0000dead' });
    fs.writeFileSync(`${layout.lock('lung')}.0000dead.tmp`, '');
    await expect(take(layout)).rejects.toThrow(BusyError);
    await (await take(layout, { wait: true, pace: { ...PACE, brief: 100 } })).release();
    expect(fs.existsSync(layout.state('lung'))).toBe(false);
  });

  it.runIf(process.platform === 'linux')('sees that a process id came round again', async () => {
    const layout = library();
    plant(layout, { ...(await mine(layout)), began: '1', token: '0000aaaa' });
    await (await take(layout)).release();
  });

  it.each([
    ['another machine', { host: 'elsewhere' }],
    ['another container or boot', { space: 'other' }],
  ])('cannot ask a process of %s: a heartbeat keeps its lock, whatever its clock says', async (_, where) => {
    const layout = library();
    plant(layout, { ...(await mine(layout)), pid: 1_000_000_000, token: '0000ffff', ...where });
    let beats = 0;
    const heart = setInterval(() => {
      // A clock that runs years behind, or stands in the future.
      const time = new Date(beats++ % 2 === 0 ? 1e12 + beats : 4e12 + beats);
      fs.utimesSync(layout.lock('lung'), time, time);
    }, 10);
    const patience = AbortSignal.timeout(300);
    const waiting = take(layout, { wait: true, signal: patience, pace: { ...PACE, silence: 100 } });
    await expect(waiting).rejects.toThrow(InterruptedError);
    clearInterval(heart);
    expect(beats).toBeGreaterThan(5);
  });

  it.each([
    ['of another machine that has stood still for long', (lock: object) => JSON.stringify(lock), { silence: 100 }],
    ['of a process that died before it could write it', () => '', { brief: 100 }],
    ['that is damaged', (lock: object) => JSON.stringify(lock).slice(0, 40), { brief: 100 }],
  ])('breaks a lock %s, even one from the future', async (_, written, pace) => {
    const layout = library();
    fs.writeFileSync(layout.lock('lung'), written(plant(layout, { host: 'elsewhere' })));
    fs.utimesSync(layout.lock('lung'), 4e9, 4e9);
    await expect(take(layout, { pace: { ...PACE, ...pace } })).rejects.toThrow(BusyError);
    const began = performance.now();
    await (await take(layout, { wait: true, pace: { ...PACE, ...pace } })).release();
    expect(performance.now() - began).toBeGreaterThanOrEqual(100);
  });

  it('moves its heartbeat', async () => {
    const layout = library();
    const lock = await take(layout);
    fs.utimesSync(layout.lock('lung'), 1000, 1000);
    while (fs.statSync(layout.lock('lung')).mtimeMs === 1e6) await new Promise(setImmediate);
    await lock.release();
  });

  it('leaves a lock alone that has been broken and taken meanwhile', async () => {
    const layout = library();
    const lock = await take(layout);
    fs.rmSync(layout.lock('lung'));
    const other = plant(layout, { pid: process.pid });
    await lock.release();
    expect(JSON.parse(fs.readFileSync(layout.lock('lung'), 'utf8'))).toEqual(other);
  });

  it('stops waiting when it is told to', async () => {
    const layout = library();
    const lock = await take(layout);
    const stop = new AbortController();
    const waiting = take(layout, {
      wait: true,
      signal: stop.signal,
      onWait: () => stop.abort(),
      pace: { ...PACE, look: 60_000 },
    });
    await expect(waiting).rejects.toThrow(InterruptedError);
    await lock.release();
  });

  it('says that the library cannot be written to', async () => {
    const home = tempDir('lock');
    fs.writeFileSync(`${home}/state`, 'a file');
    const failure = await take(layoutOf(home)).catch((error) => error);
    expect(failure).toBeInstanceOf(DiskError);
    expect(failure.message).toMatch(/state.*file stands where a folder should be/);
  });
});
