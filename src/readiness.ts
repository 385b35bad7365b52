/** Whether datasets could be fetched now, and what stands in the way: the sources are asked, and no data is. */
import PQueue from 'p-queue';
import { candidates, resolveSource, sourceName } from './choose.js';
import { HostClocks } from './clock.js';
import { LOGINS } from './credentials/logins.js';
import { ActionRequiredError, MeddsError, NetworkError, NotFoundError } from './errors.js';
import { type FetchOptions, sourceContext, startEngine } from './fetch.js';
import { layoutOf } from './library/layout.js';
import { readManifest } from './library/manifest.js';
import type { Dataset, Method, Requirement, SourceEntry } from './registry/schema.js';
import type { Resolution, SourceContext } from './sources/source.js';
import { describeSource } from './sources/table.js';
import { refuseStatus } from './transfer/conversation.js';
import type { Engine } from './transfer/engine.js';

export interface Readiness {
  id: string;
  name: string;
  /**
   * here: complete in the library. ready: fetch will bring it. login: a token or an account is needed. click: terms must be accepted
   * on a page. form: its owners want to know who asks. by-hand: a person must download it. unreachable: no answer now. gone: the
   * files are not there any more. failed: what the host says of them is wrong.
   */
  state: 'here' | 'ready' | 'login' | 'click' | 'form' | 'by-hand' | 'unreachable' | 'gone' | 'failed';
  /** The source that this is about: the one that fetch would use, or the one that is easiest to open. */
  source?: { name: string; label: string };
  /** Remote files and, where every size is known, their bytes. */
  files?: number;
  size?: number;
  /** Where the secret that is used comes from: a variable's name or a file. */
  credential?: string;
  message?: string;
  /** Page where the user acts. */
  url?: string;
  steps?: string[];
  hint?: string;
}

/** From the least to do to the most. */
const EFFORT: readonly Readiness['state'][] = ['login', 'click', 'form', 'by-hand', 'unreachable', 'failed', 'gone'];

/** Hosts are asked for so many datasets at a time. */
const AT_A_TIME = 6;

/**
 * In the order of `datasets`. What the hosts answer is a result, not an error.
 * @param clocks learns what time the hosts have
 * @throws DiskError, InterruptedError
 */
export async function readinessOf(
  datasets: readonly Dataset[],
  options: FetchOptions,
  clocks = new HostClocks(),
): Promise<Readiness[]> {
  const engines = new Map<string, Engine>();
  const engineFor = (dataset: Dataset): Engine => {
    const engine = engines.get(dataset.registry) ?? startEngine(dataset, options);
    engines.set(dataset.registry, engine);
    return engine;
  };
  const signal = options.signal ?? new AbortController().signal;
  const layout = layoutOf(options.home);
  const queue = new PQueue({ concurrency: AT_A_TIME });
  try {
    const asked = datasets.map((dataset) =>
      queue.add(async (): Promise<Readiness> => {
        const { id, name } = dataset;
        const manifest = await readManifest(layout, id);
        if (manifest !== undefined) return { id, name, state: 'here', source: manifest.source };
        const context = sourceContext(dataset, options, engineFor(dataset), signal);
        return ask(dataset, options.source, { ...context, http: clocks.listen(context.http) });
      }),
    );
    return await Promise.all(asked);
  } finally {
    await Promise.all([...engines.values()].map((engine) => engine.close()));
  }
}

async function ask(dataset: Dataset, wanted: string | undefined, context: SourceContext): Promise<Readiness> {
  const { id, name } = dataset;
  const failures: Readiness[] = [];
  for (const entry of candidates(dataset, wanted)) {
    const credential = await credentialFor(entry, context.env);
    const source = { name: sourceName(entry), label: describeSource(entry) };
    const found = { id, name, source, ...(credential === undefined ? {} : { credential }) };
    try {
      const { resolution } = await resolveSource(entry, context);
      await knock(entry, resolution, context);
      const sizes = resolution.files.map(({ size }) => size);
      const size = sizes.every((one) => one !== undefined) ? { size: sizes.reduce((sum, one) => sum + one, 0) } : {};
      return { ...found, state: 'ready', files: sizes.length, ...size };
    } catch (error) {
      if (!(error instanceof MeddsError) || context.signal?.aborted === true) throw error;
      failures.push({ ...found, ...told(error, entry, credential !== undefined) });
    }
  }
  const [easiest] = failures.sort((a, b) => EFFORT.indexOf(a.state) - EFFORT.indexOf(b.state));
  return (
    easiest ?? { id, name, state: 'by-hand', message: 'Every source is used only when it is named: --source NAME.' }
  );
}

/** Addresses that the registry gives have been looked at by nobody yet: the first one's headers are asked for. */
async function knock(entry: SourceEntry, { files: [first] }: Resolution, context: SourceContext): Promise<void> {
  if (entry.method !== 'direct' || first === undefined) return;
  const request = await first.request(context.signal);
  const answer = await context.http.ask({ ...request, method: 'HEAD' }, context.signal);
  // Some hosts know no HEAD; whether they have the file is then left open.
  if (answer.status !== 405 && answer.status !== 501) refuseStatus(answer, first.path);
}

function told(
  error: MeddsError,
  entry: SourceEntry,
  hasCredential: boolean,
): Pick<Readiness, 'state'> & Partial<Readiness> {
  const { message, hint } = error;
  const { url, steps = [] } = error instanceof ActionRequiredError ? error : {};
  return {
    state: stateOf(error, entry, hasCredential),
    message,
    ...(url === undefined ? {} : { url }),
    ...(steps.length === 0 ? {} : { steps }),
    ...(hint === undefined ? {} : { hint }),
  };
}

const FORM: readonly Requirement[] = ['agreement', 'approval', 'email'];

function stateOf(error: MeddsError, entry: SourceEntry, hasCredential: boolean): Readiness['state'] {
  if (error instanceof NetworkError) return 'unreachable';
  if (error instanceof NotFoundError) return 'gone';
  if (!(error instanceof ActionRequiredError)) return 'failed';
  if (FORM.some((need) => entry.requires?.includes(need))) return 'form';
  if (entry.method === 'manual') return 'by-hand';
  // A host that knows who asks, and still refuses, wants its terms to be accepted.
  return hasCredential ? 'click' : 'login';
}

async function credentialFor(entry: SourceEntry, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const methods: Method[] = entry.method === 'all' ? entry.of.map(({ method }) => method) : [entry.method];
  for (const method of methods) {
    const secret = await LOGINS[method]?.find(env);
    if (secret !== undefined) return secret.from;
  }
  return undefined;
}
