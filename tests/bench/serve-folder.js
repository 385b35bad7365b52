// @ts-check
/** `serve-folder.js FOLDER OPTIONS`: a stand-in host with all files of a folder; prints its origin, ends with SIGTERM. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { diskFile } from '../hosts/content.js';
import { startFileHost } from '../hosts/file-host.js';

const [folder = '.', options = '{}'] = process.argv.slice(2);
const host = await startFileHost(JSON.parse(options));
for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const file = path.join(entry.parentPath, entry.name);
  host.add(`/${path.relative(folder, file).split(path.sep).join('/')}`, diskFile(file));
}
console.log(host.origin);
process.on('SIGTERM', () => process.exit(0));
