/** Who holds a lock, and whether that process is still there. */
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';

export interface Holder {
  pid: number;
  host: string;
  /** The command that it runs: `fetch`. */
  command: string;
  /** When it took the lock, ISO 8601. */
  since: string;
  /** Eight random hexadecimal digits: tell this lock from every other. */
  token: string;
  /** Names the start of the machine and the set of processes (Linux: boot id and pid namespace) in which `pid` means something. */
  space?: string;
  /** When the process began, in its system's own count: a pid that came round again differs in it. */
  began?: string;
}

/** This process, as others see it. */
export function thisProcess(command: string, token: string): Holder {
  const holder: Holder = { pid: process.pid, host: os.hostname(), command, since: new Date().toISOString(), token };
  const space = processSpace();
  const began = beginning(process.pid);
  if (space !== undefined) holder.space = space;
  if (typeof began === 'string') holder.began = began;
  return holder;
}

/**
 * 'dead' and 'alive' are sure. 'unknown' means that only its heartbeat can tell: it runs, or ran, on another machine, in
 * another container, or before this machine was started.
 */
export function lifeOf(holder: Holder): 'alive' | 'dead' | 'unknown' {
  if (holder.host !== os.hostname() || holder.space !== processSpace()) return 'unknown';
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return 'dead';
  }
  const began = beginning(holder.pid);
  if (began === null) return 'dead';
  return began !== undefined && holder.began !== undefined && began !== holder.began ? 'dead' : 'alive';
}

export function isHolder(value: unknown): value is Holder {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, host, command, since, token } = value as Partial<Holder>;
  const texts = [host, command, since].every((text) => typeof text === 'string');
  return texts && /^[0-9a-f]{8}$/.test(token ?? '') && Number.isSafeInteger(pid) && (pid as number) > 0;
}

let space: string | undefined;
/** undefined where the system does not tell; then equal host names must do. */
function processSpace(): string | undefined {
  try {
    space ??= `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
  return space;
}

/** Start time of a process (proc_pid_stat(5), fields 3 and 22); null when it has ended, undefined where this is not told. */
function beginning(pid: number): string | null | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name, in parentheses, may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return 'ZX'.includes(fields[0] as string) ? null : fields[19];
}
