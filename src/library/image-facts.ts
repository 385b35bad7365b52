/** What `verify --deep` found of a dataset's images, for as long as the dataset stays the same. */
import type { ImageSummary } from '../images/summary.js';
import { readJson, writeJson } from './atomic.js';
import { isCode } from './disk.js';
import type { Layout } from './layout.js';
import type { Manifest } from './manifest.js';

export interface KeptImages extends ImageSummary {
  /** ISO 8601. */
  at: string;
}

/** A library that may not be written to is verified all the same. @throws file system errors */
export async function writeImages(layout: Layout, { id, commit }: Manifest, images: KeptImages): Promise<void> {
  try {
    await writeJson(layout.images(id), { commit, ...images });
  } catch (error) {
    if (!isCode(error, 'EROFS', 'EACCES', 'EPERM')) throw error;
  }
}

/** Undefined when nobody looked, or the dataset has changed since. */
export async function readImages(layout: Layout, { id, commit }: Manifest): Promise<KeptImages | undefined> {
  const found = await readJson<KeptImages & { commit?: string }>(layout.images(id)).catch(() => undefined);
  if (found === undefined || found.commit !== commit || typeof found.images !== 'number') return undefined;
  const { commit: _, ...images } = found;
  return images;
}
