/** Asks every source of datasets what it offers, without its data, and tells what has changed since the registry was written. */
import { createHash } from 'node:crypto';
import PQueue from 'p-queue';
import { resolveSource, sourceName } from './choose.js';
import {
  ActionRequiredError,
  IntegrityError,
  interruption,
  MeddsError,
  NetworkError,
  NotFoundError,
} from './errors.js';
import { type FetchOptions, sourceContext, startEngine } from './fetch.js';
import { probe, probePage } from './probe.js';
import { CheckLog } from './registry/check-log.js';
import type { Dataset, Method, Seen, SourceEntry } from './registry/schema.js';
import type { RemoteFile, Resolution, SourceContext } from './sources/source.js';
import { describeSource } from './sources/table.js';
import type { Engine } from './transfer/engine.js';

/**
 * ok: it offers what the registry says. moved: it is there, at another address. changed: another size, checksum or version.
 * gone: it, or a file of it, is not there any more. needs-login: only who has a login may look. unreachable: no answer now.
 */
export const CHECK_STATES = ['gone', 'changed', 'moved', 'unreachable', 'needs-login', 'ok'] as const;

export type CheckState = (typeof CHECK_STATES)[number];

export interface SourceCheck {
  dataset: string;
  /** Name for `--source`. */
  source: string;
  method: Method;
  label: string;
  state: CheckState;
  /** What was found, a sentence each. */
  findings: string[];
  /** ISO 8601. */
  at: string;
  /** What it offers, where it was listed. */
  seen?: Seen;
}

export interface CheckOptions extends FetchOptions {
  /** Only sources of these methods. */
  methods?: readonly string[];
  /** What was found within so many milliseconds is not asked again; 0 asks anew. */
  maxAge: number;
  onChecked?(check: SourceCheck): void;
}

/** Sources are asked so many at a time; how often one host is asked, the engine decides. */
const AT_A_TIME = 4;
/** Files of an entry that are asked for one by one: of more, some from its beginning to its end. */
const MOST_PROBED = 32;

/**
 * In the order of `datasets` and their sources. What was found is written down as it comes, so that a run that was stopped goes on.
 * @throws DiskError, InterruptedError
 */
export async function checkSources(datasets: readonly Dataset[], options: CheckOptions): Promise<SourceCheck[]> {
  const signal = options.signal ?? new AbortController().signal;
  const log = await CheckLog.open(options.home);
  const engines = new Map<string, Engine>();
  const engineFor = (dataset: Dataset): Engine => {
    const engine = engines.get(dataset.registry) ?? startEngine(dataset, options);
    engines.set(dataset.registry, engine);
    return engine;
  };
  const queue = new PQueue({ concurrency: AT_A_TIME });
  const check = async (dataset: Dataset, entry: SourceEntry): Promise<SourceCheck> => {
    if (signal.aborted) throw interruption(signal, 'The check was stopped');
    const known = log.find(dataset.id, entry, options.maxAge);
    if (known !== undefined) return known;
    const engine = engineFor(dataset);
    const found = await checkSource(dataset, entry, engine, sourceContext(dataset, options, engine, signal));
    await log.add(entry, found);
    options.onChecked?.(found);
    return found;
  };
  try {
    const asked = datasets.flatMap((dataset) =>
      dataset.sources
        .filter((entry) => isOfMethod(entry, options.methods))
        .map((entry) => queue.add(() => check(dataset, entry))),
    );
    return await Promise.all(asked);
  } finally {
    queue.clear();
    await queue.onIdle();
    await log.close();
    await Promise.all([...engines.values()].map((engine) => engine.close()));
  }
}

function isOfMethod(entry: SourceEntry, methods: readonly string[] | undefined): boolean {
  if (methods === undefined) return true;
  return entry.method === 'all'
    ? entry.of.some((part) => methods.includes(part.method))
    : methods.includes(entry.method);
}

