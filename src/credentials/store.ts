/**
 * Secrets that `medds login` keeps: one file beside the settings, readable by its owner only. The hosts' own variables and files
 * come first; see the modules beside this one.
 */
import { randomBytes } from 'node:crypto';
import fs, { readFile } from 'node:fs/promises';
import path from 'node:path';
import { asDiskError } from '../errors.js';
import { settingsFile } from '../settings/file.js';

export interface Secret {
  /** Never shown, logged or written anywhere else. */
  value: string;
  /** Where it was found: the name of a variable, or the path of a file. Safe to show. */
  from: string;
}

/** Secrets by the host's name as `medds login` takes it (`huggingface`, `kaggle`, ...). */
export const credentialsFile = (env: NodeJS.ProcessEnv): string =>
  path.join(path.dirname(settingsFile(env)), 'credentials.json');

/** The secret that `medds login HOST` stored. */
export async function storedSecret(host: string, env: NodeJS.ProcessEnv): Promise<Secret | undefined> {
  const file = credentialsFile(env);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    return undefined;
  }
  const value = parsed(text)[host];
  return typeof value === 'string' && value !== '' ? { value, from: file } : undefined;
}

/** Keeps a secret for a host, in place of the one before. @throws DiskError */
export function storeSecret(host: string, value: string, env: NodeJS.ProcessEnv): Promise<void> {
  return change(env, (secrets) => ({ ...secrets, [host]: value }));
}

/** Forgets a host's secret. @returns whether there was one. @throws DiskError */
export async function forgetSecret(host: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  const known = (await storedSecret(host, env)) !== undefined;
  if (known) await change(env, ({ [host]: _, ...others }) => others);
  return known;
}

/** Replaced in one step, and never readable by others, not even while it is written. */
async function change(env: NodeJS.ProcessEnv, to: (secrets: Record<string, unknown>) => object): Promise<void> {
  const file = credentialsFile(env);
  const temporary = `${file}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await fs.mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    const text = await readFile(file, 'utf8').catch(() => '{}');
    await fs.writeFile(temporary, `${JSON.stringify(to(parsed(text)), undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await fs.rename(temporary, file);
  } catch (error) {
    await fs.rm(temporary, { force: true }).catch(() => undefined);
    throw asDiskError(error);
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The first of these variables that is set. */
export function secretOfEnv(env: NodeJS.ProcessEnv, ...names: string[]): Secret | undefined {
  for (const from of names) {
    const value = env[from]?.trim();
    if (value) return { value, from };
  }
  return undefined;
}

/** A token that stands alone in a text file, as the hosts' own tools keep theirs. */
export async function secretOfFile(file: string): Promise<Secret | undefined> {
  try {
    const value = (await readFile(file, 'utf8')).trim();
    return value === '' ? undefined : { value, from: file };
  } catch {
    return undefined;
  }
}
