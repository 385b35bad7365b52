import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fileSystemFolds } from '../../src/archive/collisions.js';
import { buildTar } from './build-tar.js';
import { buildZip } from './build-zip.js';
import { Sandbox } from './sandbox.js';

let box: Sandbox;
let folds: boolean;
beforeAll(async () => {
  box = new Sandbox();
  folds = await fileSystemFolds(box.root);
});
afterAll(() => box.remove());

const part = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
  .filter((text) => !/[\u0000-\u001f\u007f-\u009f/\\:<>"|?*]|^\.+$|[. ]$/.test(text) && Buffer.byteLength(text) < 100);
/** Folder names begin with d, file names with f, so that no file is where a folder is. */
const path = fc
  .tuple(fc.array(part, { maxLength: 3 }), part)
  .map(([folders, file]) => [...folders.map((folder) => `d${folder}`), `f${file}`].join('/'));
const content = fc.oneof(
  fc.uint8Array({ maxLength: 3000 }).map((bytes) => Buffer.from(bytes)),
  fc.nat({ max: 3_000_000 }).map((length) => Buffer.alloc(length)),
);
const tree = fc.dictionary(path, content, { maxKeys: 12, noNullPrototype: true });

type Tree = Record<string, Buffer>;
const pack: Record<string, (files: Tree) => Buffer> = {
  zip: (files) =>
    buildZip(Object.entries(files).map(([name, data], index) => ({ name, data, deflate: index % 3 > 0 }))),
  tar: (files) => buildTar(Object.entries(files).map(([name, data]) => ({ name: 'x', pax: { path: name }, data }))),
  'tar.gz': (files) => gzipSync(pack.tar?.(files) as Buffer, { level: 1 }),
};

it.each(Object.keys(pack))('what goes into a %s comes out of it', async (kind) => {
  await fc.assert(
    fc.asyncProperty(tree, async (files) => {
      fc.pre(!folds);
      // An empty tar is two blocks of zeros, and so is many a mask: the caller must say what it is.
      const result = await box.unpack(pack[kind]?.(files) as Buffer, { kind: kind as 'zip' | 'tar' | 'tar.gz' });
      const found = Object.entries(box.tree()).filter(([name]) => !name.endsWith('/'));
      expect(Object.fromEntries(found)).toEqual(
        Object.fromEntries(Object.entries(files).map(([name, data]) => [name, data.toString('latin1')])),
      );
      expect(result.files).toBe(Object.keys(files).length);
      for (const member of box.members) {
        expect(member.sha256).toBe(
          createHash('sha256')
            .update(files[member.path] as Buffer)
            .digest('hex'),
        );
      }
    }),
    { numRuns: 15 },
  );
});
