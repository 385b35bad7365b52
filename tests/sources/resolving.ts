/** What sources need to be asked directly, and fetches into a library that is thrown away, for tests of shared links. */
import { type FetchOptions, fetchDataset, type ProgressEvent } from '../../src/index.js';
import type { Dataset, SourceEntry } from '../../src/registry/schema.js';
import { endpointOf } from '../../src/sources/endpoint.js';
import type { FileRequest, RemoteFile, Resolution, SourceContext } from '../../src/sources/source.js';
import { sourceOf } from '../../src/sources/table.js';
import { Agents } from '../../src/transfer/agents.js';
import { startConversation } from '../../src/transfer/conversation.js';
import { tempDir } from '../support/temp-dir.js';

const agents = new Agents();

/** For `afterAll`: lets the process end. */
export const closeAgents = () => agents.close();

/** @param env besides what leads to a configuration that does not exist */
export function contextFor(env: Record<string, string>): SourceContext {
  const http = startConversation({
    agents,
    userAgent: 'medds-test',
    retry: { tries: 3, base: 1, cap: 2 },
  });
  const endpoint = (method: string, standard: string) => endpointOf(method, standard, env);
  return { http, endpoint, dataset: 'test', env: { MEDDS_CONFIG_DIR: '/nowhere', ...env } };
}

export async function resolve(entry: SourceEntry, env: Record<string, string>): Promise<Resolution> {
  return (await sourceOf(entry)).resolve(entry, contextFor(env));
}

/** The one file of a resolution that is called so. */
export function fileOf({ files }: Resolution, path: string): RemoteFile {
  const file = files.find((one) => one.path === path);
  if (file === undefined) throw new Error(`no ${path} among ${files.map((one) => one.path).join(', ')}`);
  return file;
}

/** Where a file's bytes are asked for. */
export async function requestOf(resolution: Resolution, path: string): Promise<FileRequest> {
  return fileOf(resolution, path).request();
}

/** Fetches a dataset of one source into a new library. */
export function fetchInto(
  source: SourceEntry | string,
  env: Record<string, string>,
  options: FetchOptions = {},
): { told: ProgressEvent[]; home: string; result: ReturnType<typeof fetchDataset> } {
  const told: ProgressEvent[] = [];
  const home = options.home ?? tempDir('library');
  const dataset: Dataset | string =
    typeof source === 'string' ? source : { id: 'shared', name: 'Shared', registry: 'test', sources: [source] };
  const result = fetchDataset(dataset, {
    home,
    env: { MEDDS_CONFIG_DIR: '/nowhere', ...env },
    tries: 3,
    onProgress: (event) => told.push(event),
    ...options,
  });
  return { told, home, result };
}
