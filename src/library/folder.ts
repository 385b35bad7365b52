/** Where a dataset lies, for `medds path`: the one answer that scripts wait for, so it reads little and loads little. */
import { readFileSync, statSync } from 'node:fs';
import { asDiskError, IncompleteError } from '../errors.js';
import type { Layout } from './layout.js';
import { type Chosen, isManifest, isVerification } from './manifest-form.js';

/** Where the data is. */
export interface Folder {
  /** Absolute. */
  path: string;
  /** What was asked for of the dataset, where that was not all of it. */
  chosen?: Chosen;
}

/** The folder of a dataset that is here, whole or as far as it was chosen. @throws IncompleteError, DiskError */
export async function datasetFolder(layout: Layout, id: string): Promise<Folder> {
  const manifest = contents(layout.manifest(id));
  if (manifest === undefined) {
    throw incomplete(id, 'is not complete here', `Run: medds fetch ${id}`);
  }
  if (!isManifest(manifest, id)) {
    throw incomplete(id, 'is not usable: its manifest is damaged', `Fetch it again: medds fetch ${id} --force`);
  }
  const folder = layout.dataset(id);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw incomplete(id, `is not here any more: ${folder} is gone`, `Run: medds fetch ${id}`);
  }
  const verify = contents(layout.verified(id));
  if (isVerification(verify, manifest.commit) && !verify.ok) {
    throw incomplete(id, `was found damaged on ${verify.at}`, `Run: medds verify ${id} --repair`);
  }
  return { path: folder, ...(manifest.chosen === undefined ? {} : { chosen: manifest.chosen }) };
}

/** JSON of a small file; undefined when it is not there, null when it is damaged. */
function contents(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw asDiskError(error);
  }
}

function incomplete(id: string, what: string, hint: string): IncompleteError {
  return new IncompleteError(`${id} ${what}`, { dataset: id, hint });
}
