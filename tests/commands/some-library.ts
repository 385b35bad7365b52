/** A library with something in it, as fetches would have left it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { writeAttempt } from '../../src/library/attempt.js';
import { layoutOf } from '../../src/library/layout.js';
import type { Manifest } from '../../src/library/manifest-form.js';

const source = { name: 'zenodo', method: 'zenodo', label: 'Zenodo 1' };

export function addComplete(home: string, id: string): string {
  const layout = layoutOf(home);
  const manifest: Manifest = {
    version: 1,
    id,
    name: id,
    registry: 'bundled',
    source,
    fetchedAt: '2026-01-02T03:04:05.000Z',
    medds: '0.0.0',
    files: 1,
    bytes: 4,
    downloaded: 4,
    remotes: 1,
    verified: { checksums: 1, of: 1, algorithms: ['md5'] },
    commit: 'c0ffee',
  };
  mkdirSync(layout.dataset(id), { recursive: true });
  mkdirSync(layout.state(id), { recursive: true });
  writeFileSync(`${layout.dataset(id)}/data`, 'data');
  writeFileSync(layout.manifest(id), JSON.stringify(manifest));
  return layout.dataset(id);
}

export async function addPartial(home: string, id: string, files: number): Promise<void> {
  const now = '2026-01-02T03:04:05.000Z';
  await writeAttempt(layoutOf(home), { version: 1, id, name: id, source, files, startedAt: now, updatedAt: now });
}
