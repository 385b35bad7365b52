// @ts-check
/** `huge-part.js HOME ID NAME SIZE HERE`: leaves a part of a file whose first bytes are zeros, as an interrupted fetch would. */
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { partKey } from '../../dist/library/staging.js';
import { Journal } from '../../dist/transfer/journal.js';

const [home = '', id = '', name = '', size = '', here = ''] = process.argv.slice(2);
const folder = path.resolve(home, 'parts', id, `${partKey(name)}.00000000`);
mkdirSync(folder, { recursive: true });
writeFileSync(path.join(folder, 'data'), '');
truncateSync(path.join(folder, 'data'), Number(here));
const journal = await Journal.create(path.join(folder, 'journal'), name, { size: Number(size) });
await journal.add({ start: 0, end: Number(here) }, 0);
await journal.close();
