/**
 * The registry that medds brings along, whole: every dataset has a page, and every source of it comes to a plan with the stand-in of
 * its host, or says plainly what is needed. A stand-in that holds none of a registry's datasets answers as its host does to who
 * asks for what is not there; direct addresses and Zenodo, whose records the registry knows file by file, must come to a plan.
 */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EXIT, fetchDataset, type MeddsError } from '../../src/index.js';
import { loadRegistry } from '../../src/registry/load.js';
import type { FileFacts, SourceEntry } from '../../src/registry/schema.js';
import { METHODS } from '../../src/sources/table.js';
import { pageText } from '../../src/ui/dataset-page.js';
import { styleOf } from '../../src/ui/terminal.js';
import { noise } from '../hosts/content.js';
import { startZenodo, type ZenodoHost } from '../hosts/zenodo.js';
import type { StandIn } from '../sources/stand-ins/stand-in.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';

const { datasets } = await loadRegistry({});
const home = tempDir('bundled');
const standIns: StandIn[] = [];
let zenodo: ZenodoHost;
let env: NodeJS.ProcessEnv;

const flat = (entry: SourceEntry): SourceEntry[] => (entry.method === 'all' ? entry.of.flatMap(flat) : [entry]);
const sources = datasets.flatMap((dataset) => dataset.sources.flatMap(flat));

beforeAll(async () => {
  // What no stand-in answers for stays on this machine.
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY']) vi.stubEnv(name, NOBODY);
  vi.stubEnv('NO_PROXY', '127.0.0.1,localhost');
  const used = new Set<string>(sources.map(({ method }) => method));
  // Zenodo's holds the registry's own records.
  for (const file of readdirSync(new URL('../sources/stand-ins/', import.meta.url))) {
    const method = file.replace(/\.ts$/, '');
    if (method === 'zenodo' || !used.has(method)) continue;
    const { start } = (await import(`../sources/stand-ins/${method}.ts`)) as { start(): Promise<StandIn> };
    standIns.push(await start());
  }
  zenodo = await zenodoOfRegistry();
  env = Object.assign({}, ...standIns.map((standIn) => standIn.env), {
    MEDDS_ENDPOINT_ZENODO: zenodo.origin,
    MEDDS_CONFIG_DIR: home,
    HOME: home,
  });
});

afterAll(async () => {
  vi.unstubAllEnvs();
  for (const { host } of standIns) host.takeViolations();
  await Promise.all([zenodo.close(), ...standIns.map((standIn) => standIn.close())]);
  removeTempDirs();
});

/** Port 9 discards, where anybody listens at all. */
const NOBODY = 'http://127.0.0.1:9';

/** Zenodo with the records of the registry, as far as it knows them. */
async function zenodoOfRegistry(): Promise<ZenodoHost> {
  const records = new Map<string, Map<string, FileFacts>>();
  for (const source of sources) {
    if (source.method !== 'zenodo') continue;
    const files = records.get(source.record) ?? new Map();
    for (const file of source.files ?? []) files.set(file.path, { ...files.get(file.path), ...file });
    records.set(source.record, files);
  }
  const host = await startZenodo({ rateLimit: { limit: 10_000, seconds: 60 } });
  for (const [id, files] of records) {
    if (files.size === 0) files.set('data.zip', { path: 'data.zip' });
    const held = [...files.values()].map(({ path: key, size = 1000, checksum }) => {
      const md5 = [checksum].flat().find((sum) => sum?.startsWith('md5:'));
      return { key, content: noise(size), md5: md5?.slice('md5:'.length) ?? '0'.repeat(32) };
    });
    await host.addRecord({ id, files: held });
  }
  return host;
}

describe.each(datasets.map((dataset) => [dataset.id, dataset] as const))('%s', (id, dataset) => {
  it('has a page that says what it is and where it comes from', async () => {
    const page = await pageText({ dataset }, { tty: true, width: 100, style: styleOf(false) });
    expect(page).toContain(id);
    expect(page).toContain(dataset.name);
    for (const { method } of dataset.sources) {
      if (method !== 'all') expect(page).toContain(METHODS[method].title);
    }
    expect(page).not.toMatch(/\bundefined\b|\[object /);
  });

  it.each(dataset.sources.map((entry) => [entry.name ?? entry.method, entry] as const))(
    'by %s comes to a plan, or says what is needed',
    async (source, entry) => {
      const planned = await fetchDataset(dataset, { source, home, env, dryRun: true, tries: 1 }).catch(
        (error: MeddsError) => error,
      );
      if (planned instanceof Error) {
        expect([EXIT.notFound, EXIT.actionRequired, EXIT.network], planned.stack).toContain(planned.exitCode);
        expect(planned.dataset).toBe(id);
        expect(planned.message).not.toMatch(/\bundefined\b|\[object /);
        const known = flat(entry).every(({ method }) => method === 'direct' || method === 'zenodo');
        expect(known, planned.message).toBe(false);
      } else {
        expect(planned).toMatchObject({ id, outcome: 'planned', source: { name: source, method: entry.method } });
        expect(planned.remotes).toBeGreaterThan(0);
      }
    },
  );
});
