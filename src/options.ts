/** What the functions of the API take. A setting that is left out comes from the environment, the settings file or its default. */
import type { FetchOptions as PipelineOptions } from './fetch.js';
import { resolveSettings, type Settings } from './settings.js';

/** What every function takes. */
export interface Options {
  /** The library's root. */
  home?: string;
  /** Paths or URLs of registries beside the bundled one. */
  registries?: string[];
  offline?: boolean;
  /** Registries from the web may lead to private addresses. */
  allowPrivate?: boolean;
  /** Environment to read; default: the process's. */
  env?: NodeJS.ProcessEnv;
  /** Settings resolved before; the options above are then left aside. */
  settings?: Settings;
  /** Things that are no error, a sentence each. */
  onWarning?(message: string): void;
}

export interface FetchOptions
  extends Options,
    Pick<
      PipelineOptions,
      'source' | 'selection' | 'wholeArchive' | 'force' | 'unpack' | 'dryRun' | 'wait' | 'onProgress' | 'signal'
    > {
  /** Name in the library, in place of the dataset's own id. */
  as?: string;
  /** Files at a time. */
  jobs?: number;
  /** Connections to one host. */
  connections?: number;
  /** Tries in a row that bring nothing, before a host is given up. */
  tries?: number;
  /** Bytes a second, all together. */
  limitRate?: number;
  keepArchives?: boolean;
}

export type ImportOptions = Omit<
  FetchOptions,
  'selection' | 'wholeArchive' | 'dryRun' | 'jobs' | 'connections' | 'tries' | 'limitRate' | 'keepArchives'
>;

/** The settings that options stand for. */
export function settingsOf(options: FetchOptions): Settings {
  if (options.settings !== undefined) return options.settings;
  const { home, registries, offline, allowPrivate, jobs, connections, tries, limitRate, keepArchives, env } = options;
  return resolveSettings({
    flags: {
      home,
      registries,
      offline,
      'allow-private': allowPrivate,
      jobs,
      connections,
      tries,
      'limit-rate': limitRate,
      'keep-archives': keepArchives,
    },
    ...(env === undefined ? {} : { env }),
  });
}

/** What the pipeline takes. */
export function pipelineOptions(options: FetchOptions): PipelineOptions {
  const settings = settingsOf(options);
  const { source, selection, wholeArchive, force, unpack, dryRun, wait, onProgress, signal, env } = options;
  const rate = settings['limit-rate'].value;
  return {
    home: settings.home.value,
    jobs: settings.jobs.value,
    connections: settings.connections.value,
    tries: settings.tries.value,
    keepArchives: settings['keep-archives'].value,
    offline: settings.offline.value,
    allowPrivate: settings['allow-private'].value,
    ...defined({ source, selection, wholeArchive, force, unpack, dryRun, wait, onProgress, signal, env }),
    ...(rate === null ? {} : { limitRate: rate }),
  };
}

/** Without the members that are undefined. */
export function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
