/**
 * What Kaggle takes: an access token, or a user name with a key (https://www.kaggle.com/docs/api#authentication). They are looked
 * for where Kaggle's own client looks (github.com/Kaggle/kaggle-cli, kaggle_api_extended.py): in its variables, then in its files.
 */
import { stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Secret, secretOfEnv, secretOfFile, storedSecret } from './store.js';

export interface KaggleSecret extends Secret {
  /** Headers for Kaggle's own host only. */
  credentials: Record<string, string>;
  /** What the user should know of where it lies. */
  note?: string;
}

/** From Kaggle's variables, Kaggle's files, or `medds login kaggle`, the first that there is. */
export async function kaggleSecret(env: NodeJS.ProcessEnv): Promise<KaggleSecret | undefined> {
  const secret = (await ofVariables(env)) ?? (await ofFiles(env)) ?? (await storedSecret('kaggle', env));
  if (secret === undefined) return undefined;
  const note = await exposure(secret.from, env);
  return { ...secret, credentials: kaggleCredentials(secret.value), ...(note === undefined ? {} : { note }) };
}

/** @param secret a token, or `user:key`. A token may also stand in the place of a key: such tokens begin with KGAT_. */
export function kaggleCredentials(secret: string): Record<string, string> {
  const key = secret.slice(secret.indexOf(':') + 1);
  const isPair = key !== secret && !key.startsWith('KGAT_');
  return { authorization: isPair ? `Basic ${Buffer.from(secret).toString('base64')}` : `Bearer ${key}` };
}

/** KAGGLE_API_TOKEN is the token itself or the path of a file that holds it. */
async function ofVariables(env: NodeJS.ProcessEnv): Promise<Secret | undefined> {
  const token = secretOfEnv(env, 'KAGGLE_API_TOKEN');
  if (token !== undefined) {
    const held = /[/\\]/.test(token.value) ? await secretOfFile(token.value) : undefined;
    return held ?? token;
  }
  const user = secretOfEnv(env, 'KAGGLE_USERNAME');
  const key = secretOfEnv(env, 'KAGGLE_KEY');
  if (key === undefined || user === undefined) return undefined;
  return { value: `${user.value}:${key.value}`, from: `${user.from} and ${key.from}` };
}

async function ofFiles(env: NodeJS.ProcessEnv): Promise<Secret | undefined> {
  const folders = foldersOf(env);
  for (const folder of folders) {
    for (const name of ['access_token', 'access_token.txt']) {
      const token = await secretOfFile(path.join(folder, name));
      if (token !== undefined) return token;
    }
  }
  for (const folder of folders) {
    const pair = ofJson(await secretOfFile(path.join(folder, 'kaggle.json')));
    if (pair !== undefined) return pair;
  }
  return undefined;
}

function foldersOf(env: NodeJS.ProcessEnv): string[] {
  const home = env.HOME || os.homedir();
  const config = env.XDG_CONFIG_HOME || path.join(home, '.config');
  const named = env.KAGGLE_CONFIG_DIR ? [env.KAGGLE_CONFIG_DIR] : [];
  return [...named, path.join(home, '.kaggle'), path.join(config, 'kaggle')];
}

/** `{"username": "…", "key": "…"}`, as Kaggle's page gives it. */
function ofJson(file: Secret | undefined): Secret | undefined {
  if (file === undefined) return undefined;
  try {
    const { username, key } = JSON.parse(file.value) as { username?: unknown; key?: unknown };
    const isPair = typeof username === 'string' && typeof key === 'string' && key !== '';
    return isPair ? { value: `${username}:${key}`, from: file.from } : undefined;
  } catch {
    return undefined;
  }
}

/** Kaggle's own files are made by hand, and often readable by everyone; Windows tells no mode. */
async function exposure(from: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (process.platform === 'win32' || !foldersOf(env).includes(path.dirname(from))) return undefined;
  const mode = (await stat(from).catch(() => undefined))?.mode ?? 0;
  return (mode & 0o077) === 0 ? undefined : `Other users of this machine may read ${from}: chmod 600 it.`;
}
