/** Projects, components, registrations and files of the Open Science Framework (https://developer.osf.io). */
import { NotFoundError } from '../errors.js';
import { printable } from '../printable.js';
import type { SourceEntry } from '../registry/schema.js';
import type { Listed } from './facts.js';
import { known } from './json-api.js';
import { statedLicense } from './license.js';
import { Osf, type OsfFile, type OsfNode } from './osf-api.js';
import { locateOnOsf } from './osf-locator.js';
import { walkNode } from './osf-tree.js';
import { asPart } from './shared-link.js';
import type { Resolution, Source } from './source.js';
import { chooseTree } from './tree.js';

type Entry = Extract<SourceEntry, { method: 'osf' }>;

export const osf: Source<'osf'> = {
  locate: locateOnOsf,

  async resolve(entry, context) {
    const osf = await Osf.open(context);
    const found = await osf.find(entry.node);
    const where = `OSF ${entry.node}`;
    if (isFile(found)) return ofFile(osf, entry, found);
    if (found.type !== 'nodes' && found.type !== 'registrations') {
      throw new NotFoundError(`${where} is one of OSF's ${printable(found.type)}, which hold no files of their own`, {
        hint: `Look at https://osf.io/${entry.node}/ for the project that belongs to it.`,
      });
    }
    const { files, notes } = await walkNode(osf, found, entry.components !== false);
    const listing = files.map(({ path, file, node }) => toListed(osf, path, file, node));
    const license = await osf.license(found);
    return {
      label: where,
      revision: revisionOf(entry.node, found.attributes.date_modified),
      ...known('title', found.attributes.title),
      ...known('license', statedLicense(license?.name, license?.url)),
      files: chooseTree(listing, entry, where),
      notes,
    } satisfies Resolution;
  },
};

/** A single file is for use as it is meant: an archive is unpacked. */
function ofFile(osf: Osf, entry: Entry, file: OsfFile): Resolution {
  const { name, kind, current_version: version } = file.attributes;
  const where = `OSF ${entry.node}`;
  if (kind === 'folder') {
    throw new NotFoundError(`${where} is a folder, ${printable(name)}`, {
      hint: 'Fetch its project; in a registry entry, `include` chooses a folder of it.',
    });
  }
  return {
    label: where,
    revision: revisionOf(entry.node, version),
    title: name,
    files: chooseTree([toListed(osf, asPart(name), file)], { ...entry, unpack: entry.unpack ?? true }, where),
    notes: [],
  };
}

/** Projects change, registrations do not; both say when they last did. */
function revisionOf(id: string, version: string | number | undefined): string {
  return `osf:${id}${version === undefined ? '' : `@${version}`}`;
}

function toListed(osf: Osf, path: string, file: OsfFile, node?: string): Listed {
  const { size, extra } = file.attributes;
  const { md5, sha256 } = extra?.hashes ?? {};
  const request = osf.request(file, node);
  return {
    path,
    ...(size === null || size === undefined ? {} : { size }),
    checksums: [...sum('sha256', sha256, 64), ...sum('md5', md5, 32)],
    request: async () => request,
  };
}

function sum(algorithm: string, hex: string | null | undefined, digits: number): string[] {
  return hex && hex.length === digits && /^[0-9a-f]+$/i.test(hex) ? [`${algorithm}:${hex.toLowerCase()}`] : [];
}

function isFile(found: OsfNode | OsfFile): found is OsfFile {
  return found.type === 'files';
}
