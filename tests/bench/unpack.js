// @ts-check
/** `unpack.js ARCHIVE FOLDER`: only the unpacking of a fetch, without its list of checksums and its flushes. */
import path from 'node:path';
import { unpackArchive } from '../../dist/archive/unpack.js';

const [archive = '', folder = ''] = process.argv.slice(2);
await unpackArchive(archive, folder, { name: path.basename(archive) });
