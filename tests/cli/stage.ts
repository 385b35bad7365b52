/** What tests of the built CLI play on: a library, a registry of their own, and datasets that stand-in hosts hold. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeEach, expect } from 'vitest';
import { datasetPath, datasetStatus } from '../../src/index.js';
import type { ProgressEvent } from '../../src/progress.js';
import { type FileHost, type HostOptions, startFileHost } from '../hosts/file-host.js';
import { packed, plain, zip } from '../hosts/phantoms/archives.js';
import { startZenodo, type ZenodoHost } from '../hosts/zenodo.js';
import { type Running, type RunResult, runMedds, startMedds } from '../support/run-medds.js';
import { seededRandom } from '../support/seeded-random.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';

export type Hosted = ReturnType<typeof packed>;
type Tree = Hosted['tree'];

export const MiB = 1024 * 1024;

/** A stage that is new for every test of a file. @param prepare sets each one up */
export function stageFor(name: string, prepare: (stage: Stage) => void = () => undefined): Stage {
  const stage = new Stage(name);
  beforeEach(() => {
    stage.begin();
    prepare(stage);
  });
  afterEach(() => stage.end());
  afterAll(removeTempDirs);
  return stage;
}

/** A host for all tests of a file, without faults at the beginning of each. */
export async function fileHost(options?: HostOptions): Promise<FileHost> {
  return forAllTests(await startFileHost(options));
}

/** Zenodo with these records, for all tests of a file, and with patience for them. */
export async function zenodoWith(records: Record<string, readonly Hosted[]>): Promise<ZenodoHost> {
  const zenodo = forAllTests(await startZenodo({ rateLimit: { limit: 10_000, seconds: 60 } }));
  for (const [id, files] of Object.entries(records)) {
    await zenodo.addRecord({ id, files: files.map(({ key, data }) => ({ key, content: data })) });
  }
  return zenodo;
}

function forAllTests<H extends FileHost>(host: H): H {
  afterEach(() => {
    host.behave();
    host.release();
  });
  afterAll(() => host.close());
  return host;
}

export class Stage {
  folder = '';
  registry = '';
  home = '';
  /** Added to the environment of every process. */
  env: Record<string, string | undefined> = {};
  #datasets: Record<string, object> = {};
  readonly #running: Running[] = [];

  /** @param name tells whose folder it is when a run was killed */
  constructor(private readonly name: string) {}

  /** An empty library, and a registry without datasets. */
  begin(): void {
    this.folder = tempDir(this.name);
    this.home = path.join(this.folder, 'library');
    this.registry = path.join(this.folder, 'registry.json');
    // Also for what tests ask in their own process.
    this.env = { MEDDS_REGISTRY: this.registry, MEDDS_CONFIG_DIR: path.join(this.folder, 'config') };
    this.#datasets = {};
    this.#write();
  }

  /** Adds a dataset to the registry, or replaces it. */
  register(id: string, ...sources: object[]): void {
    this.#datasets[id] = { name: id.toUpperCase(), sources };
    this.#write();
  }

  /** Adds a dataset whose registry entry says more than where it is. */
  registerEntry(id: string, entry: object): void {
    this.#datasets[id] = entry;
    this.#write();
  }

  run(...args: string[]): Promise<RunResult> {
    return runMedds(args, this);
  }

  start(...args: string[]): Running {
    return this.startWith({}, ...args);
  }

  /** @param env added to the stage's own */
  startWith(env: Stage['env'], ...args: string[]): Running {
    const running = startMedds(args, { home: this.home, env: { ...this.env, ...env } });
    this.#running.push(running);
    return running;
  }

  /** Ends what a test that failed has left running. */
  async end(): Promise<void> {
    const running = this.#running.splice(0);
    for (const one of running) one.kill('SIGKILL');
    await Promise.all(running.map(({ result }) => result));
  }

  /** Runs a command that must fail so, and hands back what it says on stderr, in one line. */
  async fails(exitCode: number, ...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(...args);
    expect({ code, stdout }, stderr).toEqual({ code: exitCode, stdout: '' });
    return stderr.replace(/\s+/g, ' ');
  }

