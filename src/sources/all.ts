/** Several sources that are the dataset only together (LUNA16 is two Zenodo records). */
import { IntegrityError } from '../errors.js';
import type { Resolution, Source } from './source.js';
import { sourceOf } from './table.js';

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
    const license = parts.find((part) => part.license !== undefined)?.license;
    return {
      label: joinLabels(parts.map((part) => part.label)),
      ...(revision === undefined ? {} : { revision }),
      ...(doi === undefined ? {} : { doi }),
      ...(license === undefined ? {} : { license }),
      files: parts.flatMap((part) => part.files),
      notes: parts.flatMap((part) => part.notes),
    };
  },
};

/** `Zenodo 3723295 + 4121926`: what all labels begin with is said once. */
function joinLabels(labels: readonly string[]): string {
  const [first = '', ...rest] = labels;
  const host = first.slice(0, first.indexOf(' ') + 1);
  const same = host !== '' && rest.every((label) => label.startsWith(host));
  return [first, ...rest.map((label) => (same ? label.slice(host.length) : label))].join(' + ');
}

function join(values: readonly (string | undefined)[]): string | undefined {
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.join(' ');
}
