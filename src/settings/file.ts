/**
 * The settings file: config.json in the platform's configuration folder, or in MEDDS_CONFIG_DIR. It is written through `conf`
 * (atomically, and it makes the folder), and read directly: `conf` takes as long to load as `medds list` takes in all.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import envPaths from 'env-paths';
import { asDiskError, UsageError } from '../errors.js';

export function settingsFile(env: NodeJS.ProcessEnv): string {
  const folder = env.MEDDS_CONFIG_DIR;
  return path.resolve(
    folder === undefined || folder === '' ? envPaths('medds', { suffix: '' }).config : folder,
    'config.json',
  );
}

/** What the file holds; nothing when there is none. @throws UsageError, DiskError */
export function readSettingsFile(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw asDiskError(error, { hint: 'Correct its permissions, or name another folder in MEDDS_CONFIG_DIR.' });
  }
  try {
    const stored: unknown = JSON.parse(text);
    if (typeof stored === 'object' && stored !== null && !Array.isArray(stored)) {
      return stored as Record<string, unknown>;
    }
  } catch {
    // Said below, as for JSON that is no object.
  }
  throw new UsageError(`The settings file ${file} is damaged: it is no JSON object`, {
    hint: 'Correct it, or remove it to begin with the defaults.',
  });
}

/** Writes one setting, or takes it out. @throws UsageError, DiskError */
export async function storeSetting(file: string, name: string, value: unknown): Promise<void> {
  readSettingsFile(file); // A damaged file gets our message, not that of `conf`.
  const { default: Conf } = await import('conf');
  try {
    const store = new Conf<Record<string, unknown>>({
      projectName: 'medds',
      cwd: path.dirname(file),
      configName: path.basename(file, '.json'),
      accessPropertiesByDotNotation: false,
    });
    if (value === undefined) store.delete(name);
    else store.set(name, value);
  } catch (error) {
    throw asDiskError(error, { hint: 'Correct the permissions, or name another folder in MEDDS_CONFIG_DIR.' });
  }
}
