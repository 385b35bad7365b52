/**
 * Secrets that `medds login` keeps: one file beside the settings, readable by its owner only. The hosts' own variables and files
 * come first; see the modules beside this one.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
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
  try {
    const value = (JSON.parse(text) as Record<string, unknown>)[host];
    return typeof value === 'string' && value !== '' ? { value, from: file } : undefined;
  } catch {
    return undefined;
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
