/** Whether this machine is fit for fetching: Node, the library's disk, proxies, kept secrets. */
import { existsSync } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { getProxyForUrl } from 'proxy-from-env';
import { LOGINS } from './credentials/logins.js';
import { credentialsFile } from './credentials/store.js';
import { asDiskError } from './errors.js';
import { freeSpace, makeFolder } from './library/disk.js';
import type { Settings } from './settings.js';

export interface Check {
  /** What was looked at: `node`, `library`, `disk`, `network`, `secrets`, `clock`. */
  name: string;
  /** warning: it works, but should be known. */
  outcome: 'ok' | 'warning' | 'failed';
  message: string;
}

/** Less free disk than this is not enough for most datasets. Bytes. */
const LITTLE = 20e9;

const LEAST_NODE = [20, 19] as const;

/** @param env the variables that name proxies and secrets */
export async function checkSystem(settings: Settings, env: NodeJS.ProcessEnv): Promise<Check[]> {
  return [
    node(),
    await library(settings.home.value),
    await disk(settings.home.value),
    network(settings),
    ...(await secrets(env)),
  ];
}

/** More than this and signed links or logins may be refused: hosts allow five minutes and more. Milliseconds. */
const SKEW = 5 * 60_000;

/** @param ahead milliseconds by which this machine is ahead of the hosts; none of them was asked when undefined */
export function checkClock(ahead: number | undefined): Check[] {
  if (ahead === undefined) return [];
  const seconds = Math.round(Math.abs(ahead) / 1000);
  const amount = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} minutes`;
  if (Math.abs(ahead) <= SKEW) return [{ name: 'clock', outcome: 'ok', message: `within ${amount} of the hosts'` }];
  const message = `${amount} ${ahead > 0 ? 'ahead of' : 'behind'} the hosts': certificates and signed links may seem expired. Set it`;
  return [{ name: 'clock', outcome: 'warning', message }];
}

function node(version = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const old = major < LEAST_NODE[0] || (major === LEAST_NODE[0] && minor < LEAST_NODE[1]);
  const message = `Node ${version}${old ? `; medds needs ${LEAST_NODE.join('.')} or newer` : ''}`;
  return { name: 'node', outcome: old ? 'failed' : 'ok', message };
}

/** A file is made, renamed and removed, as a fetch would. Folders are made when they are not there, and removed again. */
async function library(home: string): Promise<Check> {
  const made = highestAbsent(home);
  try {
    await makeFolder(home);
    const folder = await fs.mkdtemp(path.join(home, '.doctor-'));
    try {
      await fs.writeFile(path.join(folder, 'a'), 'a');
      await fs.rename(path.join(folder, 'a'), path.join(folder, 'b'));
    } finally {
      await fs.rm(folder, { recursive: true, force: true });
      if (made !== undefined) await fs.rm(made, { recursive: true, force: true });
    }
    return { name: 'library', outcome: 'ok', message: `${home} can be written to` };
  } catch (error) {
    return { name: 'library', outcome: 'failed', message: (asDiskError(error) as Error).message };
  }
}

/** The highest of the folders on the way to `folder` that is not there. */
function highestAbsent(folder: string): string | undefined {
  let highest: string | undefined;
  for (let at = path.resolve(folder); !existsSync(at); at = path.dirname(at)) highest = at;
  return highest;
}

async function disk(home: string): Promise<Check> {
  try {
    const free = await freeSpace(home);
    const message = `${(free / 1e9).toFixed(0)} GB are free there`;
    return { name: 'disk', outcome: free < LITTLE ? 'warning' : 'ok', message };
  } catch (error) {
    return { name: 'disk', outcome: 'failed', message: (error as Error).message };
  }
}

function network(settings: Settings): Check {
  if (settings.offline.value) {
    return { name: 'network', outcome: 'warning', message: `medds is told not to use it (${settings.offline.from})` };
  }
  const proxy = getProxyForUrl('https://host.invalid');
  // A proxy's address may hold a password.
  const message = proxy === '' ? 'without a proxy' : `through the proxy ${new URL(proxy).host}`;
  return { name: 'network', outcome: 'ok', message };
}

/** Which secrets would be used, by where they are; and whether others can read ours. */
async function secrets(env: NodeJS.ProcessEnv): Promise<Check[]> {
  const checks: Check[] = [];
  for (const [host, { find }] of Object.entries(LOGINS)) {
    const secret = await find(env);
    if (secret !== undefined) checks.push({ name: host, outcome: 'ok', message: `login from ${secret.from}` });
  }
  const file = credentialsFile(env);
  const mode = (await fs.stat(file).catch(() => undefined))?.mode;
  if (mode !== undefined && process.platform !== 'win32' && (mode & 0o077) !== 0) {
    checks.push({ name: 'secrets', outcome: 'warning', message: `others can read ${file}: chmod 600 it` });
  }
  return checks;
}
