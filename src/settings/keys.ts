/** Every setting, in one table: adding one is an entry here. docs/configuration.md lists them for users. */
import envPaths from 'env-paths';
import { byteRate, folderPath, type Kind, oneOf, places, wholeNumber, yesOrNo } from './values.js';

export interface SettingValues {
  /** The library's root, absolute. */
  home: string;
  /** Registries beside the bundled one, absolute paths or URLs; a later one wins. */
  registries: string[];
  /** Files at a time. */
  jobs: number;
  /** Connections to one host. */
  connections: number;
  /** Tries in a row that bring nothing, before a host is given up. */
  tries: number;
  /** Bytes a second, all downloads together; null means no limit. */
  'limit-rate': number | null;
  'keep-archives': boolean;
  progress: ProgressStyle;
  offline: boolean;
  /** Registries from the web may lead to private addresses. */
  'allow-private': boolean;
}

/** `auto`: bars on a terminal, a plain line now and then elsewhere. */
export type ProgressStyle = 'auto' | 'bar' | 'plain' | 'json' | 'none';

export type SettingName = keyof SettingValues;

export interface Setting<T> {
  /** Environment variable. */
  env: string;
  /** Flag of the commands that take it. */
  flag: string;
  description: string;
  kind: Kind<T>;
  fallback(): T;
}

export const SETTINGS: { readonly [K in SettingName]: Setting<SettingValues[K]> } = {
  home: {
    env: 'MEDDS_HOME',
    flag: '--home',
    description: 'folder of the library, which holds all datasets',
    kind: folderPath,
    fallback: () => envPaths('medds', { suffix: '' }).data,
  },
  registries: {
    env: 'MEDDS_REGISTRY',
    flag: '--registry',
    description: 'more registries beside the bundled one; a later one wins',
    kind: places,
    fallback: () => [],
  },
  jobs: {
    env: 'MEDDS_JOBS',
    flag: '--jobs',
    description: 'files downloaded at a time',
    kind: wholeNumber(1, 64),
    fallback: () => 4,
  },
  connections: {
    env: 'MEDDS_CONNECTIONS',
    flag: '--connections',
    description: 'connections to one host',
    kind: wholeNumber(1, 64),
    fallback: () => 8,
  },
  tries: {
    env: 'MEDDS_TRIES',
    flag: '--tries',
    description: 'tries in a row that bring nothing, before a host is given up',
    kind: wholeNumber(1, 100),
    fallback: () => 8,
  },
  'limit-rate': {
    env: 'MEDDS_LIMIT_RATE',
    flag: '--limit-rate',
    description: 'most bytes a second, all downloads together',
    kind: byteRate,
    fallback: () => null,
  },
  'keep-archives': {
    env: 'MEDDS_KEEP_ARCHIVES',
    flag: '--keep-archives',
    description: 'keep downloaded archives after they are unpacked',
    kind: yesOrNo,
    fallback: () => false,
  },
  progress: {
    env: 'MEDDS_PROGRESS',
    flag: '--progress',
    description: 'how progress is shown on stderr',
    kind: oneOf('auto', 'bar', 'plain', 'json', 'none'),
    fallback: () => 'auto',
  },
  offline: {
    env: 'MEDDS_OFFLINE',
    flag: '--offline',
    description: 'never use the network',
    kind: yesOrNo,
    fallback: () => false,
  },
  'allow-private': {
    env: 'MEDDS_ALLOW_PRIVATE',
    flag: '--allow-private',
    description: 'registries from the web may lead to this machine and to private networks',
    kind: yesOrNo,
    fallback: () => false,
  },
};

export const SETTING_NAMES = Object.keys(SETTINGS) as SettingName[];
