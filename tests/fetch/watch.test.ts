/** Files that a person downloads: waited for in a folder, taken as they come. */
import { appendFileSync, chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { datasetStatus, type FetchResult, type ProgressEvent, watchFolder } from '../../src/index.js';
import type { Dataset } from '../../src/registry/schema.js';
import { runMedds, startMedds } from '../support/run-medds.js';
import { removeTempDirs, tempDir } from '../support/temp-dir.js';
import { treeOf } from '../support/tree.js';

const IMAGES = 'the images, as the owners hand them out';
/** sha256 of the above. */
const IMAGES_SHA256 = 'sha256:e695944ddc4d57c7fd644272a80a46ee5778512aed74aa6a2ae96efd33d32f7e';
const LABELS = 'the labels';

let home: string;
let downloads: string;

beforeEach(() => {
  home = path.join(tempDir('watch'), 'library');
  downloads = tempDir('downloads');
});

afterEach(removeTempDirs);

const byHand: Dataset = {
  id: 'by-hand',
  name: 'By hand',
  registry: 'test',
  sources: [
    {
      method: 'manual',
      host: 'example.org',
      url: 'https://example.org/data',
      steps: ['Sign in at https://example.org/data.', 'Save images.bin and labels.txt.'],
      files: [
        { path: 'images.bin', size: IMAGES.length, checksum: IMAGES_SHA256 },
        { path: 'labels.txt', pattern: 'label*.txt' },
      ],
    },
  ],
};

/** A watch, and a way to await what it says. */
function watching(dataset: Dataset = byHand): {
  result: Promise<FetchResult>;
  says(pattern: RegExp): Promise<void>;
  stop(): void;
} {
  const controller = new AbortController();
  const said: string[] = [];
  const watchers = new Set<() => void>();
  const onProgress = (event: ProgressEvent) => {
    if (event.event === 'note') said.push(event.message);
    for (const look of watchers) look();
  };
  const { signal } = controller;
  const result = watchFolder(dataset, downloads, { home, env: {}, onProgress, signal, interval: 10 });
  result.catch(() => undefined);
  const says = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (said.some((message) => pattern.test(message))) resolve();
      };
      watchers.add(look);
      look();
      result.catch(reject);
    });
  return { result, says, stop: () => controller.abort() };
}

const put = (name: string, text: string) => writeFileSync(path.join(downloads, name), text);

it('takes each file when it is whole, told by its content, and finishes the dataset', async () => {
  const { result, says } = watching();
  await says(/Waiting in .* for: images.bin, label\*\.txt/);
  put('labels (1).txt', LABELS);
  await says(/1 of 2 files here, 1 still missing/);
  expect(await datasetStatus('by-hand', { home })).toMatchObject({
    state: 'partial',
    download: { done: 1, files: 2 },
    needs: { steps: ['Download images.bin.'] },
  });

  put('Unconfirmed 4711.crdownload', IMAGES);
  renameSync(path.join(downloads, 'Unconfirmed 4711.crdownload'), path.join(downloads, 'scans-2024.bin'));
  const { path: folder } = await result;
  expect(readFileSync(path.join(folder, 'images.bin'), 'utf8')).toBe(IMAGES);
  expect(Object.keys(await treeOf(folder))).toEqual(['images.bin', 'labels.txt']);
});

it('says when a file is not what it should be, and takes it once it is', async () => {
  put('labels.txt', LABELS);
  put('images.bin', IMAGES.slice(0, 10));
  const { result, says } = watching();
  await says(/images.bin is not images.bin: it has 10 bytes/);
  appendFileSync(path.join(downloads, 'images.bin'), IMAGES.slice(10));
  await result;
});

it('leaves files alone that a browser still writes', async () => {
  put('labels.txt', LABELS);
  put('images.bin', IMAGES);
  put('images.bin.part', '');
  const { result, says } = watching();
  await says(/1 of 2 files here, 1 still missing/);
  renameSync(path.join(downloads, 'images.bin.part'), path.join(downloads, 'elsewhere'));
  await result;
});

it('keeps what was taken when it is interrupted', async () => {
  put('labels.txt', LABELS);
  const { result, says, stop } = watching();
  await says(/still missing/);
  stop();
  await expect(result).rejects.toThrow();
  expect(await datasetStatus('by-hand', { home })).toMatchObject({ state: 'partial', download: { done: 1 } });
});

it('refuses to wait for what nobody knows', async () => {
  const [source] = byHand.sources;
  const dataset = { ...byHand, sources: [{ ...source, files: undefined }] } as Dataset;
  await expect(watching(dataset).result).rejects.toMatchObject({ exitCode: 2 });
});

it('needs a folder that is there', async () => {
  downloads = path.join(downloads, 'none');
  await expect(watching().result).rejects.toMatchObject({ exitCode: 3 });
});

function registryFile(): string {
  const { id, registry: _, ...entry } = byHand;
  const file = path.join(path.dirname(home), 'registry.json');
  writeFileSync(file, JSON.stringify({ version: 1, datasets: { [id]: entry } }));
  return file;
}

it('is how fetch --wait goes on where a person must act', async () => {
  const medds = startMedds(['fetch', 'by-hand', '--wait', downloads, '--registry', registryFile()], { home });
  await medds.line(/Waiting in/);
  expect(medds.stderr()).toContain('1. Sign in at https://example.org/data.');
  put('labels.txt', LABELS);
  put('images.bin', IMAGES);
  const { code, stdout } = await medds.result;
  expect(code).toBe(0);
  expect(stdout).toBe(`${path.join(home, 'datasets', 'by-hand')}\n`);
});

it('opens the page in the browser with --open', async () => {
  const folder = tempDir('browser');
  const browser = path.join(folder, 'browser');
  writeFileSync(
    browser,
    `#!/bin/sh\necho "$@" > '${folder}/opened.tmp' && mv '${folder}/opened.tmp' '${folder}/opened'\n`,
  );
  chmodSync(browser, 0o755);
  const env = { BROWSER: browser };
  const run = await runMedds(['fetch', 'by-hand', '--open', '--registry', registryFile()], { home, env });
  expect(run.code).toBe(4);
  expect(run.stderr).toContain('Opening https://example.org/data');
  await expect.poll(() => readFileSync(path.join(folder, 'opened'), 'utf8')).toBe('https://example.org/data\n');
});
