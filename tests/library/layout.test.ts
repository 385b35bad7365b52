import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/errors.js';
import { DATASET_ID, layoutOf } from '../../src/library/layout.js';
import { ID_FORM } from '../../src/registry/schema.js';

describe('layoutOf', () => {
  it('keeps everything of a dataset under its name', () => {
    const layout = layoutOf('/data/medds/');
    expect(layout.dataset('luna16')).toBe(path.resolve('/data/medds/datasets/luna16'));
    expect(layout.manifest('luna16')).toBe(path.resolve('/data/medds/state/luna16/manifest.json'));
    expect(layoutOf('library').home).toBe(path.resolve('library'));
  });

  it.each(['..', '.', '', '../x', 'a/b', 'a\\b', '/etc', 'Luna16', '.hidden', 'a\u0000b', 'a b', 'x'.repeat(101)])(
    'makes no path of %j',
    (id) => {
      const layout = layoutOf('/data');
      for (const place of ['dataset', 'state', 'manifest', 'parts', 'archives', 'lock'] as const) {
        expect(() => layout[place](id)).toThrow(UsageError);
      }
    },
  );

  it('shows no control characters of an id', () => {
    expect(() => layoutOf('/data').dataset('a\u001b[2J')).toThrow('a\\u{1b}[2J is no dataset id');
  });

  it('takes the ids that the registry takes', () => {
    expect(DATASET_ID.source).toBe(ID_FORM.source);
  });
});
