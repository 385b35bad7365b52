/** MetaImage, `.mhd` with its data elsewhere and `.mha` with it behind the header (https://itk.org/Wiki/ITK/MetaIO/Documentation). */
import type { FileContent } from './content.js';
import { bytesOf, type ImageFacts, requireBytes, spacingOf, UnreadableImage } from './image.js';
import type { Beside } from './table.js';

/** Headers are a few lines; this is far more. Bytes. */
const LONGEST = 64 * 1024;

const BITS: Record<string, number> = {
  MET_CHAR: 8,
  MET_UCHAR: 8,
  MET_SHORT: 16,
  MET_USHORT: 16,
  MET_INT: 32,
  MET_UINT: 32,
  MET_LONG: 32,
  MET_ULONG: 32,
  MET_LONG_LONG: 64,
  MET_ULONG_LONG: 64,
  MET_FLOAT: 32,
  MET_DOUBLE: 64,
};

export async function readMetaImage(content: FileContent, beside: Beside): Promise<ImageFacts> {
  const { fields, length } = fieldsIn(await content.read(0, LONGEST));
  const numbers = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter(Boolean).map(Number);
  const dimensions = numbers('DimSize');
  const type = fields.get('ElementType') ?? '';
  const channels = Number(fields.get('ElementNumberOfChannels') ?? 1);
  const wanted = bytesOf(dimensions, (BITS[type.replace(/_ARRAY$/, '')] ?? Number.NaN) * channels);
  const spacing = numbers('ElementSpacing');
  const facts: ImageFacts = {
    format: 'MetaImage',
    dimensions,
    ...spacingOf(spacing.length > 0 ? spacing : numbers('ElementSize')),
    type,
  };
  const data = fields.get('ElementDataFile') ?? '';
  const isPacked = /^true$/i.test(fields.get('CompressedData') ?? '');
  const skip = Math.max(0, Number(fields.get('HeaderSize') ?? 0) || 0);
  if (/^local$/i.test(data)) {
    await requireData(content, length + skip, wanted, isPacked);
    return facts;
  }
  // A list of slices, or a pattern for their names: each is looked at as a file of its own.
  if (/^list/i.test(data) || /%\d*d/.test(data)) return facts;
  const part = await beside(data);
  if (part === undefined) throw new UnreadableImage(`has no ${JSON.stringify(data)} beside it`);
  try {
    await requireData(
      part.content,
      Number(fields.get('HeaderSize')) === -1 ? part.content.size - wanted : skip,
      wanted,
      isPacked,
    );
  } finally {
    await part.content.close();
  }
  return { ...facts, parts: [part.path] };
}

async function requireData(content: FileContent, start: number, wanted: number, isPacked: boolean): Promise<void> {
  if (!isPacked) return requireBytes(content.size - start, wanted);
  const first = await content.read(start, 2);
  const kind = first[0] === 0x1f && first[1] === 0x8b ? 'gzip' : 'zlib';
  requireBytes((await content.unpacked({ start, kind }, () => wanted)).bytes, wanted);
}

/** `Name = value`, a line each; ElementDataFile is the last. */
function fieldsIn(head: Buffer): { fields: Map<string, string>; length: number } {
  const fields = new Map<string, string>();
  for (let at = 0; at < head.length; ) {
    const end = head.indexOf(10, at);
    if (end < 0 && head.length === LONGEST) break;
    const line = head.toString('latin1', at, end < 0 ? head.length : end);
    const [, name = '', value = ''] = /^\s*(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    fields.set(name, value);
    at = end < 0 ? head.length : end + 1;
    if (name === 'ElementDataFile') return { fields, length: at };
  }
  throw new UnreadableImage('has a header that does not say where its data is (ElementDataFile)');
}
