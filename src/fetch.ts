/** The pipeline: registry entry, source, plan, transfer, unpack, commit. Read it from top to bottom. */
import PQueue from 'p-queue';
import { type Chosen, withSource } from './choose.js';
import { DiskError, interruption, MeddsError, UsageError } from './errors.js';
import { Here } from './here.js';
import { commitDataset } from './library/commit.js';
import { type Layout, layoutOf } from './library/layout.js';
import { type Manifest, readManifest } from './library/manifest.js';
import { type DoneRecord, findStaged, readDone, stagedFolder } from './library/staged-folder.js';
import { underWay } from './library/under-way.js';
import { findMirrors } from './mirrors.js';
import { type Obtaining, obtain } from './obtain.js';
import { announce, attemptOf, type FetchResult, manifestOf, planned, present, remoteRecord } from './outcome.js';
import { makePlan, type Plan, refuseFullDisk } from './plan.js';
import { printable } from './printable.js';
import type { OnProgress } from './progress.js';
import type { Dataset } from './registry/schema.js';
import { type Selection, selectionText } from './selection.js';
import { endpointOf } from './sources/endpoint.js';
import type { Resolution, SourceContext } from './sources/source.js';
import { Arrivals } from './split.js';
import { startConversation } from './transfer/conversation.js';
import { Engine } from './transfer/engine.js';
import { SMALL } from './transfer/small.js';
import { guardFor } from './trust.js';
import { unpackingQueue } from './unpacking.js';
import { USER_AGENT } from './version.js';
import { inWorkspace, type Workspace } from './workspace.js';

