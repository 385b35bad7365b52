/** Much of everything: a host that drops connections, tens of thousands of files, hundreds of datasets. Memory and descriptors stay as they were. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { datasetStatus, libraryStatus } from '../../src/index.js';
import { bytes, type Content, noise } from '../hosts/content.js';
import { packed, zip } from '../hosts/phantoms/archives.js';
import type { Running } from '../support/run-medds.js';
import { rounds } from '../support/soak.js';
import { archive, fileHost, offer, stageFor } from './stage.js';

const CONNECTIONS = 64;
/** How long the host with 64 connections takes, seconds. */
const SECONDS = rounds(2, 600);
/** Of each connection; all together a machine must keep up with, beside the rest of the suite. Bytes a second. */
const RATE = rounds(768, 128) * 1024;
const FILES = 64;

const host = await fileHost();
const stage = stageFor('load', (stage) => {
  stage.env.MEDDS_CONNECTIONS = String(CONNECTIONS);
  stage.env.MEDDS_JOBS = String(CONNECTIONS);
});

interface Sample {
  /** Bytes of memory that the process holds. */
  memory: number;
  descriptors: number;
}

/** Looks at a process until it ends. */
async function watched({ child, result }: Running, every: number): Promise<Sample[]> {
  const samples: Sample[] = [];
  const timer = setInterval(() => {
    try {
      const [, kB] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8')) ?? [];
      const descriptors = readdirSync(`/proc/${child.pid}/fd`).length;
      if (kB !== undefined) samples.push({ memory: Number(kB) * 1024, descriptors });
    } catch {
      // It has ended.
    }
  }, every);
  const { code, stderr } = await result;
  clearInterval(timer);
  expect(code, stderr).toBe(0);
  expect(stderr).not.toMatch(/warning|listener|leak/i);
  return samples;
}

const most = (samples: readonly Sample[], what: keyof Sample) => Math.max(...samples.map((sample) => sample[what]));

/** For the page of benchmarks: what a soak has seen. */
const report = (what: string, samples: readonly Sample[]) => {
  const half = Math.ceil(samples.length / 2);
  const [first, second] = [samples.slice(0, half), samples.slice(half)].map((all) =>
    Math.round(most(all, 'memory') / 1e6),
  );
  const descriptors = most(samples, 'descriptors');
  if (rounds(0, 1) === 1) console.log(`${what}: ${first} MB, later ${second} MB, ${descriptors} descriptors`);
};

it.skipIf(process.platform !== 'linux')('64 connections to a host that drops one in twenty', async () => {
  let asked = 0;
  const size = Math.ceil((CONNECTIONS * RATE * SECONDS) / FILES);
  const files = Array.from({ length: FILES }, (_, index) => {
    const name = `volume-${index}.raw`;
    host.add(`/${name}`, noise(size, `load ${index}`));
    host.misbehave(`/${name}`, { bytesPerSecond: RATE });
    host.misbehave(`/${name}`, { when: () => ++asked % 20 === 0, resetAt: 100_000 });
    return { url: host.url(`/${name}`), path: name, size };
  });
  stage.register('load', { method: 'direct', files });
  const samples = await watched(stage.start('fetch', 'load', '--progress', 'plain', '--tries', '20'), SECONDS * 10);
  report('64 connections', samples);
  const status = await datasetStatus('load', stage);
  expect(status).toMatchObject({ state: 'complete', files: FILES, bytes: FILES * size });
  expect(host.requests.filter(({ outcome }) => outcome === 'cut').length).toBeGreaterThan(2);

  const settled = samples.slice(Math.floor(samples.length / 4));
  const half = Math.ceil(settled.length / 2);
  expect(most(settled.slice(half), 'memory')).toBeLessThan(1.25 * most(settled.slice(0, half), 'memory'));
  // For each of as many jobs: a connection, the file, its journal, and the file again for its digest; and what Node has itself.
  expect(most(samples, 'descriptors')).toBeLessThan(4 * CONNECTIONS + 60);
});

it.skipIf(process.platform !== 'linux')('tens of thousands of small files', async () => {
  const count = rounds(1000, 100_000);
  const last = String(count - 1).padStart(6, '0');
  const content: Content = bytes('one slice of many\n');
  for (let index = 0; index < count; index++) host.add(`/many/${String(index).padStart(6, '0')}.txt`, content);
  const range = `{000000..${last}}.txt`;
  stage.env.MEDDS_CONNECTIONS = '16';
  stage.register('many', {
    method: 'direct',
    files: [{ url: `${host.origin}/many/${range}`, path: `${range}`, size: content.size }],
  });
  const samples = await watched(stage.start('fetch', 'many', '--progress', 'none'), 50);
  report(`${count} files`, samples);
  expect(await datasetStatus('many', stage)).toMatchObject({ state: 'complete', files: count });
  expect(most(samples, 'descriptors')).toBeLessThan(6 * 16 + 100);
  // About 2 kB of each file are kept, its record and its place in the plan; the rest waits for the collector.
  expect(most(samples, 'memory')).toBeLessThan(rounds(300e6, 800e6));
});

it('500 datasets in a library', async () => {
  const list = archive('a.zip');
  stage.register('a', offer(host, list));
  await stage.json('fetch', 'a');
  const manifest = stage.manifest('a');
  for (let index = 0; index < 500; index++) {
    const id = `copy-${index}`;
    mkdirSync(path.join(stage.home, 'state', id), { recursive: true });
    mkdirSync(stage.dataset(id));
    writeFileSync(path.join(stage.home, 'state', id, 'manifest.json'), JSON.stringify({ ...manifest, id }));
  }
  const all = await libraryStatus(stage);
  expect(all.filter(({ state }) => state === 'complete')).toHaveLength(501);
});

it('thousands of members with long paths come out; with a path that no file system takes, none', async () => {
  const count = rounds(1000, 5000);
  const deep = Array.from({ length: 20 }, (_, level) => String(level).padStart(100, 'x')).join('/');
  const member = (path: string) => ({ path, data: Buffer.from(path.slice(-8)) });
  const members = Array.from({ length: count }, (_, index) => member(`${deep}/${index}.dcm`));
  stage.register('deep', offer(host, packed('deep.zip', members, zip)));
  expect(await stage.json('fetch', 'deep')).toMatchObject({ files: count });

  const tooDeep = member(`${deep}/${deep}/${deep}/${deep}/${deep}/1.dcm`);
  stage.register('deeper', offer(host, packed('deeper.zip', [...members, tooDeep], zip)));
  expect(await stage.fails(6, 'fetch', 'deeper')).toMatch(/longer than 4096 bytes/);
  await stage.expectIncomplete('deeper');
});
