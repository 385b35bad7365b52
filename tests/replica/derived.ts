/**
 * Replicas of datasets of which no more is known than their entries say: hosts that hold every file that the entry names, or examples of
 * what it chooses, each with contents of its own. All of it must land, wherever that is, and nothing else.
 */
import { gzipSync } from 'node:zlib';
import type { Dataset, SourceEntry } from '../../src/registry/schema.js';
import { buildTar } from '../archive/build-tar.js';
import { buildZip } from '../archive/build-zip.js';
import { heldFor, takenBy } from '../registry/example.js';
import type { Held } from './hosts.js';
import { contentOf, type Files, type Offer, sevenZip, splitFiles, zip } from './offer.js';
import type { Replica } from './replica.js';

interface Facts {
  path?: string | undefined;
  pattern?: string | undefined;
  unpack?: unknown;
}

const LISTED: Record<string, (entry: never) => string> = {
  zenodo: ({ record }: { record: string }) => record,
  inveniordm: ({ record }: { record: string }) => record,
  figshare: ({ article, collection }: { article?: string; collection?: string }) => article ?? String(collection),
  dataverse: ({ doi }: { doi: string }) => doi,
  kaggle: ({ dataset, competition }: { dataset?: string; competition?: string }) => dataset ?? String(competition),
  huggingface: ({ repo }: { repo: string }) => repo,
  github: ({ repo }: { repo: string }) => repo,
  s3: ({ bucket }: { bucket: string }) => bucket,
  mendeley: ({ dataset }: { dataset: string }) => dataset,
  physionet: ({ project, version }: { project: string; version: string }) => `${project}/${version}`,
  osf: ({ node }: { node: string }) => node,
  nextcloud: ({ share }: { share: string }) => share.split('/s/')[1] ?? '',
  synapse: ({ entity }: { entity: string }) => entity,
  girder: ({ collection, folder }: { collection?: string; folder?: string }) => collection ?? String(folder),
  tcia: ({ collection, manifest }: { collection?: string; manifest?: string }) => collection ?? String(manifest),
  direct: () => '',
  box: () => '',
  'google-drive': () => '',
};

export function derivedOf({ id, sources }: Dataset): Replica | undefined {
  const usual = sources.find(({ onlyByName }) => onlyByName === undefined) ?? sources[0];
  if (usual === undefined) return undefined;
  if (usual.method === 'manual') {
    const named = usual.files ?? [{ path: 'data.zip' }];
    return { dataset: id, derived: true, byHand: offersOf(id, named) };
  }
  const hosts: Partial<Record<SourceEntry['method'], Held>> = {};
  const entries = usual.method === 'all' ? usual.of : [usual];
  for (const [at, entry] of entries.entries()) {
    const key = LISTED[entry.method]?.(entry as never);
    if (key === undefined) return undefined;
    const held = hosts[entry.method] ?? {};
    held[key] = { ...held[key], ...filesOf(`${id} ${at}`, entry) };
    hosts[entry.method] = held;
  }
  return { dataset: id, derived: true, hosts };
}

function filesOf(id: string, entry: SourceEntry): Files {
  const { prefix = '' } = entry as { prefix?: string };
  if (entry.method === 'tcia') {
    const companions = offersOf(id, entry.companions ?? []);
    return { 'P1 CT': image(`${id} P1`), 'P2 MR': image(`${id} P2`), ...companions };
  }
  const { files } = entry as { files?: readonly Facts[] };
  if (files !== undefined) return offersOf(id, files);
  const taken = new Set(takenBy(entry));
  const listed = heldFor(entry).map((path): [string, Offer] => {
    const content = contentOf(`${id} ${path}`);
    return [`${prefix}${path}`, { holds: taken.has(path) ? [`${id} ${path}`] : [], bytes: () => content }];
  });
  return Object.fromEntries(listed);
}

const image = (content: string): Offer => ({ holds: [], bytes: () => contentOf(content) });

/** What a file's name says that it is; its contents are called as the file, which no other is. */
function offersOf(id: string, facts: readonly Facts[]): Files {
  const offers: Files = {};
  const paths = facts.map(({ path = '' }) => path);
  for (const { path = '', unpack } of facts) {
    const member = `${id.replace(' ', '-')}/${path.replaceAll('/', '-')}`;
    const stem = path.replace(/\.(z\d\d|zip|zip\.\d{3})$/, '');
    const split = paths.filter((one) => one.startsWith(`${stem}.z`) && /\.(z\d\d|zip)$/.test(one));
    const cuts = paths.filter((one) => one.startsWith(`${stem}.zip.`)).sort();
    if (path in offers) continue;
    if (unpack === false) offers[path] = plain(path, member);
    else if (cuts.length > 0) Object.assign(offers, cutInto(cuts, member));
    else if (split.length > 1)
      Object.assign(offers, splitFiles(stem, split.length, 'zip', [`${member}-1`, `${member}-2`]));
    else if (path.endsWith('.zip')) offers[path] = zip([member]);
    else if (path.endsWith('.7z')) offers[path] = sevenZip([member]);
    else if (/\.(tar|tar\.[gx]z|tgz)$/.test(path)) offers[path] = tar(member, !path.endsWith('.tar'));
    else if (unpack === 'gz') offers[path] = gzip(member);
    else offers[path] = plain(path, member);
  }
  return offers;
}

const plain = (_path: string, member: string): Offer => ({ holds: [member], bytes: () => contentOf(member) });
const gzip = (member: string): Offer => ({ holds: [member], bytes: () => gzipSync(contentOf(member)) });

/** What compresses a tar is told by its bytes, not by its name. */
const tar = (member: string, compressed: boolean): Offer => ({
  holds: [member],
  bytes() {
    const made = buildTar([{ name: member, data: contentOf(member) }]);
    return compressed ? gzipSync(made) : made;
  },
});

function cutInto(names: readonly string[], member: string): Files {
  const whole = buildZip([{ name: member, data: contentOf(member) }]);
  const size = Math.ceil(whole.length / names.length);
  return Object.fromEntries(
    names.map((name, at): [string, Offer] => [
      name,
      { holds: at === 0 ? [member] : [], bytes: () => whole.subarray(at * size, (at + 1) * size) },
    ]),
  );
}
