/** Several sources that are the dataset only together (LUNA16 is two Zenodo records). */
import { IntegrityError } from '../errors.js';
import type { SingleSourceEntry } from '../registry/schema.js';
import { bare, pinned } from './pin.js';
import type { Resolution, Source } from './source.js';
import { METHODS, sourceOf } from './table.js';

export const all: Source<'all'> = {
  async resolve(entry, context) {
    const parts: Resolution[] = [];
    for (const part of entry.of) parts.push(await (await sourceOf(part)).resolve(part, context));
    const seen = new Set<string>();
    for (const { path, into } of parts.flatMap((part) => part.files)) {
      const place = `${into}/${path}`;
      if (seen.has(place)) throw new IntegrityError(`Two sources of this dataset offer ${path}`, { file: path });
      seen.add(place);
    }
    const revision = join(parts.map((part) => part.revision));
    const doi = join(parts.map((part) => part.doi));
    const of: SingleSourceEntry[] = [];
    for (const [index, part] of entry.of.entries()) {
      of.push((await pinned(part, parts[index] as Resolution)) as SingleSourceEntry);
    }
    const superseded = join(parts.map((part) => part.superseded));
    const license = parts.find((part) => part.license !== undefined)?.license;
    return {
      label: joinLabels(
        parts.map((part) => part.label),
        new Set(entry.of.map(({ method }) => METHODS[method].title)),
      ),
      ...(revision === undefined ? {} : { revision }),
      ...(doi === undefined ? {} : { doi }),
      ...(license === undefined ? {} : { license }),
      ...(superseded === undefined ? {} : { superseded }),
      pinned: { ...bare(entry), method: 'all', of },
      files: parts.flatMap((part) => part.files),
      notes: parts.flatMap((part) => part.notes),
    };
  },
};

/** `Zenodo 3723295 + 4121926`: a host that all are at is said once. */
function joinLabels(labels: readonly string[], titles: ReadonlySet<string>): string {
  const [first = '', ...rest] = labels;
  const host = titles.size === 1 ? `${[...titles][0]} ` : undefined;
  const short = (label: string) => (host !== undefined && label.startsWith(host) ? label.slice(host.length) : label);
  return [first, ...rest.map(short)].join(' + ');
}

function join(values: readonly (string | undefined)[]): string | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.join(' ');
}
