/** Registries as tests need them: small, and valid unless the test breaks them. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Dataset, DatasetEntry } from '../../src/registry/schema.js';

export function entry(more: Partial<DatasetEntry> = {}): DatasetEntry {
  return { name: 'Some data', sources: [{ method: 'zenodo', record: '1' }], ...more };
}

export function dataset(id: string, more: Partial<DatasetEntry> = {}): Dataset {
  return { ...entry(more), id, registry: 'bundled' };
}

/** Writes a registry file into `folder` and returns its path. */
export function writeRegistry(folder: string, name: string, datasets: Record<string, unknown>): string {
  const file = path.join(folder, name);
  writeFileSync(file, JSON.stringify({ version: 1, datasets }));
  return file;
}
