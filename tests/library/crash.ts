/**
 * A process that dies in the middle of its work, simulated: from the n-th change to the disk on, every change fails, so that no `finally`
 * tidies up. What a kill leaves half done (a write, a recursive deletion) is left half done.
 */
import realFs from 'node:fs';
import fs, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { seededRandom } from '../support/seeded-random.js';

export class Crash extends Error {}

type Method = (this: unknown, ...args: unknown[]) => Promise<unknown>;

const FUNCTIONS = ['open', 'rename', 'mkdir', 'rm', 'rmdir', 'unlink', 'link', 'symlink', 'writeFile'];
const OF_HANDLES = ['appendFile', 'writeFile', 'write', 'sync', 'datasync'];

/** Called before each change to the disk; `half` does a part of it. */
export type Hook = (name: string, half: () => Promise<void>) => Promise<void>;

/** Runs `work` with `hook` before every change to the disk. */
export async function withHook<T>(hook: Hook, work: () => Promise<T>): Promise<T> {
  const probe = await fs.open(os.tmpdir(), 'r');
  const handles: object = Object.getPrototypeOf(probe);
  await probe.close();
  const opened: FileHandle[] = [];
  const originals: [Record<string, Method>, string, Method][] = [];
  const wrap = (object: object, name: string) => {
    const methods = object as Record<string, Method>;
    const original = methods[name] as Method;
    originals.push([methods, name, original]);
    methods[name] = async function (...args) {
      const half = async () => {
        if (name === 'rm') removeOne(String(args[0]));
        if (object === handles && typeof args[0] === 'string') {
          await original.call(this, args[0].slice(0, args[0].length / 2));
        }
      };
      const reads = name === 'open' && (args[1] === undefined || args[1] === 'r');
      if (!reads) await hook(name, half);
      const result = await original.apply(this, args);
      if (name === 'open') opened.push(result as FileHandle);
      return result;
    };
  };
  for (const name of FUNCTIONS) wrap(fs, name);
  for (const name of OF_HANDLES) wrap(handles, name);
  syncBuiltinESMExports();
  try {
    return await work();
  } finally {
    for (const [methods, name, original] of originals) methods[name] = original;
    syncBuiltinESMExports();
    // The end of a process closes its files.
    await Promise.all(opened.map((handle) => handle.close().catch(() => undefined)));
  }
}

/** Runs `work` and kills it at its n-th change to the disk. @returns whether it came that far */
export async function crashingAt(n: number, work: () => Promise<unknown>): Promise<boolean> {
  let changes = 0;
  let crashed = false;
  const hook: Hook = async (name, half) => {
    changes += 1;
    if (changes < n) return;
    const first = !crashed;
    crashed = true;
    if (first) await half();
    throw new Crash(`crash at change ${n}, ${name}`);
  };
  await withHook(hook, async () => {
    await work().catch((error) => {
      if (!crashed) throw error;
    });
  });
  return crashed;
}

/** Lets others go first, now and then, before a change to the disk: the same turns for the same seed. */
export function shuffled(seed: number): Hook {
  const random = seededRandom(seed);
  return async () => {
    for (let turns = random.pick([0, 0, 0, 1, 2, 5, 20]); turns > 0; turns--) await turn();
  };
}

/** What a recursive deletion may have done when it is killed. */
function removeOne(folder: string): void {
  if (!realFs.existsSync(folder) || !realFs.lstatSync(folder).isDirectory()) return;
  const names = realFs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.map((name) => path.join(folder, name)).filter((file) => !realFs.lstatSync(file).isDirectory());
  for (const file of files.slice(-1)) realFs.rmSync(file);
}
