/**
 * The zip that NBIA makes of a series while it sends it. When the server fails in the middle, the zip ends as if it were whole
 * (V4_getImage.java of https://github.com/CBIIT/NBIA-TCIA catches everything), so what came is counted and checked.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { IntegrityError } from '../errors.js';
import { printable } from '../printable.js';
import { csvRows } from './csv.js';

/** Columns `Filename` and `MD5Hash`: the checksum of every image, computed when it was submitted. */
const CHECKSUMS = 'md5hashes.csv';

/** What lies beside the images. */
const COMPANIONS = new Set(['LICENSE', CHECKSUMS]);

/** Bytes read at a time. */
const CHUNK = 1024 * 1024;

/**
 * Holds an unpacked series against what the server says of it.
 * @param series its SeriesInstanceUID, for messages
 * @param images how many the server lists; undefined when it does not say
 * @throws IntegrityError
 */
export async function inspectSeries(folder: string, series: string, images: number | undefined): Promise<void> {
  const names = await fs.readdir(folder);
  const came = names.filter((name) => !COMPANIONS.has(name));
  if (came.length !== (images ?? Math.max(came.length, 1))) {
    throw fault(series, `came with ${came.length} of ${images ?? 'its'} images`);
  }
  if (!names.includes(CHECKSUMS)) return;
  for (const { name, md5 } of listed(await fs.readFile(path.join(folder, CHECKSUMS), 'utf8'), series)) {
    if (!came.includes(name)) throw fault(series, `came without ${printable(name)}, which is in its list of checksums`);
    const actual = await md5Of(path.join(folder, name));
    if (actual !== md5)
      throw fault(series, `came with ${printable(name)} damaged: md5 ${actual} where ${md5} was expected`);
  }
}

function fault(series: string, what: string): IntegrityError {
  return new IntegrityError(`Series ${series} ${what}`, {
    hint: 'The server did not send all of it, several times in a row. Run the same command again later, or use another source (--source): what is here is kept.',
  });
}

/** Images whose checksum the server knows. */
function listed(text: string, series: string): { name: string; md5: string }[] {
  try {
    return csvRows(text)
      .map((row) => ({ name: row.get('Filename') ?? '', md5: (row.get('MD5Hash') ?? '').trim().toLowerCase() }))
      .filter(({ md5 }) => /^[0-9a-f]{32}$/.test(md5));
  } catch (error) {
    if (error instanceof SyntaxError) throw fault(series, `came with a damaged ${CHECKSUMS}: ${error.message}`);
    throw error;
  }
}

async function md5Of(file: string): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream(file, { highWaterMark: CHUNK }), hash);
  return hash.digest('hex');
}
