/** Settings: a flag wins over the environment, that over the settings file, and that over the default. */
import path from 'node:path';
import { UsageError } from './errors.js';
import { printable } from './printable.js';
import { readSettingsFile, settingsFile, storeSetting } from './settings/file.js';
import { SETTING_NAMES, SETTINGS, type Setting, type SettingName, type SettingValues } from './settings/keys.js';

export { SETTING_NAMES, SETTINGS, type SettingName, type SettingValues } from './settings/keys.js';

export type Origin = 'flag' | 'environment' | 'file' | 'default';

export interface Resolved<T> {
  value: T;
  origin: Origin;
  /** The flag, the variable or the file that it comes from; 'default' otherwise. */
  from: string;
}

export type Settings = { [K in SettingName]: Resolved<SettingValues[K]> } & {
  /** Folder of the settings file, and of what is kept beside it. */
  readonly folder: string;
};

export interface SettingsOptions {
  /** Values of flags by the settings' names, as typed or as the flag's own type. */
  flags?: { readonly [K in SettingName]?: unknown };
  env?: NodeJS.ProcessEnv;
}

/** @throws UsageError (a value is not allowed; the flag, variable or file is named), DiskError */
export function resolveSettings({ flags = {}, env = process.env }: SettingsOptions = {}): Settings {
  const file = settingsFile(env);
  const stored = readSettingsFile(file);
  const resolve = <K extends SettingName>(name: K): Resolved<SettingValues[K]> => {
    const setting: Setting<SettingValues[K]> = SETTINGS[name];
    const typed = flags[name];
    if (name === 'registries') return everyRegistry(flags, env, stored, file) as Resolved<SettingValues[K]>;
    if (typed !== undefined) return { value: read(setting, typed, setting.flag), origin: 'flag', from: setting.flag };
    const variable = env[setting.env];
    if (variable !== undefined && variable !== '') {
      return { value: read(setting, variable, setting.env), origin: 'environment', from: setting.env };
    }
    if (Object.hasOwn(stored, name)) {
      const value = read(setting, stored[name], `${name} in ${file}`, {
        folder: path.dirname(file),
        hint: `Run: medds config set ${name} VALUE, or: medds config unset ${name}`,
      });
      return { value, origin: 'file', from: file };
    }
    return { value: setting.fallback(), origin: 'default', from: 'default' };
  };
  const settings = Object.fromEntries(SETTING_NAMES.map((name) => [name, resolve(name)]));
  return { ...settings, folder: path.dirname(file) } as Settings;
}

/** Registries do not replace each other: those of the settings file come first, then the variable's, then the flag's. */
function everyRegistry(
  { registries: typed }: NonNullable<SettingsOptions['flags']>,
  env: NodeJS.ProcessEnv,
  stored: Record<string, unknown>,
  file: string,
): Resolved<string[]> {
  const setting = SETTINGS.registries;
  const all: Resolved<string[]> = { value: [], origin: 'default', from: 'default' };
  const add = (raw: unknown, origin: Origin, from: string, where: Parameters<typeof read>[3] = {}): void => {
    if (raw === undefined || raw === '') return;
    Object.assign(all, { value: [...all.value, ...read(setting, raw, from, where)], origin, from });
  };
  const hint = 'Run: medds registry list, medds registry remove';
  const place = `registries in ${file}`;
  if (Object.hasOwn(stored, 'registries')) add(stored.registries, 'file', place, { folder: path.dirname(file), hint });
  if (all.origin === 'file') all.from = file;
  add(env[setting.env], 'environment', setting.env);
  add(typed, 'flag', setting.flag);
  return all;
}

function read<T>(
  { kind }: Setting<T>,
  raw: unknown,
  place: string,
  { folder = process.cwd(), hint }: { folder?: string; hint?: string } = {},
): T {
  const value = kind.read(raw, folder);
  if (value !== undefined) return value;
  const shown = printable(typeof raw === 'string' ? raw : JSON.stringify(raw));
  throw new UsageError(`${place} is "${shown}"; it must be ${kind.allowed}`, hint === undefined ? {} : { hint });
}

/** The name of a setting that a user typed. @throws UsageError */
export function settingName(typed: string): SettingName {
  const name = SETTING_NAMES.find((known) => known === typed);
  if (name !== undefined) return name;
  throw new UsageError(`There is no setting called ${printable(typed)}`, {
    hint: `The settings are: ${SETTING_NAMES.join(', ')}.`,
  });
}

/** A setting as text that `medds config set` takes. */
export function settingText<K extends SettingName>(name: K, value: SettingValues[K]): string {
  return (SETTINGS[name] as Setting<SettingValues[K]>).kind.print(value);
}

/** Stores a setting in the settings file and returns its value. @throws UsageError, DiskError */
export async function changeSetting<K extends SettingName>(
  name: K,
  text: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<SettingValues[K]> {
  const setting = SETTINGS[name] as Setting<SettingValues[K]>;
  const value = read(setting, text, name);
  await storeSetting(settingsFile(env), name, storedForm(setting, value));
  return value;
}

/** What the settings file itself says. @throws UsageError, DiskError */
export function storedSetting<K extends SettingName>(
  name: K,
  env: NodeJS.ProcessEnv = process.env,
): SettingValues[K] | undefined {
  const file = settingsFile(env);
  const stored = readSettingsFile(file);
  if (!Object.hasOwn(stored, name)) return undefined;
  const setting = SETTINGS[name] as Setting<SettingValues[K]>;
  return read(setting, stored[name], `${name} in ${file}`, { folder: path.dirname(file) });
}

/** Stores a value, or takes an empty list out. @throws UsageError, DiskError */
export async function changeStored<K extends SettingName>(
  name: K,
  value: SettingValues[K],
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  const isEmpty = Array.isArray(value) && value.length === 0;
  const setting = SETTINGS[name] as Setting<SettingValues[K]>;
  await storeSetting(settingsFile(env), name, isEmpty ? undefined : storedForm(setting, value));
}

/** Numbers, truth values and lists stand in the file as such; a rate keeps its unit. */
function storedForm<T>({ kind }: Setting<T>, value: T): unknown {
  if (typeof value === 'object') return value;
  return kind.print(value) === String(value) ? value : kind.print(value);
}

/** Takes a setting out of the settings file, so that its default holds again. @throws UsageError, DiskError */
export async function forgetSetting(name: SettingName, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  await storeSetting(settingsFile(env), name, undefined);
}