export interface FetchOptions {
  /** The library's root. */
  home: string;
  /** Files at a time. */
  jobs: number;
  /** Connections to one host. */
  connections: number;
  /** Tries in a row that bring nothing, before a host is given up. */
  tries: number;
  /** Bytes a second, all together. */
  limitRate?: number;
  keepArchives: boolean;
  /** Name of the source to use; without it the first that works. */
  source?: string;
  /** Fetch again although it is complete. */
  force?: boolean;
  /** The part of the dataset that is wanted. */
  selection?: Selection;
  /** Fetch archives whole where the files in them that are wanted cannot be fetched alone. */
  wholeArchive?: boolean;
  /** False keeps archives as they are, in the dataset. */
  unpack?: boolean;
  /** Only say what would be done. */
  dryRun?: boolean;
  /** False: fail when another process works on the dataset. */
  wait?: boolean;
  offline?: boolean;
  /** Registries from the web may lead to private addresses. */
  allowPrivate?: boolean;
  /** The addresses are those of a lock file, not of a registry that is here. */
  lockFile?: boolean;
  env?: NodeJS.ProcessEnv;
  /** What of a source's offer is taken, or that it is not. @throws MeddsError */
  hold?(resolution: Resolution): Resolution;
  /** Digest of the tree that the dataset must come to. */
  tree?: string;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/**
 * Brings a dataset into the library, complete and verified, or fails and keeps what came.
 * @throws MeddsError of every kind; see docs/exit-codes.md
 */
export async function fetchDataset(dataset: Dataset, options: FetchOptions): Promise<FetchResult> {
  const layout = layoutOf(options.home);
  const onProgress = options.onProgress ?? (() => undefined);
  const signal = options.signal ?? new AbortController().signal;
  const { id } = dataset;

  /** The dataset as it is here, unless it is to be replaced. */
  const manifestHere = async () => (options.force === true ? undefined : readManifest(layout, id));
  const early = await manifestHere();
  if (early !== undefined && holds(early, options.selection)) return present(early, layout.dataset(id));
  const engine = startEngine(dataset, options);
  const context = sourceContext(dataset, options, engine, signal);
  /** The first source that `work` succeeds with, its plan made from what is here. */
  const bySource = <T>(
    { here, source = options.source }: { here?: Here; source?: string },
    done: () => ReadonlyMap<string, DoneRecord>,
    work: (chosen: Chosen, plan: Plan) => Promise<T>,
  ) =>
    withSource(dataset, source, context, onProgress, {
      work: async (found) => {
        const { resolution } = found;
        const chosen = options.hold === undefined ? found : { ...found, resolution: options.hold(resolution) };
        const { unfinished } = await underWay(layout, id);
        const { selection = {}, wholeArchive = false } = options;
        const choosing = { selection, wholeArchive, engine, signal, ...(here === undefined ? {} : { here }) };
        const plan = await makePlan(dataset, chosen.resolution, done(), {
          ...options,
          home: layout.home,
          unpack: options.unpack !== false,
          unfinished,
          ...(options.selection === undefined && here === undefined ? {} : { choosing }),
        });
        return work(chosen, plan);
      },
      invested: async () => (await underWay(layout, id)).bytes > 0,
    });
  const workspace = { command: 'fetch', wait: options.wait !== false, onProgress, signal };
  try {
    if (options.dryRun === true) {
      // Only looks: no lock is taken and no folder made.
      const done = await finishedFiles(layout, id);
      const toPlan = async (chosen: Chosen, plan: Plan) => planned(dataset, chosen, plan, layout.dataset(id));
      return await bySource(await stays(layout, early, options.source), () => done, toPlan);
    }
    return await inWorkspace(layout, id, workspace, async (work) => {
      // Whoever held the lock may have finished it meanwhile.
      const manifest = await manifestHere();
      if (manifest !== undefined && holds(manifest, options.selection)) return present(manifest, layout.dataset(id));

      const before = await stays(layout, manifest, options.source);
      return bySource(
        before,
        () => work.staging.done(),
        async (chosen, plan) => {
          refuseFullDisk(dataset, plan, layout.home);
          announce(dataset, chosen, plan, layout.home, onProgress);
          // Who names a source wants that one.
          if (options.source === undefined) await findMirrors(dataset, chosen.entry, plan.files, context);
          await work.begin(attemptOf(dataset, chosen, plan));
          const { records, resumed } = await obtainAll(plan, work, engine, { ...options, onProgress, signal });
          const completed = new Set(plan.files.filter(({ choice }) => choice?.completes).map(({ key }) => key));
          const committed = await commitDataset(layout, id, {
            manifest: manifestOf(dataset, chosen, records, plan.chosen),
            remotes: records.map((record) => remoteRecord(record, completed.has(record.key))),
            keys: plan.files.map(({ key }) => key),
            ...(options.tree === undefined ? {} : { tree: options.tree }),
            ...(before.here === undefined ? {} : { addsTo: before.here.commit }),
          });
          const { outcome: _, ...facts } = present(committed, layout.dataset(id));
          return { ...facts, outcome: 'fetched', resumed: plan.have + resumed, notes: chosen.resolution.notes };
        },
      );
    });
  } finally {
    await engine.close();
  }
}

/** Whether all that is asked for is here. */
function holds({ chosen }: Manifest, selection: Selection | undefined): boolean {
  if (chosen === undefined) return true;
  return selection !== undefined && chosen.selections.includes(selectionText(selection));
}

/** What is here and stays, and where more of it must come from. */
async function stays(
  layout: Layout,
  manifest: Manifest | undefined,
  wanted: string | undefined,
): Promise<{ here?: Here; source?: string }> {
  if (manifest === undefined) return {};
  return { source: oneSource(manifest, wanted), here: await Here.read(layout, manifest) };
}

/** @throws UsageError when more is to come from another source than what is here */
function oneSource({ id, source }: Manifest, wanted: string | undefined): string {
  if (wanted === undefined || wanted === source.name) return source.name;
  throw new UsageError(`What is here of ${id} came from the source ${source.name}`, {
    dataset: id,
    hint: `More of it must come from there as well; --force fetches anew from ${printable(wanted)}.`,
  });
}

/** What earlier runs finished, as far as their log says. */
async function finishedFiles(layout: Layout, id: string): Promise<Map<string, DoneRecord>> {
  const [staged] = await findStaged(layout, id);
  return staged === undefined ? new Map() : readDone(stagedFolder(staged).log);
}

export function startEngine(
  dataset: Dataset,
  options: Pick<
    FetchOptions,
    'connections' | 'tries' | 'limitRate' | 'offline' | 'allowPrivate' | 'lockFile' | 'env' | 'onProgress'
  >,
): Engine {
  const guard = options.allowPrivate === true ? undefined : guardFor(dataset, options.lockFile === true, options.env);
  return new Engine({
    ...(guard === undefined ? {} : { guard }),
    onWait: (host, milliseconds) => {
      const message = `${host} takes so many requests and no more: waiting ${Math.ceil(milliseconds / 1000)} s.`;
      options.onProgress?.({ event: 'note', message });
    },
    connections: options.connections,
    retry: { tries: options.tries },
    userAgent: USER_AGENT,
    ...(options.limitRate === undefined ? {} : { limitRate: options.limitRate }),
    ...(options.offline === undefined ? {} : { offline: options.offline }),
  });
}

/** What sources work with. */
export function sourceContext(
  dataset: Dataset,
  options: Pick<FetchOptions, 'tries' | 'offline' | 'env'>,
  engine: Engine,
  signal: AbortSignal,
): SourceContext {
  const env = options.env ?? process.env;
  return {
    http: startConversation({
      agents: engine.agents,
      pace: engine.pace,
      userAgent: USER_AGENT,
      retry: { tries: options.tries },
      ...(options.offline === undefined ? {} : { offline: options.offline }),
    }),
    env,
    dataset: dataset.id,
    endpoint: (method: string, standard: string) => endpointOf(method, standard, env),
    signal,
  };
}

/** So many small files are under way for each large one: most of their time, they wait for the host and the disk. */
const MORE = 4;

/** Downloads and unpacks what is missing, several files at a time. One file's failure does not stop the others. */
export async function obtainAll(
  plan: Pick<Plan, 'files'>,
  { id, layout, staging }: Workspace,
  engine: Engine,
  options: Pick<FetchOptions, 'jobs' | 'keepArchives'> & Required<Pick<FetchOptions, 'onProgress' | 'signal'>>,
): Promise<{ records: DoneRecord[]; resumed: number }> {
  const queues = {
    large: new PQueue({ concurrency: options.jobs }),
    small: new PQueue({ concurrency: options.jobs * MORE }),
  };
  const context: Obtaining = {
    id,
    layout,
    staging,
    engine,
    keepArchives: options.keepArchives,
    unpacking: unpackingQueue(),
    arrivals: new Arrivals(),
    onProgress: options.onProgress,
    signal: options.signal,
  };
  const records: DoneRecord[] = [];
  const failures: unknown[] = [];
  let resumed = 0;
  for (const [index, file] of plan.files.entries()) {
    if (file.done !== undefined) {
      records.push(file.done);
      continue;
    }
    if (mustStop(failures.at(-1)) || options.signal.aborted) break;
    const queue = (file.remote.size ?? Number.POSITIVE_INFINITY) <= SMALL ? queues.small : queues.large;
    await queue.onSizeLessThan(queue.concurrency);
    void queue.add(async () => {
      if (mustStop(failures.at(-1)) || options.signal.aborted) return;
      try {
        const obtained = await obtain(file, context, -index);
        records.push(...obtained.records);
        resumed += obtained.resumed;
      } catch (error) {
        failures.push(error);
      }
    });
  }
  await Promise.all([queues.large.onIdle(), queues.small.onIdle()]);
  if (options.signal.aborted) throw interruption(options.signal);
  if (failures.length > 0) throw summary(failures, records.length, plan.files.length);
  return { records, resumed };
}

/** A full disk, or a fault of ours, will meet the other files as well. */
function mustStop(failure: unknown): boolean {
  return failure !== undefined && (failure instanceof DiskError || !(failure instanceof MeddsError));
}

function summary(failures: unknown[], done: number, all: number): unknown {
  const worst = failures.find((failure) => mustStop(failure)) ?? failures[0];
  if (failures.length > 1 && worst instanceof MeddsError) {
    worst.message += ` (and ${failures.length - 1} more of ${all} files failed; ${done} are here)`;
  }
  return worst;
}