  /** Runs a command that must succeed, and reads the document that it prints. */
  async json(...args: string[]): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await this.run(...args, '--json');
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout);
  }

  dataset(id: string): string {
    return path.join(this.home, 'datasets', id);
  }

  parts(id: string): string {
    return path.join(this.home, 'parts', id);
  }

  /** Members that the lists of trees under way have. */
  listedMembers(id: string): number {
    const names = readdirSync(this.parts(id), { recursive: true, encoding: 'utf8' });
    const lists = names.filter((name) => path.basename(name) === 'members.ndjson');
    const lines = lists.flatMap((name) => readFileSync(path.join(this.parts(id), name), 'utf8').split('\n'));
    return lines.filter((line) => line !== '').length;
  }

  manifest(id: string): Record<string, unknown> {
    return JSON.parse(readFileSync(path.join(this.home, 'state', id, 'manifest.json'), 'utf8'));
  }

  /** The dataset is there, whole, and known to be. */
  async expectComplete(id: string, tree: Tree): Promise<void> {
    expect(await datasetPath(id, this)).toBe(this.dataset(id));
    expect(await treeOf(this.dataset(id))).toEqual(tree);
  }

  /** Nothing passes for complete. */
  async expectIncomplete(id: string): Promise<void> {
    await expect(datasetPath(id, this)).rejects.toMatchObject({ exitCode: 9 });
  }

  #write(): void {
    writeFileSync(this.registry, JSON.stringify({ version: 1, datasets: this.#datasets }));
  }
}

/** A zip that does not compress: `files` members of `size` bytes each. */
export function archive(key: string, { files = 2, size = 1000 } = {}): Hosted {
  const stem = key.replace(/\..*$/, '');
  const members = Array.from({ length: files }, (_, index) => ({
    path: `${stem}/${index}.raw`,
    data: noiseOf(size, `${key} ${index}`),
  }));
  return packed(key, members, (all) => zip(all, { level: 0 }));
}

/** A file that is no archive. */
export function single(key: string, size = 1000): Hosted {
  return plain(key, noiseOf(size, key));
}

/** Bytes that look random, without a generator's cost for each. */
function noiseOf(size: number, seed: string): Buffer {
  const block = seededRandom(seed).bytes(Math.min(size, 4096));
  const data = Buffer.alloc(size, block);
  // No two blocks are alike, so that bytes at the wrong place are found out.
  for (let at = 0; at + 8 <= size; at += block.length) data.writeDoubleLE(at, at);
  return data;
}

export function md5(data: Buffer): string {
  return createHash('md5').update(data).digest('hex');
}

/** What the files unpack to, together. */
export function treeOfAll(files: readonly Hosted[]): Tree {
  const entries = files.flatMap(({ tree }) => Object.entries(tree));
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

export const sizeOfAll = (files: readonly Hosted[]): number => files.reduce((sum, { data }) => sum + data.length, 0);

/** Puts files on a host; the source that offers them, with all that is known of each. */
export function offer(host: FileHost, ...files: Hosted[]) {
  for (const { key, data } of files) host.add(`/${key}`, data);
  return {
    method: 'direct',
    files: files.map(({ key, data }) => ({
      url: host.url(`/${key}`),
      path: key,
      size: data.length,
      checksum: `md5:${md5(data)}`,
    })),
  };
}

/** The same, without size and checksum. */
export function offerUnknown(host: FileHost, ...files: Hosted[]) {
  const source = offer(host, ...files);
  return { ...source, files: source.files.map(({ url, path: name }) => ({ url, path: name })) };
}

/**
 * A fetch of the dataset named after an archive (`scans` of scans.zip) that is killed when 2 MiB of it have come and 1 MiB is
 * safely on disk. The host is without faults afterwards.
 */
export async function interrupted(stage: Stage, host: FileHost, { key }: Hosted): Promise<void> {
  const id = key.replace(/\..*$/, '');
  host.misbehave(`/${key}`, { stallAt: 2 * MiB });
  const running = stage.start('fetch', id, '--progress', 'none');
  await Promise.race([host.stalled(`/${key}`), running.result]);
  await written(stage, id, MiB);
  running.kill('SIGKILL');
  await running.result;
  await host.idle();
  host.behave();
}

/** Resolves when so many bytes of a download are safely on disk. */
export async function written(stage: Stage, id: string, bytes: number): Promise<void> {
  const here = async () => (await datasetStatus(id, stage)).download?.bytes;
  await expect.poll(here, { timeout: 20_000 }).toBeGreaterThanOrEqual(bytes);
}

/** What `--progress json` has told. */
export function eventsOf(stderr: string): (ProgressEvent & { version: number; time: string })[] {
  return stderr
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
}