async function checkSource(
  dataset: Dataset,
  entry: SourceEntry,
  engine: Engine,
  context: SourceContext,
): Promise<SourceCheck> {
  const facts = { dataset: dataset.id, source: sourceName(entry), method: entry.method, label: describeSource(entry) };
  const at = new Date().toISOString();
  try {
    const { moved, seen, changes } = await look(entry, engine, context);
    const state = changes.length > 0 ? 'changed' : moved.length > 0 ? 'moved' : 'ok';
    const findings = [...changes, ...moved];
    return { ...facts, state, findings, at, ...(seen === undefined ? {} : { seen }) };
  } catch (error) {
    if (!(error instanceof MeddsError) || context.signal?.aborted === true) throw error;
    return { ...facts, state: stateOf(error), findings: [error.message], at };
  }
}

interface Found {
  moved: string[];
  changes: string[];
  seen?: Seen;
}

async function look(entry: SourceEntry, engine: Engine, context: SourceContext): Promise<Found> {
  const { http, signal = new AbortController().signal } = context;
  if (entry.method === 'manual') {
    const { movedTo } = await probePage(entry.url, http, signal);
    return { changes: [], moved: movedTo === undefined ? [] : [`${entry.url} has moved to ${movedTo}`] };
  }
  const { resolution } = await resolveSource(entry, context);
  const changes: string[] = [];
  const moved: string[] = [];
  for (const part of entry.method === 'all' ? entry.of : [entry]) {
    if (part.method !== 'direct') continue;
    // Only these are listed by nobody: what the registry says has not been held against anything yet.
    const own = new Set(
      (await resolveSource(part, context)).resolution.files.map(({ into, path }) => `${into}/${path}`),
    );
    for (const file of someOf(resolution.files.filter(({ into, path }) => own.has(`${into}/${path}`)))) {
      const found = await probe(file, { http, engine, signal });
      const { url } = await file.request(signal);
      if (found.movedTo !== undefined) moved.push(`${url} has moved to ${found.movedTo}`);
      if (found.size !== undefined && file.size !== undefined && found.size !== file.size) {
        changes.push(`${file.path}: ${file.size} bytes became ${found.size}`);
      }
      if (found.size !== undefined) file.size = found.size;
    }
  }
  if (resolution.superseded !== undefined) changes.push(resolution.superseded);
  const seen = seenIn(resolution);
  changes.push(...changesSince(entry.seen, seen));
  return { moved, changes, seen };
}

/** What a source offers, short enough to be kept with its entry. */
function seenIn({ revision, files }: Resolution): Seen {
  const sizes = files.map(({ size }) => size);
  const lines = files.map(({ into, path, size, checksums }) =>
    JSON.stringify([into, path, size ?? null, [...checksums].sort()]),
  );
  const hash = createHash('sha256');
  for (const line of lines.sort()) hash.update(`${line}\n`);
  return {
    ...(revision === undefined ? {} : { revision }),
    files: files.length,
    ...(sizes.every((size) => size !== undefined) ? { size: sizes.reduce((sum, size) => sum + size, 0) } : {}),
    listing: `sha256:${hash.digest('hex')}`,
  };
}

function changesSince(before: Seen | undefined, now: Seen): string[] {
  if (before === undefined || before.listing === now.listing) return [];
  const changes: string[] = [];
  const compare = (what: string, was: string | number = 'none', is: string | number = 'none'): void => {
    if (was !== is) changes.push(`${what}: ${was} became ${is}`);
  };
  compare('version', before.revision, now.revision);
  compare('number of files', before.files, now.files);
  compare('bytes', before.size, now.size);
  return changes.length > 0 ? changes : ['names, sizes or checksums of its files are others'];
}

/** The first, the last, and some between. */
function someOf(files: readonly RemoteFile[]): readonly RemoteFile[] {
  if (files.length <= MOST_PROBED) return files;
  const step = (files.length - 1) / (MOST_PROBED - 1);
  return Array.from({ length: MOST_PROBED }, (_, index) => files[Math.round(index * step)] as RemoteFile);
}

function stateOf(error: MeddsError): CheckState {
  if (error instanceof NotFoundError) return 'gone';
  if (error instanceof IntegrityError) return 'changed';
  if (error instanceof ActionRequiredError) return 'needs-login';
  return error instanceof NetworkError ? 'unreachable' : 'gone';
}
