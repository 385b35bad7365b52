/** Downloads from stand-in hosts, for tests: engines that are quick to try again, remote files, and a look at what came. */
import { getEventListeners } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { FileState } from '../../src/progress.js';
import type { RemoteFile } from '../../src/sources/source.js';
import { download } from '../../src/transfer/download.js';
import type { Downloaded, DownloadOptions } from '../../src/transfer/downloaded.js';
import { Engine, type EngineOptions } from '../../src/transfer/engine.js';
import { type Content, digestOf } from '../hosts/content.js';
import type { FileHost } from '../hosts/file-host.js';
import { tempDir } from '../support/temp-dir.js';
import { sha256Of } from '../support/tree.js';

export const MiB = 1024 * 1024;

/** What the engine asks for at a time, where it knows nothing of the host. */
export const SEGMENT = 16 * MiB;

const engines: Engine[] = [];

export function startEngine(options: Partial<EngineOptions> = {}): Engine {
  const engine = new Engine({
    connections: 4,
    userAgent: 'medds-test',
    ...options,
    retry: { tries: 4, base: 1, cap: 4, ...options.retry },
  });
  engines.push(engine);
  return engine;
}

/** For `afterEach`. */
export async function closeEngines(): Promise<void> {
  await Promise.all(engines.splice(0).map((engine) => engine.close()));
}

export function remoteFile(host: FileHost, name: string, facts: Partial<RemoteFile> = {}): RemoteFile {
  return {
    path: name,
    checksums: [],
    request: async () => ({ url: host.url(name) }),
    unpack: false,
    into: '',
    ...facts,
  };
}

export interface Told {
  state: FileState;
  done: number;
  size: number | undefined;
  detail: string | undefined;
}

export interface Started {
  result: Promise<Downloaded>;
  abort(reason?: unknown): void;
  signal: AbortSignal;
  /** Every progress event so far. */
  told: Told[];
  /** Resolves at the first event that fits, also one that came before; rejects when the download ends without it. */
  tells(fits: (told: Told) => boolean): Promise<void>;
}

/** Starts a download; the part lies in `parts`, by default a new folder. */
export function start(remote: RemoteFile, options: Partial<DownloadOptions> = {}): Started {
  const controller = new AbortController();
  const told: Told[] = [];
  const watchers = new Set<() => void>();
  const result = download(remote, {
    engine: options.engine ?? startEngine(),
    parts: options.parts ?? tempDir('parts'),
    key: 'key',
    algorithms: ['sha256'],
    signal: controller.signal,
    onProgress: (state, done, size, detail) => {
      told.push({ state, done, size, detail });
      for (const look of watchers) look();
    },
    ...options,
  });
  result.catch(() => undefined);
  const tells = (fits: (told: Told) => boolean) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (told.some(fits)) resolve();
      };
      watchers.add(look);
      look();
      result.then(
        () => reject(new Error('the download ended before')),
        (error) => reject(error),
      );
    });
  return { result, abort: (reason) => controller.abort(reason), signal: controller.signal, told, tells };
}

export function fetchFile(remote: RemoteFile, options?: Partial<DownloadOptions>): Promise<Downloaded> {
  return start(remote, options).result;
}

/** The file on disk and its digest are those of `content`. */
export async function expectRight(downloaded: Downloaded, content: Content): Promise<void> {
  const sha256 = await digestOf(content, 'sha256');
  expect(downloaded.size).toBe(content.size);
  expect(downloaded.digests.sha256).toBe(sha256);
  expect(await sha256Of(downloaded.file)).toBe(sha256);
}

export function abortListeners(signal: AbortSignal): number {
  return getEventListeners(signal, 'abort').length;
}

/** Names in a folder of parts, each part as `key`, `key/data`, and so on. */
export function partsIn(parts: string): string[] {
  return readdirSync(parts, { recursive: true })
    .map((name) => String(name).split(path.sep).join('/'))
    .sort();
}
