/** `medds verify --deep`: opens every image of a dataset, and keeps what they come to with its manifest. */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { caseOf } from './cases.js';
import { asDiskError, interruption } from './errors.js';
import { FileContent } from './images/content.js';
import { UnreadableImage } from './images/image.js';
import { type ImageSummary, Summary } from './images/summary.js';
import { type Beside, readImage } from './images/table.js';
import { eachAtMost } from './library/each.js';
import { type KeptImages, writeImages } from './library/image-facts.js';
import type { Layout } from './library/layout.js';
import { type FileRecord, readFiles, readManifest } from './library/manifest.js';
import type { OnProgress } from './progress.js';

/** Milliseconds between two progress events. */
const TELL = 100;

export interface DeepOptions {
  /** As in the registry, where it knows them. */
  casePaths?: readonly string[] | undefined;
  onProgress?: OnProgress | undefined;
  signal?: AbortSignal | undefined;
}

/** The dataset is there, and as recorded: call `verifyDataset` first. @throws InterruptedError, DiskError */
export async function verifyImages(
  layout: Layout,
  id: string,
  options: DeepOptions = {},
): Promise<KeptImages | undefined> {
  const manifest = await readManifest(layout, id);
  if (manifest === undefined) return undefined;
  const root = layout.dataset(id);
  const signal = options.signal ?? new AbortController().signal;
  const summary = new Summary();
  const cases = options.casePaths === undefined ? undefined : new Set<string>();
  let bytes = 0;
  let last = 0;
  const look = async ({ path: name, size, link }: FileRecord): Promise<void> => {
    if (link !== undefined) return;
    const found = caseOf(name, options.casePaths);
    if (found !== undefined) cases?.add(found);
    await lookAt(root, name, summary, signal);
    bytes += size;
    if (performance.now() - last < TELL) return;
    last = performance.now();
    options.onProgress?.({ event: 'file', file: id, state: 'verifying', done: bytes, size: manifest.bytes });
  };
  try {
    await eachAtMost(Math.min(8, availableParallelism() * 2), readFiles(layout, id), look);
  } catch (error) {
    if (signal.aborted) throw interruption(signal, `Interrupted while looking at the images of ${id}`, { dataset: id });
    throw asDiskError(error, { dataset: id });
  }
  const images: ImageSummary = summary.result(cases?.size);
  const kept = { at: new Date().toISOString(), ...images };
  await writeImages(layout, manifest, kept);
  return kept;
}

async function lookAt(root: string, name: string, summary: Summary, signal: AbortSignal): Promise<void> {
  const content = await FileContent.open(path.join(root, name), signal);
  try {
    summary.add(await readImage({ path: name, content, beside: besideOf(root, name, signal) }));
  } catch (error) {
    if (!(error instanceof UnreadableImage)) throw error;
    summary.fail(name, error.message);
  } finally {
    await content.close();
  }
}

/** What a header names must lie in the dataset: it is as hostile as any name from outside. */
function besideOf(root: string, name: string, signal: AbortSignal): Beside {
  return async (named) => {
    const place = path.posix.join(path.posix.dirname(name), named.replaceAll('\\', '/'));
    if (place.startsWith('..') || path.posix.isAbsolute(named) || named.includes('\0') || named === '')
      return undefined;
    try {
      return { path: place, content: await FileContent.open(path.join(root, place), signal) };
    } catch {
      return undefined;
    }
  };
}
