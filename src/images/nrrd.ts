/** NRRD, `.nrrd` with its data behind the header and `.nhdr` with it elsewhere (https://teem.sourceforge.net/nrrd/format.html). */
import type { FileContent } from './content.js';
import { bytesOf, type ImageFacts, requireBytes, spacingOf, UnreadableImage } from './image.js';
import type { Beside } from './table.js';

/** Bytes; some programs write long lists of values into headers. */
const LONGEST = 4 * 1024 * 1024;

const BITS: [RegExp, number][] = [
  [/^(signed char|int8|int8_t|uchar|unsigned char|uint8|uint8_t)$/, 8],
  [/^((signed |unsigned )?short( int)?|u?int16(_t)?|ushort)$/, 16],
  [/^((signed |unsigned )?int|u?int32(_t)?|uint|float)$/, 32],
  [/^((signed |unsigned )?long long( int)?|longlong|ulonglong|u?int64(_t)?|double)$/, 64],
];

export async function readNrrd(content: FileContent, beside: Beside): Promise<ImageFacts> {
  const { fields, length } = fieldsIn(await content.read(0, LONGEST));
  const dimensions = (fields.get('sizes') ?? '').split(/\s+/).filter(Boolean).map(Number);
  const type = (fields.get('type') ?? '').toLowerCase();
  const bits =
    type === 'block'
      ? Number(fields.get('block size') ?? fields.get('blocksize')) * 8
      : BITS.find(([form]) => form.test(type))?.[1];
  const wanted = bytesOf(dimensions, bits ?? Number.NaN);
  const facts: ImageFacts = { format: 'NRRD', dimensions, ...spacingIn(fields), type };
  const encoding = (fields.get('encoding') ?? 'raw').toLowerCase();
  const data = fields.get('data file') ?? fields.get('datafile');
  // Several files, or text: only the header is read.
  if (data !== undefined && (/^list/i.test(data) || /%\d*d/.test(data))) return facts;
  const part = data === undefined ? undefined : await beside(data);
  if (data !== undefined && part === undefined) throw new UnreadableImage(`has no ${JSON.stringify(data)} beside it`);
  const holder = part?.content ?? content;
  const start = part === undefined ? length : 0;
  try {
    const skip = Number(fields.get('byte skip') ?? fields.get('byteskip') ?? 0);
    if (encoding === 'raw')
      requireBytes(holder.size - (skip === -1 ? holder.size - wanted : start + Math.max(0, skip)), wanted);
    // A skip counts what comes out of it.
    if (/^gz(ip)?$/.test(encoding)) {
      const { bytes } = await holder.unpacked({ start }, () => wanted);
      requireBytes(bytes - Math.max(0, skip), wanted);
    }
  } finally {
    await part?.content.close();
  }
  return part === undefined ? facts : { ...facts, parts: [part.path] };
}

function spacingIn(fields: ReadonlyMap<string, string>): { spacing?: number[] } {
  const plain = fields.get('spacings');
  if (plain !== undefined)
    return spacingOf(
      plain
        .split(/\s+/)
        .map(Number)
        .filter((value) => !Number.isNaN(value)),
    );
  // `(1,0,0) (0,1,0) none`: a vector for each axis in space.
  const vectors = [...(fields.get('space directions') ?? '').matchAll(/\(([^)]*)\)/g)];
  return spacingOf(vectors.map(([, inner = '']) => Math.hypot(...inner.split(',').map(Number))));
}

function fieldsIn(head: Buffer): { fields: Map<string, string>; length: number } {
  const fields = new Map<string, string>();
  let at = 0;
  while (at < head.length) {
    const end = head.indexOf(10, at);
    // A header without data behind it may end with the file.
    const line = head.toString('latin1', at, end < 0 ? head.length : end).replace(/\r$/, '');
    at = end < 0 ? head.length : end + 1;
    if (line === '' && fields.size > 0) return { fields, length: at };
    if (line.startsWith('#')) continue;
    const [, name, value = ''] = /^([^:=]+):=?\s?(.*)$/.exec(line) ?? [];
    if (name !== undefined) fields.set(name.trim().toLowerCase(), value.trim());
  }
  if (!fields.has('sizes')) throw new UnreadableImage('has a header that does not end, or says no sizes');
  return { fields, length: at };
}
