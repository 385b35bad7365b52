/**
 * One process at a time works on a dataset. A courtesy: file locks lie on some network file systems, so nothing but time and bandwidth
 * rests on it (docs/architecture.md). The holder's heartbeat moves the file's modification time. A lock is broken when its
 * process is known to be gone, or when its time has stood still for long by the watcher's own clock: no two clocks are compared.
 */
import fs from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BusyError, interruption } from '../errors.js';
import { randomName } from './atomic.js';
import { isCode, makeFolder, onDisk } from './disk.js';
import { type Holder, isHolder, lifeOf, thisProcess } from './holder.js';
import type { Layout } from './layout.js';
import { readSmallFile } from './small-file.js';

export type { Holder } from './holder.js';

export interface LockOptions {
  /** What is being done, for whoever waits: `fetch`. */
  command: string;
  /** False: fail at once when another process holds the dataset. */
  wait: boolean;
  /** Called once for each holder that is waited for. */
  onWait?(holder: Holder): void;
  signal?: AbortSignal;
  pace?: Pace;
}

/** Milliseconds. */
export interface Pace {
  beat: number;
  /** Between two looks at a lock that another process holds. */
  look: number;
  /** Without a heartbeat, after which a holder that cannot be asked is taken for dead. */
  silence: number;
  /** After which a process that has made a lock and not written it, or not broken the one that it was to break, is taken for dead. */
  brief: number;
}

const PACE: Pace = { beat: 10_000, look: 500, silence: 5 * 60_000, brief: 3000 };

const NOBODY: Holder = { pid: 0, host: 'unknown', command: 'unknown', since: 'unknown', token: '00000000' };

export interface Lock {
  /** Gives the dataset free. May be called twice. */
  release(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** @throws BusyError (without `wait`), InterruptedError, DiskError (a library that may not be written to) */
export function acquireLock(layout: Layout, id: string, options: LockOptions): Promise<Lock> {
  const { wait, onWait, signal, pace = PACE } = options;
  return onDisk(id, async () => {
    const file = layout.lock(id);
    const watch = new Watch();
    let told: string | undefined;
    for (;;) {
      if (signal?.aborted) throw interruption(signal, `Interrupted while waiting for ${id}`, { dataset: id });
      const lock = await create(layout, id, thisProcess(options.command, randomName()), pace);
      if (lock !== undefined) return lock;
      const found = look(file);
      if (found === undefined) continue; // Just given free.
      const { holder } = found;
      const life = holder === NOBODY ? 'unknown' : lifeOf(holder);
      const silence = watch.silence(found);
      const dead =
        life === 'dead' || (life === 'unknown' && silence >= (holder === NOBODY ? pace.brief : pace.silence));
      const broken = dead && (await breakLock(file, found, silence >= pace.brief));
      if (broken) continue;
      if (!wait) throw busy(id, holder);
      if (told !== holder.token) onWait?.(holder);
      told = holder.token;
      await sleep(pace.look, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  });
}

/** Who holds the dataset; undefined when nobody does, or only a process that is known to be gone. */
export async function lockHolder(layout: Layout, id: string): Promise<Holder | undefined> {
  const found = look(layout.lock(id));
  return found === undefined || lifeOf(found.holder) === 'dead' ? undefined : found.holder;
}

/** @returns undefined when the lock is there already */
async function create(layout: Layout, id: string, holder: Holder, { beat }: Pace): Promise<Lock | undefined> {
  const file = layout.lock(id);
  let handle: fs.FileHandle;
  try {
    await makeFolder(layout.state(id));
    handle = await fs.open(file, 'wx');
  } catch (error) {
    // ENOENT: whoever released the lock has just removed the empty folder.
    if (isCode(error, 'EEXIST', 'ENOENT')) return undefined;
    throw error;
  }
  try {
    await handle.writeFile(JSON.stringify(holder));
  } catch (error) {
    await handle.close();
    await fs.rm(file, { force: true });
    throw error;
  }
  // By its handle: when the lock was broken, the new holder's file is left alone.
  const heart = setInterval(() => {
    const now = new Date();
    handle.utimes(now, now).catch(() => undefined);
  }, beat).unref();
  let released: Promise<void> | undefined;
  const release = () => {
    released ??= (async () => {
      clearInterval(heart);
      await handle.close();
      if (look(file)?.holder.token === holder.token) await fs.rm(file, { force: true });
      await fs.rmdir(layout.state(id)).catch(() => undefined); // Only when nothing came of it.
    })();
    return released;
  };
  return { release, [Symbol.asyncDispose]: release };
}

interface Found {
  holder: Holder;
  /** Modification time, nanoseconds; only its change means anything. */
  beat: bigint;
}

function look(file: string): Found | undefined {
  const found = readSmallFile(file);
  if (found === undefined) return undefined;
  const holder = parse(found.text);
  return { holder: isHolder(holder) ? holder : NOBODY, beat: found.modified };
}

/** A lock is written just after it is made, so it may be found empty. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** How long a lock has shown no sign of life, by this process's monotonic clock. */
class Watch {
  #seen: string | undefined;
  #since = 0;

  /** Milliseconds */
  silence({ holder, beat }: Found): number {
    const seen = `${holder.token} ${beat}`;
    if (seen !== this.#seen) {
      this.#seen = seen;
      this.#since = performance.now();
    }
    return performance.now() - this.#since;
  }
}

/**
 * Takes a dead holder's lock away. Others may try the same: whoever makes the marker, which names that very lock, looks once
 * more, and until the marker is gone nobody else removes it. So no new holder's lock is ever taken for the dead one's.
 * @param late whoever is at it should be done, and so is taken for dead
 * @returns false when somebody else is at it
 */
async function breakLock(file: string, dead: Found, late: boolean): Promise<boolean> {
  const marker = `${file}.${dead.holder.token}.tmp`;
  try {
    await (await fs.open(marker, 'wx')).close();
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    if (late) await fs.rm(marker, { force: true });
    return late;
  }
  try {
    const now = look(file);
    if (now?.holder.token === dead.holder.token && now.beat === dead.beat) await fs.rm(file, { force: true });
  } finally {
    await fs.rm(marker, { force: true });
  }
  return true;
}

function busy(id: string, { pid, host, command, since }: Holder): BusyError {
  return new BusyError(
    `${id} is held by another medds process: ${command}, process ${pid} on ${host}, since ${since}`,
    {
      dataset: id,
      hint: 'Wait for it to finish, or leave out --no-wait.',
    },
  );
}
